/**
 * Offset, drift and uncertainty of one clock against another from matched events, of which one side is late by delays that
 * are never (much) below zero and have a heavy tail: a write and its journal entry, a signal sent and a signal seen.
 *
 * Lower envelope of one-way delays: Moon, Skelly, Towsley, "Estimation and removal of clock skew from network delay
 * measurements", INFOCOM 1999. Vote, one-sided trim and hull edge: see the formats page of this project.
 */
import { BIN_NS, type Mark, pairKeys, type Vote, vote } from './vote.js'

export interface Fit {
  /** other clock - own clock at `meanNs`, in ns. */
  offsetNs: number
  /** Change of the offset per ns of own time; 0 unless shown. */
  drift: number
  /** Middle of the matched time, in ns of the own clock. */
  meanNs: number
  /** The true offset lies within this of the line, anywhere in the matched time. */
  uncertaintyNs: number
  /** Pairs that were matched, and those among them that were on time. */
  matches: number
  onTime: number
  /** Matched time, in ns of the own clock. */
  spanNs: number
  support: number
}

/** Why there is no fit, and what there was. */
export interface Refusal {
  reason: string
  /** Events that could be matched at all. */
  usable: number
}

export interface FitOptions {
  /** How much earlier than its cause an event can be stamped, in ns (journald stamps a batch when it wakes up). */
  earlyNs?: number
  /** How late an event can be and still count as the same one, in ns. */
  lateNs?: number
  /** Steps of both sources' times together, in ns, where they are coarser than a vote's bin. */
  grainNs?: number
  /** Neither side comes first (two hosts log one event): the middle counts, not the lower edge. */
  symmetric?: boolean
}

/** Fewer matches say nothing: two texts can be equal by chance. */
const LEAST = 3
/** Shorter times cannot tell drift from delay. */
const DRIFT_SPAN_NS = 60e9

/**
 * Fits the clock of `other` to that of `own`, whose events come first (the write; its MESSAGE is other). Refuses where fewer
 * than three texts agree, or where another offset has half as many votes.
 */
export function fitClock(own: readonly Mark[], other: readonly Mark[], options: FitOptions = {}): Fit | Refusal {
  const keys = pairKeys(own, other)
  const late = options.lateNs ?? 6e9
  const grain = Math.max(BIN_NS, options.grainNs ?? 0)
  const votes = vote(keys, options.symmetric ? 0 : late, grain)
  if (votes === null)
    return keys.size === 0
      ? { reason: 'no common texts', usable: 0 }
      : { reason: 'only texts that repeat over and over', usable: keys.size }
  const early = options.earlyNs ?? 3e6
  const usable = matchAll(keys, () => votes.mode, votes.binNs * 1.5 + 0.2e9, late).length
  if (usable < LEAST) return { reason: `${usable} usable ${usable === 1 ? 'match' : 'matches'}`, usable }
  if (votes.support < LEAST) return { reason: 'no offset on which three texts agree', usable }
  if (votes.support < 2 * votes.runnerUp || votes.tooEarly > votes.support / 4)
    return { reason: `${usable} matches that fit more than one offset`, usable }
  const line = coarseLine(keys, votes, late, grain)
  if (options.symmetric)
    return middle(
      matchAll(keys, t => line.at(t), 2 * grain, 2 * grain),
      votes,
    )
  const pairs = matchAll(keys, t => line.at(t), 0.2e9 + grain, late)
  if (pairs.length < LEAST) return { reason: `${pairs.length} usable matches`, usable: pairs.length }
  return fitLine(pairs, line, votes, early, grain)
}

interface Pair {
  t: number
  d: number
}

interface Line {
  offset: number
  slope: number
  at(t: number): number
}

function lineOf(offset: number, slope: number, mean: number): Line {
  return { offset, slope, at: t => offset + slope * (t - mean) }
}

/**
 * For each own event the other's event of the same key that lies nearest to the expected difference, at most `early` before
 * and `late` after it; each is used once, in order.
 */
function matchAll(
  keys: Map<string, { a: number[]; b: number[] }>,
  expected: (t: number) => number,
  early: number,
  late: number,
): Pair[] {
  const pairs: Pair[] = []
  for (const { a, b } of keys.values()) {
    let j = 0
    for (const t of a) {
      const at = t + expected(t)
      while (j < b.length && b[j] - at < -early) j++
      while (j + 1 < b.length && Math.abs(b[j + 1] - at) < Math.abs(b[j] - at)) j++
      if (j >= b.length) break
      if (b[j] - at > late) continue
      pairs.push({ t, d: b[j] - t })
      j++
    }
  }
  return pairs.sort((p, q) => p.t - q.t)
}

/** The mode where the vote was fine enough; else, over long times, the line under the matches that the vote let in. */
function coarseLine(keys: Map<string, { a: number[]; b: number[] }>, votes: Vote, late: number, grain: number): Line {
  if (votes.binNs <= grain) return lineOf(votes.mode, 0, 0)
  const unique = new Map([...keys].filter(([, { a, b }]) => a.length === 1 && b.length === 1))
  const pairs = matchAll(
    unique.size >= LEAST ? unique : keys,
    () => votes.mode,
    2 * votes.binNs,
    2 * votes.binNs + late,
  )
  const mean = pairs.reduce((sum, p) => sum + p.t, 0) / pairs.length
  const edge = edgeUnder(pairs, mean)
  return lineOf(edge.offset, edge.slope, mean)
}

