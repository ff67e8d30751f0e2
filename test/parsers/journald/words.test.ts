/** Lines of systemd and the kernel, of many releases, and the events that they are. Texts as the programs print them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { LifecycleEvent } from '../../../src/model/lifecycle.js'
import { parseFiles } from '../../support/parse.js'

/** Events out of messages of one speaker, in a journal of `journalctl -o short-unix`. */
async function said(speaker: string, ...messages: string[]): Promise<LifecycleEvent[]> {
  const lines = messages.map((message, i) => `1795479210.0${10 + i}000 vm ${speaker}: ${message}\n`)
  const filler = '1795479210.000000 vm systemd[1]: Reached target basic.target - Basic System.\n'
  return (await parseFiles({ journal: filler + lines.join('') })).lifecycle
}
const about = (e: LifecycleEvent | undefined) => e && [e.kind, e.unit, e.pid, e.comm, e.signal, e.code, e.result]
const one = async (speaker: string, message: string) => {
  const events = await said(speaker, message)
  assert.is(events.length, 1, `${message}: ${events.length} events`)
  return about(events[0])
}

const manager = suite('the words of PID 1')
const UNIT = 'a.service'
const ROWS: [string, unknown[]][] = [
  [
    'a.service: Main process exited, code=killed, status=13/PIPE',
    ['process-exited', UNIT, null, null, 'SIGPIPE', null, null],
  ],
  [
    'a.service: Main process exited, code=killed, status=9/KILL',
    ['process-exited', UNIT, null, null, 'SIGKILL', null, null],
  ],
  [
    'a.service: Main process exited, code=dumped, status=6/ABRT',
    ['process-exited', UNIT, null, null, 'SIGABRT', null, null],
  ],
  [
    'a.service: Main process exited, code=exited, status=203/EXEC',
    ['process-exited', UNIT, null, null, null, 203, null],
  ],
  ['a.service: Main process exited, code=exited, status=77/n/a', ['process-exited', UNIT, null, null, null, 77, null]],
  [
    'a.service: Control process exited, code=exited, status=1/FAILURE',
    ['process-exited', UNIT, null, null, null, 1, null],
  ],
  [
    'a.service: Main process exited, code=killed, status=36/RTMIN+2',
    ['process-exited', UNIT, null, null, 'SIGRT_4', null, null],
  ],
  ["a.service: Failed with result 'signal'.", ['failed', UNIT, null, null, null, null, 'signal']],
  ["a.service: Failed with result 'start-limit-hit'.", ['failed', UNIT, null, null, null, null, 'start-limit-hit']],
  ['a.service: Deactivated successfully.', ['deactivated', UNIT, null, null, null, null, 'success']],
  ['a.service: Succeeded.', ['deactivated', UNIT, null, null, null, null, 'success']],
  ["a.service: State 'stop-sigterm' timed out. Killing.", ['stop-timeout', UNIT, null, null, null, null, null]],
  ["a.service: State 'final-sigterm' timed out. Killing.", ['stop-timeout', UNIT, null, null, null, null, null]],
  ['a.service: Stopping timed out. Terminating.', ['stop-timeout', UNIT, null, null, null, null, null]],
  ['a.service: start operation timed out. Terminating.', ['start-timeout', UNIT, null, null, null, null, null]],
  ['a.service: start-pre operation timed out. Terminating.', ['start-timeout', UNIT, null, null, null, null, null]],
  [
    'a.service: Reload operation timed out. Killing reload process.',
    ['reload-timeout', UNIT, null, null, null, null, null],
  ],
  [
    'a.service: Unit process 431 (prog) remains running after unit stopped.',
    ['left-over', UNIT, 431, 'prog', null, null, null],
  ],
  [
    'a.service: Found left-over process 431 (prog) in control group while starting unit. Ignoring.',
    ['left-over', UNIT, 431, 'prog', null, null, null],
  ],
  ['a.service: Processes still around after SIGKILL. Ignoring.', ['still-around', UNIT, null, null, null, null, null]],
  [
    'a.service: Killing process 482 (chatty) with signal SIGKILL.',
    ['killing', UNIT, 482, 'chatty', 'SIGKILL', null, null],
  ],
  [
    'a.service: Killing process 7 (a (b) c) with signal SIGABRT.',
    ['killing', UNIT, 7, 'a (b) c', 'SIGABRT', null, null],
  ],
  ['a.service: Killing process 7 (n/a) with signal SIGKILL.', ['killing', UNIT, 7, null, 'SIGKILL', null, null]],
  ['a.service: Watchdog timeout (limit 1min 30s)!', ['watchdog', UNIT, null, null, null, null, null]],
  ['a.service: Start request repeated too quickly.', ['start-limit', UNIT, null, null, null, null, null]],
  ['a.service: Scheduled restart job, restart counter is at 3.', ['restart', UNIT, null, null, null, null, null]],
  [
    'a.service: Scheduled restart job, immediate restart counter is at 3.',
    ['restart', UNIT, null, null, null, null, null],
  ],
  ['a.service: Service hold-off time over, scheduling restart.', ['restart', UNIT, null, null, null, null, null]],
  ['a.service: Service RestartSec=100ms expired, scheduling restart.', ['restart', UNIT, null, null, null, null, null]],
  [
    'a.service: Consumed 4.865s CPU time, 3.2M memory peak, 0B memory swap peak.',
    ['consumed', UNIT, null, null, null, null, null],
  ],
  [
    'a.service: A process of this unit has been killed by the OOM killer.',
    ['oom-kill', UNIT, null, null, 'SIGKILL', null, null],
  ],
  ['a.service: systemd-oomd killed 3 process(es) in this unit.', ['oom-kill', UNIT, null, null, 'SIGKILL', null, null]],
  [
    'a.service: Sent signal SIGUSR1 to main process 12 (prog) on client request.',
    ['client-signal', UNIT, 12, 'prog', 'SIGUSR1', null, null],
  ],
  [
    'a.service: Sending signal SIGTERM to process 12 (prog) on client request.',
    ['client-signal', UNIT, 12, 'prog', 'SIGTERM', null, null],
  ],
  ['a.service: Service reached runtime time limit. Stopping.', ['runtime-limit', UNIT, null, null, null, null, null]],
  ['a.scope: Scope reached runtime time limit. Stopping.', ['runtime-limit', 'a.scope', null, null, null, null, null]],
  ['a.service: Forked /usr/bin/a as 874', ['forked', UNIT, 874, null, null, null, null]],
  [
    'a.service: Child 874 (chatty) died (code=killed, status=13/PIPE)',
    ['process-exited', UNIT, 874, 'chatty', 'SIGPIPE', null, null],
  ],
  ['Starting a.service - the thing...', ['starting', UNIT, null, null, null, null, null]],
  ['Started a.service - the thing - with a dash.', ['started', UNIT, null, null, null, null, null]],
  ['Stopping a.service...', ['stopping', UNIT, null, null, null, null, null]],
  ['Stopped a.service - the thing.', ['stopped', UNIT, null, null, null, null, null]],
  ['Failed to start a.service - the thing.', ['failed', UNIT, null, null, null, null, null]],
  ['Started The Apache HTTP Server.', ['started', null, null, null, null, null, null]],
  [
    '/etc/systemd/system/a.service:6: Failed to parse output specifier, ignoring: journal+safe-pipe:/x',
    ['unknown-directive', UNIT, null, null, null, null, null],
  ],
  [
    "/etc/systemd/system/a.service.d/x.conf:2: Unknown key name 'SafePipe' in section 'Service', ignoring.",
    ['unknown-directive', UNIT, null, null, null, null, null],
  ],
  [
    "[/etc/systemd/system/a.service:9] Unknown lvalue 'ForwardToJournal' in section 'Service'",
    ['unknown-directive', UNIT, null, null, null, null, null],
  ],
  // Releases of ten years ago.
  [
    'a.service: main process exited, code=killed, status=9/KILL',
    ['process-exited', UNIT, null, null, 'SIGKILL', null, null],
  ],
  [
    'a.service: main process exited, code=exited, status=1/FAILURE',
    ['process-exited', UNIT, null, null, null, 1, null],
  ],
  ['Unit a.service entered failed state.', ['failed', UNIT, null, null, null, null, null]],
  ['a.service: Unit entered failed state.', ['failed', UNIT, null, null, null, null, null]],
  [
    'a.service start request repeated too quickly, refusing to start.',
    ['start-limit', UNIT, null, null, null, null, null],
  ],
  ['a.service stop-sigterm timed out. Killing.', ['stop-timeout', UNIT, null, null, null, null, null]],
  ['a.service stopping timed out. Killing.', ['stop-timeout', UNIT, null, null, null, null, null]],
  ['a.service watchdog timeout!', ['watchdog', UNIT, null, null, null, null, null]],
  ['a.service watchdog timeout (limit 1min)!', ['watchdog', UNIT, null, null, null, null, null]],
  ['a.service holdoff time over, scheduling restart.', ['restart', UNIT, null, null, null, null, null]],
]
for (const [line, event] of ROWS) manager(line, async () => assert.equal(await one('systemd[1]', line), event))

