import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'

/** `2026-11-24 00:08:03.725180 UTC` for nanoseconds since the epoch; microseconds are what strace and journald give. */
export function utc(ns: string): string {
  const at = BigInt(ns)
  const seconds = at / 1_000_000_000n
  const date = new Date(Number(seconds) * 1000)
  if (Number.isNaN(date.getTime())) return `${ns} ns`
  const micros = String((at % 1_000_000_000n) / 1000n).padStart(6, '0')
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}.${micros} UTC`
}

/** The time of day of it. */
export function timeOfDay(ns: string): string {
  return utc(ns).slice(11)
}

/** Nanoseconds from one moment to another, as a number: exact for 104 days. */
export function between(from: string, to: string): number {
  return Number(BigInt(to) - BigInt(from))
}

/** `−40.9 ms`, `+503 µs`, `0`: relative to time zero of the report; the time of day where it has none. Empty for null. */
export function relative(report: Report, ns: string | null): string {
  if (ns === null) return ''
  const zero = report.timeline.focus?.zeroNs
  if (zero === undefined) return timeOfDay(ns)
  return signed(between(zero, ns))
}

/** A distance with its sign. */
export function signed(ns: number): string {
  if (ns === 0) return '0'
  return ns > 0 ? `+${duration(ns)}` : duration(ns)
}
