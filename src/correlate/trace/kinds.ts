/**
 * System calls by what they are to the walk. Names are cheap to ask for and arguments are not: a trace reads the text of a
 * call only when somebody wants it. A walk asks once for the kinds of a name, and then looks at bits.
 */
import type { TraceCall } from '../../model/trace.js'
import { numberOf, splitArgs } from './call-args.js'

/** Kinds of calls, as bits: a call can be of several. */
export const KIND = {
  /** Makes a process or thread. */
  birth: 1,
  /** Never waits for anybody: it has returned before anything else happens in its thread. */
  quick: 2,
  reads: 4,
  writes: 8,
  /** Changes a table of descriptors, or what they are on. */
  changesFds: 16,
  /** Takes signals that are pending, or makes a descriptor for that. */
  takesSignals: 32,
  /** What it did counts from its return: descriptors, signals taken, writes that failed. */
  atReturn: 64,
  /** Says something of processes and threads. */
  tells: 128,
  /** Waits for a child. */
  waits: 256,
  setsAction: 512,
  setsMask: 1024,
  /** The return of a handler, which restores the mask from before it. */
  handlerReturn: 2048,
  execve: 4096,
  /** Its arguments can show a Go heap address, or the handlers of the runtime. */
  fingerprint: 8192,
} as const

const MEMBERS: readonly (readonly [number, string])[] = [
  [KIND.birth | KIND.tells, 'clone clone2 clone3 fork vfork'],
  [KIND.tells, 'exit exit_group prctl getpid gettid set_tid_address getppid tgkill kill unshare setns'],
  [KIND.execve | KIND.tells | KIND.changesFds, 'execve execveat'],
  [KIND.waits, 'wait4 waitpid waitid'],
  [KIND.setsAction, 'rt_sigaction sigaction signal'],
  [KIND.setsMask, 'rt_sigprocmask sigprocmask'],
  [KIND.handlerReturn, 'rt_sigreturn sigreturn'],
  [KIND.fingerprint, 'rt_sigaction futex sigaltstack'],
  [KIND.changesFds, 'pipe pipe2 socketpair socket accept accept4 dup dup2 dup3 fcntl fcntl64 close close_range'],
  [KIND.changesFds, 'open openat openat2 creat'],
  [KIND.changesFds, 'shutdown sendmsg recvmsg sendmmsg pidfd_getfd'],
  [KIND.takesSignals, 'rt_sigtimedwait rt_sigtimedwait_time64 signalfd signalfd4 close read'],
  [
    KIND.quick,
    'rt_sigaction sigaction signal rt_sigprocmask sigprocmask rt_sigpending rt_sigreturn sigreturn kill tkill',
  ],
  [
    KIND.quick,
    'tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_send_signal pidfd_open signalfd signalfd4 alarm setitimer',
  ],
  [
    KIND.quick,
    'timer_create timer_settime clone clone2 clone3 fork exit exit_group getpid gettid getppid getpgrp getpgid',
  ],
  [
    KIND.quick,
    'setpgid setsid prctl set_tid_address unshare setns pipe pipe2 socketpair socket bind listen dup dup2 dup3',
  ],
  [KIND.quick, 'close close_range shutdown pidfd_getfd setrlimit prlimit64 seccomp execve execveat'],
]
const READS = /^(?:p?read|recv)/
const WRITES = /^(?:p?write|send|splice|vmsplice|tee)/

const kinds = new Map<string, number>()

/** The `KIND` bits of a call. */
export function kindOf(name: string): number {
  let kind = kinds.get(name)
  if (kind === undefined) {
    kind = 0
    for (const [bits, names] of MEMBERS) if (names.split(' ').includes(name)) kind |= bits
    if (READS.test(name)) kind |= KIND.reads
    if (WRITES.test(name)) kind |= KIND.writes
    if (kind & (KIND.changesFds | KIND.takesSignals | KIND.reads | KIND.writes)) kind |= KIND.atReturn
    // A hostile log can hold any number of names.
    if (kinds.size < 1000) kinds.set(name, kind)
  }
  return kind
}

const CLONE_THREAD = 0x10000

/** Whether a birth is of a thread; null where the log does not show the flags (a bare address, as old straces print clone3). */
export function makesThread(call: TraceCall): boolean | null {
  if (call.name === 'fork' || call.name === 'vfork') return false
  if (/\bCLONE_|\bSIG[A-Z]/.test(call.args)) return /\bCLONE_THREAD\b/.test(call.args)
  // `flags=0x1200000|17` with -X raw; the first argument with -e raw.
  const named = /\bflags=(0x[0-9a-f]+)/.exec(call.args)
  const flags = named ? Number(named[1]) : call.name === 'clone' ? numberOf(splitArgs(call.args, 1)[0]) : null
  return flags === null ? null : (flags & CLONE_THREAD) !== 0
}
