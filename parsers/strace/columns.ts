/** Typed columns that grow. */
export type Column = Uint8Array | Uint32Array | Int32Array | Float64Array

/** The same values in a column twice as long. */
export function grown<T extends Column>(column: T): T {
  const next = new (column.constructor as new (length: number) => T)(column.length * 2)
  next.set(column as never)
  return next
}
