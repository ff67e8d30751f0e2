/** Titles tell processes of one name apart, and say of an end what the evidence says of it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const titles = suite('titles')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })

const PIPE = `
${START_OF(10, 'python3')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
${FORK(10, 11)}
11 close(3<pipe:[5]>) = 0 <0.000010>
10 close(4<pipe:[5]>) = 0 <0.000010>
10 close(3<pipe:[5]>) = 0 <0.000010>
11 write(4<pipe:[5]>, "line\\n", 5) = -1 EPIPE (Broken pipe) <0.000008>
11 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=11, si_uid=0} ---
11 +++ killed by SIGPIPE +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`

titles('reader and writer of one name have their pids', async () => {
  assert.is(
    (await analyzeTrace(PIPE)).verdict.title,
    'python3 (pid 11) died of SIGPIPE: python3 (pid 10) no longer read its fd 4',
  )
  const other = PIPE.replace('11 write', '10 prctl(PR_SET_NAME, "boss") = 0 <0.000010>\n11 write')
  assert.match((await analyzeTrace(other)).verdict.title, /^python3 died of SIGPIPE: /)
})

titles('two deaths of one name have their pids', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'sh')}
${FORK(10, 11)}
${FORK(10, 12)}
11 execve("/usr/bin/sleep", ["sleep", "9"], 0x7f /* 9 vars */) = 0 <0.000293>
12 execve("/usr/bin/sleep", ["sleep", "9"], 0x7f /* 9 vars */) = 0 <0.000293>
10 kill(11, SIGKILL) = 0 <0.000057>
11 +++ killed by SIGKILL +++
10 kill(12, SIGKILL) = 0 <0.000057>
12 +++ killed by SIGKILL +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(
    findingsOf(report, 'kill/by-process')
      .map(f => f.title)
      .sort(),
    ['sh (pid 10) killed sleep (pid 11) with SIGKILL', 'sh (pid 10) killed sleep (pid 12) with SIGKILL'],
  )
})

const SORT = `
${START_OF(10, 'sort')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
10 rt_sigaction(SIGPIPE, {sa_handler=0x55c1, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 close(3<pipe:[5]>) = 0 <0.000010>
10 write(4<pipe:[5]>, "line\\n", 5) = -1 EPIPE (Broken pipe) <0.000008>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 tgkill(10, 10, SIGPIPE) = 0 <0.000010>
10 rt_sigreturn({mask=[]}) = -1 EPIPE (Broken pipe)
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`

titles('a write whose handler ends the process is not one that it survived', async () => {
  const report = await analyzeTrace(SORT)
  assert.is(report.verdict.rule, 'sigpipe/default-action')
  assert.equal(findingsOf(report, 'epipe/survived'), [])
  const [, ...lines] = SORT.trim().split('\n').reverse()
  const survived = [...lines.slice(3).reverse(), '10 exit_group(1) = ?', '10 +++ exited with 1 +++'].join('\n')
  const [found] = findingsOf(await analyzeTrace(survived), 'epipe/survived')
  assert.is(found.title, 'sort exited with status 1: nobody read its fd 4, 1 write failed')
})

const TERM = `
${START_OF(10, 'app')}
10 rt_sigaction(SIGTERM, {sa_handler=0x55c1, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 pause( <unfinished ...>
10 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=7, si_uid=0} ---
10 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call)
10 exit_group(143) = ?
10 +++ exited with 143 +++`

titles('an exit after a signal that asked for it says so; after a SIGUSR1 it does not', async () => {
  const report = await analyzeTrace(TERM)
  assert.is(report.verdict.rule, null)
  assert.is(report.verdict.title, 'app exited with status 143 after SIGTERM from pid 7')
  const other = await analyzeTrace(TERM.replaceAll('SIGTERM', 'SIGUSR1'))
  assert.is(other.verdict.title, 'We saw no death and no hang in this evidence')
})

titles('the process of a log without a pid is not called pid 0', async () => {
  const report = await analyzeFiles({
    'strace.log': `pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)
--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=7, si_uid=0} ---
+++ killed by SIGTERM +++
`,
  })
  assert.is(report.verdict.title, 'pid 7 killed the traced process with SIGTERM')
  assert.not.match(JSON.stringify(report.findings), /pid 0\b/)
})

titles('kill(0) of a whole group', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'boss')}
10 setpgid(0, 0) = 0 <0.000010>
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(0, SIGKILL) = ?
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
10 +++ killed by SIGKILL +++`)
  assert.is(report.verdict.title, 'boss (pid 10) killed itself with SIGKILL, which it sent to its whole process group')
  assert.match(report.verdict.summary, /It sent SIGKILL to boss \(pid 11\) as well, which died of it\.$/)
})

titles.run()
