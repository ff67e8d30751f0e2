import type { Source } from '../../../src/model/source.js'
import type { ClockDomain, Ns } from '../../../src/model/time.js'

/** The clock of one journal: its base is the first time that is read. */
export class JournalClock {
  #base: number | null = null

  /** Microseconds in the clock's own domain to ns relative to its base. */
  ns(microseconds: number | null): Ns | null {
    if (microseconds === null) return null
    if (this.#base === null) this.#base = microseconds
    return Math.round((microseconds - this.#base) * 1000)
  }

  /** Writes what was learned into the source. Nothing dated: the source has no clock. */
  describe(source: Source, domain: ClockDomain, resolutionNs: number, more: Partial<Source['clock']> = {}): void {
    if (this.#base === null) return
    const { readings } = source.clock
    if (readings) more = { ...more, readings }
    source.clock = { domain, base: BigInt(Math.round(this.#base)) * 1000n, resolutionNs, ...more }
  }
}
