/** Seeded noise on real clocks. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Capture } from '../../../src/model/capture.js'
import { parseFiles } from '../../support/parse.js'

export const fixture = (name: string) => gunzipSync(readFileSync(`test/fixtures/clock/${name}.gz`))

const parsed = new Map<string, Promise<Capture>>()

/** A service under strace and its journal, of one machine: the true offset is 0. Each call gives a copy of its own. */
export async function pair(name: 'chatty' | 'cchatty'): Promise<Capture> {
  let read = parsed.get(name)
  if (!read) {
    read = parseFiles({ 'strace.txt': fixture(`strace-${name}.txt`), 'journal.json': fixture(`journal-${name}.json`) })
    parsed.set(name, read)
  }
  const capture = await read
  return {
    ...capture,
    sources: capture.sources.map(s => ({ ...s, clock: { ...s.clock }, alignment: { ...s.alignment } })),
    journals: capture.journals.map(j => ({ ...j, entries: j.entries.map(e => ({ ...e })) })),
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export interface Noise {
  offsetNs?: number
  /** Parts of time by which the journal's clock is fast. */
  drift?: number
  /** Share of entries that are late, by an exponential delay of two seconds on average. */
  late?: number
}

/** Turns the journal's clock away from the truth, in place; returns what its true time `ns` now reads. */
export function disturb(
  capture: Capture,
  { offsetNs = 0, drift = 0, late = 0 }: Noise,
  seed: number,
): (ns: number) => number {
  const next = random(seed)
  const read = (ns: number) => ns + offsetNs + drift * ns
  for (const entry of capture.journals[0].entries) {
    const delay = next() < late ? -Math.log(1 - next()) * 2e9 : 0
    if (entry.ns !== null) entry.ns = read(entry.ns) + delay
    entry.receivedNs = entry.receivedNs == null ? null : read(entry.receivedNs) + delay
  }
  return read
}
