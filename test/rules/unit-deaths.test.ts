/** Deaths that only systemd tells of, whose pid no line names: who is accused, and the twin of each case that accuses nobody. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'

const PID1 = 'systemd[1]'
type Row = [number, string, string]

/** `journalctl -o short-unix`. */
function journal(...rows: Row[]): string {
  return rows
    .map(
      ([at, who, text, host = 'vm']: [number, string, string, string?]) =>
        `${(1795479000 + at).toFixed(6)} ${host} ${who}: ${text}\n`,
    )
    .join('')
}

const STARTED: Row = [0, PID1, 'Started a.service - A.']
const KILLED: Row = [60, PID1, 'a.service: Main process exited, code=killed, status=9/KILL']
const FAILED: Row = [60.001, PID1, "a.service: Failed with result 'signal'."]

/** `type=SYSCALL` and `type=OBJ_PID` of one kill(PID, 9). */
function audit(at: number, pid: number, comm: string): string {
  const id = `msg=audit(${(1795479000 + at).toFixed(3)}:77)`
  return [
    `type=SYSCALL ${id}: arch=c000003e syscall=62 success=yes exit=0 a0=${pid.toString(16)} a1=9 a2=0 a3=0 items=0 ppid=1 pid=2290 auid=0 uid=0 gid=0 comm="reaper" exe="/bin/reaper" key="k"`,
    `type=OBJ_PID ${id}: opid=${pid} oauid=-1 ouid=0 oses=-1 ocomm="${comm}"`,
    '',
  ].join('\n')
}

const unit = suite('deaths of units')

