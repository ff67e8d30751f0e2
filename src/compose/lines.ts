import type { Input } from '../model/input.js'
import type { LineIndex } from '../model/source.js'
import { NEWLINE } from '../model/text.js'

/** With an index the next known line is near, and most lines are short. */
const WINDOW_BYTES = 16 * 1024
const SCAN_WINDOW_BYTES = 1024 * 1024
/** Without an index a line is found by counting from the start; not further than this. */
const SCAN_BYTES = 256 * 1024 * 1024

/** Reads single lines out of a large text: from the nearest known line on, never from the start twice. Ask in ascending order. */
export class LineReader {
  #line = 1
  #offset = 0
  #scanned = 0
  /** What was read last, and where it stands. */
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(
    readonly input: Input,
    readonly index: LineIndex | undefined,
  ) {}

  /** The bytes of a line without its end, at most `limit` of them; null where the input has no such line. */
  read(line: number, limit: number): { bytes: Uint8Array; cut: boolean } | null {
    if (!this.#seek(line)) return null
    for (let wanted = Math.min(limit, WINDOW_BYTES / 4); ; wanted = limit) {
      const window = this.#bytes(wanted + 1)
      if (window.length === 0) return null
      const end = window.indexOf(NEWLINE)
      if (end === -1 && wanted < limit && window.length > wanted) continue
      if (end === -1 || end > limit)
        return { bytes: Uint8Array.from(window.subarray(0, limit)), cut: window.length > limit }
      this.#line++
      this.#offset += end + 1
      return { bytes: Uint8Array.from(window.subarray(0, end)), cut: false }
    }
  }

  /** At least `wanted` bytes from the present place on, where the input has as many. Valid until the next call. */
  #bytes(wanted: number): Buffer {
    const from = this.#offset - this.#windowAt
    const held = this.#window.length - from
    if (from < 0 || (held < wanted && this.#windowAt + this.#window.length < this.input.size)) {
      const least = this.index ? WINDOW_BYTES : SCAN_WINDOW_BYTES
      const bytes = this.input.read(this.#offset, Math.max(wanted, least))
      this.#window = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      this.#windowAt = this.#offset
      return this.#window
    }
    return this.#window.subarray(Math.min(from, this.#window.length))
  }

  /** Moves to the start of a line. */
  #seek(line: number): boolean {
    this.#jump(line)
    while (this.#line < line) {
      const window = this.#bytes(1)
      this.#scanned += window.length
      if (window.length === 0 || this.#scanned > SCAN_BYTES) return false
      let at = 0
      while (this.#line < line) {
        const end = window.indexOf(NEWLINE, at)
        if (end === -1) break
        at = end + 1
        this.#line++
      }
      this.#offset += this.#line === line ? at : window.length
    }
    return this.#line === line
  }

  /** To the last line of the index at or before `line`, where that is nearer than the present place. */
  #jump(line: number): void {
    let known = 1
    let offset = 0
    if (this.index) {
      const { lines, offsets } = this.index
      let low = 0
      let high = lines.length
      while (low < high) {
        const middle = (low + high) >> 1
        if (lines[middle] <= line) low = middle + 1
        else high = middle
      }
      if (low > 0) {
        known = lines[low - 1]
        offset = offsets[low - 1]
      }
    }
    if (known > this.#line || this.#line > line) {
      this.#line = known
      this.#offset = offset
    }
  }
}
