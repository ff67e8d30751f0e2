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
  /** Runtime noise: SIGURG preemption, SIGCHLD, SIGPROF. Kept in the list, folded in the pictures. */
  noise: boolean
  refs: Ref[]
}
