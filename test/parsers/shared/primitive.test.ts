/** Every wait reason of Go 1.0 to 1.27, and every frame that decides where the reason is missing. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { objectAddress } from '../../../parsers/shared/object-address.js'
import { bareState, isSystemReason, primitiveOf, WAIT_REASONS } from '../../../parsers/shared/primitive.js'
import { PRIMITIVES } from '../../../src/model/goroutine.js'
import { WAIT_REASONS_BY_VERSION } from '../../support/wait-reasons.js'

/** `a < b < c` as the frames of a stack, innermost first; `a(0x1)` gives arguments. */
function stack(text: string) {
  return text
    .split(' < ')
    .filter(Boolean)
    .map(frame => {
      const at = /\((0x[^)]*)\)$/.exec(frame)
      return { func: at ? frame.slice(0, at.index) : frame, file: null, line: null, ...(at && { args: at[1] }) }
    })
}

const reasons = suite('wait reasons')

const REASONS: Record<string, string> = {
  'chan receive': 'channel-receive',
  'chan receive (synctest)': 'channel-receive',
  'chan receive (durable)': 'channel-receive',
  'chan receive (leaked)': 'channel-receive',
  'chan receive (scan)': 'channel-receive',
  'chan send': 'channel-send',
  'chan send (synctest)': 'channel-send',
  'chan send (durable)': 'channel-send',
  'chan send (leaked) (scan)': 'channel-send',
  'chan receive (nil chan)': 'channel-nil',
  'chan send (nil chan)': 'channel-nil',
  'chan receive (nil chan) (leaked)': 'channel-nil',
  select: 'select',
  'select (synctest)': 'select',
  'select (durable)': 'select',
  'select (no cases)': 'select-empty',
  'select (no cases) (durable)': 'select-empty',
  sleep: 'sleep',
  'IO wait': 'netpoll',
  semacquire: 'semaphore',
  'sync.Mutex.Lock': 'mutex',
  'sync.RWMutex.RLock': 'rwmutex-read',
  'sync.RWMutex.Lock': 'rwmutex-write',
  'sync.WaitGroup.Wait': 'waitgroup',
  'sync.WaitGroup.Wait (durable)': 'waitgroup',
  'sync.Cond.Wait': 'cond',
  coroutine: 'coroutine',
  'GC assist marking': 'gc',
  'GC assist wait': 'gc',
  'GC sweep wait': 'gc',
  'GC scavenge wait': 'gc',
  'GC worker (idle)': 'gc',
  'GC worker (active)': 'gc',
  'GC mark termination': 'gc',
  'GC weak to strong wait': 'gc',
  'wait for GC cycle': 'gc',
  'garbage collection': 'gc',
  'garbage collection scan': 'gc',
  'Concurrent GC wait': 'gc',
  'mark wait (idle)': 'gc',
  'force gc (idle)': 'gc',
  'finalizer wait': 'runtime',
  'cleanup wait': 'runtime',
  'timer goroutine (idle)': 'runtime',
  'trace reader (blocked)': 'runtime',
  'GOMAXPROCS updater (idle)': 'runtime',
  'stopping the world': 'runtime',
  'flushing proc caches': 'runtime',
  'trace goroutine status': 'runtime',
  'trace proc status': 'runtime',
  'page trace flush': 'runtime',
  'dumping heap': 'runtime',
  'debug call': 'runtime',
  panicwait: 'runtime',
  'stack growth': 'runtime',
  'stack split': 'runtime',
  semarelease: 'runtime',
  'synctest.Run': 'runtime',
  'synctest.Wait': 'runtime',
  'waiting for cgo callback': 'cgo',
  syscall: 'syscall',
  idle: 'none',
  runnable: 'none',
  running: 'none',
  preempted: 'none',
  copystack: 'none',
  dead: 'none',
  moribund: 'none',
  enqueue: 'none',
  waiting: 'unknown',
  leaked: 'unknown',
  '???': 'unknown',
  'unknown wait reason': 'unknown',
  'a reason of Go 1.40': 'unknown',
  '': 'unknown',
}

