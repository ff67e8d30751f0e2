/** Tables of numbers: a typed column for each field, grown together. Objects would cost ten times the memory. */

export type Column = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array

/** Rows that a table has room for at first. */
export const ROOM = 256

/** A table whose typed-array fields are its columns. */
export abstract class Table {
  length = 0

  /** The columns by name, in the order in which the class declares them. */
  protected columns(): [string, Column][] {
    return Object.entries(this).filter((e): e is [string, Column] => ArrayBuffer.isView(e[1]))
  }

  /** Makes room for so many rows at once, where it can be foreseen: columns that grow are copied again and again. */
  reserve(rows: number): void {
    if (rows > this.room) this.makeRoom(rows)
  }

  /** Rows that there is room for. */
  get room(): number {
    return this.columns()[0][1].length
  }

  /** Makes room for one row more. */
  protected makeRoom(room: number): void {
    const own = this as unknown as Record<string, Column>
    for (const [name, column] of this.columns()) {
      const larger = new (column.constructor as new (length: number) => Column)(room)
      // Not the room that is left: its pages have not been touched.
      larger.set(column.subarray(0, this.length) as never)
      own[name] = larger
    }
  }
}
