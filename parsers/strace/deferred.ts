/**
 * Lines of a part of a log that cannot be judged without the part before it: for each thread, everything up to the end of
 * its first call there. They are kept whole and taken up again when the part before is done.
 */
import { ROOM, Table } from './columns.js'
import type { Line } from './line.js'

export const DEFER = {
  line: 0,
  /** No record by itself: the first line of the part. */
  stray: 1,
  /** As `line`, but no call of the thread is open. */
  reset: 2,
  /** A thread goes on under the number of this line's thread, whose own end is dealt with. */
  move: 3,
} as const

export class Deferred extends Table {
  kind = new Uint8Array(ROOM)
  line = new Uint32Array(ROOM)
  ns = new Float64Array(ROOM)
  at = new Float64Array(ROOM)
  size = new Uint32Array(ROOM)
  /** The line's place in `text`. */
  from = new Uint32Array(ROOM)
  to = new Uint32Array(ROOM)
  #text = new Uint8Array(ROOM)
  #used = 0

  add(kind: number, where: Line, ns: number): void {
    const i = this.length
    if (i === this.kind.length) this.makeRoom(i * 2)
    const size = where.end - where.start
    if (this.#used + size > this.#text.length) {
      const larger = new Uint8Array((this.#used + size) * 2)
      larger.set(this.#text.subarray(0, this.#used))
      this.#text = larger
    }
    this.#text.set(where.buffer.subarray(where.start, where.end), this.#used)
    this.kind[i] = kind
    this.line[i] = where.line
    this.ns[i] = ns
    this.at[i] = where.at
    this.size[i] = where.size
    this.from[i] = this.#used
    this.to[i] = this.#used + size
    this.#used += size
    this.length++
  }

  /** Forgets all lines; the room stays. */
  clear(): void {
    this.length = 0
    this.#used = 0
  }

  text(): Uint8Array {
    return this.#text.slice(0, this.#used)
  }
}
