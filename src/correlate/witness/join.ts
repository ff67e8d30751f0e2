/** Joins what several witnesses, or a trace and a witness, say of one and the same signal. */
import { refKey } from '../../model/ref.js'
import type { Signal } from '../../model/signal.js'
import type { Ns } from '../../model/time.js'

const REFS_OF_A_SIGNAL = 6

/** What two accounts of one signal call its origin can differ within a class: a call's name says more than its si_code. */
const CLASSES: Partial<Record<Signal['origin'], string>> = {
  kill: 'user',
  pidfd: 'user',
  tkill: 'thread',
  tgkill: 'thread',
  sigqueue: 'queue',
  tgsigqueue: 'queue',
}

/** How far two accounts of one signal may lie apart, by their sources; in ns. */
export type Tolerance = (a: Signal, b: Signal) => Ns

/** Accounts that are looked at for one without a time, or for one among those without. */
const MOST_LOOKED_AT = 256

/**
 * Adds `news` to `known`: an account of a signal that is known already completes it, any other is a signal of its own. Two
 * accounts are of one signal when number, target and, as far as both name one, the sender are the same, and their times
 * agree; accounts without times are taken in order. Both lists are walked in order of time, so that the work grows with them
 * and not with their product.
 */
export function joinSignals(known: Signal[], news: readonly Signal[], tolerance: Tolerance): void {
  const shelves = new Map<string, Shelf>()
  for (const signal of byTime(known)) {
    const key = keyOf(signal)
    let shelf = shelves.get(key)
    if (!shelf) shelves.set(key, (shelf = new Shelf()))
    shelf.put(signal)
  }
  for (const signal of byTime(news)) {
    const match = shelves.get(keyOf(signal))?.take(signal, tolerance)
    if (match) complete(match, signal)
    else known.push(signal)
  }
}

function byTime(signals: readonly Signal[]): Signal[] {
  return [...signals].sort((a, b) => (timeOf(a) ?? Infinity) - (timeOf(b) ?? Infinity) || 0)
}

function timeOf(signal: Signal): Ns | null {
  return signal.sentNs ?? signal.deliveredNs
}

/** Known signals of one number and target, each given out once. */
class Shelf {
  #timed: Signal[] = []
  #untimed: Signal[] = []
  #used = new Set<Signal>()
  /** Those before it are used or too early for anything that still comes. */
  #start = 0
  #untimedStart = 0

  put(signal: Signal): void {
    if (timeOf(signal) === null) this.#untimed.push(signal)
    else this.#timed.push(signal)
  }

  take(signal: Signal, tolerance: Tolerance): Signal | null {
    const ns = timeOf(signal)
    const found =
      (ns === null ? null : this.#near(signal, ns, tolerance)) ?? this.#first(signal, ns === null, tolerance)
    if (found) this.#used.add(found)
    return found
  }

  #near(signal: Signal, ns: Ns, tolerance: Tolerance): Signal | null {
    let best: Signal | null = null
    for (let i = this.#start; i < this.#timed.length; i++) {
      const candidate = this.#timed[i]
      const apart = timeOf(candidate)! - ns
      const most = tolerance(candidate, signal) + durationOf(candidate) + durationOf(signal)
      if (apart > most) break
      if (apart < -most || this.#used.has(candidate)) {
        if (i === this.#start) this.#start++
        continue
      }
      // The first that fits, unless a later one names the sender that this one leaves open.
      if (isOne(candidate, signal, tolerance)) {
        if (candidate.sender !== null || signal.sender === null) return candidate
        best ??= candidate
      }
    }
    return best
  }

  #first(signal: Signal, timedToo: boolean, tolerance: Tolerance): Signal | null {
    while (this.#used.has(this.#timed[this.#start])) this.#start++
    while (this.#used.has(this.#untimed[this.#untimedStart])) this.#untimedStart++
    const timed = timedToo ? this.#timed.slice(this.#start, this.#start + MOST_LOOKED_AT) : []
    const untimed = this.#untimed.slice(this.#untimedStart, this.#untimedStart + MOST_LOOKED_AT)
    return [...timed, ...untimed].find(k => !this.#used.has(k) && isOne(k, signal, tolerance)) ?? null
  }
}

/** A signal that was pending is delivered long after it was sent; an account may know only of either. */
function durationOf(signal: Signal): Ns {
  return signal.sentNs !== null && signal.deliveredNs !== null ? Math.max(0, signal.deliveredNs - signal.sentNs) : 0
}

function keyOf(signal: Signal): string {
  return `${signal.number} ${signal.target.pid}`
}

function isOne(a: Signal, b: Signal, tolerance: Tolerance): boolean {
  if (a.target.tid !== null && b.target.tid !== null && a.target.tid !== b.target.tid) return false
  if (a.sender && b.sender && a.sender.pid !== b.sender.pid && a.sender.pid !== 0 && b.sender.pid !== 0) return false
  const [x, y] = [a, b].map(s => CLASSES[s.origin] ?? s.origin)
  if (x !== y && x !== 'unknown' && y !== 'unknown') return false
  if ((a.outcome === 'failed') !== (b.outcome === 'failed') && a.outcome !== 'unknown' && b.outcome !== 'unknown')
    return false
  const pairs = [
    [a.sentNs, b.sentNs],
    [a.deliveredNs, b.deliveredNs],
    [a.sentNs ?? a.deliveredNs, b.sentNs ?? b.deliveredNs],
  ]
  const both = pairs.find(([x, y]) => x !== null && y !== null)
  return !both || Math.abs(both[0]! - both[1]!) <= tolerance(a, b)
}

/** Fills what `into` does not know. A sender that siginfo calls 0 (outside the namespace) gets the name that a witness has. */
function complete(into: Signal, from: Signal): void {
  const nameless = into.sender === null || into.sender.pid === 0 || into.senderBasis === 'inferred'
  if (from.sender && nameless) {
    into.sender = from.sender
    into.senderBasis = from.senderBasis
  } else if (from.sender && into.sender && into.sender.pid === from.sender.pid) {
    into.sender.comm ??= from.sender.comm
    into.sender.tid ??= from.sender.tid
  }
  // The name of the call says more than the code that it leaves behind: SI_USER is kill or pidfd_send_signal.
  if (into.origin === 'unknown' || (into.origin === 'kill' && from.origin === 'pidfd')) into.origin = from.origin
  if (into.origin === 'tgkill' && from.origin === 'tkill') into.origin = 'tkill'
  into.code ??= from.code
  into.target.tid ??= from.target.tid
  into.sentNs ??= from.sentNs
  into.deliveredNs ??= from.deliveredNs
  into.deliveredTo ??= from.deliveredTo
  if (into.outcome === 'unknown' || (into.outcome === 'pending' && from.outcome !== 'unknown'))
    into.outcome = from.outcome
  const cited = new Set(into.refs.map(refKey))
  for (const ref of from.refs) if (into.refs.length < REFS_OF_A_SIGNAL && !cited.has(refKey(ref))) into.refs.push(ref)
}
