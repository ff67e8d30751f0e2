/** Local times: which day and which zone they are meant in. */
import type { SourceClock } from '../../model/time.js'

const MINUTE = 60_000_000_000n
const DAY = 86_400_000_000_000n
/** Zones of the world lie at multiples of a quarter of an hour. */
const QUARTER = 15 * 60 * 1e9
/** As the parsers date what has no year (a leap year) or no date. */
const LEAP_YEAR = 1972

/** What a clock leaves out of its dates; the least that its base can tell where the parser does not say. */
export function missingPart(clock: SourceClock): 'year' | 'date' | null {
  if (clock.domain !== 'wall' || clock.base === null) return null
  return clock.missing ?? (clock.base < 2n * DAY ? 'date' : null)
}

/** The base of a wall clock with its date completed from `day` (YYYY-MM-DD); null where it stays incomplete. */
export function datedBase(clock: SourceClock, day: string | null): bigint | null {
  const missing = missingPart(clock)
  if (missing === null || clock.base === null) return clock.base
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day ?? '')
  if (!date) return null
  const midnight = BigInt(Date.UTC(Number(date[1]), Number(date[2]) - 1, Number(date[3]))) * 1_000_000n
  return missing === 'date' ? clock.base + midnight : inYear(clock.base, Number(date[1]))
}

/** A time of the year 1972 in another year; 29 February of a common year becomes 1 March. */
function inYear(base: bigint, year: number): bigint {
  const ms = Number(base / 1_000_000n)
  const date = new Date(ms)
  const moved = Date.UTC(year, date.getUTCMonth(), date.getUTCDate())
  return (
    BigInt(moved) * 1_000_000n +
    (base - BigInt(Date.UTC(LEAP_YEAR, date.getUTCMonth(), date.getUTCDate())) * 1_000_000n)
  )
}

/** The base whose day or year brings it nearest to `near` (ns since the epoch). */
export function nearestBase(clock: SourceClock, near: bigint): bigint {
  const missing = missingPart(clock)
  const base = clock.base!
  if (missing === 'date') {
    const days = (near - base + (near > base ? DAY / 2n : -DAY / 2n)) / DAY
    return base + days * DAY
  }
  if (missing !== 'year') return base
  const year = new Date(Number(near / 1_000_000n)).getUTCFullYear()
  return [year - 1, year, year + 1]
    .map(y => inYear(base, y))
    .reduce((a, b) => (distance(a, near) <= distance(b, near) ? a : b))
}

function distance(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a
}

/** ns since the epoch of a local time in a zone. */
export function inZone(base: bigint, zoneMinutes: number): bigint {
  return base - BigInt(zoneMinutes) * MINUTE
}

/** The whole number of quarter hours that an offset is, within `toleranceNs`; null where it is none. */
export function wholeQuarters(offsetNs: number, toleranceNs: number): number | null {
  const quarters = Math.round(offsetNs / QUARTER)
  return Math.abs(offsetNs - quarters * QUARTER) <= toleranceNs ? quarters * QUARTER : null
}

/** Zones in minutes east of UTC from which `local` times overlap `range`; both in ns, `local` as if in UTC. */
export function zonesThatOverlap(local: [number, number], range: [number, number]): number[] {
  const zones: number[] = []
  for (let zone = -12 * 60; zone <= 14 * 60; zone += 30) {
    const shift = zone * 60e9
    if (local[0] - shift <= range[1] && local[1] - shift >= range[0]) zones.push(zone)
  }
  return zones
}

/** `UTC+01:00` */
export function zoneName(minutes: number): string {
  const size = Math.abs(minutes)
  const pad = (n: number) => String(n).padStart(2, '0')
  return size === 0 ? 'UTC' : `UTC${minutes < 0 ? '−' : '+'}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}
