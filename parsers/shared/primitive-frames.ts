/** The primitive that the innermost frames of a stack show, whatever the wait reason says or does not say. */
import type { Frame, Primitive } from '../../src/model/goroutine.js'

/** How many frames from the top are looked at: the deepest known way to a lock or the poller takes nine. */
const DEPTH = 24

/** Frames above the deciding ones, which do not decide anything themselves. */
const PARKED =
  /^runtime\.(?:gopark|goparkunlock|park|park0|park_m|parkunlock|mcall|gosched|semacquire\w*|semasleep|futex\w*|notesleep|notetsleep\w*|entersyscall\w*|exitsyscall\w*|systemstack\w*|asyncPreempt2?|gopreempt_m|goschedImpl|sigtramp|sigreturn|sighandler|cansemacquire|lock2?|lockWithRank|newstack|morestack\w*|mPark)$/

const SYNC = /^(?:internal\/)?sync\./

/** Functions that decide as soon as they are met, in the order of how they nest: inner ones first. */
const DECIDING: readonly [RegExp, Primitive][] = [
  [/^os\/signal\.(?:signal_recv|loop)$/, 'runtime'],
  [/^(?:internal\/poll|net|os)\.runtime_Semacquire$/, 'fd-lock'],
  [/^(?:internal\/poll|net)\.\(\*fdMutex\)\.(?:rwlock|RWLock)$/, 'fd-lock'],
  [/^(?:internal\/poll|net)\.\(\*(?:FD|netFD)\)\.(?:readLock|writeLock|rwlock)$/, 'fd-lock'],
  [/^runtime\.(?:netpollblock|netpollWait|poll_runtime_pollWait)$/, 'netpoll'],
  [/^(?:internal\/poll|net)\.runtime_[pP]ollWait$/, 'netpoll'],
  [/^(?:internal\/poll|net)\.\(\*pollDesc\)\.(?:wait|Wait)/, 'netpoll'],
  [/^net\.\(\*pollServer\)\.Wait(?:Read|Write|IO)$/, 'netpoll'],
  [/^(?:time\.Sleep|runtime\.(?:timeSleep|tsleep))$/, 'sleep'],
  [/^runtime\.chanrecv[12]?$|^reflect\.chanrecv$/, 'channel-receive'],
  [/^runtime\.chansend[1]?$|^reflect\.chansend0?$/, 'channel-send'],
  [/^runtime\.(?:selectgo\w*|selectnb\w*)$|^reflect\.rselect$|^runtime\.reflect_rselect$/, 'select'],
  [/^runtime\.block$/, 'select-empty'],
  // Whoever takes the profile runs.
  [/^runtime(?:\/pprof)?\.(?:runtime_|pprof_)?goroutineProfile\w*$/, 'none'],
  [/^runtime\.coroswitch\w*$|^iter\.Pull2?(?:\[|\.|$)/, 'coroutine'],
  [/^runtime\.(?:cgocall|asmcgocall|cgocallbackg?1?)$|\._Cfunc_|^_Cfunc_|^_cgo_/, 'cgo'],
  [/^(?:internal\/runtime\/syscall|runtime\/internal\/syscall)(?:\/linux)?\.Syscall6$/, 'syscall'],
  [/^(?:syscall|golang\.org\/x\/sys\/unix)\.(?:raw)?(?:Raw)?[sS]yscall\w*$/, 'syscall'],
  [
    /^runtime\.(?:gcBgMarkWorker|bgMarkWorker|bgsweep|bgscavenge|gcAssistAlloc\w*|gcParkAssist|gcStart|gcWaitOnMark|GC|forcegchelper|gcMarkDone|\(\*scavengerState\)\.park|deductSweepCredit|MHeap_Scavenger)$/,
    'gc',
  ],
  [
    /^runtime\.(?:runfinq|runFinalizers|runCleanups|timerproc|updateMaxProcsGoroutine|traceReader|ReadTrace|ensureSigM\.func1|stopTheWorld\w*)$/,
    'runtime',
  ],
]

/**
 * What the frames show, `unknown` where they do not: the run of runtime and sync frames at the top, up to the first
 * function that decides or the first of somebody else's code.
 */
export function primitiveOfFrames(frames: readonly Frame[]): Primitive {
  let sync: Primitive = 'unknown'
  let semaphore = false
  for (let i = 0; i < frames.length && i < DEPTH; i++) {
    const func = frames[i].func
    if (SYNC.test(func)) {
      sync = outerOf(sync, func)
      continue
    }
    if (sync !== 'unknown') return sync
    for (const [pattern, primitive] of DECIDING)
      if (pattern.test(func)) return isNilChannel(primitive, frames[i]) ? 'channel-nil' : primitive
    if (!PARKED.test(func)) break
    semaphore ||= func.startsWith('runtime.semacquire')
  }
  if (sync !== 'unknown') return sync
  return semaphore ? 'semaphore' : 'unknown'
}

/** Functions of sync from the outermost in: a Once waits on its Mutex, a RWMutex too, a Mutex on a semaphore. */
const OF_SYNC: readonly [RegExp, Primitive][] = [
  [/^sync\.\(\*Once\)\.(?:doSlow|Do)$/, 'once'],
  [/^sync\.\(\*RWMutex\)\.RLock$|^sync\.runtime_SemacquireRWMutexR$|^sync\.\(\*rlocker\)\.Lock$/, 'rwmutex-read'],
  [/^sync\.\(\*RWMutex\)\.Lock$|^sync\.runtime_SemacquireRWMutex$/, 'rwmutex-write'],
  [/^sync\.\(\*WaitGroup\)\.Wait$|^sync\.runtime_SemacquireWaitGroup$/, 'waitgroup'],
  [/^sync\.\(\*Cond\)\.Wait$|^sync\.runtime_(?:notifyListWait|Syncsemacquire)$/, 'cond'],
  [/^(?:internal\/)?sync\.\(\*Mutex\)\.|^(?:internal\/)?sync\.runtime_SemacquireMutex$/, 'mutex'],
  [/^(?:internal\/)?sync\.runtime_Semacquire$/, 'semaphore'],
]

/** The outer of what was found so far and what `func` shows. */
function outerOf(found: Primitive, func: string): Primitive {
  for (const [pattern, primitive] of OF_SYNC) {
    if (primitive === found) return found
    if (pattern.test(func)) {
      // Cond.Wait re-locks its Locker after waking: then it is the lock that blocks, not the condition.
      return primitive === 'cond' && found !== 'unknown' && found !== 'semaphore' ? found : primitive
    }
  }
  return found
}

/** `runtime.chanrecv(0x0, …)`: the channel's own address is 0 (a value with `?` may be stale and does not count). */
function isNilChannel(primitive: Primitive, frame: Frame): boolean {
  return (
    (primitive === 'channel-receive' || primitive === 'channel-send') &&
    /^runtime\.chan(?:recv|send)$/.test(frame.func) &&
    frame.args !== undefined &&
    /^0x0(?:,|$)/.test(frame.args)
  )
}
