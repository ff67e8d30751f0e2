/**
 * What cause and effect say about two clocks: a core is reported after the death, and PID 1 announces that it kills before it
 * does. ("Stopping X…" is logged after the signal was sent: it bounds nothing.)
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

/** The bounds that a journal's words about traced processes give, each named by its pid; null where there are none. */
export function boundsOf(lifecycle: Capture['lifecycle'], journal: string, marks: TraceMarks): Bounds | null {
  const bounds: Bounds = { lower: -Infinity, upper: Infinity, pairs: 0 }
  const told = lifecycle.filter(e => e.source === journal && e.pid !== null && e.ns !== null && WORDS.has(e.kind))
  const times = new Map<string, number>()
  for (const { kind, pid } of told) times.set(`${kind} ${pid}`, (times.get(`${kind} ${pid}`) ?? 0) + 1)
  for (const { kind, pid, ns, signal } of told) {
    // A pid that lives twice, or is killed twice, could be paired wrongly.
    if (times.get(`${kind} ${pid}`) !== 1) continue
    const end = marks.ends.get(pid!)?.ns
    if (kind === 'coredump') {
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

const WORDS: ReadonlySet<string> = new Set(['coredump', 'killing'])

/** The bounds seen from the journal's side: (trace clock - journal clock). */
export function turned({ lower, upper, pairs }: Bounds): Bounds {
  return { lower: -upper, upper: -lower, pairs }
}

/** Deaths of the threads of one process lie no further apart than this, in ns. */
const ONE_DEATH_NS = 1e9

/**
 * Deaths that a trace shows and a journal may tell of ("Main process exited, code=killed, status=15/TERM" names no pid), as
 * (time in the trace, time in the journal): all pairs that ended alike.
 */
export function deathPairs(
  lifecycle: Capture['lifecycle'],
  journal: string,
  marks: TraceMarks,
): { traced: number; told: number }[] {
  const traced = new Map<string, { first: number; last: number }>()
  for (const { ns, how } of marks.ends.values()) {
    const known = traced.get(how)
    if (!known) traced.set(how, { first: ns, last: ns })
    else {
      known.first = Math.min(known.first, ns)
      known.last = Math.max(known.last, ns)
    }
  }
  const pairs: { traced: number; told: number }[] = []
  for (const { source, kind, ns, signal, code } of lifecycle) {
    if (source !== journal || kind !== 'process-exited' || ns === null) continue
    const death = traced.get(signal ?? `exit ${code}`)
    if (death && death.last - death.first <= ONE_DEATH_NS) pairs.push({ traced: death.last, told: ns })
  }
  return pairs
}