function fitLine(pairs: Pair[], coarse: Line, votes: Vote, early: number, grain: number): Fit {
  // A vote in fine bins has already said where those on time are.
  const near = votes.binNs <= grain ? pairs.filter(p => Math.abs(p.d - coarse.at(p.t)) < 2 * votes.binNs) : pairs
  const core = onTime(near, p => p.d - coarse.at(p.t))
  const mean = core.reduce((sum, p) => sum + p.t, 0) / core.length
  const span = core.at(-1)!.t - core[0].t
  const edge = edgeUnder(core, mean)
  const edgeRest = sorted(core.map(p => p.d - edge.offset - edge.slope * (p.t - mean)))
  const spread = quantile(edgeRest, 0.5)
  const drifts = span > DRIFT_SPAN_NS && edge.length > span / 4 && Math.abs(edge.slope) > (3 * spread) / edge.length
  const slope = drifts ? edge.slope : 0
  const rest = sorted(core.map(p => p.d - slope * (p.t - mean)))
  const halves = halvesOf(core, slope, mean)
  const offset = drifts ? edge.offset : core.length >= 20 ? (halves[0] + halves[1]) / 2 : quantile(rest, 0.05)
  // What the delays may hide: the fewer the matches, the less sure that one of them was prompt. What drift may hide: the
  // halves then disagree.
  const hidden = Math.min(early, 0.3e6 + (early * LEAST) / core.length)
  const unresolved = drifts ? spread : 3 * Math.abs(halves[1] - halves[0])
  const uncertaintyNs = hidden + 1.5 * Math.max(0, quantile(edgeRest, 0.5) - quantile(edgeRest, 0.05)) + unresolved
  return {
    offsetNs: offset,
    drift: slope,
    meanNs: mean,
    uncertaintyNs,
    matches: pairs.length,
    onTime: core.length,
    spanNs: span,
    support: votes.support,
  }
}

/** The middle of the differences and how far they reach from it: all that can be said where neither side comes first. */
function middle(pairs: Pair[], votes: Vote): Fit | Refusal {
  if (pairs.length < LEAST) return { reason: `${pairs.length} usable matches`, usable: pairs.length }
  const rest = sorted(pairs.map(p => p.d))
  const [low, high] = [quantile(rest, 0.05), quantile(rest, 0.95)]
  const times = pairs.map(p => p.t)
  return {
    offsetNs: (low + high) / 2,
    drift: 0,
    meanNs: times.reduce((sum, t) => sum + t, 0) / times.length,
    uncertaintyNs: (high - low) / 2 + BIN_NS,
    matches: pairs.length,
    onTime: pairs.length,
    spanNs: times.at(-1)! - times[0],
    support: votes.support,
  }
}

/**
 * The pairs without those that are late, trimmed again and again until nothing is. Up to half may be late: the limit is taken
 * from the lower four tenths of the rest.
 */
function onTime(pairs: Pair[], rest: (p: Pair) => number): Pair[] {
  for (let kept = pairs; ; ) {
    const values = sorted(kept.map(rest))
    const low = quantile(values, 0.1)
    const limit = low + Math.max(6 * (quantile(values, 0.4) - low), 0.5e6)
    const next = kept.filter(p => rest(p) <= limit)
    if (next.length === kept.length) return kept
    kept = next
  }
}

/** 5 % quantile of the differences in the earlier and in the later half of the time. */
function halvesOf(core: Pair[], slope: number, mean: number): [number, number] {
  const middle = Math.ceil(core.length / 2)
  const low = (part: Pair[]) => quantile(sorted(part.map(p => p.d - slope * (p.t - mean))), 0.05)
  return [low(core.slice(0, middle)), low(core.slice(Math.min(middle, core.length - 1)))]
}

/** The edge of the lower convex hull of (t, d) that lies under `mean`. */
function edgeUnder(pairs: readonly Pair[], mean: number): { offset: number; slope: number; length: number } {
  const hull: Pair[] = []
  for (const p of pairs) {
    while (hull.length >= 2 && turn(hull[hull.length - 2], hull[hull.length - 1], p) <= 0) hull.pop()
    if (hull.length === 1 && hull[0].t === p.t) {
      if (p.d < hull[0].d) hull[0] = p
    } else hull.push(p)
  }
  const right = hull.findIndex(p => p.t >= mean)
  const [a, b] = right <= 0 ? [hull[0], hull[Math.min(1, hull.length - 1)]] : [hull[right - 1], hull[right]]
  const length = b.t - a.t
  const slope = length > 0 ? (b.d - a.d) / length : 0
  return { offset: a.d + slope * (mean - a.t), slope, length }
}

/** Twice the area of the triangle; positive where the way bends upwards at `b`. */
function turn(a: Pair, b: Pair, c: Pair): number {
  return (b.t - a.t) * (c.d - a.d) - (b.d - a.d) * (c.t - a.t)
}

function sorted(values: number[]): number[] {
  return values.sort((a, b) => a - b)
}

function quantile(ascending: readonly number[], q: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(q * ascending.length))]
}
