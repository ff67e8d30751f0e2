/**
 * The events that are kept in the end, and how many of a kind: what is done over and over is thinned, so that memory
 * does not grow with a program that writes or fails a million times.
 *
 * - successful writes to fd 1 and 2: the first `WRITES` of each, from there on every 2nd, 4th, 8th … as many more;
 * - a call that fails the same way on the same descriptor of one thread: the first `FAILURES`, from there on likewise;
 * - the first use of a descriptor by a thread: only of threads that the log does not show being born. What a thread has
 *   that was born in the log is known from its parent.
 *
 * How many were left out is counted.
 */
import { FLAG, ROW, Rows } from './rows.js'

const WRITES = 4096
const FAILURES = 256

export class Kept {
  readonly rows = new Rows()
  thinned = 0
  /** Line of the first that was left out. */
  thinnedLine = 0
  readonly #writes = new Map<number, number>()
  readonly #failures = new Map<number, number>()
  readonly #born = new Set<number>()

  /** Takes over row `i` of `from`, unless it is one too many. Rows must come in the order in which they were completed. */
  take(from: Rows, i: number): void {
    const flags = from.flags[i]
    if (flags !== 0 && this.#tooMany(from, i, flags)) return
    if (from.kind[i] === ROW.end) this.#born.delete(from.tid[i])
    this.rows.copy(from, i)
  }

  #tooMany(from: Rows, i: number, flags: number): boolean {
    if ((flags & FLAG.birth) !== 0) this.#born.add(from.use[i])
    if ((flags & FLAG.first) !== 0) return this.#born.has(from.tid[i])
    let seldom = true
    if ((flags & FLAG.output) !== 0) seldom = count(this.#writes, from.name[i], WRITES)
    else if ((flags & FLAG.failing) !== 0)
      seldom = count(this.#failures, mix(from.tid[i], from.name[i], from.use[i]), FAILURES)
    if (seldom) return false
    if (this.thinned++ === 0) this.thinnedLine = from.line[i]
    return true
  }

  /** A thread that was known by another number. */
  rename(from: number, to: number): void {
    const { rows } = this
    for (let i = 0; i < rows.length; i++) if (rows.tid[i] === from) rows.tid[i] = to
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
