/** What two sources of a capture have in common, and the clock fit that comes of it. */
import type { Capture } from '../../model/capture.js'
import type { Journal } from '../../model/journal.js'
import { addTo } from '../../model/multimap.js'
import type { Source } from '../../model/source.js'
import type { Trace } from '../../model/trace.js'
import type { SignalWitness } from '../../model/witness.js'
import { type Bounds, boundsOf, deathPairs, turned } from './bounds.js'
import { type Fit, type FitOptions, fitClock } from './fit.js'
import { journalEntries, journalTexts, type TraceMarks, traceMarks, type Writer, witnessSignals } from './marks.js'
import { journalTokens } from './tokens.js'
import type { Mark } from './vote.js'

/** How the times of one source turn into those of another: other ns = ns * (1 + drift) + shift, each relative to its base. */
export interface Relation {
  shift: number
  drift: number
  uncertaintyNs: number
  /** In words: `57 write↔MESSAGE matches`. */
  words: string
  /** Earliest and latest matched time, in ns of the source that is turned. */
  matched: [number, number]
  /** The texts are those of other pids: of a container, or of another run of the same program. */
  foreign: boolean
}

/** What kept two sources from being matched. */
export interface NoRelation {
  usable: number
  reason: string
}

const JOURNALD: FitOptions = { earlyNs: 3e6, lateNs: 6e9 }
/** Audit reads the coarse clock: up to a tick (10 ms at 100 Hz) early. */
const AUDIT: FitOptions = { earlyNs: 12e6, lateNs: 1e9 }
const TRACER: FitOptions = { earlyNs: 1e6, lateNs: 1e9 }
const EXPORTS: FitOptions = { earlyNs: 0, lateNs: 1e9 }
const HOSTS: FitOptions = { symmetric: true, grainNs: 1e9 }
/** Finer times than this need no correction for being cut off. */
const COARSE_NS = 1e6

/** Finds relations between sources; keeps the marks of each source, since making them reads all its events. */
export class Evidence {
  #lifecycle: Capture['lifecycle']
  #traces = new Map<string, Trace>()
  #journals = new Map<string, Journal>()
  #witnesses = new Map<string, SignalWitness[]>()
  #traceMarks = new Map<string, TraceMarks>()
  #made = new Map<string, Mark[]>()

