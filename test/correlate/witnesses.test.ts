import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import type { Signal } from '../../src/model/signal.js'
import type { Files } from '../support/analyze.js'
import { parseFiles } from '../support/parse.js'

const traced = (name: string) => readFileSync(`test/fixtures/tracepoints/${name}`, 'utf8')
const audited = (name: string) => readFileSync(`test/fixtures/audit/${name}`, 'utf8')
const analysis = async (files: Files) => correlate(await parseFiles(files))
const signals = async (files: Files) => (await analysis(files)).signals.filter(s => s.number !== 17)
/** `SIGTERM kill killer/8274 (tracepoint) > 8261 handled by 8261` */
const line = (s: Signal) =>
  [
    s.signal,
    s.origin,
    s.sender ? `${s.sender.comm}/${s.sender.pid} (${s.senderBasis})` : 'nobody',
    `> ${s.target.tid === null ? s.target.pid : `${s.target.pid}/${s.target.tid}`}`,
    s.outcome + (s.deliveredTo === null ? '' : ` by ${s.deliveredTo}`),
  ].join(' ')

/** What was done to three programs, and what came of it: by the log of who did it, and the kernel's rules. */
const DONE = [
  'SIGUSR1 kill killer/8268 (tracepoint) > 8261 handled by 8261',
  'SIGUSR2 sigqueue killer/8270 (tracepoint) > 8261 handled by 8261',
  'SIGWINCH tgkill killer/8272 (tracepoint) > 8261/8261 handled by 8261',
  'SIGTERM kill killer/8274 (tracepoint) > 8261 handled by 8261',
  'SIGTERM tgkill chatty/8261 (tracepoint) > 8261/8261 handled by 8261',
  'SIGTERM tgkill chatty/8261 (tracepoint) > 8261/8261 killed by 8261',
  'SIGPIPE kernel nobody > 8278/8281 handled by 8281',
  'SIGURG tgkill chatty/8278 (tracepoint) > 8278/8281 handled by 8281',
  'SIGPIPE tgkill chatty/8278 (tracepoint) > 8278/8281 handled by 8281',
  'SIGPIPE tgkill chatty/8278 (tracepoint) > 8278/8281 killed by 8281',
  'SIGSEGV kernel nobody > 8287/8287 killed by 8287',
  'SIGKILL kill bash/8231 (tracepoint) > 8292 killed by 8292',
]

const witnesses = suite('signals as others saw them')

for (const name of ['perf-script-ns.txt', 'perf-script-reltime.txt', 'ftrace.txt', 'bpftrace.txt'])
  witnesses(`${name}: sender, receiver and outcome of every signal`, async () => {
    const lines = (await signals({ 't.txt': traced(name) })).map(line)
    assert.equal(lines.slice(0, DONE.length), DONE)
    const ignored = lines.slice(DONE.length).filter(l => l.startsWith('SIGPIPE'))
    assert.ok(ignored.length >= 15 && ignored.every(l => l === 'SIGPIPE kernel nobody > 8298/8298 ignored'))
  })

witnesses('all tracers of one machine together tell of each signal once', async () => {
  const all = await signals({
    'perf.txt': traced('perf-script-ns.txt'),
    'reltime.txt': traced('perf-script-reltime.txt'),
    'ftrace.txt': traced('ftrace.txt'),
    'bpf.txt': traced('bpftrace.txt'),
    'killsnoop.txt': traced('killsnoop.txt'),
    'trace.txt': traced('perf-trace.txt'),
    'header.txt': traced('perf-header.txt'),
  })
  assert.equal(all.slice(0, DONE.length).map(line), DONE)
  const sources = new Set(all[3].refs.map(r => r.source))
  assert.ok(sources.size >= 3, 'the entry cites those who saw it')
})

witnesses('a SIGKILL that nobody generated is no kill -9 but the end of each thread', async () => {
  const all = await signals({
    'p.txt':
      'sh 7 [0] 1.000001: signal:signal_generate: sig=15 errno=0 code=0 comm=app pid=9 grp=1 res=0\n' +
      [9, 10, 11]
        .map(t => `app ${t} [0] 1.0000${t}: signal:signal_deliver: sig=9 errno=0 code=0 sa_handler=0 sa_flags=0\n`)
        .join(''),
  })
  assert.equal(all.map(line), ['SIGTERM kill sh/7 (tracepoint) > 9 killed'])
})

witnesses('threads that end with exit_group were not killed', async () => {
  const { signals: all, processes } = await analysis({
    'p.txt':
      'sh 7 [0] 1.000001: signal:signal_generate: sig=10 errno=0 code=0 comm=app pid=9 grp=1 res=0\n' +
      'app 9 [0] 1.000002: signal:signal_deliver: sig=10 errno=0 code=0 sa_handler=466cc0 sa_flags=0\n' +
      [9, 10]
        .map(t => `app ${t} [0] 5.0000${t}: signal:signal_deliver: sig=9 errno=0 code=0 sa_handler=0 sa_flags=0\n`)
        .join(''),
  })
  assert.equal(all.map(line), ['SIGUSR1 kill sh/7 (tracepoint) > 9 handled by 9'])
  assert.equal(processes, [])
})

