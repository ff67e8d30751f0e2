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
  /** What was read last, and where it stands: lines that are neighbours come out of one read. */
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(
    readonly input: Input,
    readonly index: LineIndex | undefined,
  ) {}

  /** The bytes of a line without its end, at most `limit` of them; null where the input has no such line. */
  read(line: number, limit: number): { bytes: Uint8Array; cut: boolean } | null {
    if (!this.#seek(line)) return null
    let window = this.#bytes()
    let end = window.indexOf(NEWLINE)
    if (end === -1 && window.length <= limit) {
      window = this.#load(limit + 1)
      end = window.indexOf(NEWLINE)
    }
    if (window.length === 0) return null
    const length = end === -1 ? window.length : end
    if (end !== -1) {
      this.#line++
      this.#offset += end + 1
    }
    return { bytes: window.subarray(0, Math.min(length, limit)), cut: length > limit }
  }

  /** Moves to the start of a line. */
  #seek(line: number): boolean {
    this.#jump(line)
    while (this.#line < line) {
      const window = this.#bytes()
      if (window.length === 0 || this.#scanned > SCAN_BYTES) return false
      let at = 0
      while (this.#line < line) {
        const end = window.indexOf(NEWLINE, at)
        if (end === -1) break
        at = end + 1
        this.#line++
      }
      const step = this.#line === line ? at : window.length
      this.#offset += step
      this.#scanned += step
    }
    return this.#line === line
  }

  /** Bytes from the present place on, out of the last read where it reaches so far; none at the end of the input. */
  #bytes(): Buffer {
    const from = this.#offset - this.#windowAt
    if (from >= 0 && from < this.#window.length) return this.#window.subarray(from)
    return this.#load(this.index ? WINDOW_BYTES : SCAN_WINDOW_BYTES)
  }

  #load(length: number): Buffer {
    const read = this.input.read(this.#offset, length)
    this.#window = Buffer.from(read.buffer, read.byteOffset, read.byteLength)
    this.#windowAt = this.#offset
    return this.#window
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
