/** What unit files get wrong in a case, and Delve servers; each with the twin in which nothing is to be said. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, type Files, findingsOf } from '../support/analyze.js'

const found = async (rule: string, files: Files) => findingsOf(await analyzeFiles(files), rule)
const unit = (...lines: string[]) => `[Unit]\nDescription=A\n[Service]\n${lines.join('\n')}\n`

/** A Go program, known by how its runtime installs handlers and dies, whose stdout breaks. */
const GO_DEATH = readFileSync('test/fixtures/rules/go-sigpipe.strace.txt', 'utf8')
/** An entry that names the unit of pid 96. */
const entryOf96 = (unit: string) =>
  `${JSON.stringify({ _PID: '96', _SYSTEMD_UNIT: unit, _TRANSPORT: 'stdout', _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795478145000000', MESSAGE: 'tick' })}\n`
const EXEC = 'ExecStart=/lab/go/chatty -iv 200ms'

const unknown = suite('unit/unknown-directive')
unknown('a value that does not exist, in a capture of the unit alone', async () => {
  const [finding] = await found('unit/unknown-directive', {
    'a.service': unit(EXEC, 'StandardOutput=journal+safe-pipe:/tmp/x'),
  })
  assert.equal([finding.confidence, finding.chain[0].refs], ['proven', [{ source: 'a.service', line: 5 }]])
  assert.match(finding.title, 'systemd does not know StandardOutput=journal+safe-pipe:/tmp/x')
  assert.match(finding.remedies[0].code!, 'StandardOutput=journal')
})
unknown('directives that were never there, that stand in the wrong section, that are misspelt', async () => {
  const text =
    '[Unit]\nDescription=A\nIgnoreSIGPIPE=yes\n[Service]\nExecStart=/bin/true\nForwardToJournal=yes\nRestartsec=5\n[Install]\nWantedBy=multi-user.target\n'
  const [finding] = await found('unit/unknown-directive', { 'a.service': text })
  assert.equal(
    finding.chain.map(l => l.text),
    [
      'IgnoreSIGPIPE= does not belong into [Unit], and is ignored there.',
      'systemd knows no directive ForwardToJournal= in [Service].',
      'systemd knows no directive Restartsec= in [Service].',
    ],
  )
  assert.equal(
    finding.remedies.map(r => r.code),
    ['[Service]\nIgnoreSIGPIPE=yes', undefined, '[Service]\nRestartSec=5'],
  )
})
unknown('all that systemd does know is passed over', async () => {
  const good = unit(
    EXEC,
    'StandardOutput=journal+console',
    'StandardError=append:/var/log/a.log',
    'StandardInput=fd:a.socket',
    'FileDescriptorStorePreserve=yes',
    'Type=notify-reload',
    'Restart=on-abnormal',
    'MemoryMax=1G',
    'LogRateLimitIntervalSec=0',
    'StandardOutput=',
    'X-Mine=1',
    'Environment=A=%i',
  )
  assert.is((await found('unit/unknown-directive', { 'a.service': good })).length, 0)
})
unknown('a unit that has no part in the case is not spoken of', async () => {
  const files = {
    'other.service': unit('ExecStart=/bin/other', 'Nonsense=1'),
    'strace.txt': GO_DEATH,
    'journal.json': entryOf96('a.service'),
  }
  assert.is((await found('unit/unknown-directive', files)).length, 0)
})
unknown('the complaint of PID 1 is joined with the line that it is about', async () => {
  const journal =
    "1795479000.000000 vm systemd[1]: /etc/systemd/system/a.service:5: Failed to parse output specifier, ignoring: journal+safe-pipe:/tmp/x\n1795479001.000000 vm systemd[1]: a.service: Failed with result 'exit-code'.\n"
  const [finding] = await found('unit/unknown-directive', {
    'a.service': unit(EXEC, 'StandardOutput=journal+safe-pipe:/tmp/x'),
    'journal.txt': journal,
  })
  assert.is(finding.chain.length, 1)
  assert.equal(
    finding.chain[0].refs.map(r => r.source),
    ['a.service', 'journal.txt'],
  )
  const [alone] = await found('unit/unknown-directive', { 'journal.txt': journal })
  assert.match(alone.title, 'StandardOutput=journal+safe-pipe:/tmp/x')
})
unknown.run()

