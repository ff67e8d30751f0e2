import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/** One /proc/PID directory (or a thread's), as copied, plus what ss, lsof and gdb say of the same process. */
export interface ProcSnapshot {
  /** Folder of the files inside the capture. */
  source: string
  pid: number | null
  comm: string | null
  cmdline: string[] | null
  /** When it was taken, if anything says so. */
  ns: Ns | null
  threads: ProcThread[]
  /** From status: signal sets of the process. */
  shdPnd: bigint | null
  fds: { fd: number; target: string; flags: string | null; line: number; source: string }[]
  tracerPid: number | null
  /** The pid in each pid namespace, outermost first (NSpid). */
  nsPids: number[] | null
  ppid?: number | null
  /** systemd unit of its control group. */
  unit?: string | null
  /** Soft limits by the names of /proc/PID/limits. */
  limits?: Record<string, string>
}

export interface ProcThread {
  tid: number
  comm: string | null
  state: string | null
  /** Signal sets as bit masks: bit n-1 is signal n. */
  sigPnd: bigint | null
  sigBlk: bigint | null
  sigIgn: bigint | null
  sigCgt: bigint | null
  wchan: string | null
  /** Kernel stack, innermost first, function names. */
  stack: string[]
  /** Number and arguments of the system call it is in; null where running or unknown. */
  syscall: { nr: number; name: string | null; args: bigint[] } | null
  /** Where each fact stands. */
  refs: { status?: string; wchan?: string; stack?: string; syscall?: string }
  /** The same with lines, where the facts stand in one text with others. */
  at?: { status?: Ref; wchan?: Ref; stack?: Ref; syscall?: Ref }
}

/** One end of a socket or pipe as ss, lsof or /proc/net/unix shows it. */
export interface SocketEnd {
  source: string
  line: number
  kind: 'unix' | 'tcp' | 'udp' | 'pipe'
  inode: number
  peerInode: number | null
  path: string | null
  local: string | null
  remote: string | null
  /** Bytes waiting in the send queue. */
  sendQueue: number | null
  receiveQueue: number | null
  holders: { pid: number; comm: string | null; fd: number | null }[]
}