manager('the child before execve names the step', async () => {
  assert.equal(await one('(prog)[448]', 'a.service: Failed at step EXEC spawning /x/prog: No such file or directory'), [
    'exec-failed',
    UNIT,
    null,
    null,
    null,
    null,
    null,
  ])
  const [event] = await said('(prog)[448]', 'a.service: Failed to locate executable /x/prog: No such file or directory')
  assert.equal(event.detail.command, '/x/prog')
  assert.equal(event.detail.error, 'No such file or directory')
})

manager('success in brackets is kept: it is a death that systemd does not count', async () => {
  const [event] = await said('systemd[1]', 'a.service: Main process exited, code=killed, status=13/PIPE (success)')
  assert.equal([event.signal, event.detail.success], ['SIGPIPE', 'yes'])
})

manager('a program that prints the words of systemd is not believed', async () => {
  assert.equal(await said('chatty[474]', "a.service: Failed with result 'signal'.", 'Journal stopped'), [])
  assert.equal(await said('kernel-agent[9]', 'Out of memory: Killed process 2128 (oom) total-vm:1kB'), [])
})

manager('a trusted field overrules the identifier that a program gave itself', async () => {
  const fields = {
    SYSLOG_IDENTIFIER: 'systemd',
    _COMM: 'evil',
    _PID: '99',
    _BOOT_ID: 'b',
    __REALTIME_TIMESTAMP: '1795479210000000',
  }
  const { lifecycle } = await parseFiles({
    j: `${JSON.stringify({ ...fields, MESSAGE: 'a.service: Deactivated successfully.' })}\n`,
  })
  assert.equal(lifecycle, [])
})

