/** Senders that only the journal names. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import type { Files } from '../support/analyze.js'
import { parseFiles } from '../support/parse.js'

const signals = async (files: Files) =>
  correlate(await parseFiles(files)).signals.map(s => [
    s.signal,
    s.origin,
    s.sender?.pid ?? null,
    s.senderBasis,
    s.target.pid,
    s.outcome,
  ])
const KILL =
  '1795479000.000000 vm systemd[1]: a.service: Killing process 482 (prog) with signal SIGKILL.\n' +
  '1795479000.002000 vm systemd[1]: a.service: Main process exited, code=killed, status=9/KILL\n'
const TRACE = '482 1795478999.000000 read(0, <unfinished ...>\n482 1795479000.001000 +++ killed by SIGKILL +++\n'

const told = suite('signals that the journal tells of')
told('systemd says whom it kills: the SIGKILL that strace shows without a sender', async () => {
  assert.equal(await signals({ 'strace.txt': TRACE, 'j.txt': KILL }), [
    ['SIGKILL', 'kill', 1, 'journal', 482, 'killed'],
  ])
})
told('and alone', async () => {
  assert.equal(await signals({ 'j.txt': KILL }), [['SIGKILL', 'kill', 1, 'journal', 482, 'killed']])
})
told('a kill of another time is another signal', async () => {
  const later = TRACE.replaceAll('1795479000.001000', '1795479100.001000')
  const list = await signals({
    'strace.txt': later,
    'j.txt': `${KILL.split('\n')[0]}\n1795479000.002000 vm systemd[1]: x\n`,
  })
  assert.equal(
    list.map(s => s[3]),
    ['journal', null],
  )
})
told('the kernel and its OOM killer', async () => {
  const oom =
    '1795479000.000000 vm kernel: Out of memory: Killed process 482 (prog) total-vm:1kB, anon-rss:1kB, file-rss:0kB\n1795479000.100000 vm systemd[1]: x\n'
  assert.equal(await signals({ 'strace.txt': TRACE, 'j.txt': oom }), [['SIGKILL', 'kernel', null, null, 482, 'killed']])
})
told('systemctl kill, a manager of a user, and what a daemon says it was sent', async () => {
  const list = await signals({
    'j.txt':
      '1795479000.000000 vm systemd[1]: a.service: Sent signal SIGUSR1 to main process 12 (prog) on client request.\n' +
      '1795479001.000000 vm systemd[900]: b.service: Killing process 13 (p) with signal SIGKILL.\n' +
      '1795479002.000000 vm systemd-journald[67]: Received SIGTERM from PID 1 (systemd).\n',
  })
  assert.equal(list, [
    ['SIGUSR1', 'kill', 1, 'journal', 12, 'unknown'],
    ['SIGKILL', 'kill', 900, 'journal', 13, 'unknown'],
    ['SIGTERM', 'kill', 1, 'journal', 67, 'handled'],
  ])
})
told.run()
