/** Processes and threads, as traces show them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ReportProcess } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'
import { FORK, START_OF, THREAD, trace } from '../support/trace.js'

const processes = suite('processes')

async function processesIn(text: string): Promise<ReportProcess[]> {
  return (await analyzeFiles({ 'strace.log': trace(text) })).processes
}

processes('a tree: fork, execve, threads, names and ends', async () => {
  const [boss, child] = await processesIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 execve("/usr/local/bin/a-very-long-program-name", ["worker", "-n", "3"], 0x7f /* 9 vars */) = 0 <0.000293>
${THREAD(11, 12)}
12 prctl(PR_SET_NAME, "io") = 0 <0.000010>
11 exit_group(7) = ?
12 +++ exited with 7 +++
11 +++ exited with 7 +++
10 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=11, si_uid=0, si_status=7, si_utime=0, si_stime=0} ---
10 pause( <unfinished ...>`)
  assert.is(boss.comm, 'boss')
  assert.is(boss.exit, null)
  assert.is(child.ppid, 10)
  assert.is(child.comm, 'a-very-long-pro')
  assert.equal(child.argv, ['worker', '-n', '3'])
  assert.equal(
    child.threads.map(t => [t.tid, t.comm]),
    [
      [11, 'a-very-long-pro'],
      [12, 'io'],
    ],
  )
  assert.equal(child.exit, { kind: 'exited', code: 7, signal: null, coreDumped: false })
})

processes('a pid that comes again is another life', async () => {
  const list = await processesIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
11 exit_group(1) = ?
11 +++ exited with 1 +++
${FORK(10, 11)}
11 exit_group(2) = ?
11 +++ exited with 2 +++
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(
    list.filter(p => p.pid === 11).map(p => p.exit?.code),
    [1, 2],
  )
})

processes('a vfork that strace -z writes down after lines of its child', async () => {
  const log = (
    vfork: string,
  ) => `382   1795579303.661727 execve("./sc", ["./sc"], 0x7ffc7cc59fb0 /* 39 vars */) = 0 <0.001231>
383   1795579303.669498 execve("/bin/sleep", ["sleep", "5"], 0x7ffcc7c7b0b0 /* 39 vars */) = 0 <0.000792>
382   ${vfork} vfork() = 383 <0.001494>
383   1795579303.731850 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=382, si_uid=0} ---
383   1795579303.732604 +++ killed by SIGTERM +++
`
  const { processes: list } = await analyzeFiles({ 'strace.log': log('1795579303.669198') })
  assert.equal(
    list.map(p => [p.pid, p.ppid, p.comm, p.exit?.signal]),
    [
      [382, null, 'sc', undefined],
      [383, 382, 'sleep', 'SIGTERM'],
    ],
  )
  // One that was called later made another process of that number.
  assert.is((await analyzeFiles({ 'strace.log': log('1795579303.700000') })).processes.length, 3)
})

processes('a thread that calls execve takes the place of its leader', async () => {
  const list = await processesIn(`
${START_OF(10, 'app')}
${THREAD(10, 11)}
10 futex(0x7f5c02fb0910, FUTEX_WAIT_BITSET|FUTEX_CLOCK_REALTIME, 11, NULL, FUTEX_BITSET_MATCH_ANY <unfinished ...>
11 execve("/bin/sleep", ["sleep", "1"], 0x7f /* 9 vars */ <pid changed to 10 ...>
10 +++ superseded by execve in pid 11 +++
10 <... execve resumed>) = 0 <0.000860>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.is(list.length, 1)
  assert.is(list[0].comm, 'sleep')
  assert.is(list[0].exit?.code, 0)
})

processes('a child that was not traced is known by what its parent is told', async () => {
  const list = await processesIn(`
${START_OF(10, 'boss')}
${FORK(10, 11)}
10 wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = 11 <0.1>
10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  const child = list.find(p => p.pid === 11)
  assert.equal(child?.exit, { kind: 'killed', code: null, signal: 'SIGSEGV', coreDumped: true })
})

processes('exit_group without a line for the end (strace -qqq) is an end', async () => {
  const [boss] = await processesIn(`
${START_OF(10, 'boss')}
10 exit_group(3) = ?`)
  assert.is(boss.exit?.code, 3)
})

processes('clone3 of old straces does not say what it makes; tgkill does', async () => {
  const list = await processesIn(`
${START_OF(10, 'app')}
10 syscall_0x1b3(0x7ffd4a6f5c50, 0x58, 0x7f2e, 0, 0x7f, 0) = 0xb <0.000035>
11 pause( <unfinished ...>
10 tgkill(10, 11, SIGUSR1) = 0 <0.000007>
10 exit_group(0) = ?
11 <... pause resumed>) = ?
11 +++ exited with 0 +++
10 +++ exited with 0 +++`)
  assert.equal(
    list.map(p => [p.pid, p.threads.length]),
    [[10, 2]],
  )
})

processes('threads of an attached process are its own when they end together', async () => {
  const list = await processesIn(`
20 restart_syscall(<... resuming interrupted read ...> <unfinished ...>
21 futex(0x7f01, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
22 epoll_wait(5, <unfinished ...>
22 <... epoll_wait resumed>[], 10, 100) = 0 <0.1>
22 exit_group(4 <unfinished ...>
20 <... restart_syscall resumed>) = ?
21 <... futex resumed>) = ?
22 <... exit_group resumed>) = ?
21 +++ exited with 4 +++
22 +++ exited with 4 +++
20 +++ exited with 4 +++`)
  assert.equal(
    list.map(p => [p.pid, p.threads.map(t => t.tid).sort(), p.exit?.code]),
    [[20, [20, 21, 22], 4]],
  )
})

processes('two attached processes that end by different signals stay two', async () => {
  const list = await processesIn(`
20 pause( <unfinished ...>
21 pause( <unfinished ...>
20 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler)
20 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=9, si_uid=0} ---
20 +++ killed by SIGTERM +++
21 <... pause resumed>) = ? ERESTARTNOHAND (To be restarted if no handler)
21 --- SIGHUP {si_signo=SIGHUP, si_code=SI_USER, si_pid=9, si_uid=0} ---
21 +++ killed by SIGHUP +++`)
  assert.equal(list.map(p => [p.pid, p.exit?.signal]).sort(), [
    [20, 'SIGTERM'],
    [21, 'SIGHUP'],
  ])
})

processes('Go is known by the handlers that its runtime sets', async () => {
  const handlers = Array.from(
    { length: 45 },
    (_, i) =>
      `10 rt_sigaction(SIGRT_${i > 31 ? i - 31 : i + 1}, {sa_handler=0x4664e0, sa_mask=~[], sa_flags=SA_RESTORER|SA_ONSTACK|SA_RESTART|SA_SIGINFO, sa_restorer=0x466620}, NULL, 8) = 0 <0.000003>`,
  ).join('\n')
  const [go] = await processesIn(
    `${START_OF(10, 'ingest')}\n${handlers}\n10 exit_group(0) = ?\n10 +++ exited with 0 +++`,
  )
  assert.is(go.runtime, 'go')
  const plain = handlers.replaceAll('SA_ONSTACK|', '')
  const [c] = await processesIn(`${START_OF(10, 'ingest')}\n${plain}\n10 exit_group(0) = ?\n10 +++ exited with 0 +++`)
  assert.is(c.runtime, null)
})
processes.run()
