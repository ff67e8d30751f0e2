/** Signals from the call that sends them to what came of them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ReportSignal } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'
import { FORK, START_OF, THREAD, trace } from '../support/trace.js'

const signals = suite('signals')

async function signalsIn(text: string): Promise<ReportSignal[]> {
  const report = await analyzeFiles({ 'strace.log': trace(text) })
  return report.signals.filter(s => !s.noise)
}

const brief = (s: ReportSignal) =>
  `${s.signal} ${s.origin} from ${s.sender?.pid ?? '-'} to ${s.target.pid}${s.target.tid ? `/${s.target.tid}` : ''}: ${s.outcome}`

const TERM = (tid: number, from: number, signal = 'SIGTERM') =>
  `${tid} --- ${signal} {si_signo=${signal}, si_code=SI_USER, si_pid=${from}, si_uid=0} ---`
const HANDLER = (tid: number, signal: string) =>
  `${tid} rt_sigaction(${signal}, {sa_handler=0x55c1, sa_mask=[], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>`
const IGNORE = (tid: number, signal: string) =>
  `${tid} rt_sigaction(${signal}, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0 <0.000010>`

signals('a call, its delivery and its handler', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${HANDLER(11, 'SIGTERM')}
11 pause( <unfinished ...>
10 kill(11, SIGTERM) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10)}
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGTERM kill from 10 to 11: handled'])
  const [term] = list
  assert.is(term.senderBasis, 'syscall')
  assert.is(term.sender?.comm, 'boss')
  assert.is(term.deliveredTo, 11)
  assert.is(term.code, 'SI_USER')
  assert.ok(BigInt(term.sentNs!) < BigInt(term.deliveredNs!))
})

signals('probes, failures and injected calls are not sends', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(11, 0) = 0 <0.000077>
10 kill(99, SIGTERM) = -1 ESRCH (No such process) <0.000003>
10 kill(1, SIGTERM) = -1 EPERM (Operation not permitted) <0.000003>
10 kill(11, SIGTERM) = 0 (INJECTED) <0.000003>
10 kill(11, 200) = -1 EINVAL (Invalid argument) <0.000003>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), [])
})

signals('a full queue is a signal that was made and lost', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 rt_sigqueueinfo(11, SIGRT_2, {si_signo=SIGRT_2, si_code=SI_QUEUE, si_pid=10, si_uid=0, si_int=1, si_ptr=0x1}) = -1 EAGAIN (Resource temporarily unavailable) <0.000072>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGRT_2 sigqueue from 10 to 11: failed'])
})

signals('SIGKILL has no delivery line: the end is its effect', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(11, SIGKILL) = 0 <0.000057>
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGKILL kill from 10 to 11: killed'])
})

signals('what is sent to a process that is dying is dropped', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(11, SIGKILL) = 0 <0.000057>
10 kill(11, SIGKILL) = 0 <0.000057>
10 kill(11, SIGTERM) = 0 <0.000057>
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
10 kill(11, SIGHUP) = 0 <0.000057>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), [
    'SIGKILL kill from 10 to 11: killed',
    'SIGKILL kill from 10 to 11: ignored',
    'SIGTERM kill from 10 to 11: ignored',
    'SIGHUP kill from 10 to 11: ignored',
  ])
})

signals('a group: everybody in it, each with its own fate', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 setpgid(0, 0) = 0 <0.000010>
11 pause( <unfinished ...>
${FORK(10, 12)}
12 setpgid(0, 11) = 0 <0.000010>
${IGNORE(12, 'SIGTERM')}
12 pause( <unfinished ...>
10 kill(-11, SIGTERM) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10)}
11 +++ killed by SIGTERM +++
12 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(12, 10)}
12 pause( <unfinished ...>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGTERM kill from 10 to 11: killed', 'SIGTERM kill from 10 to 12: ignored'])
})

signals("kill(0) goes to the caller's own group, itself included", async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
10 setsid() = 10 <0.000010>
${HANDLER(10, 'SIGUSR1')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(0, SIGUSR1) = 0 <0.000057>
${TERM(10, 10, 'SIGUSR1')}
10 rt_sigreturn({mask=[]}) = 0 <0.000023>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10, 'SIGUSR1')}
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGUSR1 kill from 10 to 10: handled', 'SIGUSR1 kill from 10 to 11: handled'])
})

signals('kill(-1) reaches everybody but the caller', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(-1, SIGHUP) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10, 'SIGHUP')}
11 +++ killed by SIGHUP +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGHUP kill from 10 to 11: killed'])
})

signals('blocked: the first is pending, the rest are dropped', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 rt_sigprocmask(SIG_BLOCK, [TERM], NULL, 8) = 0 <0.000065>
11 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=0}, <unfinished ...>
10 kill(11, SIGTERM) = 0 <0.000057>
10 kill(11, SIGTERM) = 0 <0.000057>
11 <... clock_nanosleep resumed>NULL) = 0 <0.400000>
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGTERM kill from 10 to 11: pending', 'SIGTERM kill from 10 to 11: coalesced'])
})

signals('a drop that arrives all the same was none', async () => {
  // The second one was sent after the first was taken off the queue, and before strace printed it.
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${HANDLER(11, 'SIGUSR1')}
11 pause( <unfinished ...>
10 kill(11, SIGUSR1) = 0 <0.000057>
10 kill(11, SIGUSR1) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10, 'SIGUSR1')}
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
${TERM(11, 10, 'SIGUSR1')}
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(
    list.map(s => s.outcome),
    ['handled', 'handled'],
  )
})

signals('real-time signals queue one by one, in order', async () => {
  const queue = (n: number) =>
    `10 rt_sigqueueinfo(11, SIGRT_2, {si_signo=SIGRT_2, si_code=SI_QUEUE, si_pid=10, si_uid=0, si_int=${n}, si_ptr=0x${n}}) = 0 <0.000072>`
  const taken = (
    n: number,
  ) => `11 --- SIGRT_2 {si_signo=SIGRT_2, si_code=SI_QUEUE, si_pid=10, si_uid=0, si_int=${n}, si_ptr=0x${n}} ---
11 rt_sigreturn({mask=[]}) = 0 <0.000023>`
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${HANDLER(11, 'SIGRT_2')}
11 read(5, <unfinished ...>
${queue(1)}
${queue(2)}
11 <... read resumed>"x", 1) = 1 <0.002997>
${taken(1)}
${taken(2)}
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(
    list.map(s => s.outcome),
    ['handled', 'handled'],
  )
  assert.ok(BigInt(list[0].deliveredNs!) < BigInt(list[1].deliveredNs!))
})

signals('taken by sigtimedwait and by a signalfd', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 rt_sigprocmask(SIG_BLOCK, [USR2 TERM], NULL, 8) = 0 <0.000065>
11 signalfd4(-1, [TERM], 8, 0) = 7 <0.000081>
10 kill(11, SIGUSR2) = 0 <0.000057>
11 rt_sigtimedwait([USR2], {si_signo=SIGUSR2, si_code=SI_USER, si_pid=10, si_uid=0}, {tv_sec=1, tv_nsec=0}, 8) = 12 (SIGUSR2) <0.000079>
10 kill(11, SIGTERM) = 0 <0.000057>
11 read(7, "\\17\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\n\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"..., 128) = 128 <0.000074>
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGUSR2 kill from 10 to 11: consumed', 'SIGTERM kill from 10 to 11: consumed'])
})

const SIGNALFD = (read: string, data: string) => `
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 rt_sigprocmask(SIG_BLOCK, [TERM CHLD], NULL, 8) = 0 <0.000065>
11 signalfd4(-1, [TERM CHLD], 8, 0) = 3 <0.000019>
11 ${read}  <unfinished ...>
10 kill(11, SIGTERM) = 0 <0.000057>
11 <... read resumed>${data}, 128) = 128 <0.059933>
11 exit_group(0) = ?
11 +++ exited with 0 +++
10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=0, si_utime=0, si_stime=0} ---`

signals('taken by a signalfd that the read does not name until it returns', async () => {
  for (const [read, data] of [
    ['read(3,', '"\\17\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\n\\0\\0\\0"...'],
    [
      'read(3<\\x61\\x6e\\x6f\\x6e\\x5f>,',
      '"\\x0f\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x0a\\x00"...',
    ],
  ])
    assert.equal((await signalsIn(SIGNALFD(read, data))).map(brief), ['SIGTERM kill from 10 to 11: consumed'])
})

signals('perhaps taken by a signalfd of which the log shows no read: not known', async () => {
  const text = SIGNALFD('read(3,', '""...')
  assert.equal((await signalsIn(text)).map(brief), ['SIGTERM kill from 10 to 11: unknown'])
  // Of another signal.
  const other = text.replace('signalfd4(-1, [TERM CHLD]', 'signalfd4(-1, [HUP]')
  assert.equal((await signalsIn(other)).map(brief), ['SIGTERM kill from 10 to 11: pending'])
})

signals('an ignored signal shows by the call that goes on', async () => {
  const list = await signalsIn(`
${START_OF(11, 'nohup')}
11 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=0}, <unfinished ...>
11 <... clock_nanosleep resumed>{tv_sec=0, tv_nsec=9}) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.020286>
${TERM(11, 77, 'SIGHUP')}
11 restart_syscall(<... resuming interrupted clock_nanosleep ...>) = 0 <0.9>
11 exit_group(0) = ?
11 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGHUP kill from 77 to 11: ignored'])
  assert.is(list[0].senderBasis, 'siginfo')
})

signals('threads: tkill and tgkill to one, kill to whichever takes it', async () => {
  const list = await signalsIn(`
${START_OF(10, 'app')}
${HANDLER(10, 'SIGUSR1')}
${THREAD(10, 11)}
11 pause( <unfinished ...>
10 tgkill(10, 11, SIGUSR1) = 0 <0.000007>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
11 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 kill(10, SIGUSR1) = 0 <0.000007>
${TERM(11, 10, 'SIGUSR1')}
11 rt_sigreturn({mask=[]}) = 0 <0.000023>
10 exit_group(0) = ?
11 +++ exited with 0 +++
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGUSR1 tgkill from 10 to 10/11: handled', 'SIGUSR1 kill from 10 to 10: handled'])
  assert.is(list[1].deliveredTo, 11)
})

signals('the kernel raises SIGPIPE for a failed write, though siginfo names the writer', async () => {
  const list = await signalsIn(`
${START_OF(10, 'yes')}
10 write(1<pipe:[5]>, "y\\n", 2) = -1 EPIPE (Broken pipe) <0.000003>
${TERM(10, 10, 'SIGPIPE')}
10 +++ killed by SIGPIPE +++`)
  assert.equal(list.map(brief), ['SIGPIPE kernel from - to 10/10: killed'])
})

signals('a blocked SIGPIPE leaves no line of its own', async () => {
  const list = await signalsIn(`
${START_OF(10, 'yes')}
10 rt_sigprocmask(SIG_BLOCK, [PIPE], NULL, 8) = 0 <0.000065>
10 write(1<pipe:[5]>, "y\\n", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 exit_group(1) = ?
10 +++ exited with 1 +++`)
  assert.equal(list.map(brief), ['SIGPIPE kernel from - to 10/10: pending'])
})

const PARENT_DIED = `
${START_OF(10, 'parent')}
${FORK(10, 11)}
11 prctl(PR_SET_PDEATHSIG, SIGTERM) = 0 <0.000065>
11 pause( <unfinished ...>
10 exit_group(1) = ?
10 +++ exited with 1 +++
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10)}
11 +++ killed by SIGTERM +++`

signals('sent by the kernel in the name of a parent that died', async () => {
  const list = await signalsIn(PARENT_DIED)
  assert.equal(list.map(brief), ['SIGTERM kernel from 10 to 11: killed'])
  for (const raw of ['0x1, 15', '0x1 /* PR_SET_PDEATHSIG */, 15 /* SIGTERM */', '0x1, 0xf, 0, 0, 0'])
    assert.equal(await signalsIn(PARENT_DIED.replace('PR_SET_PDEATHSIG, SIGTERM', raw)), list)
})

