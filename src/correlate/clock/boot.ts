/** Times since boot against the capture's clock. */
import type { Capture } from '../../model/capture.js'
import { addTo } from '../../model/multimap.js'
import type { Source } from '../../model/source.js'
import { counted, duration } from '../../model/words.js'
import { type Mapping, mapped } from './mapping.js'
import { convert, type Reading, STEP_NS, segmentsOf } from './readings.js'

/** printk, ftrace and perf without -k read a clock that runs beside CLOCK_MONOTONIC, milliseconds apart. */
export const LOCAL_CLOCK_NS = 10e6

/** Audit reads the clock of the last tick, 10 ms apart at 100 Hz. */
const TICK_NS = 12e6

/** All moments that aligned sources state on both clocks. `origin` is the epoch of capture time, null where it has none. */
export function readingsOf(capture: Capture, mappings: ReadonlyMap<string, Mapping>, origin: bigint | null): Reading[] {
  const readings: Reading[] = []
  for (const journal of capture.journals) {
    const mapping = mappings.get(journal.source)
    if (!mapping || mapping.segments) continue
    for (const { receivedNs, ns, monotonicNs, bootId } of journal.entries) {
      const here = receivedNs ?? ns
      if (here !== null && monotonicNs !== null)
        readings.push({ monotonicNs, captureNs: mapped(mapping, here), bootId })
    }
  }
  if (origin !== null)
    for (const { clock } of capture.sources)
      for (const { own, realtime, coarse } of clock.readings ?? [])
        readings.push({
          monotonicNs: Number(own),
          captureNs: Number(realtime - origin),
          bootId: clock.bootId ?? null,
          coarse: coarse ?? false,
        })
  return readings
}

/** Says where a journal's real-time clock jumps against the clock that nobody can set. */
export function reportSteps(capture: Capture): void {
  for (const { source, entries } of capture.journals) {
    const last = new Map<string, number>()
    for (const { receivedNs, ns, monotonicNs, bootId, line, offset } of entries) {
      const here = receivedNs ?? ns
      if (here === null || monotonicNs === null || bootId === null) continue
      const difference = here - monotonicNs
      const before = last.get(bootId)
      last.set(bootId, difference)
      if (before === undefined || Math.abs(difference - before) <= STEP_NS) continue
      const back = difference < before
      capture.diagnostics.add(
        'clock.step',
        'info',
        back
          ? `The clock was set back by ${duration(before - difference)}: times before and after it are not in order.`
          : `The clock jumped forward by ${duration(difference - before)} (it was set, or the machine slept): times across it are no distances.`,
        line !== null ? { source, line } : { source, offset: offset ?? 0 },
        'Compare times across this place by __MONOTONIC_TIMESTAMP (journalctl -o short-monotonic).',
      )
    }
  }
}

/** A source of times since boot by readings of the same boot; a string says why there is no telling which boot it is of. */
export function byReadings(source: Source, all: readonly Reading[]): Mapping | string | null {
  const { clock } = source
  let readings = all
  if (clock.bootId !== undefined) readings = all.filter(r => r.bootId === clock.bootId || r.bootId === null)
  else if (new Set(all.map(r => r.bootId).filter(b => b !== null)).size > 1)
    return 'the journals are of several boots, and it does not say of which it is'
  if (readings.length === 0) return null
  const coarse = readings.every(r => r.coarse)
  if (!coarse) readings = readings.filter(r => !r.coarse)
  const exact = clock.bootId !== undefined || clock.readings !== undefined || source.about.clockid !== undefined
  const suspend = clock.domain === 'boottime' ? ' (no suspend assumed)' : ''
  return {
    shift: Number(clock.base),
    drift: 0,
    uncertaintyNs: clock.resolutionNs + (exact ? 1e6 : LOCAL_CLOCK_NS) + (coarse ? TICK_NS : 0),
    basis: `time since boot, by ${counted(readings.length, 'moment')} read on both clocks${suspend}`,
    segments: segmentsOf(readings),
  }
}

/**
 * Journals of one boot carry the clock that nobody can set: it says how their real-time clocks lie to each other. The shift
 * from the journal's times to capture time, and how many entries show it; null where no boot is common.
 */
export function bySameBoot(
  source: Source,
  capture: Capture,
  all: readonly Reading[],
): { shift: number; count: number } | null {
  const journal = capture.journals.find(j => j.source === source.path)
  if (!journal || source.clock.domain !== 'realtime') return null
  const boots = new Map<string, Reading[]>()
  for (const reading of all) {
    if (reading.bootId === null) continue
    addTo(boots, reading.bootId, reading)
  }
  const segments = new Map([...boots].map(([boot, readings]) => [boot, segmentsOf(readings)]))
  const shifts: number[] = []
  for (const { bootId, monotonicNs, receivedNs, ns } of journal.entries) {
    const there = bootId === null ? undefined : segments.get(bootId)
    const here = receivedNs ?? ns
    if (there && monotonicNs !== null && here !== null) shifts.push(convert(there, monotonicNs) - here)
  }
  shifts.sort((a, b) => a - b)
  return shifts.length === 0 ? null : { shift: shifts[shifts.length >> 1], count: shifts.length }
}
