/**
 * What a tracer of system calls saw (strace): the events that matter for who died or hangs, in the order of the log.
 *
 * A trace does not hold every line. The parser keeps what the correlation needs: signals, ends of threads, the calls of
 * `CORRELATED_CALLS`, calls that failed with EPIPE, writes to fd 1 and 2, calls that last long or never return, the last
 * call of each thread and the first event of a thread after a signal. Everything else is only counted.
 */
import type { Ns } from './time.js'

/**
 * System calls that a trace keeps wherever they stand, because who sent, who blocked, who held or who became what is
 * read out of them:
 *
 * - sending a signal, and what a process has made of signals (handlers, masks, waiting for one, return of a handler);
 * - processes and threads: birth, execve, names, groups and sessions, waiting for a child, what pid a thread says it has;
 * - descriptors: how they come, go and are copied. `close`, `fcntl` and `recvmsg` are many: of those it is enough to keep
 *   the ones on pipes, sockets and signalfds where the log names the object (`-y`), F_DUPFD*, F_SETFD, F_SETOWN and
 *   F_SETSIG of fcntl, and the messages that carry SCM_RIGHTS. `read` is kept on a signalfd.
 */
export const CORRELATED_CALLS: ReadonlySet<string> = new Set([
  ...['kill', 'tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_send_signal', 'pidfd_open'],
  ...['rt_sigaction', 'sigaction', 'signal', 'rt_sigprocmask', 'sigprocmask', 'rt_sigpending', 'rt_sigsuspend'],
  ...['rt_sigtimedwait', 'rt_sigtimedwait_time64', 'signalfd', 'signalfd4', 'rt_sigreturn', 'sigreturn'],
  ...['alarm', 'setitimer', 'timer_create', 'timer_settime'],
  ...['clone', 'clone2', 'clone3', 'fork', 'vfork', 'execve', 'execveat', 'exit', 'exit_group', 'wait4', 'waitpid'],
  ...['waitid', 'getpid', 'gettid', 'getppid', 'getpgrp', 'getpgid', 'setpgid', 'setsid', 'prctl', 'set_tid_address'],
  ...['ptrace', 'restart_syscall', 'unshare', 'setns'],
  ...['pipe', 'pipe2', 'socketpair', 'dup', 'dup2', 'dup3', 'fcntl', 'close', 'close_range', 'accept', 'accept4'],
  ...['connect', 'shutdown', 'recvmsg', 'pidfd_getfd'],
])

/** siginfo as strace prints it; a field is absent where it was not printed. Unknown codes keep their printed spelling. */
export interface SigInfo {
  code: string | null
  pid?: number
  /** si_pid in strace's own pid namespace, where the line says it: `si_pid=3 /* 31243 in strace's PID NS *\/`. */
  outerPid?: number
  uid?: number
  /** Fault address, as printed (`0x10`, `NULL`). */
  addr?: string
  /** si_status of SIGCHLD: exit code or signal name, as printed. */
  status?: string
  timerid?: number
  int?: number
  ptr?: string
  band?: number
  fd?: number
  syscall?: string
}

interface TraceEventBase {
  /** 1-based line in `Trace.source`. */
  line: number
  /** The thread, as numbered by strace's own pid namespace. 0 where the log has no prefix and no tid is known. */
  tid: number
  /** Relative to the source's clock base; null where the line has no time. For a call: its entry. */
  ns: Ns | null
  /** Command name of the thread at that moment, where the log has it (`-Y`, `--decode-pids=comm`). */
  comm?: string
}

export interface TraceCall extends TraceEventBase {
  type: 'call'
  name: string
  /** The argument text between the parentheses, halves joined, colours stripped, as latin1. */
  args: string
  /** Return value; null for `= ?` and calls that did not return. */
  ret: number | null
  /** What follows the value: the fd decoration `</path>`, `(Timeout)`, `([{fd=3, …}])`; null where nothing does. */
  retText: string | null
  /** `EPIPE`, `ERESTARTSYS`, …; null for success. */
  error: string | null
  /** When it returned; from the resumed line, or entry + `<T>`. */
  endNs: Ns | null
  /** Line of the resumed half; equals `line` for one-line calls; null where it never resumed. */
  endLine: number | null
  /**
   * returned: has a result · unfinished: still open at the end of the log · died: `= ?` because the thread ended inside ·
   * detached: strace let go · restart: `= ? ERESTART*`
   */
  state: 'returned' | 'unfinished' | 'died' | 'detached' | 'restart'
  /** `(INJECTED)`: the kernel never saw it. */
  injected: boolean
}

export interface TraceSignal extends TraceEventBase {
  type: 'signal'
  /** strace's name: `SIGTERM`, `SIGRT_2`, `SIGRTMIN`. */
  signal: string
  number: number
  info: SigInfo
}

export interface TraceGroupStop extends TraceEventBase {
  type: 'stop'
  signal: string
  number: number
}

export interface TraceExit extends TraceEventBase {
  type: 'exit'
  how: 'exited' | 'killed'
  code: number | null
  signal: string | null
  coreDumped: boolean
}

/** `+++ superseded by execve in pid N +++`: this tid's life ends, thread N goes on under the leader's tid. */
export interface TraceSuperseded extends TraceEventBase {
  type: 'superseded'
  by: number
}

/** strace's own words: attached, detached. */
export interface TraceAttach extends TraceEventBase {
  type: 'attach' | 'detach'
}

export type TraceEvent = TraceCall | TraceSignal | TraceGroupStop | TraceExit | TraceSuperseded | TraceAttach

/** The last line that a thread wrote to the log, whether kept as an event or not. */
export interface LastCall {
  tid: number
  line: number
  ns: Ns | null
  name: string
  args: string
  state: TraceCall['state']
}

export interface Trace {
  /** Path of the source. A set of `-ff` files is one trace per file; they share a `group`. */
  source: string
  group: string | null
  /** Events in the order of their first lines: a call that was interrupted stands where it was entered. Can be iterated again and again; an event object is not to be kept by identity. */
  events: Iterable<TraceEvent>
  eventCount: number
  /** Lines that were calls (each joined pair counts once), kept or not. */
  calls: number
  /** Last call of each thread that was alive or died inside a call. */
  lastCalls: LastCall[]
  /** What the log shows of strace's own options; decides which rules apply and what the report says is missing. */
  options: {
    /** Thread ids are on the lines (`-f`, `-ff`). */
    follow: boolean
    absoluteTime: boolean
    durations: boolean
    fdPaths: boolean
    fdPeers: boolean
    /** Longest string seen before `...`; null where no string was cut. */
    stringLimit: number | null
    /** Only some system calls were traced, as far as can be told. */
    filtered: boolean
    attached: boolean
  }
  /** Earliest and latest time in the log, source time. */
  firstNs: Ns | null
  lastNs: Ns | null
}
