import type { Manifest } from '../../model/capture.js'
import type { Source } from '../../model/source.js'
import { datedBase, inZone, missingPart } from './wall.js'

/**
 * A source's base in ns since the epoch, where the source and the manifest say enough for one: CLOCK_REALTIME, local time of
 * a known zone and day, time since boot with a moment stated on both clocks, or whatever the user has given an offset for.
 */
export function epochBase({ clock, path }: Source, manifest: Manifest): bigint | null {
  if (clock.base === null) return null
  const stated = path in manifest.offsets
  const added = stated ? BigInt(Math.round(manifest.offsets[path] * 1e9)) : 0n
  if (clock.domain === 'realtime') return clock.base + added
  if (clock.readings?.length) return clock.base + clock.readings[0].realtime - clock.readings[0].own
  if (clock.domain !== 'wall') return stated ? clock.base + added : null
  const dated = datedBase(clock, manifest.date)
  const zone = clock.zoneMinutes ?? manifest.zoneMinutes
  if (dated === null) return null
  return stated ? dated + added : zone === null ? null : inZone(dated, zone)
}

/** The source whose clock says most: the epoch before the time of day before time since boot; a trace before the others. */
export function chooseReference(dated: readonly Source[]): Source | null {
  return dated.reduce<Source | null>((best, s) => (best === null || rank(s) < rank(best) ? s : best), null)
}

const MISSING_RANK = { none: 4, year: 6, date: 8 }

function rank(source: Source): number {
  const { domain, readings } = source.clock
  const trace = source.kind === 'strace' ? 0 : 1
  if (domain === 'realtime') return trace
  if (readings?.length) return 2 + trace
  if (domain === 'wall') return MISSING_RANK[missingPart(source.clock) ?? 'none'] + trace
  return (domain === 'relative' ? 12 : 10) + trace
}