for (const [reason, primitive] of Object.entries(REASONS))
  reasons(`[${reason}] is ${primitive}`, () => assert.is(primitiveOf(reason, []), primitive))

for (const [versions, words] of Object.entries(WAIT_REASONS_BY_VERSION))
  reasons(`every reason of Go ${versions} is in the table and gives a primitive of the contract`, () => {
    for (const word of words.filter(w => w !== '')) {
      assert.ok(bareState(word) in WAIT_REASONS, word)
      assert.ok(REASONS[word] !== undefined, `no expectation for ${word}`)
      assert.ok((PRIMITIVES as readonly string[]).includes(primitiveOf(word, [])), word)
    }
  })

reasons('names of Object.prototype are not reasons', () => assert.is(primitiveOf('constructor', []), 'unknown'))
reasons('only reasons of the runtime itself show a system goroutine', () => {
  assert.ok(isSystemReason('force gc (idle)'))
  assert.not(isSystemReason('GC assist wait'))
  assert.not(isSystemReason('chan receive'))
})

const frames = suite('deciding frames')

const LOCKED = 'runtime.gopark < runtime.goparkunlock < runtime.semacquire1'
const MUTEX = 'sync.runtime_SemacquireMutex < sync.(*Mutex).lockSlow < sync.(*Mutex).Lock'
const MUTEX_124 = `internal/sync.runtime_SemacquireMutex < internal/sync.(*Mutex).lockSlow < internal/sync.(*Mutex).Lock < sync.(*Mutex).Lock`
const FRAMES: [string, string][] = [
  [`${LOCKED} < ${MUTEX} < main.f`, 'mutex'],
  [`${MUTEX_124} < main.f`, 'mutex'],
  [`sync.runtime_Semacquire < sync.(*Mutex).Lock < main.f`, 'mutex'],
  [`${MUTEX} < sync.(*Pool).pinSlow < sync.(*Pool).pin < sync.(*Pool).Get < fmt.Sprintf < main.f`, 'mutex'],
  [`${MUTEX} < log.(*Logger).output < main.f`, 'mutex'],
  [`${MUTEX} < sync.(*RWMutex).Lock < main.f`, 'rwmutex-write'],
  [`sync.runtime_SemacquireMutex < sync.(*RWMutex).Lock < main.f`, 'rwmutex-write'],
  [`sync.runtime_SemacquireRWMutex < sync.(*RWMutex).Lock < main.f`, 'rwmutex-write'],
  [`sync.runtime_Semacquire < sync.(*RWMutex).Lock < main.f`, 'rwmutex-write'],
  [`sync.runtime_SemacquireMutex < sync.(*RWMutex).RLock < main.f`, 'rwmutex-read'],
  [`${LOCKED} < sync.runtime_SemacquireRWMutexR < sync.(*RWMutex).RLock < main.f`, 'rwmutex-read'],
  [`sync.runtime_Semacquire < sync.(*RWMutex).RLock < main.f`, 'rwmutex-read'],
  [`sync.runtime_Semacquire < sync.(*WaitGroup).Wait < main.f`, 'waitgroup'],
  [`sync.runtime_SemacquireWaitGroup < sync.(*WaitGroup).Wait < golang.org/x/sync/errgroup.(*Group).Wait`, 'waitgroup'],
  [`runtime.gopark < sync.runtime_notifyListWait < sync.(*Cond).Wait < main.f`, 'cond'],
  [`sync.runtime_Syncsemacquire < sync.(*Cond).Wait < main.f`, 'cond'],
  [`${MUTEX} < sync.(*Cond).Wait < main.f`, 'mutex'],
  [`${MUTEX} < sync.(*Once).doSlow < sync.(*Once).Do < main.f`, 'once'],
  [`${MUTEX} < sync.(*Once).Do < main.f`, 'once'],
  [`main.f.func1 < sync.(*Once).doSlow < sync.(*Once).Do < main.f`, 'unknown'],
  ['runtime.gopark < runtime.chanrecv < runtime.chanrecv1 < main.f', 'channel-receive'],
  ['runtime.gopark < runtime.chanrecv < runtime.chanrecv2 < main.f', 'channel-receive'],
  ['runtime.gopark < runtime.chansend < runtime.chansend1 < main.f', 'channel-send'],
  ['runtime.gopark < runtime.chanrecv(0x0, 0x0, 0x1) < runtime.chanrecv1 < main.f', 'channel-nil'],
  ['runtime.gopark < runtime.chansend(0x0, 0x0, 0x1) < runtime.chansend1 < main.f', 'channel-nil'],
  ['runtime.gopark < runtime.chanrecv(0x0?, 0x0?, 0x0?) < runtime.chanrecv1 < main.f', 'channel-receive'],
  ['runtime.gopark < runtime.selectgo < main.f', 'select'],
  ['runtime.gopark < runtime.selectgoImpl < runtime.selectgo < main.f', 'select'],
  ['reflect.rselect < reflect.Select < main.f', 'select'],
  ['runtime.gopark < runtime.block < main.f', 'select-empty'],
  ['time.Sleep < main.f', 'sleep'],
  ['runtime.goparkunlock < time.Sleep < main.f', 'sleep'],
  [
    'internal/poll.runtime_pollWait < internal/poll.(*pollDesc).wait < internal/poll.(*FD).Read < net.(*conn).Read',
    'netpoll',
  ],
  ['net.runtime_pollWait < net.(*pollDesc).Wait < net.(*netFD).Read', 'netpoll'],
  ['runtime.gopark < runtime.netpollblock < internal/poll.runtime_pollWait', 'netpoll'],
  ['internal/poll.runtime_Semacquire < internal/poll.(*fdMutex).rwlock < internal/poll.(*FD).writeLock', 'fd-lock'],
  [`${LOCKED} < internal/poll.runtime_Semacquire < internal/poll.(*FD).Close`, 'fd-lock'],
  ['net.runtime_Semacquire < net.(*fdMutex).RWLock < net.(*netFD).writeLock', 'fd-lock'],
  ['runtime.gopark < runtime.coroswitch_m', 'coroutine'],
  ['runtime.coroswitch < iter.Pull[...].func1.1 < main.seq', 'coroutine'],
  ['iter.Pull[...].func2 < main.f', 'coroutine'],
  ['runtime.cgocall < main._Cfunc_sleep < main.f', 'cgo'],
  ['main._Cfunc_sleep < main.f', 'cgo'],
  ['syscall.Syscall < syscall.read < main.f', 'syscall'],
  ['runtime.entersyscall < syscall.Syscall6 < syscall.wait4', 'syscall'],
  ['internal/runtime/syscall.Syscall6 < syscall.RawSyscall6 < syscall.Syscall', 'syscall'],
  ['golang.org/x/sys/unix.Syscall < golang.org/x/sys/unix.Flock', 'syscall'],
  ['runtime.notetsleepg < os/signal.signal_recv < os/signal.loop', 'runtime'],
  ['os/signal.signal_recv < os/signal.loop', 'runtime'],
  ['runtime.gopark < runtime.bgsweep < runtime.gcenable.func1 < runtime.goexit', 'gc'],
  ['runtime.gopark < runtime.gcBgMarkWorker < runtime.goexit', 'gc'],
  ['runtime.gopark < runtime.gcParkAssist < runtime.gcAssistAlloc < runtime.mallocgc < main.f', 'gc'],
  ['runtime.gopark < runtime.goparkunlock < runtime.forcegchelper', 'gc'],
  ['runtime.gopark < runtime.runfinq < runtime.goexit', 'runtime'],
  ['runtime.goparkunlock < runtime.timerproc < runtime.goexit', 'runtime'],
  [`${LOCKED} < runtime.stopTheWorldGC < main.f`, 'runtime'],
  [`${LOCKED} < main.f`, 'semaphore'],
  ['runtime.gopark < main.f', 'unknown'],
  ['main.f < main.main', 'unknown'],
  ['', 'unknown'],
]
for (const [text, primitive] of FRAMES)
  frames(`${text || 'no frames'}: ${primitive}`, () => {
    assert.is(primitiveOf('', stack(text)), primitive)
    assert.is(primitiveOf('unknown wait reason', stack(text)), primitive)
    assert.is(primitiveOf('semacquire', stack(text)), primitive === 'unknown' ? 'semaphore' : primitive)
  })

