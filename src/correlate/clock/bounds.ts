/**
 * What cause and effect say about two clocks: PID 1 hears of a death after it happened, and announces that it kills before
 * it does. ("Stopping X…" is logged after the signal was sent: it bounds nothing.)
 */
import type { Capture } from '../../model/capture.js'
import { signalNumber } from '../../model/signal-names.js'
import type { TraceMarks } from './marks.js'

/** Interval of (journal clock - trace clock), in ns relative to the bases, and the pairs that it rests on. */
export interface Bounds {
  lower: number
  upper: number
  pairs: number
}

/** journald stamps a batch when it wakes up: entries can be this much earlier than what they tell of, in ns. */
const EARLY_NS = 3e6

/** The bounds that the words of a journal about traced processes give; null where there are none. */
export function boundsOf(lifecycle: Capture['lifecycle'], journal: string, marks: TraceMarks): Bounds | null {
  const bounds: Bounds = { lower: -Infinity, upper: Infinity, pairs: 0 }
  const seen = new Map<string, number>()
  const told = lifecycle.filter(e => e.source === journal && e.pid !== null && e.ns !== null && WORDS.has(e.kind))
  for (const { kind, pid } of told) seen.set(`${kind} ${pid}`, (seen.get(`${kind} ${pid}`) ?? 0) + 1)
  for (const { kind, pid, ns, signal } of told) {
    // A pid that lives twice, or is killed twice, could be paired wrongly.
    if (seen.get(`${kind} ${pid}`) !== 1) continue
    const end = marks.ends.get(pid!)
    if (kind === 'process-exited') {
      if (end === undefined) continue
      bounds.upper = Math.min(bounds.upper, ns! - end + EARLY_NS)
    } else {
      const number = signal === null ? null : signalNumber(signal)
      const effect = number === 9 ? end : marks.received.find(r => r.tid === pid && r.number === number)?.ns
      if (effect === undefined) continue
      bounds.lower = Math.max(bounds.lower, ns! - effect)
    }
    bounds.pairs++
  }
  return bounds.pairs === 0 ? null : bounds
}

const WORDS: ReadonlySet<string> = new Set(['process-exited', 'killing'])

/** The bounds seen from the journal's side: (trace clock - journal clock). */
export function turned({ lower, upper, pairs }: Bounds): Bounds {
  return { lower: -upper, upper: -lower, pairs }
}
