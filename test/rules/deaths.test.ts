/** Rules about deaths by signals, each with the twin that lacks one link. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report, ReportFinding } from '../../src/model/report.js'
import { analyzeFiles, findingsOf } from '../support/analyze.js'
import { FORK, START_OF, THREAD, trace } from '../support/trace.js'

const deaths = suite('rules about deaths')

const analyzeTrace = (text: string) => analyzeFiles({ 'strace.log': trace(text) })
/** The same trace less the lines that match. */
const without = (text: string, pattern: RegExp) =>
  text
    .trim()
    .split('\n')
    .filter(line => !pattern.test(line))
    .join('\n')

function only(report: Report, rule: string): ReportFinding {
  const found = findingsOf(report, rule)
  assert.is(found.length, 1, `${found.length} findings of ${rule}; there are ${report.findings.map(f => f.rule)}`)
  assert.is(report.verdict.rule, rule)
  assert.ok(found[0].title.length <= 90, found[0].title)
  return found[0]
}

const GO_HANDLERS = Array.from(
  { length: 45 },
  (_, i) =>
    `10 rt_sigaction(SIGRT_${i > 31 ? i - 31 : i + 1}, {sa_handler=0x4664e0, sa_mask=~[], sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_SIGINFO, sa_restorer=0x466620}, NULL, 8) = 0 <0.000003>`,
).join('\n')
const GO_SIGPIPE =
  '10 rt_sigaction(SIGPIPE, {sa_handler=0x4664e0, sa_mask=~[], sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_SIGINFO, sa_restorer=0x466620}, NULL, 8) = 0 <0.000003>'

const GO_STDIO = `
${START_OF(9, 'shell')}
9 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
${FORK(9, 10)}
${FORK(9, 20)}
9 close(3<pipe:[5]>) = 0 <0.000010>
9 close(4<pipe:[5]>) = 0 <0.000010>
10 close(3<pipe:[5]>) = 0 <0.000010>
10 dup2(4<pipe:[5]>, 2) = 2<pipe:[5]> <0.000010>
10 close(4<pipe:[5]>) = 0 <0.000010>
20 close(4<pipe:[5]>) = 0 <0.000010>
20 dup2(3<pipe:[5]>, 0) = 0<pipe:[5]> <0.000010>
20 close(3<pipe:[5]>) = 0 <0.000010>
20 execve("/usr/bin/head", ["head", "-1"], 0x7f /* 9 vars */) = 0 <0.000293>
10 execve("/usr/local/bin/ingest", ["ingest"], 0x7f /* 9 vars */) = 0 <0.000293>
${GO_HANDLERS}
${GO_SIGPIPE}
${THREAD(10, 11)}
20 close(0<pipe:[5]>) = 0 <0.000010>
20 exit_group(0) = ?
20 +++ exited with 0 +++
11 write(2<pipe:[5]>, "a log line\\n", 11) = -1 EPIPE (Broken pipe) <0.000008>
11 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
11 rt_sigreturn({mask=[]}) = -1 EPIPE (Broken pipe) <0.000002>
11 rt_sigprocmask(SIG_UNBLOCK, [PIPE], NULL, 8) = 0 <0.000002>
11 getpid() = 10 <0.000002>
11 gettid() = 11 <0.000002>
11 tgkill(10, 11, SIGPIPE) = 0 <0.000007>
11 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
11 rt_sigreturn({mask=[]}) = 0 <0.000002>
11 rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL, sa_mask=~[], sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_SIGINFO, sa_restorer=0x466620}, NULL, 8) = 0 <0.000003>
11 tgkill(10, 11, SIGPIPE) = 0 <0.000007>
11 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
11 +++ killed by SIGPIPE +++
10 +++ killed by SIGPIPE +++`

