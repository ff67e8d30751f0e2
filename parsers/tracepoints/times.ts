import type { Source } from '../../src/model/source.js'
import type { SignalWitness } from '../../src/model/witness.js'

export interface Time {
  seconds: number
  ns: number
  /** Smallest step that the digits show, in ns. */
  step: number
}

/** A witness, or what else happened at a time. */
type Stamped = Pick<SignalWitness, 'ns'>

const DAY = 86_400
/** A decrease of more than this is no disorder between processors: the times are distances. */
const DISORDER_NS = 1_000_000

/**
 * Gives witnesses their times in the source's clock. Which clock that is shows only from all of them: seconds since boot,
 * since the first sample (`--reltime`), since the line before (`--deltatime`), or the local time of day.
 */
export class Times {
  #first: Time | null = null
  #previous = 0
  #sum = 0
  #decreased = false
  #wall = false
  #days = 0
  #sinceStart = false
  #stamped: { witness: Stamped; sum: number }[] = []

  constructor(readonly source: Source) {}

  /** The rows carry the local time of day. */
  wall(): void {
    this.#wall = true
  }

  /** `perf trace` counts from its first sample, unless -T was given: then from the boot, which is longer ago. */
  sinceStart(): void {
    this.#sinceStart = true
  }

  /** Whether lines of other events count: where the first time is 0, the times may be distances from line to line. */
  get needsAll(): boolean {
    return this.#first === null || (this.#first.seconds === 0 && this.#first.ns === 0)
  }

  /** A line with a time but without a signal: it counts where times are distances. */
  pass(time: Time | null): void {
    if (time) this.#advance(time)
  }

  stamp(witness: Stamped, time: Time | null): void {
    if (!time) return
    witness.ns = this.#advance(time)
    this.#stamped.push({ witness, sum: this.#sum })
  }

  /** Nanoseconds since the first time of the source. */
  #advance(time: Time): number {
    this.#first ??= time
    let ns = (time.seconds - this.#first.seconds) * 1e9 + (time.ns - this.#first.ns)
    if (this.#wall) {
      // Past midnight the time of day starts again.
      if (ns + this.#days * DAY * 1e9 < this.#previous - 1e12) this.#days++
      ns += this.#days * DAY * 1e9
    } else if (ns < this.#previous - DISORDER_NS) this.#decreased = true
    this.#sum += time.seconds * 1e9 + time.ns
    this.#previous = ns
    return ns
  }

  /** Settles the clock of the source. */
  finish(): void {
    const first = this.#first
    if (!first) return
    const clock = this.source.clock
    const zero = first.seconds === 0 && first.ns === 0
    if (this.#wall) {
      clock.domain = 'wall'
      clock.missing = 'date'
      clock.resolutionNs = 1e9
    } else if (zero || first.seconds < (this.#sinceStart ? 3600 : 1)) {
      clock.domain = 'relative'
      if (this.#decreased && zero) for (const { witness, sum } of this.#stamped) witness.ns = sum
    } else if (clock.domain === 'none') clock.domain = 'monotonic'
    if (clock.resolutionNs === 0) clock.resolutionNs = first.step
    clock.base = BigInt(first.seconds) * 1_000_000_000n + BigInt(first.ns)
  }
}

/** A time from its digits before and after the point: `3321` and `905641`. */
export function timeOf(seconds: string, fraction: string): Time {
  return { seconds: Number(seconds), ns: Number(fraction.padEnd(9, '0')), step: 10 ** (9 - fraction.length) }
}
