import type { Ref } from './ref.js'
import type { Ns } from './time.js'

export type SignalOrigin =
  | 'kill'
  | 'tkill'
  | 'tgkill'
  | 'sigqueue'
  | 'tgsigqueue'
  | 'pidfd'
  | 'kernel'
  | 'timer'
  | 'terminal'
  | 'child'
  | 'unknown'

export type SenderBasis = 'syscall' | 'siginfo' | 'tracepoint' | 'audit' | 'journal' | 'inferred'

export type SignalOutcome =
  | 'handled'
  | 'killed'
  | 'ignored'
  | 'stopped'
  | 'continued'
  | 'coalesced'
  | 'pending'
  | 'consumed'
  | 'failed'
  | 'unknown'

/**
 * Why a signal had the effect that it had. `failed-write`: the kernel's SIGPIPE or SIGXFSZ for a call that failed;
 * `parent-died`: PR_SET_PDEATHSIG; `namespace-init-died`: the first process of its pid namespace ended;
 * `outside-namespace`: si_pid is 0;
 * `restarted`: the call that it interrupted went on without a handler having run; `forbidden-call`: seccomp ended it.
 */
export type Because =
  | 'sig-ign'
  | 'default-ignored'
  | 'no-handler'
  | 'blocked'
  | 'dying'
  | 'already-pending'
  | 'failed-write'
  | 'parent-died'
  | 'namespace-init-died'
  | 'untraced'
  | 'outside-namespace'
  | 'restarted'
  | 'queue-full'
  | 'forbidden-call'
  | 'handler-failed'
  | 'orphaned-group'

/** A signal from its generation to its effect; one for each that the evidence shows. Times are capture time. */
export interface Signal {
  number: number
  /** `SIGTERM`, `SIGRT_2` (strace's naming). */
  signal: string
  origin: SignalOrigin
  /** `SI_USER`, `SI_TKILL`, …, or null where no siginfo was seen. */
  code: string | null
  sender: { pid: number; tid: number | null; comm: string | null } | null
  senderBasis: SenderBasis | null
  target: { pid: number; tid: number | null }
  sentNs: Ns | null
  deliveredNs: Ns | null
  deliveredTo: number | null
  outcome: SignalOutcome
  /** What the outcome rests on, where the evidence says it: "SIG_IGN was set", "blocked in every thread to the end". */
  because?: { kind: Because; text: string; refs: Ref[] } | null
  /** Runtime noise: SIGURG preemption, SIGCHLD, SIGPROF. Kept in the list, folded in the pictures. */
  noise: boolean
  /** si_addr of a fault, as printed. */
  address?: string | null
  refs: Ref[]
}
