import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'

/**
 * A moment on the report's own clock: `2026-11-24 00:08:03.725180 UTC` where the reference is the realtime clock (with
 * microseconds, as strace and journald give them), without a zone where its zone is not known, `1 h 21 min after boot`
 * where it counts from the boot.
 */
export function moment(report: Report, ns: string): string {
  const reference = report.sources.find(source => source.path === report.timeline.reference)
  const domain = reference?.clock.domain ?? 'realtime'
  if (domain === 'monotonic' || domain === 'boottime') return `${duration(Number(BigInt(ns)))} after boot`
  if (domain === 'relative' || domain === 'none') return `${duration(Number(BigInt(ns)))} after the first event`
  const text = calendar(ns)
  if (domain !== 'wall') return `${text} UTC`
  // A log that has times of day and no dates.
  return text.startsWith('1970-') ? text.slice(11) : text
}

function calendar(ns: string): string {
  const at = BigInt(ns)
  const date = new Date(Number(at / 1_000_000_000n) * 1000)
  if (Number.isNaN(date.getTime())) return `${ns} ns`
  const micros = String((at % 1_000_000_000n) / 1000n).padStart(6, '0')
  return `${date.toISOString().slice(0, 19).replace('T', ' ')}.${micros}`
}

/** Nanoseconds from one moment to another, as a number: exact for 104 days. */
export function between(from: string, to: string): number {
  return Number(BigInt(to) - BigInt(from))
}

/** `−40.9 ms`, `+503 µs`, `0`: relative to time zero of the report; the moment itself where it has none. Empty for null. */
export function relative(report: Report, ns: string | null): string {
  if (ns === null) return ''
  const zero = report.timeline.focus?.zeroNs
  if (zero === undefined) return moment(report, ns)
  return signed(between(zero, ns))
}

/** A distance with its sign. */
export function signed(ns: number): string {
  if (ns === 0) return '0'
  return ns > 0 ? `+${duration(ns)}` : duration(ns)
}
