/** What systemd did to a service, by its own words: each rule, and the twin of each case that must say nothing. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, type Files, findingsOf } from '../support/analyze.js'

/** A journal of `journalctl -o short-unix`: `[seconds, speaker, message]`. */
function journal(...rows: [number, string, string][]): string {
  return rows.map(([at, speaker, message]) => `${(1795479000 + at).toFixed(6)} vm ${speaker}: ${message}\n`).join('')
}
const PID1 = 'systemd[1]'

async function found(rule: string, files: Files | string) {
  return findingsOf(await analyzeFiles(typeof files === 'string' ? { 'journal.txt': files } : files), rule)
}

const STOP = [
  [0, PID1, 'Started a.service - A.'],
  [10, PID1, 'Stopping a.service - A...'],
  [100, PID1, "a.service: State 'stop-sigterm' timed out. Killing."],
  [100.1, PID1, 'a.service: Killing process 482 (prog) with signal SIGKILL.'],
  [100.2, PID1, 'a.service: Main process exited, code=killed, status=9/KILL'],
  [100.3, PID1, "a.service: Failed with result 'timeout'."],
] satisfies [number, string, string][]

const stop = suite('kill/stop-timeout')
stop('SIGTERM, 90 seconds, SIGKILL', async () => {
  const report = await analyzeFiles({ 'journal.txt': journal(...STOP) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/stop-timeout', 'proven'])
  const [finding] = findingsOf(report, 'kill/stop-timeout')
  assert.equal(finding.subject, { pid: 482, comm: 'prog', unit: 'a.service' })
  assert.match(finding.title, 'did not stop within 1 min 30 s of SIGTERM')
  assert.equal(
    finding.chain.map(l => l.refs[0].line),
    [2, 3, 4, 5],
  )
})
stop('a service that stops in time is none', async () => {
  const rows = [
    ...STOP.slice(0, 2),
    [11, PID1, 'a.service: Deactivated successfully.'],
    [11, PID1, 'Stopped a.service - A.'],
  ]
  assert.is((await found('kill/stop-timeout', journal(...(rows as typeof STOP)))).length, 0)
})
stop('a SIGKILL without a timeout before it is none', async () => {
  assert.is((await found('kill/stop-timeout', journal(STOP[0], STOP[4]))).length, 0)
})
stop('an ExecStop= or ExecStopPost= that hangs is no SIGTERM that was not obeyed', async () => {
  for (const line of [
    'a.service: Stopping timed out. Terminating.',
    "a.service: State 'stop-post' timed out. Terminating.",
  ])
    assert.is((await found('kill/stop-timeout', journal(STOP[0], STOP[1], [100, PID1, line]))).length, 0, line)
})
stop('each stop of one unit is folded into one finding with a count', async () => {
  const again = STOP.map(([at, who, text]) => [at + 200, who, text] as [number, string, string])
  const list = await found('kill/stop-timeout', journal(...STOP, ...again))
  assert.equal(
    list.map(f => f.count),
    [2],
  )
})
stop('an end that nobody reports is a missing link, not a death', async () => {
  const [finding] = await found('kill/stop-timeout', journal(...STOP.slice(0, 4)))
  assert.equal([finding.confidence, finding.chain.at(-1)!.status], ['possible', 'missing'])
})
stop('a start that took too long is the reason, and so is named', async () => {
  const rows: [number, string, string][] = [
    [0, PID1, 'Starting a.service - A...'],
    [90, PID1, 'a.service: start operation timed out. Terminating.'],
    [180, PID1, "a.service: State 'stop-sigterm' timed out. Killing."],
    [180, PID1, 'a.service: Killing process 55 (prog) with signal SIGKILL.'],
    [180, PID1, 'a.service: Main process exited, code=killed, status=9/KILL'],
  ]
  const [finding] = await found('kill/stop-timeout', journal(...rows))
  assert.match(finding.summary, 'The start step of a.service took too long')
  assert.match(finding.title, 'within 1 min 30 s of SIGTERM')
  assert.is(finding.remedies[0].title, 'Find what the start waits for')
})
stop('SIGABRT in place of SIGKILL, and no SIGKILL at all, are told as such', async () => {
  const aborted = await found(
    'kill/stop-timeout',
    journal(
      ...STOP.slice(0, 2),
      [100, PID1, "a.service: State 'stop-sigterm' timed out. Aborting."],
      [100, PID1, 'a.service: Killing process 482 (prog) with signal SIGABRT.'],
      [100.1, PID1, 'a.service: Main process exited, code=dumped, status=6/ABRT'],
    ),
  )
  assert.match(aborted[0].title, 'systemd aborted prog (pid 482)')
  assert.is(aborted[0].chain.at(-1)!.text, 'prog (pid 482) died of SIGABRT.')
  const skipped = await found(
    'kill/stop-timeout',
    journal(...STOP.slice(0, 2), [100, PID1, "a.service: State 'stop-sigterm' timed out. Skipping SIGKILL."]),
  )
  assert.equal([skipped[0].severity, /SIGKILL cannot be handled/.test(skipped[0].summary)], ['error', false])
  assert.match(skipped[0].summary, 'SendSIGKILL=no')
})
stop('a process that is still there after SIGKILL was not killed by it', async () => {
  const [finding] = await found(
    'kill/stop-timeout',
    journal(...STOP.slice(0, 4), [190, PID1, 'a.service: Processes still around after SIGKILL. Ignoring.']),
  )
  assert.is(finding.title, 'prog (pid 482) did not end even on SIGKILL')
  assert.match(finding.remedies[0].code!, '/proc/482/stack')
})
stop('what is left over when the main process has ended', async () => {
  const [finding] = await found(
    'kill/stop-timeout',
    journal(
      STOP[0],
      [10, PID1, 'a.service: Main process exited, code=exited, status=0/SUCCESS'],
      [100, PID1, "a.service: State 'stop-sigterm' timed out. Killing."],
      [100, PID1, 'a.service: Killing process 99 (worker) with signal SIGKILL.'],
      [100.3, PID1, "a.service: Failed with result 'timeout'."],
    ),
  )
  assert.match(finding.title, 'systemd killed worker (pid 99), left over from a.service')
  assert.is(finding.confidence, 'likely')
})
stop('a machine that goes down is the reason of the stop', async () => {
  const down = await found(
    'kill/stop-timeout',
    journal(STOP[0], [9.9, 'systemd-logind[400]', 'System is rebooting.'], ...STOP.slice(1)),
  )
  assert.match(down[0].chain[0].text, 'The machine was about to reboot')
  assert.match(down[0].summary, 'the machine was going down')
  const targets = await found(
    'kill/stop-timeout',
    journal(STOP[0], [9.9, PID1, 'Stopped target multi-user.target - Multi-User System.'], ...STOP.slice(1), [
      101,
      PID1,
      'Reached target poweroff.target - System Power Off.',
    ]),
  )
  assert.match(targets[0].chain[0].text, 'to power off')
  const long = await found('kill/stop-timeout', journal(...STOP, [5000, 'systemd-logind[400]', 'System is rebooting.']))
  assert.not.match(long[0].summary, 'going down')
})
stop.run()

const WATCHDOG = [
  [0, PID1, 'Started a.service - A.'],
  [30, PID1, 'a.service: Watchdog timeout (limit 30s)!'],
  [30.1, PID1, 'a.service: Killing process 470 (prog) with signal SIGABRT.'],
  [30.2, PID1, 'a.service: Main process exited, code=dumped, status=6/ABRT'],
  [30.3, PID1, "a.service: Failed with result 'watchdog'."],
] satisfies [number, string, string][]
const dog = suite('kill/watchdog')
dog('no ping, SIGABRT, core', async () => {
  const report = await analyzeFiles({ 'journal.txt': journal(...WATCHDOG) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/watchdog', 'proven'])
})
dog('a Go program catches it: the dump in the journal is part of the chain', async () => {
  const report = await analyzeFiles({
    'journal.export': gunzipSync(readFileSync('test/fixtures/journald/lifecycle.export.gz')),
  })
  const go = findingsOf(report, 'kill/watchdog').find(f => f.subject.unit === 'wdgo.service')!
  assert.equal([go.confidence, go.subject.pid], ['proven', 474])
  assert.ok(go.chain.some(l => /printed all goroutines/.test(l.text)))
  assert.ok(go.chain.some(l => /ended with status 2/.test(l.text)))
  assert.equal(
    report.goroutines.snapshots.map(s => [s.source, s.count]),
    [['journal.export', 12]],
  )
})
dog('an abort without a watchdog is none', async () => {
  assert.is((await found('kill/watchdog', journal(WATCHDOG[0], WATCHDOG[3]))).length, 0)
})
dog('a watchdog whose abort times out is not a stop timeout', async () => {
  const rows: typeof WATCHDOG = [
    ...WATCHDOG.slice(0, 3),
    [120, PID1, "a.service: State 'stop-watchdog' timed out. Killing."],
  ]
  assert.is((await found('kill/stop-timeout', journal(...rows))).length, 0)
})
dog.run()

const OOM = [
  [
    5,
    'kernel',
    'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,oom_memcg=/system.slice/a.service,task_memcg=/system.slice/a.service,task=prog,pid=99,uid=0',
  ],
  [
    5,
    'kernel',
    'Memory cgroup out of memory: Killed process 99 (prog) total-vm:711388kB, anon-rss:57596kB, file-rss:1156kB',
  ],
  [5.1, PID1, 'a.service: A process of this unit has been killed by the OOM killer.'],
  [5.2, PID1, 'a.service: Main process exited, code=killed, status=9/KILL'],
  [5.3, PID1, "a.service: Failed with result 'oom-kill'."],
] satisfies [number, string, string][]
const oom = suite('kill/oom')
oom('one kill, told by the kernel and by PID 1, is one finding', async () => {
  const report = await analyzeFiles({ 'journal.txt': journal(...OOM) })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['kill/oom', 'proven'])
  const list = findingsOf(report, 'kill/oom')
  assert.equal(
    list.map(f => f.subject),
    [{ pid: 99, comm: 'prog', unit: 'a.service' }],
  )
  assert.is(list[0].chain.length, 4)
  assert.match(list[0].summary, 'machine itself need not have been short of memory')
})
oom('the trace of the victim is joined by pid', async () => {
  const trace = '99 1795479004.900000 read(0, <unfinished ...>\n99 1795479005.000100 +++ killed by SIGKILL +++\n'
  const report = await analyzeFiles({ 'journal.txt': journal(...OOM), 'strace.txt': trace })
  assert.is(report.verdict.rule, 'kill/oom')
  assert.ok(findingsOf(report, 'kill/oom')[0].chain.some(l => l.refs.some(r => r.source === 'strace.txt')))
})
oom('a limit of a pod is told, and mended, as one of a pod', async () => {
  const group = '/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12_34.slice'
  const rows = (limit: string): [number, string, string][] => [
    [
      5,
      'kernel',
      `oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,oom_memcg=${limit},task_memcg=${group}/cri-containerd-3f2.scope,task=prog,pid=99,uid=0`,
    ],
    OOM[1],
  ]
  const pod = await found('kill/oom', journal(...rows(group)))
  assert.match(pod[0].title, 'at the limit of its pod')
  assert.match(pod[0].remedies[0].code!, 'limits:')
  const container = await found('kill/oom', journal(...rows(`${group}/cri-containerd-3f2.scope`)))
  assert.match(container[0].title, 'at the limit of its container')
})
oom('PID 1 alone does not know whether it was the machine or a limit', async () => {
  const [finding] = await found('kill/oom', journal(OOM[2]))
  assert.not.match(finding.summary, 'The machine had no memory')
  assert.match(finding.summary, 'only the kernel log tells')
})
oom('a victim that NSpid names is not somebody with an unknown killer as well', async () => {
  const trace = '7 1795479004.900000 read(0, <unfinished ...>\n7 1795479005.000100 +++ killed by SIGKILL +++\n'
  const status =
    'Name:\tprog\nState:\tS (sleeping)\nTgid:\t99\nPid:\t99\nPPid:\t1\nTracerPid:\t0\nNSpid:\t99\t7\nSigQ:\t0/7000\n'
  const report = await analyzeFiles({
    'journal.txt': journal(...OOM),
    'strace.txt': trace,
    'proc/99/status': status,
  })
  assert.is(report.verdict.rule, 'kill/oom')
  assert.is(findingsOf(report, 'kill/unknown-sender').length, 0)
})
oom('a kill of somebody else is only a warning where a trace shows another process', async () => {
  const trace = '7 1795479004.900000 write(1, "x", 1) = 1\n7 1795479005.000100 +++ exited with 0 +++\n'
  const report = await analyzeFiles({ 'journal.txt': journal(...OOM.slice(0, 2)), 'strace.txt': trace })
  assert.equal(
    findingsOf(report, 'kill/oom').map(f => f.severity),
    ['warning'],
  )
  assert.is.not(report.verdict.rule, 'kill/oom')
})
oom('systemd-oomd', async () => {
  const [finding] = await found(
    'kill/oom',
    journal(
      [
        5,
        'systemd-oomd[9]',
        'Killed /system.slice/a.service due to memory pressure for /system.slice being 61% > 50% for > 20s with reclaim activity',
      ],
      [5.1, PID1, 'a.service: systemd-oomd killed 2 process(es) in this unit.'],
    ),
  )
  assert.equal([finding.subject.unit, finding.chain.length], ['a.service', 2])
  assert.match(finding.title, /^systemd-oomd killed a\.service/)
})
oom('a SIGKILL alone is none', async () => {
  assert.is((await found('kill/oom', journal(OOM[3]))).length, 0)
})
oom.run()

const limit = suite('systemd/start-limit and systemd/exec-failed')
const FLAP = [0, 1, 2].flatMap(i => [
  [i, PID1, 'Started a.service - A.'],
  [i + 0.1, PID1, 'a.service: Main process exited, code=exited, status=1/FAILURE'],
  [i + 0.2, PID1, "a.service: Failed with result 'exit-code'."],
  [i + 0.3, PID1, `a.service: Scheduled restart job, restart counter is at ${i + 1}.`],
]) as [number, string, string][]
limit('started too often', async () => {
  const [finding] = await found(
    'systemd/start-limit',
    journal(
      ...FLAP,
      [4, PID1, 'a.service: Start request repeated too quickly.'],
      [4, PID1, "a.service: Failed with result 'exit-code'."],
    ),
  )
  assert.equal([finding.severity, finding.confidence], ['error', 'proven'])
  assert.match(finding.chain[0].text, 'ended 3 times within 2 s, last: exit status 1')
})
limit('two hosts that flap are two findings', async () => {
  const rows = journal(...FLAP, [4, PID1, 'a.service: Start request repeated too quickly.'])
  const list = await found('systemd/start-limit', { 'one.txt': rows, 'two.txt': rows.replaceAll(' vm ', ' other ') })
  // The clocks of two hosts are not one: the second is not dated, but it is not mixed up with the first.
  assert.is(list.length, 2)
  for (const finding of list) assert.match(finding.chain[0].text, 'ended 3 times')
})
limit('restarts without the limit are none', async () => {
  assert.is((await found('systemd/start-limit', journal(...FLAP))).length, 0)
})
limit('203/EXEC with the step and the error', async () => {
  const report = await analyzeFiles({
    'journal.txt': journal(
      [0, PID1, 'Started a.service - A.'],
      [0.1, '(prog)[450]', 'a.service: Failed at step EXEC spawning /x/prog: Permission denied'],
      [0.2, PID1, 'a.service: Main process exited, code=exited, status=203/EXEC'],
      [0.3, PID1, "a.service: Failed with result 'exit-code'."],
    ),
  })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['systemd/exec-failed', 'proven'])
  assert.match(report.verdict.title, '/x/prog of a.service: Permission denied')
})
limit('an ordinary exit status is none; a bare 203 is not proven', async () => {
  assert.is((await found('systemd/exec-failed', journal(FLAP[0], FLAP[1]))).length, 0)
  const [bare] = await found(
    'systemd/exec-failed',
    journal(FLAP[0], [1, PID1, 'a.service: Main process exited, code=exited, status=203/EXEC']),
  )
  assert.is(bare.confidence, 'likely')
})
limit.run()

const UNIT = '[Unit]\nDescription=A\n[Service]\nExecStart=/usr/bin/prog\nRestart=on-failure\n'
/** A C program that the default action of SIGPIPE kills. */
const DEATH =
  '7 1795479003.000000 execve("/usr/bin/prog", ["/usr/bin/prog"], 0x7ffd /* 1 var */) = 0\n' +
  '7 1795479004.000000 write(1<UNIX-STREAM:[38475->37841]>, "tick\\n", 5) = -1 EPIPE (Broken pipe)\n' +
  '7 1795479004.000100 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=7, si_uid=0} ---\n' +
  '7 1795479004.000200 +++ killed by SIGPIPE +++\n'
const QUIET: [number, string, string][] = [
  [2.9, PID1, 'Started a.service - A.'],
  [3.5, 'prog[7]', 'tick'],
  [4.01, PID1, 'a.service: Deactivated successfully.'],
]
const clean = suite('systemd/clean-exit-masks-signal and unit/restart-misses-sigpipe')
const both = (files: Files) =>
  analyzeFiles(files).then(r =>
    ['systemd/clean-exit-masks-signal', 'unit/restart-misses-sigpipe'].map(rule => findingsOf(r, rule)),
  )

clean('death by SIGPIPE, “Deactivated successfully.”, no restart', async () => {
  const [[masked], [missed]] = await both({ 'strace.txt': DEATH, 'journal.txt': journal(...QUIET), 'a.service': UNIT })
  assert.equal([masked.confidence, masked.subject.unit], ['proven', 'a.service'])
  assert.ok(masked.chain.some(l => l.text.includes('“Deactivated successfully.”')))
  assert.equal([missed.confidence, missed.chain[1].refs], ['proven', [{ source: 'a.service', line: 5 }]])
  assert.match(missed.remedies[0].code!, 'RestartForceExitStatus=SIGPIPE')
})
clean('the state of the unit tells it without a trace', async () => {
  const show =
    'Id=a.service\nType=simple\nRestart=on-failure\nExecMainPID=7\nExecMainCode=2\nExecMainStatus=13\nResult=success\nActiveState=inactive\nExecStart={ path=/usr/bin/prog ; argv[]=/usr/bin/prog ; ignore_errors=no ; }\n'
  const [[masked], [missed]] = await both({ 'show.txt': show })
  assert.equal([masked.confidence, missed.subject.unit], ['proven', 'a.service'])
})
clean('for Type=oneshot SIGPIPE is a failure', async () => {
  const unit = UNIT.replace('[Service]', '[Service]\nType=oneshot')
  const list = await both({ 'strace.txt': DEATH, 'journal.txt': journal(...QUIET.slice(0, 2)), 'a.service': unit })
  assert.equal(
    list.map(l => l.length),
    [0, 0],
  )
})
clean('a unit that systemd was asked to stop masks nothing', async () => {
  const rows: typeof QUIET = [QUIET[0], QUIET[1], [3.9, PID1, 'Stopping a.service - A...'], QUIET[2]]
  const [masked] = await both({
    'strace.txt': DEATH.replaceAll('SIGPIPE', 'SIGTERM'),
    'journal.txt': journal(...rows),
    'a.service': UNIT,
  })
  assert.is(masked.length, 0)
})
clean('Restart=always, RestartForceExitStatus= and a restart that came are nothing to say', async () => {
  for (const change of [
    'Restart=always',
    'Restart=on-failure\nRestartForceExitStatus=1 SIGPIPE',
    'Restart=on-failure\nRestartForceExitStatus=PIPE',
  ]) {
    const unit = UNIT.replace('Restart=on-failure', change)
    const [, missed] = await both({ 'strace.txt': DEATH, 'journal.txt': journal(...QUIET), 'a.service': unit })
    assert.is(missed.length, 0, change)
  }
  const again: typeof QUIET = [...QUIET, [4.2, PID1, 'a.service: Scheduled restart job, restart counter is at 1.']]
  const list = await both({ 'strace.txt': DEATH, 'journal.txt': journal(...again), 'a.service': UNIT })
  assert.equal(
    list.map(l => l.length),
    [0, 0],
  )
})
clean('death by another signal is a failure for systemd', async () => {
  const list = await both({
    'strace.txt': DEATH.replaceAll('SIGPIPE', 'SIGUSR1'),
    'journal.txt': journal(...QUIET.slice(0, 2)),
    'a.service': UNIT,
  })
  assert.equal(
    list.map(l => l.length),
    [0, 0],
  )
})
clean.run()
