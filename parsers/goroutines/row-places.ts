/** Where the goroutines of a dump lie in the input, by row and by goroutine id. Columns, since there can be 200,000. */

import type { WalkedRows } from './walked.js'

const FIRST_SIZE = 4
const MOST = 0xffffffff

export class RowPlaces {
  length = 0
  /** Byte offset of the header, and bytes up to the end of the last line, by row. */
  offsets: Uint32Array<ArrayBuffer> | Float64Array<ArrayBuffer>
  sizes = new Uint32Array(FIRST_SIZE)
  /** The largest id, for as long as they ascend: so far one look is enough. */
  #largest = -1
  /**
   * Rows by id, once ids do not ascend. Open addressing: 1 more than the row, 0 where there is none; a power of two, at most
   * half full.
   */
  #slots: Int32Array<ArrayBuffer> | null = null

  /**
   * @param table which has the ids of the rows
   * @param inputBytes size of the input
   */
  constructor(
    readonly table: { id(row: number): number },
    readonly inputBytes: number,
  ) {
    this.offsets = this.#newOffsets(FIRST_SIZE)
  }

  /** The row of a goroutine id, -1 where there is none. */
  find(id: number): number {
    if (this.#slots === null && id > this.#largest) return -1
    const slots = this.#slots ?? this.#index()
    return slots[this.#slot(slots, id)] - 1
  }

  /** Adds the next row, which is in the table already. */
  add(id: number, offset: number, end: number): void {
    if (this.length === this.sizes.length) this.#grow(this.length + 1)
    this.set(this.length, offset, end)
    this.#claim(id)
    this.length++
  }

  /**
   * Adds walked goroutines from `row` up to `to`, which are in the table already, as long as their ids are new; returns the
   * first whose is not.
   */
  addWalked({ ids, offsets, ends }: WalkedRows, row: number, to: number): number {
    if (this.length + to - row > this.sizes.length) this.#grow(this.length + to - row)
    for (; row < to && this.#claim(ids[row]); row++) this.set(this.length++, offsets[row], ends[row])
    return row
  }

  /** Makes the next row that of an id; false where the id has a row. */
  #claim(id: number): boolean {
    if (this.#slots === null && id > this.#largest) {
      this.#largest = id
      return true
    }
    const slots = this.#slots ?? this.#index()
    const slot = this.#slot(slots, id)
    if (slots[slot] !== 0) return false
    slots[slot] = this.length + 1
    return true
  }

  set(row: number, offset: number, end: number): void {
    this.offsets[row] = offset
    this.sizes[row] = Math.min(end - offset, MOST)
  }

  end(row: number): number {
    return this.offsets[row] + this.sizes[row]
  }

  #index(): Int32Array<ArrayBuffer> {
    const slots = new Int32Array(2 << Math.ceil(Math.log2(this.sizes.length)))
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
    if (rows <= this.sizes.length) return
    const { offsets, sizes } = this
    this.offsets = this.#newOffsets(rows)
    this.offsets.set(offsets)
    this.sizes = new Uint32Array(rows)
    this.sizes.set(sizes)
    if (this.#slots !== null) this.#index()
  }

  #grow(rows: number): void {
    this.reserve(Math.max(rows, rows < 1 << 16 ? this.sizes.length * 4 : this.sizes.length * 2))
  }

  #newOffsets(rows: number) {
    return this.inputBytes <= MOST ? new Uint32Array(rows) : new Float64Array(rows)
  }
}

function mix(id: number): number {
  const hash = Math.imul((id | 0) ^ Math.imul(Math.floor(id / 0x100000000) | 0, 0x85ebca6b), 0x9e3779b1)
  return hash ^ (hash >>> 15)
}