signals('in the name of a parent that had ended: no proof that it sent it', async () => {
  const text = PARENT_DIED.replace(/11 prctl.*\n/, '')
  const report = await analyzeFiles({ 'strace.log': trace(text) })
  assert.is(report.verdict.rule, 'kill/by-process')
  assert.is(report.verdict.confidence, 'likely')
  assert.match(report.verdict.title, /most likely because its parent/)
  // Its call is in the log: it did.
  const sent = text.replace('10 exit_group', '10 kill(11, SIGTERM) = 0 <0.000057>\n10 exit_group')
  assert.match((await analyzeFiles({ 'strace.log': trace(sent) })).verdict.title, /parent \(pid 10\) killed/)
  // It lived: it did.
  const alive = text.replace(/10 exit_group.*\n10 \+\+\+.*\n/, '')
  assert.match((await analyzeFiles({ 'strace.log': trace(alive) })).verdict.title, /parent \(pid 10\) killed/)
})

signals('siginfo of F_SETSIG and forged siginfo name nobody', async () => {
  const list = await signalsIn(`
${START_OF(10, 'app')}
10 --- SIGRT_7 {si_signo=SIGRT_7, si_code=0x1, si_pid=65, si_uid=0, si_int=3, si_ptr=0x3} ---
10 rt_sigreturn({mask=[]}) = 1 <0.000017>
10 --- SIGUSR2 {si_signo=SIGUSR2, si_code=0xfffffff6, si_pid=1, si_uid=12345, si_int=99, si_ptr=0x63} ---
10 rt_sigreturn({mask=[]}) = 1 <0.000017>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGRT_7 kernel from - to 10: handled', 'SIGUSR2 sigqueue from - to 10: handled'])
})

signals('lost siginfo is found by the call that sent it', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${HANDLER(11, 'SIGRT_2')}
11 pause( <unfinished ...>
10 kill(11, SIGRT_2) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
11 --- SIGRT_2 {si_signo=SIGRT_2, si_code=SI_USER, si_pid=0, si_uid=0} ---
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGRT_2 kill from 10 to 11: handled'])
})

signals('a stop, and what it holds up', async () => {
  const list = await signalsIn(`
${START_OF(10, 'shell')}
${FORK(10, 11)}
11 pause( <unfinished ...>
10 kill(11, SIGSTOP) = 0 <0.000057>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10, 'SIGSTOP')}
11 --- stopped by SIGSTOP ---
10 kill(11, SIGCONT) = 0 <0.000057>
${TERM(11, 10, 'SIGCONT')}
11 pause( <unfinished ...>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGSTOP kill from 10 to 11: stopped', 'SIGCONT kill from 10 to 11: continued'])
})

signals('a delivery that stands above its own call', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
${HANDLER(11, 'SIGUSR1')}
11 pause( <unfinished ...>
10 kill(11, SIGUSR1 <unfinished ...>
11 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
${TERM(11, 10, 'SIGUSR1')}
11 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 <... kill resumed>) = 0 <0.000090>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGUSR1 kill from 10 to 11: handled'])
})

signals('what is sent to a process that nobody traces: nothing is known of its effect', async () => {
  const list = await signalsIn(`
${START_OF(10, 'boss')}
10 kill(77, SIGTERM) = 0 <0.000057>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(list.map(brief), ['SIGTERM kill from 10 to 77: unknown'])
})
signals('to a process whose first line is what came of it', async () => {
  const end = (signal: string) => `11 +++ killed by ${signal} +++`
  const term = `
10 kill(11, SIGTERM) = 0 <0.000057>
${TERM(11, 10)}
${end('SIGTERM')}`
  assert.equal((await signalsIn(term)).map(brief), ['SIGTERM kill from 10 to 11: killed'])
  const kill = `
10 kill(11, SIGKILL) = 0 <0.000057>
${end('SIGKILL')}`
  assert.equal((await signalsIn(kill)).map(brief), ['SIGKILL kill from 10 to 11: killed'])
  // Much later, of somebody else, and of another life of that number.
  assert.is((await signalsIn(kill.replace('\n11', '\n+9000 11'))).length, 2)
  assert.is((await signalsIn(term.replace('si_pid=10', 'si_pid=99'))).length, 2)
  assert.is((await signalsIn(kill.replace('\n11', `\n${FORK(10, 11)}\n11`))).length, 2)
})

signals('what a long log has too many of is counted', async () => {
  const lines = Array.from({ length: 2500 }, (_, i) => [
    `10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=${1000 + i}, si_uid=0, si_status=0} ---`,
    '10 getuid() = 0 <0.000001>',
  ])
  const report = await analyzeFiles({ 'strace.log': trace(`${START_OF(10, 'parent')}\n${lines.flat().join('\n')}`) })
  assert.is(report.signals.length, 2000)
  const [told] = report.diagnostics.filter(d => d.code.startsWith('strace.more-'))
  assert.is(told.code, 'strace.more-signals-of-no-consequence')
  assert.is(told.count, 500)
})

signals('nobody asks for the sender of a signal of the terminal', async () => {
  const dies = (info: string) => `
${START_OF(10, 'shell')}
10 pause( <unfinished ...>
10 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
10 --- SIGHUP {si_signo=SIGHUP, ${info}} ---
10 +++ killed by SIGHUP +++`
  const asked = async (info: string) => {
    const { missing } = await analyzeFiles({ 'strace.log': trace(dies(info)) })
    return missing.some(m => m.text.startsWith('No witness names the sender'))
  }
  assert.is(await asked('si_code=SI_KERNEL'), false)
  assert.is(await asked('si_code=SI_USER, si_pid=0, si_uid=0'), true)
})

signals.run()
