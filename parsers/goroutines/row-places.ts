/** Where the goroutines of a dump lie in the input, by row and by goroutine id. Columns, since there can be 200,000. */

const EMPTY = -1
const FIRST_SIZE = 4

export class RowPlaces {
  length = 0
  /** Byte offset of the header, and after the last line, by row. */
  offsets = new Float64Array(FIRST_SIZE)
  ends = new Float64Array(FIRST_SIZE)
  #ids = new Float64Array(FIRST_SIZE)
  /** Open addressing: row, or EMPTY; a power of two, at most half full. */
  #slots = new Int32Array(FIRST_SIZE * 2).fill(EMPTY)

  /** The row of a goroutine id, -1 where there is none. */
  find(id: number): number {
    return this.#slots[this.#slot(id)]
  }

  add(id: number, offset: number, end: number): void {
    const room = this.#ids.length
    if (this.length === room) this.reserve(room < 1 << 16 ? room * 4 : room * 2)
    const row = this.length++
    this.#ids[row] = id
    this.offsets[row] = offset
    this.ends[row] = end
    this.#slots[this.#slot(id)] = row
  }

  /** The slot that holds the id, or the empty one that it would take. */
  #slot(id: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    const high = Math.floor(id / 0x100000000)
    let hash = Math.imul((id | 0) ^ Math.imul(high | 0, 0x85ebca6b), 0x9e3779b1)
    hash ^= hash >>> 15
    let at = hash & mask
    while (slots[at] !== EMPTY && this.#ids[slots[at]] !== id) at = (at + 1) & mask
    return at
  }

  /** Makes room for so many rows. */
  reserve(rows: number): void {
    if (rows <= this.#ids.length) return
    this.#ids = grown(this.#ids, rows)
    this.offsets = grown(this.offsets, rows)
    this.ends = grown(this.ends, rows)
    this.#slots = new Int32Array(2 << Math.ceil(Math.log2(rows))).fill(EMPTY)
    for (let row = 0; row < this.length; row++) this.#slots[this.#slot(this.#ids[row])] = row
  }
}

function grown(column: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(size)
  larger.set(column)
  return larger
}
