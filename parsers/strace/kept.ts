/**
 * The events that are kept in the end, and how many of a kind: what is done over and over is thinned, so that memory
 * does not grow with a program that writes or fails a million times.
 *
 * - successful writes to fd 1 and 2: the first `WRITES` of each, from there on every 2nd, 4th, 8th … as many more;
 * - a call that fails the same way on the same descriptor of one thread: the first `FAILURES`, from there on likewise.
 *
 * How many were left out is counted.
 */
import { FLAG, Rows } from './rows.js'

const WRITES = 4096
const FAILURES = 256
/** When room is made, and how much more than the part so far lets expect; not beyond so many rows at once. */
const NEARLY_FULL = 0.6
const ENOUGH = 2
const LARGER = 1.5
const MOST_FORESEEN = 1 << 20

export class Kept {
  readonly rows = new Rows()
  thinned = 0
  /** Line of the first that was left out. */
  thinnedLine = 0
  readonly #writes = new Map<number, number>()
  readonly #failures = new Map<number, number>()

  /** Takes the last row away again if it is one too many of its kind; true where it was. */
  leavesOut(flags: number): boolean {
    if (flags === 0) return false
    const { rows } = this
    const i = rows.length - 1
    let seldom = true
    if ((flags & FLAG.output) !== 0) seldom = count(this.#writes, rows.name[i], WRITES)
    else if ((flags & FLAG.failing) !== 0)
      seldom = count(this.#failures, mix(rows.tid[i], rows.name[i], rows.use[i]), FAILURES)
    if (seldom) return false
    if (this.thinned++ === 0) this.thinnedLine = rows.line[i]
    rows.length--
    return true
  }

  /** `part` of the log has been read: makes room for the rest, since columns that grow are copied again and again. */
  foresee(part: number): void {
    const { rows } = this
    const expected = (rows.length / part) * ENOUGH
    if (rows.length > rows.room * NEARLY_FULL && expected > rows.room)
      rows.reserve(Math.ceil(Math.min(rows.length + MOST_FORESEEN, Math.max(expected, rows.room * LARGER))))
  }
}

/** Counts one more under `key`; true where it is one of those that stay. */
function count(counts: Map<number, number>, key: number, all: number): boolean {
  const n = (counts.get(key) ?? 0) + 1
  counts.set(key, n)
  if (n <= all) return true
  const every = 2 ** Math.ceil(Math.log2(n / all))
  return n % every === 0
}

function mix(a: number, b: number, c: number): number {
  return Math.imul(Math.imul(a, 0x9e3779b1) ^ b, 0x85ebca6b) ^ c
}
