/** Turns the times of lines into nanoseconds since the clock base of the source. */
import { type Leader, TIME } from './leader.js'

const DAY = 86400
/** A time of day that goes back by more than this has passed midnight; by less, the clock was set back. */
const HALF_DAY = DAY / 2
/** Lines of different threads are printed out of order by less than this. */
const BACK_NS = 1e9

/** What a part of a log has made of its times; plain data. */
export interface ClockState {
  /** First and last time of day in seconds; NaN where there is none. */
  firstOfDay: number
  lastOfDay: number
  /** Times that midnight was passed. */
  days: number
  /** Sum of relative times. */
  elapsed: number
  /** Earliest and latest, and the first and last in the order of lines. NaN where nothing is dated. */
  min: number
  max: number
  first: number
  last: number
  /** Lines dated earlier than the line before by a second or more, and the first of them. */
  backwards: number
  backwardsLine: number
}

export function newClockState(): ClockState {
  const none = Number.NaN
  const dated = { firstOfDay: none, lastOfDay: none, min: none, max: none, first: none, last: none }
  return { ...dated, days: 0, elapsed: 0, backwards: 0, backwardsLine: 0 }
}

export class LineClock {
  state = newClockState()

  /** `base`: whole seconds (of the epoch or the day) at ns = 0. */
  constructor(readonly base: number) {}

  /** NaN where the line has no time. Lines must come in the order of the log. */
  at(leader: Leader, line: number): number {
    const state = this.state
    let ns: number
    if (leader.timeForm === TIME.epoch) ns = (leader.seconds - this.base) * 1e9 + leader.nanos
    else if (leader.timeForm === TIME.wall) {
      if (leader.seconds < state.lastOfDay - HALF_DAY) state.days++
      if (Number.isNaN(state.firstOfDay)) state.firstOfDay = leader.seconds
      state.lastOfDay = leader.seconds
      ns = (state.days * DAY + leader.seconds - this.base) * 1e9 + leader.nanos
    } else if (leader.timeForm === TIME.relative) {
      state.elapsed += leader.seconds * 1e9 + leader.nanos
      ns = state.elapsed
    } else return Number.NaN
    this.note(ns, line)
    return ns
  }

  /** Takes account of the time of a line. */
  note(ns: number, line: number): void {
    const { state } = this
    if (ns >= state.last) {
      if (ns > state.max) state.max = ns
    } else if (ns < state.last) {
      if (ns < state.last - BACK_NS && state.backwards++ === 0) state.backwardsLine = line
      if (ns < state.min) state.min = ns
    } else state.min = state.max = state.first = ns
    state.last = ns
  }

  /**
   * The log goes on with a part that had a clock of its own; returns what to add to that part's times.
   *
   * @param lines lines before the part
   */
  append(part: ClockState, lines: number): number {
    const state = this.state
    let shift = state.elapsed
    if (!Number.isNaN(part.firstOfDay)) {
      if (part.firstOfDay < state.lastOfDay - HALF_DAY) state.days++
      shift = state.days * DAY * 1e9
      state.days += part.days
      state.lastOfDay = part.lastOfDay
      if (Number.isNaN(state.firstOfDay)) state.firstOfDay = part.firstOfDay
    }
    state.elapsed += part.elapsed
    if (Number.isNaN(part.first)) return shift
    if (part.first + shift < state.last - BACK_NS && state.backwards++ === 0) state.backwardsLine = lines + 1
    if (state.backwards === 0 && part.backwards > 0) state.backwardsLine = lines + part.backwardsLine
    state.backwards += part.backwards
    state.min = Number.isNaN(state.min) ? part.min + shift : Math.min(state.min, part.min + shift)
    state.max = Number.isNaN(state.max) ? part.max + shift : Math.max(state.max, part.max + shift)
    if (Number.isNaN(state.first)) state.first = part.first + shift
    state.last = part.last + shift
    return shift
  }
}