manager('EXIT_CODE and EXIT_STATUS tell it without words', async () => {
  const { lifecycle } = await parseFiles({
    j: `${JSON.stringify({ _PID: '1', _COMM: 'systemd', _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795479210000000', UNIT, EXIT_CODE: 'killed', EXIT_STATUS: '13', MESSAGE: null })}\n`,
  })
  assert.equal(about(lifecycle[0]), ['process-exited', UNIT, null, null, 'SIGPIPE', null, null])
})
manager.run()

const daemons = suite('the words of journald and other daemons')
daemons('journald starts, stops, refuses and drops', async () => {
  const events = await said(
    'systemd-journald[67]',
    'Journal stopped',
    'Journal started',
    'Too many stdout streams, refusing connection.',
    'Suppressed 120 messages from a.service',
    'Suppressed 3 messages from /system.slice/b.service',
    'Missed 5 kernel messages',
    'Received SIGTERM from PID 1 (systemd).',
    'Runtime Journal (/run/log/journal/x) is 8.0M, max 1.1G, 1.1G free.',
  )
  assert.equal(
    events.map(e => [e.kind, e.unit, e.pid, e.signal]),
    [
      ['journald-stopped', null, 67, null],
      ['journald-started', null, 67, null],
      ['stdout-streams-refused', null, null, null],
      ['messages-suppressed', 'a.service', null, null],
      ['messages-suppressed', 'b.service', null, null],
      ['messages-suppressed', null, null, null],
      ['signal-received', null, 67, 'SIGTERM'],
    ],
  )
  assert.equal(events.at(-1)!.detail.senderPid, '1')
})
daemons('systemd-oomd names the group and why', async () => {
  const [event] = await said(
    'systemd-oomd[300]',
    'Killed /system.slice/a.service due to memory pressure for /system.slice being 61.2% > 50.00% for > 20s with reclaim activity',
  )
  assert.equal(about(event), ['oom-kill', UNIT, null, null, 'SIGKILL', null, null])
  assert.match(event.detail.reason, /^memory pressure/)
})
daemons('logind and PID 1 say that the machine goes down, and where to', async () => {
  const rows: [string, string, string][] = [
    ['systemd-logind[400]', 'System is rebooting.', 'reboot'],
    ['systemd-logind[400]', 'System is powering down.', 'poweroff'],
    ['systemd-logind[400]', 'The system will reboot now!', 'reboot'],
    ['systemd[1]', 'Reached target reboot.target - System Reboot.', 'reboot'],
    ['systemd[1]', 'Reached target System Power Off.', 'poweroff'],
    ['systemd[1]', 'Reached target Power-Off.', 'poweroff'],
    ['systemd[1]', 'Shutting down.', 'shutdown'],
    ['systemd-shutdown[1]', 'Sending SIGTERM to remaining processes...', 'shutdown'],
  ]
  for (const [speaker, line, to] of rows) {
    const [event] = await said(speaker, line)
    assert.equal([event?.kind, event?.detail.to], ['shutdown', to], line)
  }
  for (const line of ['The system will suspend now!', 'Power key pressed short.'])
    assert.is((await said('systemd-logind[400]', line)).length, 0, line)
})
daemons('systemd-shutdown names whom it kills', async () => {
  assert.equal(await one('systemd-shutdown[1]', 'Sending SIGKILL to PID 431 (prog).'), [
    'killing',
    null,
    431,
    'prog',
    'SIGKILL',
    null,
    null,
  ])
})
daemons('chrony says so when the clock jumps', async () => {
  for (const line of [
    'Forward time jump detected!',
    'Backward time jump detected!',
    'System clock was stepped by -3.2 seconds',
  ])
    assert.is((await said('chronyd[500]', line))[0]?.kind, 'clock-change', line)
})
daemons.run()

