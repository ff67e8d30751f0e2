/**
 * What is concluded of the goroutines of a dump beyond the list of edges: who queues for which lock, and which goroutines
 * could still run and wake the others. Rules read this; the report shows the edges (`WaitGraph`).
 */
import type { Frame } from './goroutine.js'
import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/** A goroutine that the evidence points to as the holder of a lock. */
export interface HolderCandidate {
  goroutine: number
  /** Index into `Analysis.groups`; -1 where its group was cut. */
  group: number
  /** What points to it, as the end of the sentence "goroutine 7 may hold it: …". */
  basis: string
  status: 'observed' | 'inferred'
  /** What it is doing itself: `waits in a system call`, `runs`. */
  doing: string
  frame: Frame | null
  ref: Ref
}

/**
 * A goroutine by its id; by where it stands where the form gives goroutines none (profiles).
 *
 * @param id 0 where there is none
 */
export function goroutineName(id: number, at: Frame | null): string {
  return id > 0 ? `goroutine ${id}` : `a goroutine in ${at === null ? 'an unknown place' : at.func}`
}

/** The goroutines of one dump that wait for one lock. */
export interface LockQueue {
  /** Index of the snapshot in `Capture.snapshots`. */
  snapshot: number
  source: string
  kind: 'mutex' | 'rwmutex' | 'once' | 'fd-lock'
  /** Hex; null where the dump does not give it: then all waiters of the kind without address stand here together. */
  address: string | null
  /** Who waits to read (rwmutex only) and to write or lock. */
  readers: number
  writers: number
  /** At most 100 ids, smallest first. */
  ids: number[]
  /** Indexes into `Analysis.groups` of the groups that wait. */
  groups: number[]
  waitNs: { min: Ns; max: Ns } | null
  /** Best supported first, at most five; several of equal support mean that nobody can be named. */
  candidates: HolderCandidate[]
  /** How many more there were. */
  candidatesLeft: number
  /** The one that can be named; null where there is none or several. */
  holder: HolderCandidate | null
  /**
   * The only waiter that was called by a method of the object that holds the lock: it may have locked it itself. Filled in
   * where nothing points to another holder; `sure` where its frames show that it came past this Lock before, `sameObject`
   * where its words show that the method worked on this very object, not only on one of the type.
   */
  relock: (HolderCandidate & { sure: boolean; sameObject: boolean }) | null
  /**
   * Whom the frames do not rule out, one of each place, where nothing points to a holder; at most 20. `silent` where its
   * frames hide what it works on (closures, inlined calls, stale words): then that it does not show the lock says nothing.
   */
  couldHold: (HolderCandidate & { silent: boolean })[]
  /** Index into `WaitGraph.cycles` of the cycle it is part of; -1 for none. */
  cycle: number
  /** Further locks with one waiter each at the same place, of which nothing more is known, that this one stands for. */
  alike: number
  refs: Ref[]
}

/** Which goroutines of one dump could still do something by themselves. */
export interface Liveness {
  snapshot: number
  source: string
  /**
   * `runtime`: the Go runtime says that all are asleep. `dump`: as far as the dump shows, nobody but the writer of the
   * dump can run. null: somebody can.
   */
  asleep: 'runtime' | 'dump' | null
  /** Indexes into `Analysis.groups` of those that run, or wake by time, network or the kernel. */
  live: number[]
  /** Groups among `live` that only tick: they sleep in a function without arguments, so they reach package variables at most. */
  ticking: number[]
  /**
   * Groups not among `live` that receive from a channel which may be a timer's (`time.After`, a Ticker): then the clock
   * wakes them, and no goroutine stands for it.
   */
  timed: number[]
  /** Every goroutine stands in the dump with its stack: not a cut, filtered or aggregated one. */
  whole: boolean
  refs: Ref[]
}

/** One group followed through several dumps of one process, in their order. */
export interface GroupSeries {
  /** Indexes into `Capture.snapshots`, earliest first. */
  snapshots: number[]
  /** Goroutines in each of them. */
  counts: number[]
  /** Index into `Analysis.groups` of the group in the last dump that has it; -1 where that was cut. */
  group: number
  /** Ids that stand in every one of the dumps with this very stack. */
  stayed: number
  /** Shortest time between the first and the last dump; null where they are not dated. */
  spanNs: Ns | null
  /** How the order was found: `dates`, `one file`, `file names`. */
  order: 'dates' | 'one file' | 'file names'
  /** What shows that the dumps are of one process. */
  same: string
}

/** What `correlate` finds out about goroutines, beside groups and edges. */
export interface GoroutineFacts {
  queues: LockQueue[]
  liveness: Liveness[]
  series: GroupSeries[]
  /** Groups that were left out of `Analysis.groups` to keep the report bounded. */
  groupsCut: number
}

export function noGoroutineFacts(): GoroutineFacts {
  return { queues: [], liveness: [], series: [], groupsCut: 0 }
}
