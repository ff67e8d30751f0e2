/** Where the goroutines of a dump lie in the input, by row and by goroutine id. Columns, since there can be 200,000. */

const FIRST_SIZE = 4

export class RowPlaces {
  length = 0
  /** Byte offset of the header, and after the last line, by row. */
  offsets = new Float64Array(FIRST_SIZE)
  ends = new Float64Array(FIRST_SIZE)
  /** The largest id, for as long as they ascend: so far one look is enough. */
  #largest = -1
  /**
   * Rows by id, once ids do not ascend. Open addressing: 1 more than the row, 0 where there is none; a power of two, at most
   * half full.
   */
  #slots: Int32Array<ArrayBuffer> | null = null

  /** @param table which has the ids of the rows */
  constructor(readonly table: { id(row: number): number }) {}

  /** The row of a goroutine id, -1 where there is none. */
  find(id: number): number {
    if (this.#slots === null && id > this.#largest) return -1
    const slots = this.#slots ?? this.#index()
    return slots[this.#slot(slots, id)] - 1
  }

  /** Adds the next row, which is in the table already. */
  add(id: number, offset: number, end: number): void {
    const room = this.offsets.length
    if (this.length === room) this.reserve(room < 1 << 16 ? room * 4 : room * 2)
    const row = this.length++
    this.offsets[row] = offset
    this.ends[row] = end
    if (this.#slots !== null) this.#slots[this.#slot(this.#slots, id)] = row + 1
    else if (id > this.#largest) this.#largest = id
    else this.#index()
  }

  #index(): Int32Array<ArrayBuffer> {
    const slots = new Int32Array(2 << Math.ceil(Math.log2(this.offsets.length)))
    for (let row = 0; row < this.length; row++) slots[this.#slot(slots, this.table.id(row))] = row + 1
    this.#slots = slots
    return slots
  }

  /** The slot that holds the id, or the empty one that it would take. */
  #slot(slots: Int32Array, id: number): number {
    const mask = slots.length - 1
    let at = mix(id) & mask
    for (let row = slots[at]; row !== 0 && this.table.id(row - 1) !== id; row = slots[at]) at = (at + 1) & mask
    return at
  }

  /** Makes room for so many rows. */
  reserve(rows: number): void {
    if (rows <= this.offsets.length) return
    this.offsets = grown(this.offsets, rows)
    this.ends = grown(this.ends, rows)
    if (this.#slots !== null) this.#index()
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