  constructor(capture: Capture) {
    this.#lifecycle = capture.lifecycle
    for (const trace of capture.traces) this.#traces.set(trace.source, trace)
    for (const journal of capture.journals) this.#journals.set(journal.source, journal)
    for (const witness of capture.witnesses) {
      addTo(this.#witnesses, witness.source, witness)
    }
  }

  /** Whether a source has anything that another can have seen too. */
  has(source: Source): boolean {
    const { path } = source
    return this.#traces.has(path) || this.#journals.has(path) || this.#witnesses.has(path)
  }

  /** Earliest and latest time of a source, in its own ns; null where only its base is known. */
  range(source: Source): [number, number] | null {
    const trace = this.#traces.get(source.path)
    if (trace) return trace.firstNs === null || trace.lastNs === null ? null : [trace.firstNs, trace.lastNs]
    const times = this.#journals.get(source.path)?.entries ?? this.#witnesses.get(source.path) ?? []
    let range: [number, number] | null = null
    for (const { ns } of times)
      if (ns !== null) range = range ? [Math.min(range[0], ns), Math.max(range[1], ns)] : [ns, ns]
    return range
  }

  /** How the times of `from` turn into those of `to`, by what both have seen. */
  relate(from: Source, to: Source, differentHosts: boolean): Relation | NoRelation | null {
    const best = this.#pairings(from, to, differentHosts).map(pairing => ({ pairing, fit: fitted(from, to, pairing) }))
    let refusal: NoRelation | null = null
    for (const { pairing, fit } of best) {
      if (!('reason' in fit)) return relation(fit, pairing, from, to)
      if (refusal === null || fit.usable > refusal.usable) refusal = fit
    }
    return refusal
  }

  /** What cause and effect allow for (clock of `to` - clock of `from`); null where they say nothing. */
  bounds(from: Source, to: Source): Bounds | null {
    const [trace, journal] = [this.#traces.get(from.path), this.#journals.get(to.path)]
    if (trace && journal) return boundsOf(this.#lifecycle, to.path, this.#marks(trace))
    const [other, words] = [this.#traces.get(to.path), this.#journals.get(from.path)]
    const bounds = other && words ? boundsOf(this.#lifecycle, from.path, this.#marks(other)) : null
    return bounds && turned(bounds)
  }

  /** Deaths that both may tell of, as (ns of `from`, ns of `to`). */
  deaths(from: Source, to: Source): { from: number; to: number }[] {
    const [trace, journal] = [this.#traces.get(from.path), this.#journals.get(to.path)]
    if (trace && journal)
      return deathPairs(this.#lifecycle, to.path, this.#marks(trace)).map(p => ({ from: p.traced, to: p.told }))
    const [other, words] = [this.#traces.get(to.path), this.#journals.get(from.path)]
    if (!other || !words) return []
    return deathPairs(this.#lifecycle, from.path, this.#marks(other)).map(p => ({ from: p.told, to: p.traced }))
  }

  /** Texts that the traced process wrote once and that the journal has once from it: all that is left where there is no fit. */
  commonTexts(from: Source, to: Source): { from: number; to: number }[] {
    const found: { from: number; to: number }[] = []
    for (const { own, other, fromIsOwn, writer } of this.#pairings(from, to, false)) {
      if (writer !== 'same') continue
      const once = (marks: Mark[]) => {
        const seen = new Map<string, number | null>()
        for (const { key, ns } of marks) seen.set(key, seen.has(key) ? null : ns)
        return seen
      }
      const others = once(other)
      for (const [key, ns] of once(own)) {
        const there = others.get(key)
        if (ns === null || there === undefined || there === null) continue
        found.push(fromIsOwn ? { from: ns, to: there } : { from: there, to: ns })
      }
    }
    return found
  }

  #pairings(from: Source, to: Source, differentHosts: boolean): Pairing[] {
    const journals = [this.#journals.get(from.path), this.#journals.get(to.path)] as const
    if (journals[0] && journals[1]) {
      const [make, options, what] = differentHosts
        ? ([journalTokens, HOSTS, 'tokens that both hosts logged'] as const)
        : ([journalEntries, EXPORTS, 'equal entries'] as const)
      const [own, other] = journals.map(journal => this.#once(`${what} ${journal!.source}`, () => make(journal!)))
      return [{ own, other, fromIsOwn: true, options, words: n => `${n} ${what}` }]
    }
    const journal = journals[0] ?? journals[1]
    const trace = this.#traces.get(from.path) ?? this.#traces.get(to.path)
    if (!journal || !trace) return this.#signalPairings(from, to, trace)
    const written = this.#marks(trace)
    const { texts: other, writer } = journalTexts(journal, written)
    const words = (n: number) => `${n} write↔MESSAGE matches`
    return [{ own: written.texts, other, fromIsOwn: trace.source === from.path, options: JOURNALD, words, writer }]
  }

  /** Tracers of the kernel see a signal when it is generated; strace when the victim stops for it, later. */
  #signalPairings(from: Source, to: Source, trace: Trace | undefined): Pairing[] {
    const seen = [this.#witnesses.get(from.path), this.#witnesses.get(to.path)] as const
    const words = (n: number) => `${n} signals that both saw`
    const options = [from, to].some(s => s.kind === 'audit') ? AUDIT : TRACER
    if (seen[0] && seen[1]) {
      const own = witnessSignals(seen[0]).full
      return [
        { own, other: witnessSignals(seen[1]).full, fromIsOwn: true, options: { ...options, earlyNs: 12e6 }, words },
      ]
    }
    const witness = seen[0] ?? seen[1]
    if (!witness || !trace) return []
    const own = witnessSignals(witness).bySender
    return [{ own, other: this.#marks(trace).signals, fromIsOwn: seen[0] !== undefined, options, words }]
  }

  #marks(trace: Trace): TraceMarks {
    let marks = this.#traceMarks.get(trace.source)
    if (!marks) this.#traceMarks.set(trace.source, (marks = traceMarks(trace)))
    return marks
  }

  /** Marks that are made of one source alone are made once. */
  #once(key: string, make: () => Mark[]): Mark[] {
    let marks = this.#made.get(key)
    if (!marks) this.#made.set(key, (marks = make()))
    return marks
  }
}

interface Pairing {
  own: Mark[]
  other: Mark[]
  fromIsOwn: boolean
  options: FitOptions
  words: (matches: number) => string
  writer?: Writer
}

function fitted(from: Source, to: Source, { own, other, fromIsOwn, options }: Pairing): Fit | NoRelation {
  const [ownStep, otherStep] = fromIsOwn
    ? [from.clock.resolutionNs, to.clock.resolutionNs]
    : [to.clock.resolutionNs, from.clock.resolutionNs]
  const grainNs = Math.max(options.grainNs ?? 0, ...[ownStep, otherStep].filter(step => step >= COARSE_NS))
  return fitClock(centred(own, ownStep), centred(other, otherStep), { ...options, grainNs })
}

/** A time printed in whole seconds means the second that begins there: its middle is off by half a second at most. */
function centred(marks: Mark[], step: number): Mark[] {
  return step < COARSE_NS ? marks : marks.map(({ ns, key }) => ({ ns: ns + step / 2, key }))
}

function relation(fit: Fit, { fromIsOwn, words, writer }: Pairing, from: Source, to: Source): Relation {
  const { offsetNs, drift, meanNs } = fit
  const first = meanNs - fit.spanNs / 2 + (fromIsOwn ? 0 : offsetNs)
  const coarse = [from, to].map(s => s.clock.resolutionNs).filter(step => step >= COARSE_NS)
  return {
    shift: fromIsOwn ? offsetNs - drift * meanNs : -offsetNs + drift * (offsetNs + meanNs),
    drift: fromIsOwn ? drift : -drift,
    uncertaintyNs: fit.uncertaintyNs + coarse.reduce((sum, step) => sum + step / 2, 0),
    words: words(fit.matches),
    matched: [first, first + fit.spanNs],
    foreign: writer === 'other',
  }
}