frames('a reason of its own wins over frames', () => {
  assert.is(primitiveOf('sync.WaitGroup.Wait', stack(`${MUTEX} < main.f`)), 'waitgroup')
  assert.is(primitiveOf('runnable', stack(`${MUTEX} < main.f`)), 'none')
})
frames('what sync.Mutex.Lock is inside of is the finer answer', () => {
  assert.is(primitiveOf('sync.Mutex.Lock', stack(`${MUTEX_124} < sync.(*RWMutex).Lock < main.f`)), 'rwmutex-write')
  assert.is(primitiveOf('sync.Mutex.Lock', stack(`${MUTEX_124} < sync.(*Once).doSlow < main.f`)), 'once')
  assert.is(primitiveOf('sync.Mutex.Lock', stack('')), 'mutex')
})

const addresses = suite('object addresses')
const address = (primitive: Parameters<typeof objectAddress>[0], text: string) => objectAddress(primitive, stack(text))

addresses('the semaphore of a lock lies inside it', () => {
  assert.is(address('mutex', 'runtime.semacquire1(0xc0000b2024, 0x0, 0x3)'), 0xc0000b2020)
  assert.is(address('rwmutex-write', 'runtime.semacquire1(0xc0000b2028, 0x0)'), 0xc0000b2020)
  assert.is(address('rwmutex-read', 'runtime.semacquire1(0xc0000b202c, 0x0)'), 0xc0000b2020)
  assert.is(address('waitgroup', 'runtime.semacquire1(0xc0000b2028, 0x0)'), 0xc0000b2020)
  assert.is(address('cond', 'sync.runtime_notifyListWait(0xc0000c6010, 0x0)'), 0xc0000c6000)
  assert.is(address('semaphore', 'runtime.semacquire1(0xc0000b2024, 0x0)'), 0xc0000b2024)
})
addresses('a writer behind a writer waits on the Mutex at the start of the RWMutex', () => {
  assert.is(
    address(
      'rwmutex-write',
      'runtime.semacquire1(0xc0000b2024, 0x0) < sync.(*Mutex).lockSlow(0x0?) < sync.(*RWMutex).Lock',
    ),
    0xc0000b2020,
  )
})
addresses('the own address of the object comes first', () => {
  assert.is(address('mutex', 'sync.runtime_SemacquireMutex(0x0?) < sync.(*Mutex).lockSlow(0xc0000a4210)'), 0xc0000a4210)
  assert.is(address('channel-receive', 'runtime.gopark(0x1) < runtime.chanrecv(0xc00001, 0x0)'), 0xc00001)
})
addresses('stale, missing and nil words are no address', () => {
  assert.is(address('mutex', 'sync.(*Mutex).lockSlow(0xc0000a4210?)'), 0)
  assert.is(address('mutex', 'sync.(*Mutex).lockSlow'), 0)
  assert.is(address('mutex', 'sync.(*Mutex).lockSlow(0x0)'), 0)
  assert.is(address('select', 'runtime.selectgo(0xc0000a4210)'), 0)
})

reasons.run()
frames.run()
addresses.run()
