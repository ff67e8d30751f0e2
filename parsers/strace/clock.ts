/** Turns the times of lines into nanoseconds since the clock base of the source. */
import { type Leader, TIME } from './leader.js'

const DAY = 86400
/** A time of day that goes back by more than this has passed midnight; by less, the clock was set back. */
const HALF_DAY = DAY / 2

export class LineClock {
  /** Days passed, for times of day; seconds and nanoseconds passed, for relative times. */
  #days = 0
  #last = Number.NaN
  #elapsed = 0
  first = Number.NaN
  last = Number.NaN
  /** Lines that are dated earlier than the line before by a second or more. */
  backwards = 0
  backwardsLine = 0

  /** `base`: whole seconds (of the epoch or the day) at ns = 0. */
  constructor(readonly base: number) {}

  /** NaN where the line has no time. Lines must come in the order of the log. */
  at(leader: Leader, line: number): number {
    let ns: number
    if (leader.timeForm === TIME.epoch) ns = (leader.seconds - this.base) * 1e9 + leader.nanos
    else if (leader.timeForm === TIME.wall) {
      if (leader.seconds < this.#last - HALF_DAY) this.#days++
      this.#last = leader.seconds
      ns = (this.#days * DAY + leader.seconds - this.base) * 1e9 + leader.nanos
    } else if (leader.timeForm === TIME.relative) {
      this.#elapsed += leader.seconds * 1e9 + leader.nanos
      ns = this.#elapsed
    } else return Number.NaN
    if (ns < this.last - 1e9) {
      if (this.backwards++ === 0) this.backwardsLine = line
    }
    if (!(this.first <= ns)) this.first = ns
    this.last = ns
    return ns
  }
}