witnesses('coalesced, dropped and pending signals', async () => {
  const generate = (time: string, sig: number, code: number, res: number) =>
    `sh 7 [0] ${time}: signal:signal_generate: sig=${sig} errno=0 code=${code} comm=app pid=9 grp=1 res=${res}\n`
  const all = await signals({
    'p.txt':
      generate('1.000001', 10, 0, 0) +
      generate('1.000002', 10, 0, 2) +
      generate('1.000003', 34, -1, 3) +
      generate('1.000004', 12, 0, 1) +
      generate('1.000006', 16, -10, 1) +
      'app 8 [0] 1.000005: signal:signal_deliver: sig=1 errno=0 code=0 sa_handler=0 sa_flags=0\n',
  })
  assert.equal(all.map(line), [
    'SIGUSR1 kill sh/7 (tracepoint) > 9 pending',
    'SIGUSR1 kill sh/7 (tracepoint) > 9 coalesced',
    'SIGRT_2 sigqueue sh/7 (tracepoint) > 9 failed',
    'SIGUSR2 kill sh/7 (tracepoint) > 9 ignored',
    'SIGHUP kill nobody > 8 killed by 8',
    'SIGSTKFLT sigqueue sh/7 (tracepoint) > 9 ignored',
  ])
})

witnesses('audit alone names senders, calls and targets; what came of them it does not say', async () => {
  const expected = [
    'SIGWINCH kill killer/12528 (audit) > 12525 unknown',
    'SIGWINCH pidfd killer/12529 (audit) > 12525 unknown',
    'SIGWINCH tgkill killer/12530 (audit) > 12525/12525 unknown',
    'SIGTERM sigqueue killer/12531 (audit) > 12525 unknown',
    'SIGSEGV unknown nobody > 12534 killed',
    'SIGKILL kill killer/12540 (audit) > 12537 unknown',
  ]
  assert.equal((await signals({ 'audit.log': audited('audit.log') })).map(line), expected)
  const three = {
    'audit.log': audited('audit.log'),
    'i.txt': audited('ausearch-i.txt'),
    'k.txt': audited('ausearch-k.txt'),
  }
  assert.equal((await signals(three)).map(line), expected)
})

const KILLED =
  '77 1795479547.900000 read(0</dev/null>, "", 1) = 0 <0.000010>\n77 1795479547.953900 +++ killed by SIGKILL +++\n'
const auditKill = (pid: number, time: string) =>
  `type=SYSCALL msg=audit(${time}:17): arch=c000003e syscall=62 success=yes exit=0 a0=4d a1=9 a2=0 a3=0 pid=${pid} comm="cleanup"\n` +
  `type=OBJ_PID msg=audit(${time}:17): opid=77 ocomm="app"\n`

witnesses('audit names the sender of a SIGKILL that a trace of the victim cannot show', async () => {
  const all = await signals({ 'strace.txt': KILLED, 'audit.log': auditKill(9, '1795479547.953') })
  assert.equal(all.map(line), ['SIGKILL kill cleanup/9 (audit) > 77 killed'])
  assert.equal(new Set(all[0].refs.map(r => r.source)), new Set(['strace.txt', 'audit.log']))
})

witnesses('a kill at another time is not blamed for the death', async () => {
  const all = await signals({ 'strace.txt': KILLED, 'audit.log': auditKill(9, '1795479545.100') })
  const death = all.find(s => s.outcome === 'killed')!
  assert.is(death.sender, null)
  assert.is(all.length, 2)
})

witnesses('of two kills the one that fits in time is taken, whoever else sent one', async () => {
  const all = await signals({
    'strace.txt': KILLED,
    'audit.log': auditKill(8, '1795479540.000') + auditKill(9, '1795479547.951').replaceAll(':17)', ':18)'),
  })
  assert.is(all.find(s => s.outcome === 'killed')!.sender?.pid, 9)
})

witnesses('siginfo that knows no sender (0: outside the namespace) gets the name from the tracepoint', async () => {
  const all = await signals({
    'strace.txt':
      '77 1795479547.900000 pause() = ? ERESTARTNOHAND (To be restarted if no handler) <0.000010>\n' +
      '77 1795479547.950000 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=0, si_uid=0} ---\n' +
      '77 1795479547.950100 +++ killed by SIGTERM +++\n',
    'audit.log': auditKill(9, '1795479547.948').replace('a1=9', 'a1=f'),
  })
  assert.equal(all.map(line), ['SIGTERM kill cleanup/9 (audit) > 77 killed by 77'])
})

witnesses('pending sets of /proc are signals that somebody sent', async () => {
  const status =
    'Name:\tapp\nState:\tT (stopped)\nTgid:\t77\nPid:\t77\nPPid:\t1\nSigPnd:\t0000000000000000\nShdPnd:\t0000000000004000\n' +
    'SigBlk:\t0000000000004000\nSigIgn:\t0000000000000000\nSigCgt:\tfffffffd7fc1feff\n'
  const { signals: all, processes } = await analysis({ 'proc/status': status })
  assert.equal(all.map(line), ['SIGTERM unknown nobody > 77 pending'])
  assert.equal([processes[0].pid, processes[0].comm, processes[0].runtime], [77, 'app', 'go'])
})

witnesses('the Go runtime shows in the signals that it sends itself', async () => {
  const { processes } = await analysis({ 't.txt': traced('perf-script-ns.txt') })
  assert.equal(
    processes.map(p => [p.pid, p.comm, p.runtime, p.exit?.signal]),
    [
      [8261, 'chatty', 'go', 'SIGTERM'],
      [8278, 'chatty', 'go', 'SIGPIPE'],
      [8287, 'segv', null, 'SIGSEGV'],
      [8292, 'sleep', null, 'SIGKILL'],
    ],
  )
})

witnesses.run()
