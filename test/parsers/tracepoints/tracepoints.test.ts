import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { SignalWitness } from '../../../src/model/witness.js'
import { parseFiles } from '../../support/parse.js'

const fixture = (name: string) => readFileSync(`test/fixtures/tracepoints/${name}`, 'utf8')
const parse = async (name: string, text: string) => parseFiles({ [name]: text })
/** `killer/8268 -10> chatty 8261 thread`, without the SIGCHLD of every command. */
const line = (w: SignalWitness) =>
  `${w.sender?.comm ?? '?'}/${w.sender?.tid ?? w.sender?.pid ?? '?'} -${w.number}> ${w.target.comm ?? '?'} ${w.target.pid ?? w.target.tid}${w.group === false ? ' thread' : ''}`
const generated = (witnesses: SignalWitness[]) =>
  witnesses.filter(w => w.kind !== 'deliver' && w.number !== 17).map(line)

/** What was done to the programs of the captures, by the log of who did it. */
const DONE = [
  'killer/8268 -10> chatty 8261',
  'killer/8270 -12> chatty 8261',
  'killer/8272 -28> chatty 8261 thread',
  'killer/8274 -15> chatty 8261',
]

const tracers = suite('tracers of signals')

for (const name of ['perf-script-ns.txt', 'perf-script-reltime.txt', 'ftrace.txt', 'bpftrace.txt'])
  tracers(`${name}: every generated signal with its sender`, async () => {
    const { witnesses, diagnostics } = await parse(name, fixture(name))
    const lines = generated(witnesses)
    assert.equal(lines.slice(0, 4), DONE)
    assert.ok(lines.some(l => l.startsWith('bash/8231 -9> ') && l.endsWith(' 8292')))
    assert.equal(diagnostics.list(), [])
  })

tracers('perf trace: calls with target, thread and result', async () => {
  const { witnesses, sources } = await parse('t.txt', fixture('perf-trace.txt'))
  assert.equal(
    witnesses.slice(0, 4).map(w => [w.sender?.tid, w.call, w.number, w.target.pid, w.target.tid, w.result]),
    [
      [8268, 'kill', 10, 8261, null, null],
      [8270, 'rt_sigqueueinfo', 12, 8261, null, null],
      [8272, 'tgkill', 28, 8261, 8261, null],
      [8274, 'kill', 15, 8261, null, null],
    ],
  )
  assert.is(sources[0].clock.domain, 'relative')
  assert.is(witnesses[1].ns, 2_829_000)
})

tracers('killsnoop: a time of day without a date', async () => {
  const { witnesses, sources } = await parse('k.txt', fixture('killsnoop.txt'))
  assert.equal(witnesses.map(line), ['killer/8268 -10> ? 8261', 'killer/8274 -15> ? 8261', 'bash/8231 -9> ? 8292'])
  assert.equal(
    [sources[0].clock.domain, sources[0].clock.missing, sources[0].clock.base],
    ['wall', 'date', 989_000_000_000n],
  )
})

tracers('sigsnoop names both sides, comms with blanks too', async () => {
  const { witnesses } = await parse(
    's.txt',
    'TIME     PID     COMM             SIG          TPID    TCOMM            RESULT\n' +
      '17:00:01 3204808 tmux: server     15           3204790 my prog          0\n' +
      '17:00:02 7       sh               SIGUSR1      9       x                -3\n',
  )
  assert.equal(
    witnesses.map(w => [w.sender?.comm, w.number, w.target.comm, w.kind, w.result]),
    [
      ['tmux: server', 15, 'my prog', 'generate', null],
      ['sh', 10, 'x', 'generate', 'ESRCH'],
    ],
  )
})

tracers('what the tracepoint says of the result and the handler', async () => {
  const { witnesses } = await parse(
    'p.txt',
    ' a b  7 [000]  1.000001:   signal:signal_generate: sig=10 errno=0 code=-1 comm=x=y pid=1 z pid=8 grp=1 res=2\n' +
      ' x  8 [000]  1.000002:    signal:signal_deliver: sig=10 errno=0 code=-1 sa_handler=0 sa_flags=0\n' +
      ' x  8 [000]  1.000003:    signal:signal_deliver: sig=12 errno=0 code=0 sa_handler=1 sa_flags=0\n',
  )
  assert.equal(
    witnesses.map(w => [w.kind, w.sender?.comm ?? null, w.target.comm, w.target.pid, w.result, w.handler, w.code]),
    [
      ['generate', 'a b', 'x=y pid=1 z', 8, 'already-pending', null, -1],
      ['deliver', null, 'x', null, null, 'default', -1],
      ['deliver', null, 'x', null, null, 'ignored', 0],
    ],
  )
})