unit('a main process without a pid that died of SIGKILL is a death, and nobody is accused', async () => {
  const report = await analyzeFiles({ 'journal.txt': journal(STARTED, KILLED, FAILED) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/unknown-sender', 'possible'])
  const [finding] = findingsOf(report, 'kill/unknown-sender')
  assert.equal(finding.subject, { unit: 'a.service' })
  assert.equal(
    finding.chain.map(l => l.status),
    ['missing', 'observed', 'observed'],
  )
})
unit('an ordinary stop that the log level shows is no death to explain', async () => {
  const report = await analyzeFiles({
    'journal.txt': journal(
      STARTED,
      [50, PID1, 'Stopping a.service - A...'],
      [60, PID1, 'a.service: Main process exited, code=killed, status=15/TERM'],
    ),
  })
  assert.is(report.verdict.rule, null)
})
unit('a restart loop is one finding with a count', async () => {
  const rows: Row[] = [0, 100, 200].flatMap(at => [
    [at, PID1, 'Started a.service - A.'] as Row,
    [at + 60, PID1, KILLED[2]] as Row,
    [at + 61, PID1, 'a.service: Scheduled restart job, restart counter is at 1.'] as Row,
  ])
  const list = findingsOf(await analyzeFiles({ 'journal.txt': journal(...rows) }), 'kill/unknown-sender')
  assert.equal(
    list.map(f => f.count),
    [3],
  )
})

unit('audit names who killed a pid that the journal knows as one of the unit', async () => {
  const entry = (at: number, more: Record<string, string>) =>
    `${JSON.stringify({ __REALTIME_TIMESTAMP: String((1795479000 + at) * 1e6), _BOOT_ID: 'a'.repeat(32), ...more })}\n`
  const manager = { _PID: '1', _COMM: 'systemd', SYSLOG_IDENTIFIER: 'systemd', UNIT: 'a.service' }
  const log = [
    entry(0, { ...manager, MESSAGE: STARTED[2] }),
    entry(1, { _PID: '931', _COMM: 'prog', _SYSTEMD_UNIT: 'a.service', MESSAGE: 'ready' }),
    entry(60, { ...manager, MESSAGE: KILLED[2], EXIT_CODE: 'killed', EXIT_STATUS: '9' }),
  ].join('')
  const report = await analyzeFiles({ 'journal.json': log, 'audit.log': audit(59.95, 931, 'prog') })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/by-process', 'likely'])
  assert.match(report.verdict.title, 'reaper (pid 2290) killed a.service with SIGKILL')
  // The twin: the same call for another pid is nothing to this unit.
  const other = await analyzeFiles({ 'journal.json': log, 'audit.log': audit(59.95, 932, 'other') })
  assert.is(other.verdict.rule, 'kill/unknown-sender')
  const [kill] = findingsOf(other, 'kill/by-process')
  assert.equal([kill.severity, kill.subject.pid], ['warning', 932])
})
unit('a SIGKILL of an unknown pid at that time is possible at most, and none a minute before', async () => {
  const at = async (seconds: number) =>
    (await analyzeFiles({ 'journal.txt': journal(STARTED, KILLED), 'audit.log': audit(seconds, 931, 'prog') })).verdict
  assert.equal([(await at(59.9)).rule, (await at(59.9)).confidence], ['kill/by-process', 'possible'])
  assert.is((await at(5)).rule, 'kill/unknown-sender')
})
unit('a SIGKILL that audit saw sent ends its target; a signal that can be handled need not', async () => {
  const text = audit(5, 931, 'prog')
  const { verdict } = await analyzeFiles({ 'audit.log': text })
  assert.equal([verdict.rule, verdict.confidence], ['kill/by-process', 'likely'])
  for (const twin of [text.replace(' a1=9 ', ' a1=f '), text.replace('success=yes exit=0', 'success=no exit=-3')])
    assert.is((await analyzeFiles({ 'audit.log': twin })).verdict.rule, null)
})

unit('systemctl kill names the main process, and that a client asked', async () => {
  const asked: Row = [59.9, PID1, 'a.service: Sent signal SIGKILL to main process 482 (prog) on client request.']
  const report = await analyzeFiles({ 'journal.txt': journal(STARTED, asked, KILLED, FAILED) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/by-process', 'proven'])
  assert.match(report.verdict.title, 'on a client’s request')
  const of = asked[2].replace('main process', 'process')
  const other = await analyzeFiles({ 'journal.txt': journal(STARTED, [59.9, PID1, of], KILLED, FAILED) })
  assert.is.not(other.verdict.confidence, 'proven')
})
unit('of several processes that systemd kills in one go the first is the main one', async () => {
  const report = await analyzeFiles({
    'journal.txt': journal(
      STARTED,
      [10, PID1, 'Stopping a.service - A...'],
      [50, PID1, "a.service: State 'stop-sigterm' timed out. Killing."],
      [50.001, PID1, 'a.service: Killing process 482 (prog) with signal SIGKILL.'],
      [50.002, PID1, 'a.service: Killing process 490 (sh) with signal SIGKILL.'],
      [50.1, PID1, KILLED[2]],
    ),
  })
  assert.equal(
    report.processes.map(p => [p.pid, p.exit?.signal]),
    [[482, 'SIGKILL']],
  )
})

unit('a start or a run that takes too long is ended by systemd', async () => {
  for (const [line, words] of [
    ['start operation timed out. Terminating.', 'start step took too long'],
    ['Service reached runtime time limit. Stopping.', 'time to run was over'],
  ]) {
    const exit = (how: string) =>
      journal(
        STARTED,
        [60, PID1, `a.service: ${line}`],
        [60.1, PID1, `a.service: Main process exited, ${how}`],
        [60.2, PID1, "a.service: Failed with result 'timeout'."],
      )
    const { verdict } = await analyzeFiles({ 'journal.txt': exit('code=killed, status=15/TERM') })
    assert.equal([verdict.rule, verdict.confidence], ['kill/by-process', 'proven'])
    assert.match(verdict.title, words)
    // The twins: another signal than the one that systemd sends; an end of its own.
    assert.is(
      (await analyzeFiles({ 'journal.txt': exit('code=killed, status=9/KILL') })).verdict.rule,
      'kill/unknown-sender',
    )
    assert.is((await analyzeFiles({ 'journal.txt': exit('code=exited, status=1/FAILURE') })).verdict.rule, null)
  }
})
unit('a service that fails by its own account is said to have failed', async () => {
  const exit: Row = [60, PID1, 'a.service: Main process exited, code=exited, status=3/NOTIMPLEMENTED']
  const { verdict } = await analyzeFiles({
    'journal.txt': journal(STARTED, exit, [60, PID1, "a.service: Failed with result 'exit-code'."]),
  })
  assert.equal(
    [verdict.rule, verdict.title],
    [null, 'a.service failed: its main process exited with status 3 (NOTIMPLEMENTED)'],
  )
  const fine = await analyzeFiles({
    'journal.txt': journal(STARTED, exit, [60, PID1, 'a.service: Deactivated successfully.']),
  })
  assert.is(fine.verdict.title, 'We saw no death and no hang in this evidence')
})

unit('the OOM killer of one host does not explain a death on another', async () => {
  const oom = [
    59.9,
    'kernel',
    'Memory cgroup out of memory: Killed process 931 (prog) total-vm:9kB, anon-rss:9kB, file-rss:0kB',
    'vm2',
  ]
  const limit = [
    59.8,
    'kernel',
    'oom-kill:constraint=CONSTRAINT_MEMCG,oom_memcg=/system.slice/a.service,task_memcg=/system.slice/a.service,task=prog,pid=931,uid=0',
    'vm2',
  ]
  const rows = [STARTED, limit, oom, KILLED, FAILED] as Row[]
  const two = await analyzeFiles({ 'journal.txt': journal(...rows) })
  assert.is(findingsOf(two, 'kill/unknown-sender').length, 1)
  assert.is(findingsOf(two, 'kill/oom')[0].chain.length, 1)
  const one = rows.map(row => row.slice(0, 3)) as Row[]
  const same = await analyzeFiles({ 'journal.txt': journal(...one) })
  assert.is(findingsOf(same, 'kill/unknown-sender').length, 0)
  assert.is(findingsOf(same, 'kill/oom')[0].chain.length, 2)
})

const FAULT =
  'prog[482]: segfault at 18 ip 00005634bd991179 sp 00007ffda3116948 error 4 in prog[1179,5634bd991000+1000]'
const DUMPED: Row = [60.2, PID1, 'a.service: Main process exited, code=dumped, status=11/SEGV']
unit(
  'the kernel’s line about a fault shows that the program raised it, and systemd-coredump that a core was kept',
  async () => {
    const core: Row = [60.1, 'systemd-coredump[500]', 'Process 482 (prog) of user 0 dumped core.']
    const report = await analyzeFiles({ 'journal.txt': journal(STARTED, [60, 'kernel', FAULT], core, DUMPED) })
    assert.equal([report.verdict.rule, report.verdict.confidence], ['crash/fault', 'proven'])
    assert.is(report.processes[0].exit?.coreDumped, true)
    assert.is(report.findings.filter(f => f.severity === 'fatal').length, 1)
    const bare = await analyzeFiles({ 'journal.txt': journal(STARTED, DUMPED) })
    assert.equal([bare.verdict.rule, bare.verdict.confidence], ['crash/fault', 'possible'])
    const none: Row = [
      60.1,
      core[1],
      'Process 482 (prog) of user 0 terminated abnormally without generating a coredump.',
    ]
    const lost = await analyzeFiles({ 'journal.txt': journal(STARTED, [60, 'kernel', FAULT], none) })
    assert.is(lost.processes[0].exit?.coreDumped, false)
  },
)

unit('of a result alone the killer is likely; of “signal” nobody is', async () => {
  const show = (result: string, status: number) =>
    `Id=a.service\nExecMainPID=482\nExecMainCode=2\nExecMainStatus=${status}\nActiveState=failed\nSubState=failed\nResult=${result}\n`
  for (const [result, status, rule] of [
    ['oom-kill', 9, 'kill/oom'],
    ['watchdog', 6, 'kill/watchdog'],
    ['timeout', 9, 'kill/stop-timeout'],
  ] as const) {
    const { verdict, findings } = await analyzeFiles({ 'show.txt': show(result, status) })
    assert.equal([verdict.rule, verdict.confidence], [rule, 'likely'])
    assert.is(findings.filter(f => f.severity === 'fatal').length, 1)
    // A journal that was cut says it in the same words.
    const cut = journal(KILLED, [60.1, PID1, `a.service: Failed with result '${result}'.`])
    if (status === 9) assert.is((await analyzeFiles({ 'journal.txt': cut })).verdict.rule, rule)
  }
  assert.is((await analyzeFiles({ 'show.txt': show('signal', 9) })).verdict.rule, 'kill/unknown-sender')
  assert.is((await analyzeFiles({ 'show.txt': show('timeout', 15) })).verdict.rule, 'kill/unknown-sender')
})
unit('the status of releases before 248 has its facts further to the left', async () => {
  const status = (code: string) =>
    [
      '● a.service - A',
      '   Loaded: loaded (/etc/systemd/system/a.service; enabled; vendor preset: enabled)',
      '   Active: failed (Result: exit-code) since Tue 2026-11-24 00:10:05 UTC; 3min ago',
      `  Process: 482 ExecStart=/bin/a (code=exited, status=${code})`,
      ` Main PID: 482 (code=exited, status=${code})`,
      '',
    ].join('\n')
  const { verdict } = await analyzeFiles({ 'status.txt': status('203/EXEC') })
  assert.equal([verdict.rule, verdict.confidence], ['systemd/exec-failed', 'likely'])
  assert.is((await analyzeFiles({ 'status.txt': status('1/FAILURE') })).verdict.rule, null)
})

unit('a SIGKILL whose end the tracer did not show is not said to be pending', async () => {
  const sent = (sig: number) =>
    [
      `kubelet   900 [001]  100.000000:   signal:signal_generate: sig=${sig} errno=0 code=0 comm=web pid=700 grp=1 res=0`,
      'other     910 [001]  101.000000:    signal:signal_deliver: sig=10 errno=0 code=0 sa_handler=466cc0 sa_flags=1c000004',
      '',
    ].join('\n')
  const report = await analyzeFiles({ 'perf.txt': sent(9) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/by-process', 'likely'])
  const twin = await analyzeFiles({ 'perf.txt': sent(15) })
  assert.is(twin.verdict.rule, null)
  assert.is(twin.signals.find(s => s.signal === 'SIGTERM')?.outcome, 'pending')
})
unit('audit’s record of seccomp says who raised SIGSYS; that of an abnormal end does not', async () => {
  const record = (type: string) =>
    `type=${type} msg=audit(1795479000.120:21): auid=0 uid=0 gid=0 ses=1 pid=482 comm="prog" exe="/bin/prog" sig=31 arch=c000003e syscall=165 compat=0 ip=0x7f code=0x80000000\n`
  const of = async (type: string) => (await analyzeFiles({ 'audit.log': record(type) })).verdict
  assert.equal([(await of('SECCOMP')).rule, (await of('SECCOMP')).confidence], ['kill/unknown-sender', 'proven'])
  assert.is((await of('ANOM_ABEND')).confidence, 'possible')
})

unit('an OOM kill of a pid that the journal knows under another name is not of its unit', async () => {
  const entry = (more: Record<string, string>) =>
    `${JSON.stringify({ __REALTIME_TIMESTAMP: '1795479060000000', _BOOT_ID: 'a'.repeat(32), ...more })}\n`
  const manager = { _PID: '1', _COMM: 'systemd', SYSLOG_IDENTIFIER: 'systemd', UNIT: 'a.service' }
  const log = (comm: string) =>
    entry({ _PID: '931', _COMM: comm, _SYSTEMD_UNIT: 'a.service', MESSAGE: 'ready' }) +
    entry({ ...manager, MESSAGE: KILLED[2], EXIT_CODE: 'killed', EXIT_STATUS: '9' })
  const kernel =
    '[   20.101210] Memory cgroup out of memory: Killed process 931 (prog) total-vm:9kB, anon-rss:9kB, file-rss:0kB\n'
  const other = await analyzeFiles({ 'journal.json': log('cron'), 'dmesg.txt': kernel })
  assert.is(findingsOf(other, 'kill/oom')[0].subject.unit, undefined)
  assert.is(findingsOf(other, 'kill/unknown-sender')[0].subject.unit, 'a.service')
  const same = await analyzeFiles({ 'journal.json': log('prog'), 'dmesg.txt': kernel })
  assert.is(findingsOf(same, 'kill/oom')[0].subject.unit, 'a.service')
  assert.is(findingsOf(same, 'kill/unknown-sender').length, 0)
})

const STACK = (...frames: string[]) =>
  [
    'Process 482 (prog) of user 0 dumped core.',
    '',
    'Stack trace of thread 482:',
    ...frames.map((f, i) => `#${i}  0x0000000000001000 ${f} (libc.so.6 + 0x1000)`),
  ].join('\n')
const coredump = (message: string, signal: number) =>
  `${JSON.stringify({ __REALTIME_TIMESTAMP: '1795479060000000', _BOOT_ID: 'a'.repeat(32), _PID: '500', _COMM: 'systemd-coredum', SYSLOG_IDENTIFIER: 'systemd-coredump', COREDUMP_PID: '482', COREDUMP_COMM: 'prog', COREDUMP_SIGNAL: String(signal), MESSAGE: message })}\n`
unit('a stack in abort() shows that the program aborted itself; another stack does not', async () => {
  const of = async (...frames: string[]) =>
    (await analyzeFiles({ 'journal.json': coredump(STACK(...frames), 6) })).verdict
  const own = await of('n/a', 'raise', 'abort', 'main')
  assert.equal([own.rule, own.confidence], ['crash/abort', 'proven'])
  assert.is((await of('read', 'main')).confidence, 'possible')
})
unit('the stack of a fault says where, and not who raised it', async () => {
  const report = await analyzeFiles({ 'journal.json': coredump(STACK('resize', 'main'), 11) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['crash/fault', 'possible'])
  assert.match(findingsOf(report, 'crash/fault')[0].chain[1].text, 'in resize, called by main')
})

unit('journalctl -r prints the newest line first', async () => {
  const rows: Row[] = [
    [10, PID1, 'Stopping a.service - A...'],
    [100, PID1, "a.service: State 'stop-sigterm' timed out. Killing."],
    [100, PID1, 'a.service: Killing process 482 (prog) with signal SIGKILL.'],
    [100, PID1, KILLED[2]],
    [100, PID1, "a.service: Failed with result 'timeout'."],
  ]
  const text = journal(...rows)
  const reversed = `${text.trimEnd().split('\n').reverse().join('\n')}\n`
  for (const log of [text, reversed]) {
    const { verdict } = await analyzeFiles({ 'journal.txt': log })
    assert.equal([verdict.rule, verdict.confidence], ['kill/stop-timeout', 'proven'])
    assert.match(verdict.title, 'prog (pid 482)')
  }
})
unit('a process that does not even take SIGKILL hangs; one that is to take SIGTERM may be busy', async () => {
  const status = (pending: string) =>
    `Name:\tnfsw\nState:\tD (disk sleep)\nTgid:\t812\nPid:\t812\nPPid:\t1\nTracerPid:\t0\nThreads:\t1\nSigQ:\t0/95000\nSigPnd:\t0000000000000000\nShdPnd:\t${pending}\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nSigCgt:\t0000000000000000\n`
  const of = async (pending: string) => (await analyzeFiles({ status: status(pending) })).verdict.rule
  assert.is(await of('0000000000000100'), 'signal/pending')
  assert.is(await of('0000000000004000'), null)
})

const TRACE = `811 1795479060.000000 epoll_wait(4, [], 128, 1000) = 0 <0.001>
811 1795479060.700100 +++ killed by SIGKILL +++
`
unit('an OOM kill of the same pid an hour before is of another life', async () => {
  const oom = (at: number) =>
    journal([at, 'kernel', 'Out of memory: Killed process 811 (prog) total-vm:1kB, anon-rss:1kB, file-rss:0kB'])
  const of = async (at: number) => {
    const report = await analyzeFiles({ 'strace.txt': TRACE, 'journal.txt': oom(at) })
    return [report.verdict.rule, report.processes.length]
  }
  assert.equal(await of(60.6), ['kill/oom', 1])
  assert.equal(await of(-3600), ['kill/unknown-sender', 2])
})
unit('what systemd kills on one host says nothing of another', async () => {
  const killing = [59.9, PID1, 'a.service: Killing process 71 (prog) with signal SIGKILL.', 'vm2']
  const { verdict } = await analyzeFiles({ 'journal.txt': journal(STARTED, killing as unknown as Row, KILLED) })
  assert.is(verdict.rule, 'kill/unknown-sender')
})
unit('a kill of which systemd’s reason was cut off is systemd’s all the same', async () => {
  const killing: Row = [59.9, PID1, 'a.service: Killing process 482 (prog) with signal SIGKILL.']
  const { verdict } = await analyzeFiles({ 'journal.txt': journal(killing, KILLED) })
  assert.equal([verdict.rule, verdict.title], ['kill/by-process', 'systemd (pid 1) killed prog with SIGKILL'])
  const why: Row = [59.8, PID1, "a.service: State 'stop-sigterm' timed out. Killing."]
  const told = await analyzeFiles({ 'journal.txt': journal(why, killing, KILLED) })
  assert.equal([told.verdict.rule, findingsOf(told, 'kill/by-process').length], ['kill/stop-timeout', 0])
})

const STOPPING: Row = [59.9, PID1, 'Stopping a.service - A...']
unit('a stop that kills because the unit says so', async () => {
  const of = async (...settings: string[]) => {
    const file = `[Service]\nExecStart=/bin/prog\n${settings.join('\n')}\n`
    const report = await analyzeFiles({ 'journal.txt': journal(STARTED, STOPPING, KILLED, FAILED), 'a.service': file })
    return [report.verdict.rule, report.verdict.confidence]
  }
  assert.equal(await of('KillSignal=SIGKILL'), ['kill/by-process', 'proven'])
  assert.equal(await of('KillSignal=9'), ['kill/by-process', 'proven'])
  for (const command of [
    '/bin/kill -9 $MAINPID',
    '/bin/kill -s KILL $MAINPID',
    '/usr/bin/pkill --signal SIGKILL prog',
    "/bin/sh -c 'kill -KILL $MAINPID; rm -f /run/a'",
  ])
    assert.equal(await of(`ExecStop=${command}`), ['kill/by-process', 'likely'], command)
  for (const command of ['/bin/kill $MAINPID', '/bin/kill -TERM $MAINPID', '/bin/skill-9 -9', '/bin/stop -9'])
    assert.equal(await of(`ExecStop=${command}`), ['kill/unknown-sender', 'possible'], command)
})
unit('nobody stopped it: what the unit would have sent is nobody’s doing', async () => {
  const file = '[Service]\nExecStart=/bin/prog\nKillSignal=SIGKILL\n'
  const { verdict } = await analyzeFiles({ 'journal.txt': journal(STARTED, KILLED, FAILED), 'a.service': file })
  assert.is(verdict.rule, 'kill/unknown-sender')
})
unit('a reload that takes too long is ended alone: the service goes on', async () => {
  const report = await analyzeFiles({
    'journal.txt': journal(
      STARTED,
      [60, PID1, 'a.service: Reload operation timed out. Killing reload process.'],
      [60, PID1, 'a.service: Control process exited, code=killed, status=9/KILL'],
      [60.1, PID1, 'Reload failed for a.service - A.'],
    ),
  })
  assert.is(report.verdict.rule, null)
  const [finding] = report.findings
  assert.equal([finding.rule, finding.severity], ['kill/by-process', 'warning'])
  assert.match(finding.summary, 'The service itself goes on')
})

unit('SIGHUP of a script, and a service that is gone without a word', async () => {
  const entry = (at: number, fields: object) =>
    `${JSON.stringify({ __REALTIME_TIMESTAMP: String(Math.round((1795479000 + at) * 1e6)), _BOOT_ID: 'b', _HOSTNAME: 'vm', ...fields })}\n`
  const pid1 = (at: number, MESSAGE: string) => entry(at, { _PID: '1', _COMM: 'systemd', UNIT: 'a.service', MESSAGE })
  const own = entry(5, { _PID: '700', _COMM: 'a', _SYSTEMD_UNIT: 'a.service', _TRANSPORT: 'stdout', MESSAGE: 'hello' })
  const log = (...more: string[]) =>
    pid1(0, 'Started a.service - A.') + own + more.join('') + pid1(60.2, 'a.service: Deactivated successfully.')
  const hup = (pid: number) => audit(60.1, pid, 'a').replace('a1=9', 'a1=1')
  const of = async (journal: string, log = hup(700)) =>
    (await analyzeFiles({ 'journal.json': journal, 'audit.log': log })).verdict
  const { rule, confidence, title } = await of(log())
  assert.equal([rule, confidence], ['kill/by-process', 'likely'])
  assert.match(title, 'reaper (pid 2290) sent SIGHUP to a.service')
  // Another process, another time, a stop that was asked for: nobody is accused.
  assert.is((await of(log(), hup(701))).rule, null)
  assert.is((await of(log(), hup(700).replaceAll('1795479060', '1795479020'))).rule, null)
  assert.is((await of(log(pid1(60, 'Stopping a.service - A...')))).rule, null)
})

unit.run()
