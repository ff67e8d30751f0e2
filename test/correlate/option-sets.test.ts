/** The same facts under options of strace that hide or respell some of them: what is not shown is not made up. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/model/report.js'
import { analyzeFiles, findingsOf } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const options = suite('option sets of strace')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })
const brief = (report: Report) =>
  report.signals
    .filter(s => !s.noise)
    .map(s => `${s.signal} from ${s.sender?.pid ?? '-'} to ${s.target.pid}: ${s.outcome}`)

const CHLD_KILLED = (pid: number, signal: string) =>
  `10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=${pid}, si_uid=0, si_status=${signal}, si_utime=0, si_stime=0} ---`

const WITHOUT_FOLLOWING = `
${START_OF(10, 'boss')}
${FORK(10, 11)}
10 kill(11, SIGUSR1) = 0 <0.000057>
10 kill(11, SIGUSR1) = 0 <0.000057>
10 kill(11, SIGKILL) = 0 <0.000057>
${CHLD_KILLED(11, 'SIGKILL')}
10 wait4(11, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 11 <0.000057>
10 exit_group(0) = ?
10 +++ exited with 0 +++`

options('without -f a child has no name, and of its signals only its end is known', async () => {
  const report = await analyzeTrace(WITHOUT_FOLLOWING)
  assert.equal(brief(report), [
    'SIGUSR1 from 10 to 11: unknown',
    'SIGUSR1 from 10 to 11: unknown',
    'SIGKILL from 10 to 11: killed',
  ])
  assert.is(report.processes.find(p => p.pid === 11)?.comm, null)
  assert.is(report.verdict.title, 'boss (pid 10) killed pid 11 with SIGKILL')
  assert.equal(findingsOf(report, 'signal/coalesced'), [])
})

options('a child that its parent says died of another signal was not killed by what was sent', async () => {
  const report = await analyzeTrace(WITHOUT_FOLLOWING.replace(/kill\(11, SIGKILL\)/, 'kill(11, SIGTERM)'))
  assert.ok(brief(report).includes('SIGTERM from 10 to 11: unknown'))
  assert.is(report.verdict.rule, 'kill/unknown-sender')
})

const WITHOUT_SIGNALS = `
${START_OF(10, 'shell')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
${FORK(10, 11)}
10 close(3<pipe:[5]>) = 0 <0.000010>
11 close(3<pipe:[5]>) = 0 <0.000010>
11 write(4<pipe:[5]>, "line\\n", 5) = -1 EPIPE (Broken pipe) <0.000008>
10 wait4(11, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGPIPE}], 0, NULL) = 11 <0.000057>
10 exit_group(0) = ?`

options('-e signal=none: a write that failed and a death by SIGPIPE belong together', async () => {
  const report = await analyzeTrace(WITHOUT_SIGNALS)
  assert.is(report.verdict.rule, 'sigpipe/default-action')
  assert.equal(findingsOf(report, 'epipe/survived'), [])
  const later = WITHOUT_SIGNALS.replace('10 wait4', '11 getpid() = 11 <0.000010>\n10 wait4')
  assert.is((await analyzeTrace(later)).verdict.rule, 'kill/unknown-sender')
})

const FILTERED = `
11 rt_sigaction(SIGUSR1, {sa_handler=0x55f8, sa_mask=[USR1], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x7f}, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0
10 kill(11, SIGUSR1) = 0
11 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=10, si_uid=0} ---
11 rt_sigreturn({mask=[]}) = 0
11 +++ exited with 0 +++
10 +++ exited with 0 +++`

options('-e trace=%signal: two processes that end together are two', async () => {
  const report = await analyzeTrace(FILTERED)
  assert.equal(report.processes.map(p => p.pid).sort(), [10, 11])
  assert.equal(brief(report), ['SIGUSR1 from 10 to 11: handled'])
})

const RAW = `
${START_OF(10, 'boss')}
10 clone(child_stack=NULL, flags=0x1200000|17, child_tidptr=0x7fc6a41e7a10) = 11
11 rt_sigaction(15, {sa_handler=0x1, sa_mask=[15], sa_flags=0x14000000, sa_restorer=0x7f16a1fe1050}, {sa_handler=0, sa_mask=[], sa_flags=0}, 8) = 0
11 pause( <unfinished ...>
10 kill(11, 15) = 0
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler)
11 --- SIGTERM {si_signo=15, si_code=0, si_pid=10, si_uid=0} ---
11 pause( <unfinished ...>
10 kill(11, 9) = 0
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
10 --- SIGCHLD {si_signo=17, si_code=0x2, si_pid=11, si_uid=0, si_status=9, si_utime=0, si_stime=0} ---
10 exit_group(0) = ?
10 +++ exited with 0 +++`

options('-X raw: numbers mean what their names do', async () => {
  const report = await analyzeTrace(RAW)
  assert.equal(brief(report), ['SIGTERM from 10 to 11: ignored', 'SIGKILL from 10 to 11: killed'])
  const child = report.processes.find(p => p.pid === 11)
  assert.is(child?.ppid, 10)
  assert.is(child?.comm, 'boss')
  const chld = report.signals.find(s => s.signal === 'SIGCHLD')
  assert.is(chld?.code, 'CLD_KILLED')
  assert.is(chld?.noise, true)
})

options('-X raw and verbose: a queued signal is the one that arrives', async () => {
  for (const [number, code] of [
    ['37', '0xffffffff'],
    ['37 /* SIGRT_5 */', '0xffffffff /* SI_QUEUE */'],
  ]) {
    const info = `{si_signo=${number}, si_code=${code}, si_pid=10, si_uid=0, si_int=7, si_ptr=0x7}`
    const report = await analyzeTrace(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 rt_sigqueueinfo(11, ${number}, ${info}) = 0 <0.000021>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
11 --- SIGRT_5 ${info} ---
11 +++ killed by SIGRT_5 +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
    assert.equal(brief(report), ['SIGRT_5 from 10 to 11: killed'])
  }
})