tracers('columns of perf script in any choice of -F, of trace-cmd, and with process ids in ftrace', async () => {
  const fields = 'sig=15 errno=0 code=0 comm=v pid=9 grp=1 res=0'
  const cases: [string, number | null, number | null, string | null, number | null][] = [
    [`  k  7/8  [001]     5.000001:   signal:signal_generate: ${fields}`, 7, 8, 'k', 0],
    [`  8  5.000001: signal:signal_generate: ${fields}`, null, 8, null, 0],
    [`  k     5.000001: signal:signal_generate: ${fields}`, null, null, null, 0],
    [`  k  8 signal:signal_generate: ${fields}`, null, 8, 'k', null],
    [`  my-k-8     (   7) [001] d..1.  5.000001: signal_generate: ${fields}`, 7, 8, 'my-k', 0],
    [`  k-8     (-----) [001] d..1  5.000001: signal_generate: ${fields}`, null, 8, 'k', 0],
    [`  k-8  [001]  5.000001: signal_generate:      ${fields}`, null, 8, 'k', 0],
    [`  :-1    -1 [000]  5.000001:   signal:signal_generate: ${fields}`, null, null, null, 0],
    [`  <...>-8    [000] dN.2.  5.000001: signal_generate: ${fields}`, null, 8, null, 0],
  ]
  for (const [text, pid, tid, comm, ns] of cases) {
    const { witnesses } = await parse('p.txt', `${text}\n`)
    const [w] = witnesses
    assert.equal(
      [w.sender?.pid ?? null, w.sender?.tid ?? null, w.sender?.comm ?? null, w.ns],
      [pid, tid, comm, ns],
      text,
    )
  }
})

tracers('calls seen on entry, with hex arguments', async () => {
  const { witnesses } = await parse(
    'p.txt',
    'killer  8268 [001]  3321.905631: syscalls:sys_enter_kill: pid: 0x00002045, sig: 0x0000000a\n' +
      'killer  8268 [001]  3321.905632: syscalls:sys_enter_kill: pid: 0x00002045, sig: 0x00000000\n' +
      'killer  8268 [001]  3321.905633: syscalls:sys_enter_tgkill: tgid: 0x00002045, pid: 0x00002046, sig: 0x0000000f\n',
  )
  assert.equal(
    witnesses.map(w => [w.call, w.number, w.target.pid, w.target.tid]),
    [
      ['kill', 10, 0x2045, null],
      ['tgkill', 15, 0x2045, 0x2046],
    ],
  )
})

tracers('times of --reltime are distances from the first sample, of --deltatime from the line before', async () => {
  const event = (time: string) =>
    `k 7 [0] ${time}: signal:signal_generate: sig=15 errno=0 code=0 comm=v pid=9 grp=1 res=0\n`
  const other = (time: string) => `k 7 [0] ${time}: sched:sched_process_exit: comm=k pid=7\n`
  const relative = await parse('r.txt', other('0.000000') + event('1.000000') + event('1.500000'))
  assert.equal(
    relative.witnesses.map(w => w.ns),
    [1e9, 1.5e9],
  )
  const deltas = await parse('d.txt', other('0.000000') + event('1.000000') + other('0.250000') + event('0.500000'))
  assert.equal(
    deltas.witnesses.map(w => w.ns),
    [1e9, 1.75e9],
  )
})

tracers('perf states the moment on two clocks', async () => {
  const { sources } = await parse('h.txt', fixture('perf-header.txt'))
  assert.equal(sources[0].clock.readings, [
    { own: 3_319_789_655_260n, realtime: 1_795_479_387_359_288_000n, line: sources[0].clock.readings![0].line },
  ])
  assert.is(sources[0].about.hostname, 'vm')
})

tracers('oomkill of bcc and bpftrace', async () => {
  const { sources, lifecycle, diagnostics } = await parse(
    'oom.txt',
    'Attaching 2 probes...\nTracing oom_kill_process()... Hit Ctrl-C to end.\n' +
      '21:03:39 Triggered by PID 3297 ("ntpd"), OOM kill of PID 22516 ("my perl"), 3850642 pages, loadavg: 0.99 0.39 0.30 3/282 22724\n' +
      '21:03:41 Triggered by PID 3297 ("ntpd"), OOM kill of PID 22517 ("x"), 12 pages, loadavg: 0.99 0.39 0.30 3/282 22724\n',
  )
  assert.equal([sources[0].kind, sources[0].clock.domain], ['tracepoints', 'wall'])
  assert.equal(
    lifecycle.map(e => [e.kind, e.pid, e.comm, e.ns, e.detail.invokedBy]),
    [
      ['oom-kill', 22516, 'my perl', 0, 'ntpd'],
      ['oom-kill', 22517, 'x', 2e9, 'ntpd'],
    ],
  )
  assert.equal(diagnostics.list(), [])
})

tracers('lost events and torn lines are said', async () => {
  const { diagnostics } = await parse(
    'f.txt',
    '# tracer: nop\n# entries-in-buffer/entries-written: 196/5196   #P:2\n' +
      'k-8  [001]  5.000001: signal_generate: sig=15 errno=0 code=0 comm=v pi\nCPU:0 [LOST 12 EVENTS]\n',
  )
  assert.equal(
    diagnostics.list().map(d => [d.code, d.count]),
    [
      ['tracepoints.lost-events', 5012],
      ['tracepoints.torn-line', 1],
    ],
  )
})

tracers.run()