const go = suite('unit/ignore-sigpipe-go and unit/ineffective-advice')
go('IgnoreSIGPIPE= and a Go program that dies of SIGPIPE all the same', async () => {
  for (const value of ['yes', 'no']) {
    const [finding] = await found('unit/ignore-sigpipe-go', {
      'strace.txt': GO_DEATH,
      'a.service': unit(EXEC, `IgnoreSIGPIPE=${value}`),
    })
    // The trace was attached and names nothing: the unit is the only one there is.
    assert.equal([finding.severity, finding.confidence], ['note', 'likely'])
    assert.match(finding.title, `IgnoreSIGPIPE=${value} in a.service`)
  }
})
go('nothing to say where it is not set, and nothing to a C program', async () => {
  assert.is((await found('unit/ignore-sigpipe-go', { 'strace.txt': GO_DEATH, 'a.service': unit(EXEC) })).length, 0)
  const c =
    '7 1795479003.000000 execve("/lab/go/chatty", ["/lab/go/chatty"], 0x7ffd /* 1 var */) = 0\n' +
    '7 1795479004.000000 write(1, "tick\\n", 5) = -1 EPIPE (Broken pipe)\n7 1795479004.000100 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=7, si_uid=0} ---\n7 1795479004.000200 +++ killed by SIGPIPE +++\n'
  assert.is(
    (await found('unit/ignore-sigpipe-go', { 'strace.txt': c, 'a.service': unit(EXEC, 'IgnoreSIGPIPE=no') })).length,
    0,
  )
})
go('stdbuf, asyncpreemptoff and KillSignal= cannot help a Go program against SIGPIPE', async () => {
  const text = unit(
    'ExecStart=/usr/bin/stdbuf -oL -eL /lab/go/chatty -iv 200ms',
    'Environment=GODEBUG=madvdontneed=1,asyncpreemptoff=1',
    'KillSignal=SIGTERM',
  )
  const [finding] = await found('unit/ineffective-advice', {
    'strace.txt': GO_DEATH,
    'a.service': text,
    'journal.json': entryOf96('a.service'),
  })
  assert.match(finding.title, 'stdbuf, GODEBUG=asyncpreemptoff=1, KillSignal=SIGTERM')
  assert.is(finding.remedies[0].code, '[Service]\nExecStart=/lab/go/chatty -iv 200ms')
})
go('the same settings in a case about something else are not spoken of', async () => {
  const text = unit('ExecStart=/usr/bin/stdbuf -oL /lab/go/chatty', 'KillSignal=SIGTERM')
  const journal =
    "1795479000.000000 vm systemd[1]: a.service: Main process exited, code=exited, status=1/FAILURE\n1795479000.000000 vm systemd[1]: a.service: Failed with result 'exit-code'.\n"
  assert.is((await found('unit/ineffective-advice', { 'a.service': text, 'journal.txt': journal })).length, 0)
})
go.run()

const delve = suite('debugger/log-sigpipe and Delve servers')
const DLV = readFileSync('test/fixtures/rules/dlv-log-reader-gone.strace.txt', 'utf8')
delve('dlv dies at a line of its own log', async () => {
  const report = await analyzeFiles({ 'strace.txt': DLV })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['debugger/log-sigpipe', 'proven'])
  const list = findingsOf(report, 'debugger/log-sigpipe')
  assert.equal(
    list.map(f => [f.subject.pid, f.subject.comm]),
    [[5134, 'dlv']],
  )
  assert.match(list[0].chain[0].text, 'layer=rpc serving JSON-RPC')
  assert.match(list[0].summary, 'ran with --log')
})
delve('another Go program that logs and dies so is no debugger', async () => {
  const report = await analyzeFiles({
    'strace.txt': DLV.replace(
      'debug layer=rpc serving JSON-RPC on new connection',
      'debug serving requests on a new connection',
    ),
  })
  assert.is(findingsOf(report, 'debugger/log-sigpipe').length, 0)
  assert.is(report.verdict.rule, 'sigpipe/go-stdio')
})
delve('what stands in the unit of the server is weighed with it', async () => {
  const state = (command: string) =>
    `Id=dlv.service\nType=simple\nExecMainPID=5134\nExecMainCode=2\nExecMainStatus=13\nResult=success\nActiveState=inactive\nExecStart={ path=/usr/bin/dlv ; argv[]=${command} ; ignore_errors=no ; }\n`
  const [finding] = await found('unit/ineffective-advice', {
    'strace.txt': DLV,
    'show.txt': state('/usr/bin/dlv exec /srv/app --headless --listen=:2345 --api-version=2 --log -- --log-dest=mine'),
  })
  assert.match(finding.title, '--log without --log-dest, --api-version=2')
  assert.match(finding.remedies[0].code!, '--log --log-dest=/var/log/dlv.log -- --log-dest=mine')
  const none = await found('unit/ineffective-advice', {
    'strace.txt': DLV,
    'show.txt': state('/usr/bin/dlv exec /srv/app --headless --accept-multiclient --log --log-dest=/var/log/dlv.log'),
  })
  assert.is(none.length, 0)
})
delve('dlv dap as a service ends with its client', async () => {
  const show =
    'Id=dlv.service\nType=simple\nExecMainPID=7\nExecMainCode=1\nExecMainStatus=0\nResult=success\nActiveState=inactive\nExecStart={ path=/usr/bin/dlv ; argv[]=/usr/bin/dlv dap --listen=:2345 ; ignore_errors=no ; }\n'
  const journal =
    '1795479000.000000 vm systemd[1]: dlv.service: Scheduled restart job, restart counter is at 3.\n1795479001.000000 vm systemd[1]: dlv.service: Deactivated successfully.\n'
  const [finding] = await found('unit/ineffective-advice', { 'show.txt': show, 'journal.txt': journal })
  assert.match(finding.summary, 'serves a single client')
})
delve.run()