deaths('sigpipe/go-stdio: from the reader that left to the end of the process', async () => {
  const found = only(await analyzeTrace(GO_STDIO), 'sigpipe/go-stdio')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'ingest died of SIGPIPE: nobody was reading its stderr')
  assert.match(found.chain[0].text, /^head \(pid 20\) closed the last read end of pipe:\[5\]/)
  assert.equal(found.subject, { pid: 10, tid: 11, comm: 'ingest' })
})
deaths('sigpipe/go-stdio without the reader’s end, the write, or the runtime’s own signal is not proven', async () => {
  for (const gone of [/^20 close\(0/, /EPIPE/, /tgkill|SI_TKILL/]) {
    const report = await analyzeTrace(without(GO_STDIO, gone))
    for (const found of findingsOf(report, 'sigpipe/go-stdio')) {
      if (!/^head .* died/.test(found.chain[0].text)) assert.is.not(found.confidence, 'proven', String(gone))
    }
    assert.equal(findingsOf(report, 'kill/by-process'), [])
  }
})
deaths('sigpipe/go-stdio does not hold for another descriptor, nor where the process lived on', async () => {
  const other = GO_STDIO.replace('11 write(2<', '11 write(7<').replace(
    'dup2(4<pipe:[5]>, 2) = 2<',
    'dup2(4<pipe:[5]>, 7) = 7<',
  )
  const lived = `${GO_STDIO.slice(0, GO_STDIO.indexOf('11 rt_sigprocmask(SIG_UNBLOCK'))}11 exit_group(0) = ?\n11 +++ exited with 0 +++\n10 +++ exited with 0 +++`
  for (const text of [other, lived]) assert.equal(findingsOf(await analyzeTrace(text), 'sigpipe/go-stdio'), [])
  const survived = findingsOf(await analyzeTrace(lived), 'epipe/survived')
  assert.is(survived.length, 1)
  assert.is(survived[0].confidence, 'proven')
})

const DEFAULT_ACTION = `
${START_OF(10, 'yes')}
10 pipe2([3<pipe:[5]>, 4<pipe:[5]>], 0) = 0 <0.000036>
10 close(3<pipe:[5]>) = 0 <0.000010>
10 dup2(4<pipe:[5]>, 1) = 1<pipe:[5]> <0.000010>
10 write(1<pipe:[5]>, "y\\n", 2) = -1 EPIPE (Broken pipe) <0.000003>
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGPIPE +++`

deaths('sigpipe/default-action, and without the write it is not proven', async () => {
  const found = only(await analyzeTrace(DEFAULT_ACTION), 'sigpipe/default-action')
  assert.is(found.confidence, 'proven')
  const twin = only(await analyzeTrace(without(DEFAULT_ACTION, /write/)), 'sigpipe/default-action')
  assert.is(twin.confidence, 'possible')
})
deaths('a SIGPIPE that somebody sent is a kill', async () => {
  const text = `
${START_OF(10, 'app')}
10 pause() = ? ERESTARTNOHAND (To be restarted if no handler)
10 --- SIGPIPE {si_signo=SIGPIPE, si_code=SI_USER, si_pid=77, si_uid=0} ---
10 +++ killed by SIGPIPE +++`
  const found = only(await analyzeTrace(text), 'kill/by-process')
  assert.match(found.title, /^pid 77 killed app with SIGPIPE/)
})

const BY_PROCESS = `
${START_OF(10, 'supervisor')}
${FORK(10, 11)}
11 execve("/usr/bin/worker", ["worker"], 0x7f /* 9 vars */) = 0 <0.000293>
11 pause( <unfinished ...>
10 kill(11, SIGKILL) = 0 <0.000057>
11 <... pause resumed>) = ?
11 +++ killed by SIGKILL +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`

deaths('kill/by-process names who called kill; without the call nobody is named', async () => {
  const found = only(await analyzeTrace(BY_PROCESS), 'kill/by-process')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'supervisor (pid 10) killed worker with SIGKILL')
  const twin = only(await analyzeTrace(without(BY_PROCESS, /kill\(/)), 'kill/unknown-sender')
  assert.is(twin.confidence, 'possible')
  assert.ok(twin.chain.some(l => l.status === 'missing'))
})
deaths('a sender that was traced is not said to be unknown to the trace', async () => {
  const text = `
${START_OF(10, 'boss')}
11 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=10, si_uid=0} ---
11 +++ killed by SIGTERM +++`
  assert.match(only(await analyzeTrace(text), 'kill/by-process').summary, /no call of it that names this process/)
  const other = text.replace('si_pid=10', 'si_pid=77')
  assert.match(only(await analyzeTrace(other), 'kill/by-process').summary, /the sender itself was not traced/)
})

deaths('kill/by-process looks behind a signal that a program sends itself again', async () => {
  const found = only(
    await analyzeTrace(`
${START_OF(10, 'app')}
10 rt_sigaction(SIGTERM, {sa_handler=0x55c1, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 pause() = ? ERESTARTNOHAND (To be restarted if no handler)
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=77, si_uid=0} ---
10 rt_sigaction(SIGTERM, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 tgkill(10, 10, SIGTERM) = 0 <0.000010>
10 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
10 +++ killed by SIGTERM +++`),
    'kill/by-process',
  )
  assert.match(found.title, /^pid 77 killed app with SIGTERM/)
})
deaths('kill/by-process: a program that kills itself accuses nobody else', async () => {
  const found = only(
    await analyzeTrace(`
${START_OF(10, 'app')}
10 kill(10, SIGUSR1) = 0 <0.000010>
10 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=10, si_uid=0} ---
10 +++ killed by SIGUSR1 +++`),
    'kill/by-process',
  )
  assert.is(found.title, 'app killed itself with SIGUSR1')
})
deaths('kill/unknown-sender: SIGKILL after a SIGTERM that was handled names only who sent the first', async () => {
  const found = only(
    await analyzeTrace(`
${START_OF(10, 'app')}
10 rt_sigaction(SIGTERM, {sa_handler=0x55c1, sa_mask=[], sa_flags=SA_RESTORER, sa_restorer=0x7f}, NULL, 8) = 0 <0.000010>
10 pause() = ? ERESTARTNOHAND (To be restarted if no handler)
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=77, si_uid=0} ---
10 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000023>
10 pause( <unfinished ...>
+10000 10 <... pause resumed>) = ?
10 +++ killed by SIGKILL +++`),
    'kill/unknown-sender',
  )
  assert.match(found.chain[0].text, /^SIGTERM came 10 s before from pid 77: its handler took it/)
  assert.match(found.summary, /nothing in this evidence names who sent it/)
})
deaths('kill/unknown-sender: the terminal and timers are no process', async () => {
  const of = (signal: string) => `
${START_OF(10, 'app')}
10 pause() = ? ERESTARTNOHAND (To be restarted if no handler)
10 --- ${signal} {si_signo=${signal}, si_code=SI_KERNEL} ---
10 +++ killed by ${signal} +++`
  assert.match(only(await analyzeTrace(of('SIGINT')), 'kill/unknown-sender').summary, /Ctrl-C/)
  assert.match(only(await analyzeTrace(of('SIGALRM')), 'kill/unknown-sender').title, /its own timer ran out/)
})
deaths('nobody is asked for a sender where the kernel made the signal', async () => {
  const asks = async (text: string) => (await analyzeTrace(text)).missing.filter(m => /names the sender/.test(m.text))
  const end = (line: string, name: string) => `\n${START_OF(10, 'app')}\n${line}\n10 +++ killed by ${name} +++`
  assert.equal(await asks(end('10 --- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---', 'SIGALRM')), [])
  const outside = '10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=0, si_uid=0} ---'
  assert.match((await asks(end(outside, 'SIGTERM')))[0].text, /names the sender\.$/)
})

deaths('SIGHUP of the kernel to a process that is stopped need not be of its terminal', async () => {
  const text = (stopped: string) => `
${START_OF(10, 'app')}
10 pause( <unfinished ...>
10 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler) <0.020463>
10 --- SIGTSTP {si_signo=SIGTSTP, si_code=SI_USER, si_pid=77, si_uid=0} ---
${stopped}10 --- SIGHUP {si_signo=SIGHUP, si_code=SI_KERNEL} ---
10 +++ killed by SIGHUP +++`
  const orphaned = only(await analyzeTrace(text('10 --- stopped by SIGTSTP ---\n')), 'kill/unknown-sender')
  assert.match(orphaned.title, /process group was orphaned, or/)
  assert.match(only(await analyzeTrace(text('')), 'kill/unknown-sender').title, /its terminal went away$/)
})

deaths('kill/outside-namespace: si_pid 0; with a pid it is a process', async () => {
  const from = (pid: number) => `
${START_OF(10, 'app')}
10 pause() = ? ERESTARTNOHAND (To be restarted if no handler)
10 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=${pid}, si_uid=0} ---
10 +++ killed by SIGTERM +++`
  const found = only(await analyzeTrace(from(0)), 'kill/outside-namespace')
  assert.is(found.confidence, 'proven')
  assert.equal(findingsOf(await analyzeTrace(from(77)), 'kill/outside-namespace'), [])
})

const FAULT = `
${START_OF(10, 'app')}
10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x8} ---
10 +++ killed by SIGSEGV (core dumped) +++`

deaths('crash/fault by the siginfo; without it not proven; sent by somebody it is a kill', async () => {
  const found = only(await analyzeTrace(FAULT), 'crash/fault')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'app crashed with SIGSEGV at 0x8: nothing is mapped there')
  const unseen = only(await analyzeTrace(without(FAULT, /---/)), 'crash/fault')
  assert.is.not(unseen.confidence, 'proven')
  assert.match(`${unseen.title} ${unseen.summary}`, /not recorded.*does not tell which/s)
  const sent = FAULT.replace('si_code=SEGV_MAPERR, si_addr=0x8', 'si_code=SI_USER, si_pid=77, si_uid=0')
  only(await analyzeTrace(sent), 'kill/by-process')
})

