import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/**
 * A signal as somebody other than strace saw it: kernel tracepoints (perf, ftrace, bpftrace), killsnoop, auditd.
 * Times are relative to the source's clock base.
 */
export interface SignalWitness {
  source: string
  by: 'tracepoint' | 'audit' | 'killsnoop' | 'perf-trace' | 'gdb'
  kind: 'generate' | 'deliver' | 'call' | 'abend'
  ns: Ns | null
  number: number
  /** si_code as a number; null where the witness does not say. */
  code: number | null
  sender: { pid: number | null; tid: number | null; comm: string | null } | null
  /** Process or thread that it was aimed at (`group`: process-directed). */
  target: { pid: number | null; tid: number | null; comm: string | null }
  group: boolean | null
  /** Tracepoint result or errno text: `delivered`, `ignored`, `already-pending`, `overflow-fail`, `lose-info`, `ESRCH`. */
  result: string | null
  /** deliver: `handler`, `default`, `ignored`. */
  handler: 'handler' | 'default' | 'ignored' | null
  /** The system call that sent it, where the witness names one: `kill`, `tgkill`, `rt_sigqueueinfo`, `pidfd_send_signal` … */
  call?: string | null
  ref: Ref
}
