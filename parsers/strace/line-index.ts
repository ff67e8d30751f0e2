/** Where lines stand in a log, sparse: so that one can be quoted without reading from the start. */
import { ROOM, Table } from './columns.js'

/** A line in so many is noted; a power of two. Some KiB of text lie between. */
const EVERY = 64

export class Lines extends Table {
  line = new Uint32Array(ROOM)
  at = new Float64Array(ROOM)

  /** Whether the line with this number is one to note. */
  static notes(line: number): boolean {
    return (line & (EVERY - 1)) === 1
  }

  add(line: number, at: number): void {
    const i = this.length
    if (i === this.line.length) this.makeRoom(i * 2)
    this.line[i] = line
    this.at[i] = at
    this.length++
  }

  toIndex(): { lines: Uint32Array; offsets: Float64Array } {
    return { lines: this.line.slice(0, this.length), offsets: this.at.slice(0, this.length) }
  }
}