const kernel = suite('the words of the kernel')
const KERNEL_ROWS: [string, unknown[]][] = [
  [
    'segv[30384]: segfault at dead0000 ip 00005634bd991179 sp 00007ffda3116948 error 6 in segv[1179,5634bd991000+1000] likely on CPU 1 (core 1, socket 0)',
    ['segfault', 30384, 'segv', 'SIGSEGV'],
  ],
  [
    'prog[123]: segfault at 0 ip 00000000004005bd sp 00007ffe1d4c8e50 error 4 in prog[400000+1000]',
    ['segfault', 123, 'prog', 'SIGSEGV'],
  ],
  [
    'prog[123]: segfault at 0 ip           (null) sp 00007ffe1d4c8e50 error 14 in prog[400000+1000]',
    ['segfault', 123, 'prog', 'SIGSEGV'],
  ],
  [
    'traps: traps[13431] trap invalid opcode ip:560e10bf01e2 sp:7fff91e9a3d0 error:0 in traps[11e2,560e10bf0000+1000]',
    ['trap', 13431, 'traps', 'SIGILL'],
  ],
  [
    'traps: a b[13435] trap int3 ip:55e77c60020a sp:7ffcf3e62600 error:0 in traps[120a,55e77c600000+1000]',
    ['trap', 13435, 'a b', 'SIGTRAP'],
  ],
  [
    'traps: traps[13437] general protection fault ip:56337631a219 sp:7ffdd7b708b0 error:0 in traps[1219,56337631a000+1000]',
    ['trap', 13437, 'traps', 'SIGSEGV'],
  ],
  [
    'traps: prog[7] trap divide error ip:400544 sp:7ffd0c6b4c90 error:0 in prog[400000+1000]',
    ['trap', 7, 'prog', 'SIGFPE'],
  ],
  [
    'prog[123]: unhandled exception: DABT (lower EL), ESR 0x92000006, level 2 translation fault in prog[aaaad2a00000+1000]',
    ['segfault', 123, 'prog', 'SIGSEGV'],
  ],
  [
    'Memory cgroup out of memory: Killed process 13450 (oom) total-vm:711388kB, anon-rss:57596kB, file-rss:1156kB, shmem-rss:0kB, UID:0 pgtables:196kB oom_score_adj:0',
    ['oom-kill', 13450, 'oom', 'SIGKILL'],
  ],
  [
    'Out of memory: Killed process 2128 (my prog) total-vm:1kB, anon-rss:1kB, file-rss:0kB',
    ['oom-kill', 2128, 'my prog', 'SIGKILL'],
  ],
  ['Killed process 2128 (x) total-vm:1kB, anon-rss:1kB, file-rss:0kB', ['oom-kill', 2128, 'x', 'SIGKILL']],
  [
    'audit: type=1326 audit(1795479548.469:21): auid=0 uid=0 gid=0 ses=1 pid=12534 comm="segv" exe="/a" sig=31 arch=c000003e syscall=59 compat=0 ip=0x7f code=0x0',
    ['seccomp', 12534, 'segv', 'SIGSYS'],
  ],
]
for (const [line, event] of KERNEL_ROWS)
  kernel(line.slice(0, 60), async () => {
    const events = await said('kernel', line)
    assert.equal(
      events.map(e => [e.kind, e.pid, e.comm, e.signal]),
      [event],
    )
  })

