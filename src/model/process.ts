import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/**
 * One explanation of what is the matter at the other end of a pipe or socket, weighed against the evidence. `observed`: the
 * evidence shows it; `fits`: nothing shows it, but what is known agrees; `open`: nothing speaks for or against it;
 * `excluded`: the evidence speaks against it.
 */
export interface PeerHypothesis {
  key:
    | 'reader-exited'
    | 'journald-stopped'
    | 'journald-lost-stream'
    | 'journald-stuck'
    | 'too-many-streams'
    | 'stream-read-error'
    | 'debugger-client-gone'
    | 'connection-closed'
    | 'reader-not-reading'
    | 'journalctl-follower-gone'
  standing: 'observed' | 'fits' | 'open' | 'excluded'
  /** What would have happened: "systemd-journald was stopped and closed its end of stdout". */
  hypothesis: string
  /** What the evidence says about it, with its times. */
  text: string
  /** What to record or run to settle it; empty where it is settled. */
  settle: string
  refs: Ref[]
  /** Capture time of the event that it rests on, where there is one. */
  ns: Ns | null
}

export interface Thread {
  tid: number
  comm: string | null
  startNs: Ns | null
  endNs: Ns | null
}

export interface Exit {
  kind: 'exited' | 'killed' | 'unknown'
  code: number | null
  /** Signal name, e.g. `SIGKILL`. */
  signal: string | null
  coreDumped: boolean
  refs: Ref[]
}

/** One life of a process (a pid can live twice in one log). Times are capture time. */
export interface Process {
  pid: number
  ppid: number | null
  comm: string | null
  argv: string[] | null
  /** `go` where the fingerprint of the Go runtime was seen. */
  runtime: 'go' | null
  threads: Thread[]
  startNs: Ns | null
  endNs: Ns | null
  /** null: still alive at the end of the evidence. */
  exit: Exit | null
  /** What it wrote to stderr as it died (`panic: …`, `fatal error: …`), where a trace shows it. */
  lastWords?: { text: string; ns: Ns | null; refs: Ref[] }[]
  refs: Ref[]
}

/** A system call that never returned, or that outlasted the threshold. */
export interface BlockedCall {
  pid: number
  tid: number
  syscall: string
  /** What it waits on, as far as the log says: `pipe:[385978]`, `futex 0xc000…`, `fd 3`, `pid 77`. */
  object: string | null
  sinceNs: Ns | null
  durationNs: Ns | null
  /** True where the call had not returned when the evidence ended. */
  open: boolean
  /** For a blocked write: what is the matter with the reader, best supported first; set by correlate/pipe-ends. */
  hypotheses?: PeerHypothesis[]
  /** True where this is an ordinary place to wait (epoll_wait, a parked Go thread's futex, wait4). */
  usual: boolean
  /** The trace found the thread in it and left it there: it lasted all the while, however long that was. */
  throughout?: boolean
  /** Kernel function it sleeps in (wchan), where /proc was copied. */
  wchan?: string | null
  /** Who holds the other end of the object, where ss, lsof or /proc show it. */
  peers?: Peer[]
  /** Bytes that wait in the object, unread, where ss shows them. */
  queuedBytes?: number | null
  refs: Ref[]
}

/** A process at the other end of a pipe or socket. */
export interface Peer {
  pid: number
  comm: string | null
  fd: number | null
  /** State letter of its main thread (`T` stopped, `t` held by a tracer, `S` asleep), where /proc shows it. */
  state: string | null
  refs: Ref[]
}
