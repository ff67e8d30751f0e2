/** When a logger says that it wrote a line. Only moments with a zone count: all others are somebody's guess. */
import type { Ns } from '../../src/model/time.js'

/** RFC 3339 and its like: `2026-11-24T20:37:10.123456789Z`, `2026-11-24 20:37:10,123+01:00` */
const ISO = /(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))? ?(?:Z|([+-])(\d{2}):?(\d{2}))/
/** Where in a line it can begin. */
const REACH = 400

/** Nanoseconds since the epoch of the first such moment in a text; null where there is none. */
export function isoMoment(text: string): bigint | null {
  const m = ISO.exec(text.slice(0, REACH))
  if (m === null) return null
  const ms = Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6]))
  if (Number.isNaN(ms)) return null
  const zone = m[8] === undefined ? 0 : (Number(m[9]) * 60 + Number(m[10])) * (m[8] === '-' ? -1 : 1)
  return BigInt(ms - zone * 60_000) * 1_000_000n + BigInt((m[7] ?? '').padEnd(9, '0'))
}

const KEYS = ['time', 'ts', 'timestamp', '@timestamp', 'Time', 't', 'asctime']

/** The moment of a JSON record: RFC 3339, or seconds or milliseconds since the epoch. */
export function recordMoment(record: Record<string, unknown>): bigint | null {
  for (const key of KEYS) {
    const value = record[key]
    if (typeof value === 'string') {
      const moment = isoMoment(value)
      if (moment !== null) return moment
    }
    // 2001 to 2286, in seconds; the same in milliseconds.
    if (typeof value === 'number' && value >= 1e9 && value < 1e10) return BigInt(Math.round(value * 1e6)) * 1000n
    if (typeof value === 'number' && value >= 1e12 && value < 1e13) return BigInt(Math.round(value * 1e3)) * 1000n
  }
  return null
}

/** Turns moments into times of the source, which count from the first that was met. */
export class SourceMoments {
  base: bigint | null = null
  /** Smallest step that was met. */
  resolutionNs = 1e9

  ns(moment: bigint | null): Ns | null {
    if (moment === null) return null
    while (this.resolutionNs > 1 && moment % BigInt(this.resolutionNs) !== 0n) this.resolutionNs /= 1000
    this.base ??= moment
    return Number(moment - this.base)
  }
}
