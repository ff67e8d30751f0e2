import type { Capture } from '../model/capture.js'
import type { Ns } from '../model/time.js'

export interface Clocks {
  /** Capture time 0, in ns since the epoch of the reference clock; null where nothing is dated. */
  origin: bigint | null
  /** Path of the source whose clock is the reference. */
  reference: string | null
  /** Source time to capture time; null where the source has no place on the reference clock. */
  at(source: string, ns: Ns | null): Ns | null
}

/**
 * Puts every source on one clock and writes what it did into `source.alignment`.
 *
 * Sources of one clock domain (CLOCK_REALTIME) share it as it is. The first dated realtime source is the reference.
 */
export function alignClocks(capture: Capture): Clocks {
  const reference = capture.sources.find(s => s.clock.base !== null && s.clock.domain === 'realtime') ?? null
  const origin = reference?.clock.base ?? null
  const shifts = new Map<string, number>()
  for (const source of capture.sources) {
    if (origin === null || source.clock.base === null || source.clock.domain !== 'realtime') continue
    shifts.set(source.path, Number(source.clock.base - origin))
    source.alignment = {
      offsetNs: 0,
      uncertaintyNs: source.clock.resolutionNs,
      basis: 'same clock (CLOCK_REALTIME)',
      drift: 0,
    }
  }
  return {
    origin,
    reference: reference?.path ?? null,
    at(source, ns) {
      const shift = shifts.get(source)
      return shift === undefined || ns === null ? null : ns + shift
    },
  }
}