const HAS_HANDLER =
  '10 rt_sigaction(SIGSEGV, {sa_handler=0x55bd, sa_mask=[SEGV], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x7f93}, NULL, 8) = 0 <0.000010>'
const FAULT_LINE = '10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x7ffeecafe48c} ---'

deaths('crash/fault with a handler that could not run: blocked, or no room on the stack', async () => {
  const blocked = `\n${START_OF(10, 'app')}\n${HAS_HANDLER}\n${FAULT_LINE}\n10 +++ killed by SIGSEGV +++`
  const found = only(await analyzeTrace(blocked), 'crash/fault')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'app crashed with SIGSEGV at 0x7ffeecafe48c: nothing is mapped there')
  const overflow = blocked.replace(
    '\n10 +++',
    '\n10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL} ---\n10 +++',
  )
  const report = await analyzeTrace(overflow)
  assert.is(report.verdict.title, found.title)
  assert.ok(only(report, 'crash/fault').chain.some(link => /sigaltstack/.test(link.text)))
  assert.equal(
    report.signals.map(s => s.outcome),
    ['unknown', 'killed'],
  )
  // A handler that ran, and a fault of another kind later.
  const later = overflow.replace(
    '\n10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SI_K',
    '\n10 rt_sigreturn({mask=[]}) = 0\n10 --- SIGSEGV {si_signo=SIGSEGV, si_code=SI_K',
  )
  assert.is((await analyzeTrace(later)).verdict.title, 'app crashed with SIGSEGV: a fault of its own')
})

