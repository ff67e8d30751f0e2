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

/**
 * Adds `news` to `known`: an account of a signal that is known already completes it, any other is a signal of its own. Two
 * accounts are of one signal when number, target and, as far as both name one, the sender are the same, and their times
 * agree; accounts without times are taken in order.
 */
export function joinSignals(known: Signal[], news: readonly Signal[], tolerance: Tolerance): void {
  const byKey = new Map<string, Signal[]>()
  for (const signal of known) push(byKey, keyOf(signal), signal)
  const used = new Set<Signal>()
  for (const signal of news) {
    const match = (byKey.get(keyOf(signal)) ?? []).find(k => !used.has(k) && isOne(k, signal, tolerance))
    if (match) {
      used.add(match)
      complete(match, signal)
    } else known.push(signal)
  }
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

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
