/** What is said of a service whose end no finding explains: each of systemd's results, and the twin that says nothing. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'

const PID1 = 'systemd[1]'
type Row = [number, string, string]
const journal = (...rows: Row[]) =>
  rows.map(([at, who, text]) => `${(1795479000 + at).toFixed(6)} vm ${who}: ${text}\n`).join('')
const STARTED: Row = [0, PID1, 'Started a.service - A.']
const STOPPING: Row = [10, PID1, 'Stopping a.service - A...']
const GONE: Row = [10.1, PID1, 'a.service: Deactivated successfully.']

async function said(rows: Row[], file?: string): Promise<string> {
  const files = { 'journal.txt': journal(...rows), ...(file !== undefined && { 'a.service': file }) }
  const { verdict } = await analyzeFiles(files)
  assert.is(verdict.rule, null)
  return `${verdict.title}. ${verdict.summary}`
}
const NOTHING = /We saw no death/

const end = suite('ends of units that no finding explains')

end('an ExecStop= that hangs is named', async () => {
  const text = await said([
    STARTED,
    STOPPING,
    [100, PID1, 'a.service: Stopping timed out. Terminating.'],
    [100.1, PID1, 'a.service: Control process exited, code=killed, status=15/TERM'],
    [100.2, PID1, "a.service: Failed with result 'timeout'."],
  ])
  assert.match(text, 'a.service failed: Stopping timed out')
  assert.match(text, 'Its ExecStop= was not over within TimeoutStopSec=')
})
end('a result alone is told', async () => {
  assert.match(
    await said([
      [0, PID1, 'Starting a.service - A...'],
      [1, PID1, "a.service: Failed with result 'protocol'."],
    ]),
    'READY=1',
  )
  assert.match(await said([[0, PID1, 'Dependency failed for a.service - A.']]), 'A unit that it requires did not start')
})
end('128 + n', async () => {
  const exit = (code: number, ...before: Row[]): Row[] => [
    STARTED,
    ...before,
    [11, PID1, `a.service: Main process exited, code=exited, status=${code}/n/a`],
    [11, PID1, "a.service: Failed with result 'exit-code'."],
  ]
  assert.match(await said(exit(143, STOPPING)), 'SuccessExitStatus=143')
  assert.match(await said(exit(137)), 'died of SIGKILL')
  assert.not.match(await said(exit(200)), '128 \\+')
})
end('a service that ends without a stop is worth a word: systemd calls it a success', async () => {
  assert.match(await said([STARTED, GONE]), /ended without being stopped.*ExecMainStatus a\.service/)
  // Where systemd itself had been asked to send the signal, that is the finding.
  const asked: Row = [10, PID1, 'a.service: Sent signal SIGTERM to main process 55 (prog) on client request.']
  const { verdict } = await analyzeFiles({ 'journal.txt': journal(STARTED, asked, GONE) })
  assert.equal([verdict.rule, verdict.confidence], ['kill/by-process', 'likely'])
  // What is meant to end, what runs again, and what is one of many.
  assert.match(await said([[0, PID1, 'Finished a.service - A.'], GONE]), NOTHING)
  assert.match(await said([STARTED, GONE], '[Service]\nType=oneshot\nExecStart=/bin/a\n'), NOTHING)
  assert.match(await said([STARTED, GONE, [20, PID1, 'Started a.service - A.']]), NOTHING)
  assert.match(await said([STARTED, GONE, [20, PID1, 'Started b.service - B.']]), NOTHING)
})
end('a stop that went well, and the machine that went down', async () => {
  assert.match(await said([STARTED, STOPPING, GONE]), 'a.service was stopped, and ended in time')
  const reboot: Row = [9.9, 'systemd-logind[400]', 'System is rebooting.']
  assert.match(await said([STARTED, reboot, STOPPING, GONE]), /because the machine went down.*about to reboot/)
})
end('what a stop leaves behind is named, and the setting that does it', async () => {
  const left: Row = [10.1, PID1, 'a.service: Unit process 431 (prog) remains running after unit stopped.']
  assert.match(await said([STARTED, STOPPING, GONE, left]), /left prog \(pid 431\) running.*KillMode=/)
})
end.run()
