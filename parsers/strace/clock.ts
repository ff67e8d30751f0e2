/** Turns the times of lines into nanoseconds since the clock base of the source. */
import { type Leader, TIME } from './leader.js'

const DAY = 86400
/** A time of day that goes back by more than this has passed midnight; by less, the clock was set back. */
const HALF_DAY = DAY / 2
/** Lines of different threads are printed out of order by less than this. */
const BACK_NS = 1e9

/** Places in `LineClock.state`. NaN where nothing is dated. */
export const CLOCK = {
  /** The last time of day in seconds. */
  lastOfDay: 0,
  /** Times that midnight was passed. */
  days: 1,
  /** Sum of relative times, ns. */
  elapsed: 2,
  /** Earliest and latest time, and the last in the order of lines, ns. */
  min: 3,
  max: 4,
  last: 5,
  /** Lines dated earlier than the line before by a second or more, and the first of them. */
  backwards: 6,
  backwardsLine: 7,
} as const
const FIELDS = 8

export class LineClock {
  /** What was made of the times so far; numbers in a row, where the short way finds them as well (`quiet.ts`). */
  state = new Float64Array(FIELDS)

  /** `base`: whole seconds (of the epoch or the day) at ns = 0. `undated`: the times of the lines are passed over. */
  constructor(
    readonly base: number,
    readonly undated = false,
  ) {
    this.state.fill(Number.NaN)
    for (const field of [CLOCK.days, CLOCK.elapsed, CLOCK.backwards, CLOCK.backwardsLine]) this.state[field] = 0
  }

  /** NaN where the line has no time. Lines must come in the order of the log. */
  at(leader: Leader, line: number): number {
    const { state } = this
    if (this.undated) return Number.NaN
    let ns: number
    if (leader.timeForm === TIME.epoch) ns = this.sinceBase(leader.seconds, leader.nanos)
    else if (leader.timeForm === TIME.wall) {
      if (leader.seconds < state[CLOCK.lastOfDay] - HALF_DAY) state[CLOCK.days]++
      state[CLOCK.lastOfDay] = leader.seconds
      ns = this.sinceBase(state[CLOCK.days] * DAY + leader.seconds, leader.nanos)
    } else if (leader.timeForm === TIME.relative) {
      state[CLOCK.elapsed] += leader.seconds * 1e9 + leader.nanos
      ns = state[CLOCK.elapsed]
    } else return Number.NaN
    this.note(ns, line)
    return ns
  }

  sinceBase(seconds: number, nanos: number): number {
    return (seconds - this.base) * 1e9 + nanos
  }

  /** Takes account of the time of a line. */
  note(ns: number, line: number): void {
    const { state } = this
    const last = state[CLOCK.last]
    state[CLOCK.last] = ns
    if (ns >= last) {
      if (ns > state[CLOCK.max]) state[CLOCK.max] = ns
    } else this.#noteBack(ns, last, line)
  }

  #noteBack(ns: number, last: number, line: number): void {
    const { state } = this
    if (Number.isNaN(last)) state[CLOCK.min] = state[CLOCK.max] = ns
    else {
      if (ns < last - BACK_NS && state[CLOCK.backwards]++ === 0) state[CLOCK.backwardsLine] = line
      if (ns < state[CLOCK.min]) state[CLOCK.min] = ns
    }
  }
}