kernel('the block of the OOM killer is one event, with the group and the unit', async () => {
  const events = await said(
    'kernel',
    'java invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0',
    'oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/a.service,task_memcg=/system.slice/a.service,task=oom,pid=13450,uid=0',
    'Memory cgroup out of memory: Killed process 13450 (oom) total-vm:711388kB, anon-rss:57596kB, file-rss:1156kB',
    'oom_reaper: reaped process 13450 (oom), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB',
  )
  assert.is(events.length, 1)
  assert.equal(
    [events[0].unit, events[0].detail.scope, events[0].detail.limitOf],
    [UNIT, 'memcg', '/system.slice/a.service'],
  )
})

kernel('before 5.0 a kill is announced and then reported: still one event', async () => {
  const events = await said(
    'kernel',
    'Out of memory: Kill process 2128 (oom) score 905 or sacrifice child',
    'Killed process 2128 (oom) total-vm:711388kB, anon-rss:57596kB, file-rss:1156kB, shmem-rss:0kB',
  )
  assert.equal(
    events.map(e => [e.kind, e.pid]),
    [['oom-kill', 2128]],
  )
})

kernel('the bits of the page-fault error are said in words', async () => {
  const [event] = await said('kernel', KERNEL_ROWS[0][0])
  assert.equal([event.detail.address, event.detail.access], ['0xdead0000', 'write of an unmapped page'])
})
kernel.run()
