import type { ProcSnapshot } from '../../src/model/proc.js'
import { type Machine, syscallName } from '../shared/syscall-names.js'

/** Kernel functions that only one machine has on the way into a system call. */
const ENTRY: readonly (readonly [Machine, RegExp])[] = [
  ['x86-64', /^(?:entry_SYSCALL_64|do_syscall_64|x64_sys_call|__x64_sys_|__do_sys_\w+_x64)/],
  ['arm64', /^(?:el0t?_|invoke_syscall|do_el0_svc|__arm64_sys_|ret_to_user)/],
]

/** Where a thread sleeps when it is in a call, by the words of both names: enough to tell two numberings apart. */
const SLEEPS: readonly (readonly [RegExp, RegExp])[] = [
  [/^futex/, /^futex/],
  [/pipe_read|^pipe_wait/, /^(?:read|readv|splice)/],
  [/pipe_write/, /^(?:write|writev|splice|vmsplice)/],
  [/ep_poll|epoll_wait/, /^epoll_/],
  [/nanosleep|nsleep/, /nanosleep$/],
  [/^do_wait$/, /^(?:wait4|waitid)$/],
  [/poll_schedule_timeout|^do_(?:sys_)?poll/, /^(?:poll|ppoll|select|pselect6)$/],
  [/sock_alloc_send_pskb|stream_sendmsg|sk_stream_wait/, /^(?:write|writev|send)/],
  [/stream_read_generic|skb_wait|recv/, /^(?:read|readv|recv)/],
  [/sigtimedwait/, /^rt_sigtimedwait/],
  [/accept/, /^accept/],
]

/**
 * The machine that a snapshot was taken on: by its kernel stacks, else by which numbering makes the system calls fit the
 * places where their threads sleep. Null where nothing tells; then the calls stay numbers.
 */
export function machineOf(snapshots: readonly ProcSnapshot[]): Machine | null {
  const votes: Record<Machine, number> = { 'x86-64': 0, arm64: 0 }
  for (const snapshot of snapshots)
    for (const thread of snapshot.threads) {
      for (const [machine, entry] of ENTRY) if (thread.stack.some(f => entry.test(f))) votes[machine] += 10
      const place = thread.wchan ?? thread.stack[0]
      if (!thread.syscall || !place) continue
      const fits = SLEEPS.find(([wchan]) => wchan.test(place))?.[1]
      if (!fits) continue
      for (const machine of ['x86-64', 'arm64'] as const)
        if (fits.test(syscallName(thread.syscall.nr, machine) ?? '')) votes[machine]++
    }
  if (votes['x86-64'] === votes.arm64) return null
  return votes['x86-64'] > votes.arm64 ? 'x86-64' : 'arm64'
}

/** Gives the system calls of the threads their names. */
export function nameSyscalls(snapshots: readonly ProcSnapshot[], machine: Machine | null): void {
  if (!machine) return
  for (const snapshot of snapshots)
    for (const thread of snapshot.threads)
      if (thread.syscall) thread.syscall.name = syscallName(thread.syscall.nr, machine)
}