const ABORT = `
${START_OF(10, 'app')}
10 write(2</dev/pts/0<char 136:0>>, "app: app.c:7: main: Assertion \`x > 0' failed.\\n", 45) = 45 <0.000010>
10 tgkill(10, 10, SIGABRT) = 0 <0.000010>
10 --- SIGABRT {si_signo=SIGABRT, si_code=SI_TKILL, si_pid=10, si_uid=0} ---
10 +++ killed by SIGABRT (core dumped) +++`

deaths('crash/abort with its last words; sent by somebody else it is a kill', async () => {
  const found = only(await analyzeTrace(ABORT), 'crash/abort')
  assert.is(found.confidence, 'proven')
  assert.match(found.summary, /Assertion/)
  const unseen = only(await analyzeTrace(without(ABORT, /tgkill|---|write/)), 'crash/abort')
  assert.is.not(unseen.confidence, 'proven')
  assert.match(`${unseen.title} ${unseen.summary}`, /not recorded.*does not tell which/s)
  const sent = without(ABORT, /tgkill/).replace('SI_TKILL, si_pid=10', 'SI_USER, si_pid=1')
  assert.match(only(await analyzeTrace(sent), 'kill/by-process').title, /^pid 1 killed app with SIGABRT/)
})

const SAYS = (text: string) =>
  `10 write(2</dev/null<char 1:3>>, ${JSON.stringify(text)}, ${text.length}) = ${text.length} <0.000003>`
const PANIC = `
${START_OF(10, 'ingest')}
${GO_HANDLERS}
${SAYS('panic: ')}
${SAYS('boom')}
${SAYS('\n\ngoroutine 1 [running]:\n')}
10 exit_group(2) = ?
10 +++ exited with 2 +++`

deaths('crash/go-panic names the panic that a chain began with, unless it is the same once more', async () => {
  const stack = '\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/lab/main.go:7 +0x1d\n'
  const told = async (lines: string) =>
    only(await analyzeFiles({ 'stderr.txt': `${lines}${stack}` }), 'crash/go-panic')
      .chain.map(l => l.text)
      .join('\n')
  assert.match(await told('panic: first\n\tpanic: cleanup failed'), /An earlier panic led to it.*: panic: first/)
  assert.not.match(await told('panic: boom [recovered]\n\tpanic: boom'), /earlier panic/)
})

deaths('crash/go-panic put together from the pieces that the runtime writes', async () => {
  const found = only(await analyzeTrace(PANIC), 'crash/go-panic')
  assert.is(found.confidence, 'proven')
  assert.is(found.title, 'ingest died of a Go panic: boom')
  assert.equal(findingsOf(await analyzeTrace(without(PANIC, /panic: /)), 'crash/go-panic'), [])
})
deaths('a program that is not Go and prints the word does not panic', async () => {
  const words = without(without(PANIC, /rt_sigaction/), /goroutine 1/)
  assert.equal(findingsOf(await analyzeTrace(words), 'crash/go-panic'), [])
})
deaths('deadlock/all-asleep is not just any fatal error', async () => {
  const asleep = PANIC.replace('panic: ', 'fatal error: ').replace('boom', 'all goroutines are asleep - deadlock!')
  assert.is(only(await analyzeTrace(asleep), 'deadlock/all-asleep').confidence, 'proven')
  const other = PANIC.replace('panic: ', 'fatal error: ').replace('boom', 'concurrent map writes')
  only(await analyzeTrace(other), 'crash/go-panic')
})

