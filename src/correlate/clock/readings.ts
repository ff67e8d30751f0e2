/**
 * Conversion of times since boot: every journal entry carries CLOCK_REALTIME and CLOCK_MONOTONIC of one moment, and perf
 * states such a moment in its header. Between two readings the nearer one holds; where their difference jumps, the clock
 * was set.
 */

/** One moment on both clocks: ns since boot, and capture time. */
export interface Reading {
  monotonicNs: number
  captureNs: number
  bootId: string | null
  /** Read off a coarse clock, up to a tick early (audit). */
  coarse?: boolean
}

/** From `fromNs` (since boot) on, capture time = time since boot + `delta`. */
export interface Segment {
  fromNs: number
  delta: number
}

/** Journald reads both clocks one after the other; what jumps by less was no setting of the clock. */
export const STEP_NS = 20e6

/** Segments of equal difference, in order; more than one where the clock was set. */
export function segmentsOf(readings: readonly Reading[]): Segment[] {
  const ordered = [...readings].sort((a, b) => a.monotonicNs - b.monotonicNs)
  const segments: Segment[] = []
  let count = 0
  for (const { monotonicNs, captureNs } of ordered) {
    const delta = captureNs - monotonicNs
    const last = segments.at(-1)
    if (!last || Math.abs(delta - last.delta) > STEP_NS) {
      segments.push({ fromNs: segments.length === 0 ? -Infinity : monotonicNs, delta })
      count = 1
    } else {
      // The mean of a segment: single readings differ by microseconds.
      count++
      last.delta += (delta - last.delta) / count
    }
  }
  return segments
}

/** Capture time of a time since boot. */
export function convert(segments: readonly Segment[], monotonicNs: number): number {
  let low = 0
  let high = segments.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (segments[middle].fromNs <= monotonicNs) low = middle
    else high = middle - 1
  }
  return monotonicNs + segments[low].delta
}
