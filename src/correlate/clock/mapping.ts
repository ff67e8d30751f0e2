import type { Source } from '../../model/source.js'
import { convert, type Segment } from './readings.js'
import { missingPart } from './wall.js'

/** How a source's times (ns since its base) turn into capture time. */
export interface Mapping {
  shift: number
  drift: number
  uncertaintyNs: number
  basis: string
  /** For times since boot: by segments, because the clock may have been set. `shift` then is the base, in ns since boot. */
  segments?: readonly Segment[]
}

/** Capture time of `ns`, relative to the base of the source. */
export function mapped(mapping: Mapping, ns: number): number {
  return mapping.segments ? convert(mapping.segments, ns + mapping.shift) : ns + mapping.shift + mapping.drift * ns
}

/** What the times of a reference count from. */
export function describeReference(source: Source, epoch: boolean): string {
  const { domain } = source.clock
  const missing = missingPart(source.clock)
  if (domain === 'realtime') return 'CLOCK_REALTIME'
  if (domain === 'relative') return 'only distances are known'
  if (domain !== 'wall') return epoch ? 'time since boot, stated with the time of day' : 'time since boot'
  if (epoch) return 'local time of a known zone'
  return missing === null ? 'local time of an unknown zone' : `local time without a ${missing}`
}
