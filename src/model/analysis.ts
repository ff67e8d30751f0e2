/** What correlate makes of a capture: one clock, one set of processes and signals, who holds what. Times are capture time. */
import type { Capture } from './capture.js'
import type { RuledOut } from './finding.js'
import type { Frame, Primitive } from './goroutine.js'
import type { LifecycleEvent } from './lifecycle.js'
import type { BlockedCall, PeerHypothesis, Process } from './process.js'
import type { Ref } from './ref.js'
import type { Signal } from './signal.js'
import type { Ns, Stamp } from './time.js'
import type { GoroutineFacts } from './waits.js'

/** A write that failed with EPIPE. */
export interface BrokenPipe {
  pid: number
  tid: number
  comm: string | null
  fd: number | null
  syscall: string
  /** `pipe:[385978]`, `UNIX-STREAM:[29451]`, `TCP:[…]`; null where the log does not say. */
  object: string | null
  ns: Ns | null
  /** MSG_NOSIGNAL was given, or the failure was injected: no signal comes of it. */
  noSignal: boolean
  /** The kernel's SIGPIPE for it, where one was seen. */
  sigpipe: Signal | null
  /** Who gave up the other end, where the log shows it. */
  peer: {
    how: 'closed' | 'execve' | 'died' | 'shutdown'
    pid: number
    comm: string | null
    ns: Ns | null
    refs: Ref[]
    /** It is a FIFO: somebody whom the log does not show can have held it longer. */
    byName?: boolean
  } | null
  /** What became of the other end, best supported first; set by correlate/pipe-ends. */
  hypotheses?: PeerHypothesis[]
  /** Later failures of the same process on the same descriptor that are not listed one by one. */
  repeats?: number
  refs: Ref[]
}

export interface GoroutineGroup {
  source: string
  count: number
  /** At most 100 of them, smallest first. */
  ids: number[]
  state: string
  primitive: Primitive
  object: { kind: string; address: string } | null
  waitNs: { min: Ns; max: Ns } | null
  system: boolean
  /** Blocked where it is meant to wait: nothing to explain. */
  benign: boolean
  frames: Frame[]
  createdBy: Frame | null
  labels: Record<string, string> | null
  /** Index of the first frame that is the user's own code; -1 where there is none. */
  userFrame: number
  /** Index of its dump in `Capture.snapshots`. */
  snapshot?: number
  /** Goroutine 1; in a profile, which has no ids, what stands in main.main. */
  main?: boolean
  /** Another listing shows the same goroutines at the same moment with more of their stacks: rules look there. */
  again?: boolean
  /** Equal for the same place in other dumps and Go versions: what `diff` and growth match groups by. */
  key?: string
  /** The collector found that nothing can reach what they wait for (`(leaked)`, a goroutineleak profile). */
  leaked?: boolean
  /** Why `benign`, in words: "idle HTTP connection". */
  idle?: string | null
  refs: Ref[]
}

export interface WaitEdge {
  /** `goroutine 18`, `pid 77`, `tid 80`: who waits. */
  from: string
  on: { kind: string; address: string }
  /** Who holds it, in the same words; null where no evidence says. */
  heldBy: string | null
  /** What the claim of the holder rests on. */
  basis: string
  status: 'observed' | 'inferred'
  /** Further waiters for the same reason that have no edge of their own, to keep the list bounded. */
  more?: number
  refs: Ref[]
}

export interface WaitGraph {
  edges: WaitEdge[]
  conclusion: 'deadlock' | 'convoy' | 'orphan' | 'none'
  /** The cycles, each a list of indexes into `edges`. */
  cycles: number[][]
}

export interface Analysis {
  capture: Capture
  /** Capture time 0 in ns since the epoch of the reference clock; null where nothing is dated. */
  origin: bigint | null
  /** Path of the source whose clock is the reference. */
  reference: string | null
  /** Turns a source's own time into capture time; null where the source could not be aligned. */
  at(source: string, ns: Ns | null): Ns | null
  /** Half width of the interval in which a source's capture times lie; null where the source could not be aligned. */
  uncertainty(source: string): Ns | null
  /** Which of two moments came first: -1 the first, 1 the second, 0 where their intervals overlap and only cause can tell. */
  order(a: Stamp, b: Stamp): -1 | 0 | 1
  processes: Process[]
  signals: Signal[]
  blockedCalls: BlockedCall[]
  brokenPipes: BrokenPipe[]
  groups: GoroutineGroup[]
  waits: WaitGraph
  /** Queues on locks, who can still run, and groups followed through several dumps; absent before correlate. */
  goroutines?: GoroutineFacts
  /** The capture's lifecycle events in order, dated in capture time. */
  lifecycle: LifecycleEvent[]
  /** Unit of a process, by pid, where the journal or systemctl names both; set by correlate/lifecycle. */
  unitByPid?: ReadonlyMap<number, string>
  ruledOut: RuledOut[]
  /** The process that the question is about, where the evidence or the manifest settles it. */
  victim: Process | null
}