const DUMP = `
${START_OF(10, 'ingest')}
${GO_HANDLERS}
10 rt_sigaction(SIGQUIT, {sa_handler=0x4664e0, sa_mask=~[], sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_SIGINFO, sa_restorer=0x466620}, NULL, 8) = 0 <0.000003>
10 epoll_pwait(5, [], 128, -1, NULL, 0) = -1 EINTR (Interrupted system call) <1.0>
10 --- SIGQUIT {si_signo=SIGQUIT, si_code=SI_USER, si_pid=77, si_uid=0} ---
${SAYS('SIGQUIT: quit\n')}
${SAYS('PC=0x462f81 m=0 sigcode=0\n')}
10 exit_group(2) = ?
10 +++ exited with 2 +++`

deaths('exit/dump-requested names who asked; without the signal only the dump speaks', async () => {
  const found = only(await analyzeTrace(DUMP), 'exit/dump-requested')
  assert.is(found.confidence, 'proven')
  assert.match(found.title, /^pid 77 made ingest dump/)
  const twin = only(await analyzeTrace(without(DUMP, /--- SIGQUIT/)), 'exit/dump-requested')
  assert.not.match(twin.title, /77/)
})
/** `journalctl -o short-unix`, on the clock of `TOLD`. */
const words = (...rows: [number, string, string][]) =>
  rows.map(([at, who, text]) => `${(1795479000 + at).toFixed(6)} vm ${who}: ${text}\n`).join('')
const TOLD = `7 1795479009.000000 epoll_pwait(4, [], 128, 1000, NULL, 0) = 0 <1.0>
7 1795479010.000000 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=PID, si_uid=0} ---
7 1795479010.001000 rt_sigreturn({mask=[]}) = 0 <0.0001>
7 1795479040.100000 +++ killed by SIGKILL +++
`
deaths('what the keepers of containers said then is shown, and nobody is accused by it', async () => {
  const files = (at: number) => ({
    'strace.log': TOLD.replace('PID', '0'),
    'journal.txt': words(
      [
        at,
        'kubelet[800]',
        'I1124 00:10:09.950000     800 kuberuntime_container.go:709] "Killing container with a grace period" pod="default/web-1" gracePeriod=30',
      ],
      [at + 30, 'containerd[600]', 'time="2026-11-24T00:10:40Z" level=info msg="Kill container \\"3f2\\""'],
      [at + 30, 'containerd[600]', 'time="2026-11-24T00:10:40Z" level=info msg="shim disconnected" id=3f2'],
    ),
  })
  const report = await analyzeFiles(files(10))
  const { chain, summary } = only(report, 'kill/unknown-sender')
  assert.equal(
    chain.map(l => l.status),
    ['observed', 'inferred', 'inferred', 'missing', 'observed'],
  )
  assert.match(chain[0].text, 'from outside its pid namespace')
  assert.match(chain[2].text, 'Kill container "3f2"')
  assert.match(summary, 'kubelet and containerd stopped a container at that time')
  assert.is(only(await analyzeFiles(files(500)), 'kill/unknown-sender').chain.length, 3)
})
deaths('the last step of a shutdown, and a client of systemd, are named as what they are', async () => {
  const down = await analyzeFiles({
    'strace.log': TOLD.replace('PID', '1'),
    'journal.txt': words(
      [9.9, 'systemd-shutdown[1]', 'Sending SIGTERM to remaining processes...'],
      [40, 'systemd-shutdown[1]', 'Sending SIGKILL to remaining processes...'],
      [40, 'systemd-shutdown[1]', 'Sending SIGKILL to PID 7 (api).'],
    ),
  })
  assert.match(down.verdict.title, 'systemd-shutdown (pid 1) killed')
  assert.match(down.verdict.title, 'as the machine went down')
  const client = await analyzeFiles({
    'journal.txt': words(
      [0, 'systemd[1]', 'Started a.service - A.'],
      [40, 'systemd[1]', 'a.service: Sent signal SIGKILL to main process 7 (api) on client request.'],
      [40, 'systemd[1]', 'a.service: Main process exited, code=killed, status=9/KILL'],
    ),
  })
  assert.is(only(client, 'kill/by-process').remedies[0].title, 'Find out who asked systemd for it')
})

deaths.run()
