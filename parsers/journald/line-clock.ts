import type { Source } from '../../src/model/source.js'
import type { Ns } from '../../src/model/time.js'
import { JournalClock } from '../shared/journal/clock.js'
import { readStamp, type Stamp } from './stamp.js'

/**
 * The clock of a journal in a text mode. Its domain is that of the first stamp. Knows what a single line does not say:
 * the year, which boot, the minute that `[  +0.000005]` counts from.
 */
export class LineClock {
  #clock = new JournalClock()
  #domain: Stamp['clock'] | null = null
  #resolutionNs = 1e9
  #zone: string | null = null
  #kind: Stamp['kind'] | null = null
  /** Years after 1972, for stamps without one. */
  #years = 0
  #month = 0
  #previous: number | null = null
  /** `-- Journal begins at …, ends at … --`: gives the year and the zone of `short`. */
  #bounds: { year: number; month: number; ends: boolean; shiftMicros: number | null } | null = null
  /** Entries that have a stamp of another domain than the first. */
  mixed = 0

  /** Takes the line that journalctl prints first (before release 254). */
  header(line: string): void {
    const m = /^-- (?:Journal|Logs) begin(?:s)? at (.{10,60}?)(?:, ends? at (.{10,60}?))?\. --$/.exec(line)
    if (!m) return
    const stamp = readStamp(`${m[2] ?? m[1]} `)
    if (stamp?.micros == null) return
    const zone = stamp.clock === 'realtime' ? stamp.zone : null
    const local = readStamp(`${(m[2] ?? m[1]).replace(/ \S+$/, '')} `)
    const wall = local?.micros ?? stamp.micros
    const date = new Date(wall / 1000)
    this.#bounds = {
      year: date.getUTCFullYear(),
      month: date.getUTCMonth() + 1,
      ends: m[2] !== undefined,
      shiftMicros: zone === null ? null : stamp.micros - wall,
    }
    this.#zone = zone
  }

  /** Time of an entry relative to the base of the source; null where it cannot be put on this source's clock. */
  ns(stamp: Stamp): Ns | null {
    let micros = stamp.micros
    // `[  +0.000005]`: the distance from the line before.
    if (stamp.deltaMicros !== null) {
      if (this.#previous === null) return null
      this.#previous += stamp.deltaMicros
      return this.#clock.ns(this.#previous)
    }
    let domain = stamp.clock
    if (stamp.month > 0 && micros !== null) {
      micros = this.#withYear(micros, stamp.month)
      if (this.#bounds?.shiftMicros != null) {
        micros += this.#bounds.shiftMicros
        domain = 'realtime'
      }
    }
    this.#domain ??= domain
    this.#kind ??= stamp.kind
    this.#zone ??= stamp.zone
    this.#resolutionNs = Math.min(stamp.kind === 'dmesg-human' ? 60e9 : 1e9, stamp.resolutionNs)
    if (domain !== this.#domain) {
      this.mixed++
      return null
    }
    this.#previous = micros
    return this.#clock.ns(micros)
  }

  #withYear(micros: number, month: number): number {
    const date = new Date(micros / 1000)
    if (this.#bounds) {
      const { year, ends } = this.#bounds
      const later = month > this.#bounds.month
      date.setUTCFullYear(ends ? (later ? year - 1 : year) : later || month === this.#bounds.month ? year : year + 1)
    } else {
      // December, then January: a new year. The other way round: lines that are not sorted.
      if (this.#month - month > 6) this.#years++
      else if (month - this.#month > 6 && this.#years > 0) this.#years--
      this.#month = month
      date.setUTCFullYear(1972 + this.#years)
    }
    return date.getTime() * 1000 + (micros % 1000)
  }

  /** Writes what was learned into the source. */
  describe(source: Source, bootId: string | null): void {
    const domain = this.#domain
    if (domain === null) return
    this.#clock.describe(source, domain, this.#resolutionNs, {
      ...(bootId === null ? {} : { bootId }),
      ...(domain === 'wall' && (this.#kind === 'short' || this.#kind === 'dmesg-human') && !this.#bounds
        ? { missing: 'year' as const }
        : {}),
    })
    if (this.#zone !== null) source.about.zone = this.#zone
  }
}
