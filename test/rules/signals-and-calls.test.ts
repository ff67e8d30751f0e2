/** Rules about signals without effect, failed and blocked writes, and calls that do not return. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'
import { FORK, START_OF, trace } from '../support/trace.js'

const rules = suite('rules about signals and calls')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })

const IGNORED = `
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 rt_sigaction(SIGHUP, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0 <0.000010>
11 pause( <unfinished ...>
10 kill(11, SIGHUP) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
11 --- SIGHUP {si_signo=SIGHUP, si_code=SI_USER, si_pid=10, si_uid=0} ---
11 pause( <unfinished ...>
10 exit_group(0) = ?
10 +++ exited with 0 +++`

rules('signal/ignored by SIG_IGN; with a handler it is not', async () => {
  const [found] = findingsOf(await analyzeTrace(IGNORED), 'signal/ignored')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'boss (pid 11) ignored SIGHUP from boss (pid 10): SIG_IGN')
  const handled = IGNORED.replace('sa_handler=SIG_IGN', 'sa_handler=0x55c1').replace(
    '11 pause( <unfinished ...>\n10 exit_group',
    '11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>\n10 exit_group',
  )
  assert.equal(findingsOf(await analyzeTrace(handled), 'signal/ignored'), [])
})
rules('signal/ignored that nobody set is inferred only', async () => {
  const inherited = IGNORED.split('\n')
    .filter(l => !l.includes('rt_sigaction'))
    .join('\n')
  const [found] = findingsOf(await analyzeTrace(inherited), 'signal/ignored')
  assert.ok(found)
})

const BLOCKED = `
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 rt_sigprocmask(SIG_BLOCK, [TERM], NULL, 8) = 0 <0.000065>
11 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=0}, <unfinished ...>
10 kill(11, SIGTERM) = 0 <0.000057>
10 kill(11, SIGTERM) = 0 <0.000057>
10 kill(11, SIGTERM) = 0 <0.000057>
10 exit_group(0) = ?
10 +++ exited with 0 +++`

rules('signal/pending where it is blocked, signal/coalesced for the rest', async () => {
  const report = await analyzeTrace(BLOCKED)
  const [pending] = findingsOf(report, 'signal/pending')
  assert.is(pending.confidence, 'proven')
  assert.match(pending.title, /never reached boss \(pid 11\): it is blocked/)
  const [coalesced] = findingsOf(report, 'signal/coalesced')
  assert.is(coalesced.count, 2)
  assert.is(report.verdict.rule, null)
})
rules('without the mask nothing says that it is pending', async () => {
  const twin = BLOCKED.split('\n')
    .filter(l => !l.includes('rt_sigprocmask'))
    .join('\n')
  for (const found of findingsOf(await analyzeTrace(twin), 'signal/pending')) assert.is.not(found.confidence, 'proven')
})
rules('noise of runtimes yields no finding', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'app')}
${FORK(10, 11)}
10 tgkill(10, 10, SIGURG) = 0 <0.000007>
10 --- SIGURG {si_signo=SIGURG, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
10 rt_sigreturn({mask=[]}) = 0 <0.000002>
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---
10 --- SIGWINCH {si_signo=SIGWINCH, si_code=SI_KERNEL} ---
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(report.findings, [])
  assert.ok(report.signals.every(s => s.noise))
})

rules('epipe/survived: folded, counted, and with the reason', async () => {
  const write = `10 write(1<pipe:[5]>, "y\\n", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---`
  const text = (ignore: boolean) =>
    `
${START_OF(10, 'logger')}
10 pipe2([3<pipe:[5]>, 1<pipe:[5]>], 0) = 0 <0.000036>
10 close(3<pipe:[5]>) = 0 <0.000010>
${ignore ? '10 rt_sigaction(SIGPIPE, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, NULL, 8) = 0 <0.000010>' : ''}
${`${write}\n`.repeat(120)}10 exit_group(0) = ?
10 +++ exited with 0 +++`.replace(/\n\n/g, '\n')
  const [found, ...more] = findingsOf(await analyzeTrace(text(true)), 'epipe/survived')
  assert.equal(more, [])
  assert.is(found.count, 120)
  assert.is(found.confidence, 'proven')
  assert.match(found.summary, /SIGPIPE is ignored/)
})

const FULL = `
${START_OF(10, 'app')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
10 write(4<pipe:[5]>, "x"..., 200000 <unfinished ...>
+8000 11 getpid() = 10 <0.000010>`

rules('write/blocked for a write that does not come back; a moment is no hang', async () => {
  const report = await analyzeTrace(FULL)
  const [found] = findingsOf(report, 'write/blocked')
  assert.is(found.severity, 'error')
  assert.is(report.verdict.rule, 'write/blocked')
  assert.equal(findingsOf(await analyzeTrace(FULL.replace('+8000 ', '')), 'write/blocked'), [])
})
rules('write/blocked is not about a slow disk', async () => {
  const file = FULL.replace('write(4<pipe:[5]>', 'write(4</data/out>')
  assert.equal(findingsOf(await analyzeTrace(file), 'write/blocked'), [])
})

const STUCK = (call: string) => `
${START_OF(10, 'app')}
10 ${call} <unfinished ...>
+9000 12 getpid() = 12 <0.000010>`

rules('syscall/stuck in a lock, a connect, a mutex, a read that nobody answers', async () => {
  for (const call of [
    'flock(3</var/lock/app>, LOCK_EX',
    'connect(3<TCP:[21]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("10.0.0.1")}, 16',
    'futex(0x7f01, FUTEX_WAIT_PRIVATE, 2, NULL',
    'read(3<pipe:[5]>,',
  ]) {
    const report = await analyzeTrace(STUCK(call))
    assert.is(report.verdict.rule, 'syscall/stuck', call)
    assert.is(findingsOf(report, 'syscall/stuck')[0].confidence, 'proven', call)
  }
})
rules('syscall/stuck is not an ordinary place to wait, nor a short wait', async () => {
  for (const call of ['epoll_wait(5,', 'wait4(-1,', 'futex(0x7f01, FUTEX_WAIT_PRIVATE, 0, NULL', 'accept4(3,'])
    assert.equal((await analyzeTrace(STUCK(call))).findings, [], call)
  const short = STUCK('flock(3</var/lock/app>, LOCK_EX').replace('+9000 ', '+900 ')
  assert.equal((await analyzeTrace(short)).findings, [])
})
rules('a server thread in a read waits for its next request', async () => {
  const report = await analyzeTrace(`
${START_OF(10, 'server')}
10 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, parent_tid=[11]) = 11 <0.0001>
10 accept4(3<TCP:[0.0.0.0:80]>, <unfinished ...>
11 read(5<TCP:[10.0.0.1:80->10.0.0.2:999]>, <unfinished ...>
+9000 12 getpid() = 12 <0.000010>`)
  assert.equal(findingsOf(report, 'syscall/stuck'), [])
})
const HUNG = `[  120.000000] INFO: task api:700 blocked for more than 120 seconds.
[  120.000010]       Not tainted 6.1.0-13-amd64 #1 Debian 6.1.55-1
[  120.000030] task:api             state:D stack:0     pid:700   ppid:1      flags:0x00000002
[  120.000040] Call Trace:
[  120.000050]  <TASK>
[  120.000060]  __schedule+0x351/0xa20
[  120.000061]  ? finish_wait+0x3f/0x80
[  120.000062]  schedule+0x5d/0xe0
[  120.000063]  io_schedule+0x42/0x70
[  120.000064]  folio_wait_bit_common+0x13d/0x350
[  120.000070]  nfs_file_fsync+0x9c/0x1d0 [nfs]
[  120.000080]  </TASK>
`
rules('a task of which the kernel says that it is blocked hangs, and its stack says on whom', async () => {
  const report = await analyzeFiles({ 'dmesg.txt': HUNG })
  assert.equal([report.verdict.rule, report.verdict.confidence], ['syscall/stuck', 'proven'])
  assert.match(
    report.verdict.title,
    'api (pid 700) hangs in the kernel for more than 120 s: it waits for an NFS server',
  )
  assert.match(report.verdict.summary, 'in folio_wait_bit_common')
  const disk = await analyzeFiles({ 'dmesg.txt': HUNG.replace(/.*nfs.*\n/, '') })
  assert.not.match(disk.verdict.title, 'NFS')
})
rules('state D in ps is a finding where somebody else is waited for, and a disk at work is none', async () => {
  const ps = (stat: string, wchan: string) =>
    `    PID STAT WCHAN                          COMMAND\n      1 Ss   do_epoll_wait                  systemd\n    700 ${stat.padEnd(4)} ${wchan.padEnd(30)} api\n`
  const of = async (stat: string, wchan: string) =>
    findingsOf(await analyzeFiles({ 'ps.txt': ps(stat, wchan) }), 'syscall/stuck').map(f => [f.severity, f.subject.pid])
  assert.equal(await of('D', 'rpc_wait_bit_killable'), [['warning', 700]])
  assert.equal(await of('Dl', 'request_wait_answer'), [['warning', 700]])
  assert.equal(await of('D', 'folio_wait_bit_common'), [])
  assert.equal(await of('S', 'nfs4_wait_bit'), [])
})

rules.run()
