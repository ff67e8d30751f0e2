/** Deaths that the kernel deals out without a line of a signal: seccomp, the limit of CPU time. Each with its twin. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const limits = suite('seccomp and limits')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })

const SECCOMP = `
${START_OF(10, 'app')}
10 prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, {len=4, filter=0x7ffe56cbdad0}) = 0 <0.000312>
10 getppid() = 110 <0.000289>
10 +++ killed by SIGSYS +++`

limits('a forbidden call: the number that strace shows as its result is no parent', async () => {
  const report = await analyzeTrace(SECCOMP)
  assert.is(report.verdict.title, 'app died of SIGSYS: a call that seccomp forbids')
  assert.is(report.verdict.confidence, 'likely')
  assert.is(report.processes[0].ppid, null)
  assert.match(report.verdict.summary, /getppid/)
})

limits('a forbidden kill sent nothing', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'app')}
${FORK(10, 11)}
10 kill(11, SIGTERM) = 62 <0.000289>
10 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f80, si_syscall=__NR_kill, si_arch=AUDIT_ARCH_X86_64} ---
10 +++ killed by SIGSYS +++`)
  assert.equal(
    report.signals.map(s => s.signal),
    ['SIGSYS'],
  )
})

limits('a SIGSYS that the program had wanted is no filter’s', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'wine')}
10 getppid() = 110 <0.000289>
10 --- SIGSYS {si_signo=SIGSYS, si_code=SYS_USER_DISPATCH, si_call_addr=0x7f80, si_syscall=__NR_getppid, si_arch=AUDIT_ARCH_X86_64} ---
10 +++ killed by SIGSYS +++`)
  assert.is(report.verdict.title, 'wine died of SIGSYS: raised by the kernel')
})

limits('a SIGSYS that a process sent is that process’s', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'app')}
10 getppid() = 110 <0.000289>
10 pause( <unfinished ...>
10 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
10 --- SIGSYS {si_signo=SIGSYS, si_code=SI_USER, si_pid=77, si_uid=0} ---
10 +++ killed by SIGSYS +++`)
  assert.is(report.verdict.rule, 'kill/by-process')
  assert.is(report.processes[0].ppid, 110)
})

const STRICT = `
${START_OF(10, 'app')}
10 prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) = 0 <0.000312>
10 getppid( <unfinished ...>
10 <... getppid resumed>) = ?
10 +++ killed by SIGKILL +++`

limits('strict mode ends a process by SIGKILL for any other call; for one it allows somebody else did', async () => {
  const report = await analyzeTrace(STRICT)
  assert.is(report.verdict.title, 'app died of SIGKILL: a call that seccomp forbids')
  assert.is(report.verdict.confidence, 'likely')
  const allowed = await analyzeTrace(STRICT.replaceAll('getppid', 'read').replace('read(', 'read(0, '))
  assert.is(allowed.verdict.title, 'app was killed by SIGKILL; we did not see who sent it')
})

const CPU = `
${START_OF(10, 'app')}
10 prlimit64(0, RLIMIT_CPU, {rlim_cur=1, rlim_max=2}, NULL) = 0 <0.000010>
10 rt_sigaction(SIGXCPU, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0 <0.000010>
+1000 10 --- SIGXCPU {si_signo=SIGXCPU, si_code=SI_KERNEL} ---
+1000 10 +++ killed by SIGKILL +++`

limits('SIGKILL right after SIGXCPU is most likely the hard limit', async () => {
  const report = await analyzeTrace(CPU)
  assert.is(report.verdict.rule, 'kill/unknown-sender')
  assert.is(report.verdict.confidence, 'likely')
  assert.match(report.verdict.title, /CPU time limit/)
  const long = await analyzeTrace(CPU.replace(/\+1000 (10 \+\+\+)/, '+60000 $1'))
  assert.is(long.verdict.title, 'app was killed by SIGKILL; we did not see who sent it')
  const forged = await analyzeTrace(CPU.replace('si_code=SI_KERNEL', 'si_code=SI_USER, si_pid=9, si_uid=0'))
  assert.is(forged.verdict.confidence, 'possible')
})

limits('the kernel log names the call, and the unit has the filter', async () => {
  const record = (syscall: number) =>
    `1795479010.000000 vm kernel: audit: type=1326 audit(1795479010.000:21): auid=4294967295 uid=0 gid=0 ses=4294967295 pid=12534 comm="prog" exe="/x/prog" sig=31 arch=c000003e syscall=${syscall} compat=0 ip=0x7 code=0x80000000\n`
  const report = await analyzeFiles({
    'journal.txt': record(59),
    'a.service': '[Service]\nExecStart=/x/prog\nSystemCallFilter=@system-service\n',
  })
  assert.match(report.verdict.title, 'its seccomp filter forbids the call execve')
  const [{ remedies }] = report.findings
  assert.match(remedies[0].code!, 'SystemCallFilter=execve')
  const other = await analyzeFiles({ 'journal.txt': record(9999) })
  assert.match(other.verdict.title, 'forbids the call number 9999')
})
limits.run()
