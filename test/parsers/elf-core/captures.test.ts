/** Cores of real programs, against what the same processes printed of themselves. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { GoObject } from '../../../src/model/goroutine.js'
import { fixture, framesOf, readCores, rowOf } from './read.js'
import { argumentDifferences, differences, readTraceback } from './traceback.js'

const PAIRS = ['go1.24-stripped', 'go1.19-deadlock']
const object = (objects: readonly GoObject[], address: number) => objects.find(o => o.address === address)

const go = suite('go cores')

for (const name of PAIRS)
  go(`${name}: ids, states, frames, lines, creators and arguments equal the runtime's own traceback`, async () => {
    const files = { core: fixture(`${name}.core`), program: fixture(`${name}.binary`) }
    const { cores, snapshots, diagnostics } = await readCores(files)
    const truth = readTraceback(fixture(`${name}.traceback.txt`).toString())
    assert.ok(truth.size > 7)
    assert.is(snapshots.length, 1)
    assert.equal(differences(snapshots[0], truth), [])
    assert.equal(argumentDifferences(snapshots[0], truth), [])
    assert.is(cores[0].binary?.matches, true)
    assert.equal(diagnostics, [])
  })

go('a stripped program keeps its objects: addresses as in the traceback', async () => {
  const { snapshots } = await readCores({
    core: fixture('go1.24-stripped.core'),
    program: fixture('go1.24-stripped.binary'),
  })
  const [{ table, objects }] = snapshots
  const on = (id: number) => table.object[rowOf(snapshots[0], id)]
  // semacquire1(0x644d5c, …): the semaphore of a Mutex is its second word.
  assert.is(on(21), 0x644d58)
  assert.equal(object(objects, 0x644d58)?.state, { locked: true, woken: false, starving: false, waiters: 1 })
  // semacquire1(0xc000094128, …): a WaitGroup's is at +8.
  assert.equal(object(objects, 0xc000094120)?.state, { counter: 1, waiters: 1 })
  // notifyListWait(0xc0000aa1d0, 0x0): a Cond has its list at +16.
  assert.is(on(25), 0xc0000aa1c0)
  assert.equal(object(objects, 0xc0000aa1c0)?.waiters, [25])
  // runtime_pollWait(0x7f754185fbe0, 0x72): 'r'.
  assert.equal(object(objects, 0x7f754185fbe0)?.state, { fd: 7, waitsFor: 'read' })
  // A select waits on two channels: none of them is the object, both are known.
  assert.is(on(22), 0)
  assert.equal(
    objects.filter(o => o.kind === 'channel' && o.waiters.includes(22)).map(o => o.address),
    [0xc0000821c0, 0xc000082230],
  )
})

go('who waits on whom in a deadlock, by addresses', async () => {
  const { snapshots } = await readCores({
    core: fixture('go1.19-deadlock.core'),
    program: fixture('go1.19-deadlock.binary'),
  })
  const [{ table, objects }] = snapshots
  assert.equal(objects.find(o => o.kind === 'waitgroup')?.state, { counter: 4, waiters: 1 })
  const channel = objects.find(o => o.kind === 'channel')
  assert.equal([channel?.waiters, channel?.senders], [[], [5, 6]])
  assert.is(table.object[rowOf(snapshots[0], 5)], channel?.address)
  assert.equal(objects.find(o => o.kind === 'mutex')?.waiters, [7])
})

go('the signal, its code and its sender; the first thread took it', async () => {
  const { cores } = await readCores({ core: fixture('go1.24-stripped.core') })
  const [{ pid, ppid, comm, args, signal, threads, producer, executable }] = cores
  assert.equal([pid, ppid, comm, args], [3457, 3455, 'g1.24sw', '../../bin/g1.24sw -iv 500ms'])
  assert.equal(signal, { number: 6, signal: 'SIGABRT', code: -6, pid: 3457, uid: 0, addr: null })
  assert.is(producer, 'kernel')
  assert.is(executable, '/home/sre/lab/sys/cores/bin/g1.24sw')
  assert.is(threads.length, 6)
  assert.is(threads[0].current, true)
  assert.is(threads[0].tid, 3457)
  assert.ok(threads[0].sigBlocked !== null && threads[0].sigBlocked > 0n)
})

go('a thread is followed through its signal handlers to what it was doing', async () => {
  const { cores } = await readCores({
    core: fixture('go1.24-stripped.core'),
    program: fixture('go1.24-stripped.binary'),
  })
  const names = cores[0].threads[0].frames.map(f => f.func)
  assert.is(names[0], 'runtime.raise')
  assert.ok(names.indexOf('runtime.sigtramp') < names.indexOf('syscall.read'), names.join(' < '))
  assert.ok(names.includes('main.pipeReader'))
  assert.is(cores[0].threads[0].goroutine, 26)
})

go('what the runtime ended the program for, from memory', async () => {
  const { crashes } = await readCores({
    core: fixture('go1.19-deadlock.core'),
    program: fixture('go1.19-deadlock.binary'),
  })
  assert.is(crashes.length, 1)
  assert.is(crashes[0].message, 'fatal error: all goroutines are asleep - deadlock!')
  assert.equal([crashes[0].kind, crashes[0].pid, crashes[0].fromMemory], ['fatal', 5699, true])
})

go('a program that was told to dump has no last words of its own', async () => {
  const { crashes } = await readCores({
    core: fixture('go1.24-stripped.core'),
    program: fixture('go1.24-stripped.binary'),
  })
  assert.equal(crashes, [])
})

const alone = suite('cores without their binary')

alone('go 1.27: every goroutine with its state and the program counters of its frames', async () => {
  const { cores, snapshots, diagnostics } = await readCores({ core: fixture('go1.27-alone.core') })
  const truth = readTraceback(fixture('go1.27-alone.traceback.txt').toString())
  const [{ table }] = snapshots
  assert.is(cores[0].goVersion, 'go1.27.3')
  assert.is(table.length, truth.size - (truth.has(0) ? 1 : 0))
  for (let row = 0; row < table.length; row++) {
    const traced = truth.get(table.ids[row])
    assert.is(table.states[table.state[row]], traced?.state)
    if (traced?.state === 'running' || traced?.state === 'syscall' || traced?.elided) continue
    // Frame pointers lead to the same frames that the runtime printed; inlined ones have no counter of their own.
    const pcs = table.stacks[table.stack[row]].frames.map(f => f.pc)
    const want = traced?.pcs ?? []
    assert.equal(pcs, want.slice(0, pcs.length), `goroutine ${table.ids[row]}`)
    assert.ok(pcs.length >= want.length - 1)
  }
  assert.equal(
    diagnostics.map(d => [d.code, d.severity]),
    [['core.no-binary', 'info']],
  )
})

alone('locks and channels are found all the same', async () => {
  const { snapshots } = await readCores({ core: fixture('go1.27-alone.core') })
  const [{ objects }] = snapshots
  assert.equal(object(objects, 0x1b68937940b0)?.waiters, [27])
  assert.is(object(objects, 0x1b68937b8018)?.kind, 'rwmutex')
  assert.equal(object(objects, 0x1b68937aa040)?.state, { nextTicket: 1, notified: 0 })
  assert.is(object(objects, 0x7febb29c2a00)?.state.fd, 5)
})

alone('a binary of another build is not believed', async () => {
  const { cores, diagnostics } = await readCores({
    core: fixture('go1.19-other-build.core'),
    program: fixture('go1.19-deadlock.binary'),
  })
  assert.is(cores[0].binary, null)
  const [said] = diagnostics
  assert.is(said.code, 'core.other-binary')
  assert.match(said.text, /jXZqPgPJRhJ3CWeyTHu0.*sigpipe_stderr/)
  assert.match(said.remedy, /TSGfHNMB1M5dX4rJLffR/)
})

alone('a binary without a core is recognised', async () => {
  const { cores, diagnostics, sources } = await readCores({ program: fixture('go1.19-deadlock.binary') })
  assert.is(cores.length, 0)
  assert.is(sources[0].kind, 'elf-binary')
  assert.is(sources[0].about['Go version'], 'go1.19.8')
  assert.equal(diagnostics, [])
})

const c = suite('c cores')

c('the fault address and the stack by call frame information', async () => {
  const { cores, snapshots } = await readCores({ core: fixture('c-segv.core'), program: fixture('c-segv.binary') })
  const [core] = cores
  assert.is(snapshots.length, 0)
  assert.equal(core.signal, { number: 11, signal: 'SIGSEGV', code: 1, pid: null, uid: null, addr: '0xdead0000' })
  assert.is(core.buildId, '41114cc45f178258f7a0dce1afab9e35226b8392')
  assert.equal(
    core.threads[0].frames.map(f => f.func),
    ['crash', 'main', 'libc.so.6+0x27249'],
  )
  assert.equal(
    core.threads[0].frames.slice(0, 2).map(f => `${f.file}:${f.line}`),
    ['/home/sre/lab/sys/lab/segv.c:6', '/home/sre/lab/sys/lab/segv.c:7'],
  )
  // The C library is not at hand: nothing is made up behind it.
  assert.equal(
    core.threads[1].frames.map(f => f.func),
    ['libc.so.6+0xd3df2'],
  )
})

c('without the program its frames are named by file and offset', async () => {
  const { cores, diagnostics } = await readCores({ core: fixture('c-segv.core') })
  assert.is(cores[0].threads[0].frames[0].func, 'segv+0x1179')
  assert.match(diagnostics[0].remedy, /segv/)
})

go('frames of a goroutine in the words of its source', async () => {
  const { snapshots } = await readCores({
    core: fixture('go1.19-deadlock.core'),
    program: fixture('go1.19-deadlock.binary'),
  })
  assert.ok(framesOf(snapshots[0], 7).some(f => /^main\..*main\.go:\d+$/.test(f)))
})

go.run()
alone.run()
c.run()
