/** Where the goroutines of a dump lie in the input, by row and by goroutine id. Columns, since there can be 200,000. */

const EMPTY = -1
const FIRST_SIZE = 4
/** Slots that are tried before ids are mixed. */
const PROBES = 64

export class RowPlaces {
  length = 0
  /** Byte offset of the header, and after the last line, by row. */
  offsets = new Float64Array(FIRST_SIZE)
  ends = new Float64Array(FIRST_SIZE)
  #ids = new Float64Array(FIRST_SIZE)
  /** Open addressing: row, or EMPTY; a power of two, at most half full. */
  #slots = new Int32Array(FIRST_SIZE * 2).fill(EMPTY)
  #mixed = false

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

  /**
   * The slot that holds the id, or the empty one that it would take. Ids of a dump mostly ascend, so neighbours lie next
   * to each other; ids that all fall on the same slots are mixed instead.
   */
  #slot(id: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (;;) {
      let at = (this.#mixed ? mix(id) : id % 0x100000000) & mask
      const last = this.#mixed ? Number.POSITIVE_INFINITY : PROBES
      for (let probes = 0; probes < last; probes++) {
        const row = slots[at]
        if (row === EMPTY || this.#ids[row] === id) return at
        at = (at + 1) & mask
      }
      this.#mixed = true
      this.#rehash()
    }
  }

  #rehash(): void {
    this.#slots.fill(EMPTY)
    for (let row = 0; row < this.length; row++) this.#slots[this.#slot(this.#ids[row])] = row
  }

  /** Makes room for so many rows. */
  reserve(rows: number): void {
    if (rows <= this.#ids.length) return
    this.#ids = grown(this.#ids, rows)
    this.offsets = grown(this.offsets, rows)
    this.ends = grown(this.ends, rows)
    this.#slots = new Int32Array(2 << Math.ceil(Math.log2(rows)))
    this.#rehash()
  }
}

function mix(id: number): number {
  const hash = Math.imul((id | 0) ^ Math.imul(Math.floor(id / 0x100000000) | 0, 0x85ebca6b), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}

function grown(column: Float64Array<ArrayBuffer>, size: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(size)
  larger.set(column)
  return larger
}
