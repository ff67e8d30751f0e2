/** Goes through an input line by line, in bytes. */
import type { Input } from '../../src/model/input.js'
import { NEWLINE } from '../../src/model/text.js'

/** A line longer than this is given cut; its rest is passed over. */
export const LINE_BYTES = 16 * 1024 * 1024

export interface LineTaker {
  /** Takes all whole lines in `buffer[start, end)`; returns where the rest begins. `at`: offset of `buffer[0]` in the input. */
  scan(buffer: Buffer, start: number, end: number, at: number): number
  /** Takes one line, `buffer[start, end)` without its LF; `at`: offset of the line. */
  next(buffer: Buffer, start: number, end: number, at: number): void
  /** As `next`, of a last line that has no line end. */
  last(buffer: Buffer, start: number, end: number, at: number): void
}

/**
 * Gives all lines of an input to `taker`; the buffers are used again afterwards. `each` is called after every chunk, which stands at offset `at`.
 * Returns whether the last line has no line end.
 */
export function eachLine(input: Input, taker: LineTaker, each: (chunk: Buffer, at: number) => void): boolean {
  let held = Buffer.alloc(0)
  let heldLength = 0
  let heldAt = 0
  let open = false
  const hold = (buffer: Buffer, from: number, to: number) => {
    const size = Math.min(to - from, LINE_BYTES - heldLength)
    if (heldLength + size > held.length) {
      const larger = Buffer.allocUnsafe((heldLength + size) * 2)
      held.copy(larger, 0, 0, heldLength)
      held = larger
    }
    buffer.copy(held, heldLength, from, from + size)
    heldLength += size
  }
  let at = 0
  for (const chunk of input.chunks()) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    if (open) {
      const lf = buffer.indexOf(NEWLINE)
      hold(buffer, 0, lf === -1 ? buffer.length : lf)
      start = lf === -1 ? buffer.length : lf + 1
      if (lf !== -1) {
        taker.next(held, 0, heldLength, heldAt)
        open = false
      }
    }
    if (start < buffer.length) {
      const rest = taker.scan(buffer, start, buffer.length, at)
      if (rest < buffer.length) {
        heldAt = at + rest
        heldLength = 0
        open = true
        hold(buffer, rest, buffer.length)
      }
    }
    each(buffer, at)
    at += buffer.length
  }
  if (open) taker.last(held, 0, heldLength, heldAt)
  return open
}