const PARENT = `execve("/usr/bin/boss", ["boss"], 0x7f /* 9 vars */) = 0
clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f04) = 11
kill(11, SIGTERM)                       = 0
kill(11, SIGKILL)                       = 0
wait4(11, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 11
exit_group(0)                           = ?
+++ exited with 0 +++
`
const CHILD = `rt_sigaction(SIGTERM, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0
pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)
--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=10, si_uid=0} ---
pause()                                 = ?
+++ killed by SIGKILL +++
`

options('-ff without times: cause and effect order the files', async () => {
  for (const [parent, child] of [
    [10, 11],
    [12, 11],
  ]) {
    const files = {
      [`t.${parent}`]: PARENT.replaceAll('(11', `(${child}`),
      [`t.${child}`]: CHILD.replace('si_pid=10', `si_pid=${parent}`),
    }
    const report = await analyzeFiles(files)
    assert.is(report.processes.length, 2)
    assert.equal(brief(report), [
      `SIGTERM from ${parent} to ${child}: ignored`,
      `SIGKILL from ${parent} to ${child}: killed`,
    ])
  }
})

options('-ff without times: threads end before their leader', async () => {
  const report = await analyzeFiles({
    't.10': `execve("/usr/bin/app", ["app"], 0x7f /* 9 vars */) = 0
clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, child_tid=0x7f, parent_tid=0x7f, exit_signal=0, stack=0x7f, stack_size=0x7f, tls=0x7f} => {parent_tid=[11]}, 88) = 11
pause()                                 = ? ERESTARTNOHAND (To be restarted if no handler)
--- SIGTERM {si_signo=SIGTERM, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
+++ killed by SIGTERM +++
`,
    't.11': `rseq(0x7f, 0x20, 0, 0x53053053)         = 0
tgkill(10, 10, SIGTERM)                 = 0
pause()                                 = ?
+++ killed by SIGTERM +++
`,
  })
  assert.equal(
    report.processes.map(p => [p.pid, p.threads.length]),
    [[10, 2]],
  )
  assert.is(report.verdict.title, 'app killed itself with SIGTERM')
  assert.is(report.signals[0].sender?.tid, 11)
})

/** A call stands at its entry in the files of -ff; without -T nothing says when it returned. */
options('-ff without -T: a child does not end where its parent began to wait for it', async () => {
  const report = await analyzeFiles({
    't.10': `1795480000.000100 execve("/usr/bin/boss", ["boss"], 0x7f /* 9 vars */) = 0
1795480000.000200 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f04) = 11
1795480000.000300 wait4(11, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 11
1795480000.900000 exit_group(0)         = ?
1795480000.900100 +++ exited with 0 +++
`,
    't.11': `1795480000.000400 set_robust_list(0x7f33d2162a20, 24) = 0
1795480000.800000 exit_group(3)         = ?
1795480000.800100 +++ exited with 3 +++
`,
  })
  assert.equal(
    report.processes.map(p => p.pid),
    [10, 11],
  )
  assert.is(report.processes[1].endNs, '1795480000800100000')
})

options.run()
