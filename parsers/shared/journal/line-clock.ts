import type { Source } from '../../../src/model/source.js'
import type { Ns } from '../../../src/model/time.js'
import { JournalClock } from './clock.js'
import { readStamp, type Stamp } from './stamp.js'

const DAY = 86_400e6

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
  /** A whole date that stands in the same text: gives `short` its year and its zone. */
  #hint: { micros: number; isEnd: boolean; shiftMicros: number | null } | null = null
  /** Entries that have a stamp of another domain than the first. */
  mixed = 0

  /** Takes `-- Journal begins at …, ends at …. --`, which journalctl prints first (before release 254). */
  header(line: string): void {
    const m = /^-- (?:Journal begins|Logs begin) at (.{10,60}?)(?:, ends? at (.{10,60}?))?\. --$/.exec(line)
    if (m) this.hint(m[2] ?? m[1], m[2] !== undefined)
  }

  /** Takes a whole date of the same text, `Tue 2026-11-24 00:13:30 UTC`; `isEnd`: no entry is later. */
  hint(date: string, isEnd: boolean): void {
    const stamp = readStamp(`${date} `)
    const wall = readStamp(`${date.replace(/ [^ ]{1,8}$/, '')} `)
    if (stamp?.micros == null) return
    const local = stamp.zone === null ? stamp.micros : (wall?.micros ?? null)
    if (local === null) return
    const known = stamp.clock === 'realtime'
    this.#hint = { micros: local, isEnd, shiftMicros: known ? stamp.micros - local : null }
    if (known) this.#zone = stamp.zone
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
      if (this.#hint?.shiftMicros != null) {
        micros += this.#hint.shiftMicros
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
    const inYear = (year: number) => new Date(micros / 1000).setUTCFullYear(year) * 1000 + (micros % 1000)
    if (this.#hint) {
      const { micros: near, isEnd } = this.#hint
      const year = new Date(near / 1000).getUTCFullYear()
      const latest = isEnd ? near + DAY : Number.POSITIVE_INFINITY
      const candidates = [year - 1, year, year + 1].map(inYear).filter(at => at <= latest)
      return candidates.reduce((best, at) => (Math.abs(at - near) < Math.abs(best - near) ? at : best))
    }
    // December, then January: a new year. The other way round: lines that are not sorted.
    if (this.#month - month > 6) this.#years++
    else if (month - this.#month > 6 && this.#years > 0) this.#years--
    this.#month = month
    return inYear(1972 + this.#years)
  }

  /** Writes what was learned into the source. */
  describe(source: Source, bootId: string | null): void {
    const domain = this.#domain
    if (domain === null) return
    this.#clock.describe(source, domain, this.#resolutionNs, {
      ...(bootId === null ? {} : { bootId }),
      ...(domain === 'wall' && (this.#kind === 'short' || this.#kind === 'dmesg-human') && !this.#hint
        ? { missing: 'year' as const }
        : {}),
    })
    if (this.#zone !== null) source.about.zone = this.#zone
  }
}
