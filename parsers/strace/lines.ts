/** Goes through an input line by line, in bytes. */
import type { Input } from '../../src/model/input.js'
import { NEWLINE } from '../../src/model/text.js'

/** A line longer than this is given cut; its rest is passed over. */
export const LINE_BYTES = 16 * 1024 * 1024

/**
 * Calls `take` for each line: `buffer[start, end)` without its LF, `at` the offset of the line in the input. The buffer
 * is used again for the next line. Returns whether the last line has no line end.
 */
export function eachLine(
  input: Input,
  take: (buffer: Buffer, start: number, end: number, at: number) => void,
  progress: (bytes: number) => void,
): boolean {
  let held = Buffer.alloc(0)
  let heldLength = 0
  let heldAt = 0
  let open = false
  const hold = (buffer: Buffer, from: number, to: number) => {
    const room = Math.min(to - from, LINE_BYTES - heldLength)
    if (heldLength + room > held.length) {
      const larger = Buffer.allocUnsafe((heldLength + room) * 2)
      held.copy(larger, 0, 0, heldLength)
      held = larger
    }
    buffer.copy(held, heldLength, from, from + room)
    heldLength += room
  }
  let at = 0
  for (const chunk of input.chunks()) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let start = 0
    for (let end = buffer.indexOf(NEWLINE); end !== -1; end = buffer.indexOf(NEWLINE, start)) {
      if (open) {
        hold(buffer, 0, end)
        take(held, 0, heldLength, heldAt)
        open = false
      } else take(buffer, start, end, at + start)
      start = end + 1
    }
    if (start < buffer.length) {
      if (!open) {
        heldAt = at + start
        heldLength = 0
        open = true
      }
      hold(buffer, start, buffer.length)
    }
    at += buffer.length
    progress(buffer.length)
  }
  if (open) take(held, 0, heldLength, heldAt)
  return open
}
