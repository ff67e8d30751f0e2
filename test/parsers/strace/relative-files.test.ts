/** strace -ff -r: the time on a line counts from the call before of any process, which stands in another file. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../../support/analyze.js'

const relative = suite('strace -ff -r')

const PARENT = `     0.000000 execve("/bin/sh", ["sh"], 0x7ffd /* 9 vars */) = 0
     0.000512 clone(child_stack=NULL, flags=SIGCHLD) = 11
     0.000311 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 11
     0.000104 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---
     0.000020 exit_group(0)             = ?
     0.000020 +++ exited with 0 +++
`
const CHILD = `     0.000201 execve("/bin/sleep", ["sleep", "5"], 0x7ffd /* 9 vars */) = 0
     5.000411 exit_group(0)             = ?
     0.000097 +++ exited with 0 +++
`

const ends = (report: Awaited<ReturnType<typeof analyzeFiles>>) => report.processes.map(p => [p.pid, p.endNs])

relative('files of several processes are in order, but not dated', async () => {
  const report = await analyzeFiles({ 'log.10': PARENT, 'log.11': CHILD })
  assert.equal(ends(report), [
    [10, null],
    [11, null],
  ])
  assert.ok(report.diagnostics.some(d => d.code === 'strace.no-time' && d.text.includes('-r')))
})
relative('a lone file dates itself', async () => {
  const [[pid, end]] = ends(await analyzeFiles({ 'log.11': CHILD }))
  assert.is(pid, 11)
  assert.is(end, '5000709000')
})
relative.run()
