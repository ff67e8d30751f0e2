import { signed } from '../shared/when.js'

const SECOND = 1e9
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Steps between ticks that people count in. */
const STEPS = [
  ...[1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9].flatMap(power => [power, 2 * power, 5 * power]),
  10 * SECOND,
  20 * SECOND,
  30 * SECOND,
  ...[1, 2, 5, 10, 20, 30].map(minutes => minutes * MINUTE),
  ...[1, 2, 6, 12].map(hours => hours * HOUR),
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].map(days => days * DAY),
].sort((a, b) => a - b)

/** Time on a horizontal line: nanoseconds relative to time zero, pixels. */
export class TimeScale {
  constructor(
    readonly from: number,
    readonly to: number,
    readonly left: number,
    readonly right: number,
  ) {}

  /** Place of a moment; moments outside are put on the edge. */
  x(ns: number): number {
    if (this.to <= this.from) return this.right
    const part = (ns - this.from) / (this.to - this.from)
    return this.left + Math.min(1, Math.max(0, part)) * (this.right - this.left)
  }

  holds(ns: number): boolean {
    return ns >= this.from && ns <= this.to
  }

  /** Round moments at least `apart` pixels from each other. */
  ticks(apart: number): { x: number; text: string }[] {
    const length = this.to - this.from
    if (length <= 0) return []
    const most = Math.max(1, Math.floor((this.right - this.left) / apart))
    const step = STEPS.find(s => length / s <= most) ?? length
    const out: { x: number; text: string }[] = []
    for (let n = Math.ceil(this.from / step); n * step <= this.to && out.length < 60; n++)
      out.push({ x: this.x(n * step), text: signed(n * step) })
    return out
  }
}

/** Keeps texts of one row from running into each other. */
export class Row {
  #taken: [number, number][] = []

  /** Takes the place from `start` to `end` if it is free; false where it is not. */
  take(start: number, end: number): boolean {
    if (this.#taken.some(([a, b]) => start < b && end > a)) return false
    this.#taken.push([start, end])
    return true
  }
}
