import type { Memory } from '../memory.js'

/** A table longer than this belongs to no function that a compiler makes. */
const LONGEST = 4 * 1024 * 1024

/**
 * Looks a program counter up in a pc-value table: pairs of a zigzag delta of the value and a delta of the pc (in units
 * of the smallest instruction), as varints; a value delta of zero ends it (runtime/symtab.go, step and pcvalue).
 *
 *   02 10  05 0c  00        value -1+1 = 0 for 16 bytes of code, then 0-3 = -3 for 12, end
 *   ^^ value delta, zigzag
 *      ^^ pc delta
 *
 * Returns null where the table does not cover `pc`.
 */
export function pcValue(memory: Memory, at: number, entry: number, pc: number, quantum: number): number | null {
  let size = 512
  let bytes = memory.bytes(at, size)
  let i = 0
  let value = -1
  let until = entry
  for (let first = true; ; first = false) {
    // Two varints of up to five bytes: fetch more in good time.
    if (i + 10 > bytes.length && bytes.length === size && size < LONGEST) {
      size *= 4
      bytes = memory.bytes(at, size)
    }
    let delta = 0
    let shift = 0
    let byte: number
    do {
      if (i >= bytes.length || shift > 28) return null
      byte = bytes[i++]
      delta |= (byte & 0x7f) << shift
      shift += 7
    } while (byte & 0x80)
    if (delta === 0 && !first) return null
    value += delta & 1 ? ~(delta >>> 1) : delta >>> 1
    let step = 0
    shift = 0
    do {
      if (i >= bytes.length || shift > 28) return null
      byte = bytes[i++]
      step |= (byte & 0x7f) << shift
      shift += 7
    } while (byte & 0x80)
    until += (step >>> 0) * quantum
    if (pc < until) return value
  }
}
