/**
 * The offset between two clocks from events that both have seen, without knowing which belongs to which: every pair of
 * events of the same key votes for the difference of its times, and the true offset is where the votes pile up.
 */

/** Something that one source has seen: when, in ns of its own clock, and a key that the other source gives it too. */
export interface Mark {
  ns: number
  key: string
}

export interface Vote {
  /** The difference (other clock minus own) that most pairs agree on, in ns; the middle of a bin. */
  mode: number
  binNs: number
  /** Weight of the pairs that agree; a text that both sources show once weighs 1. */
  support: number
  /** Weight of the best other difference. */
  runnerUp: number
  /** Texts that both sources show once and that would be earlier than possible if the mode were true. */
  tooEarly: number
}

/** Width of a bin over short times, in ns. */
export const BIN_NS = 50e6
/** A key with more pairs than this is noise: one line printed over and over. */
const PAIRS_PER_KEY = 16_384
/** What clocks of real machines can drift apart, in parts of time, with room to spare. */
const DRIFT_MAX = 5e-4

/** Marks of both sources by key, sorted by time; keys that only one source has are left out. */
export function pairKeys(own: readonly Mark[], other: readonly Mark[]): Map<string, { a: number[]; b: number[] }> {
  const keys = new Map<string, { a: number[]; b: number[] }>()
  for (const { ns, key } of own) {
    const entry = keys.get(key)
    if (entry) entry.a.push(ns)
    else keys.set(key, { a: [ns], b: [] })
  }
  for (const { ns, key } of other) keys.get(key)?.b.push(ns)
  for (const [key, { a, b }] of keys) {
    if (b.length === 0) keys.delete(key)
    a.sort(ascending)
    b.sort(ascending)
  }
  return keys
}

/**
 * The vote over all pairs; null where no key is common. `reach` is how much earlier than the mode a difference can be and
 * still speak against it, `grain` the width of a bin where times are coarse, both in ns. Linear in the number of pairs.
 */
export function vote(keys: Map<string, { a: number[]; b: number[] }>, reach: number, grain = BIN_NS): Vote | null {
  let first = Infinity
  let last = -Infinity
  for (const { a } of keys.values()) {
    first = Math.min(first, a[0])
    last = Math.max(last, a.at(-1)!)
  }
  const binNs = Math.max(grain, DRIFT_MAX * (last - first))
  const bins = new Map<number, number>()
  for (const { a, b } of keys.values()) {
    if (a.length * b.length > PAIRS_PER_KEY) continue
    // A text that stands m times here and n times there has min(m, n) true pairs among m*n: together they weigh 1.
    const weight = 1 / Math.max(a.length, b.length)
    for (const t of a)
      for (const u of b) {
        const bin = Math.floor((u - t) / binNs)
        bins.set(bin, (bins.get(bin) ?? 0) + weight)
      }
  }
  const smeared = (bin: number) => (bins.get(bin - 1) ?? 0) + (bins.get(bin) ?? 0) + (bins.get(bin + 1) ?? 0)
  let best: number | null = null
  let support = 0
  for (const bin of bins.keys()) {
    const score = smeared(bin)
    if (score > support || (score === support && best !== null && (bins.get(bin) ?? 0) > (bins.get(best) ?? 0))) {
      best = bin
      support = score
    }
  }
  if (best === null) return null
  let runnerUp = 0
  for (const bin of bins.keys()) if (Math.abs(bin - best) > 3) runnerUp = Math.max(runnerUp, smeared(bin))
  const mode = (best + 0.5) * binNs
  let tooEarly = 0
  for (const { a, b } of keys.values()) {
    const before = mode - (b[0] - a[0])
    if (a.length === 1 && b.length === 1 && before > 3 * binNs && before < reach) tooEarly++
  }
  return { mode, binNs, support, runnerUp, tooEarly }
}

function ascending(a: number, b: number): number {
  return a - b
}
