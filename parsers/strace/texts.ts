/**
 * The text of rows: what was put aside while scanning, and the rest read from the input again, a window at a time: who
 * goes through the events in order reads each part once.
 */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'
import type { Rows } from './rows.js'

/** Text that is put aside is at most this much, whatever the size of the log. */
const ASIDE_BYTES = 24 * 1024 * 1024
const WINDOW_BYTES = 1024 * 1024
const WINDOWS = 4
const NOTHING = Buffer.alloc(0)
/** A text longer than this is cut where it is shown; strace -s can make lines of many megabytes. */
const TEXT_BYTES = 4 * 1024 * 1024

export class Texts {
  readonly #aside: { from: number; text: string }[] = []
  #used = 0
  /** The part of the input that is at hand, and what of it was put aside. */
  #buffer: Buffer = NOTHING
  #at = 0
  #part = NOTHING
  #filled = 0
  #windows: { at: number; bytes: Buffer }[] = []

  constructor(readonly input: Input) {}

  /** A part of the input is at hand: `buffer` stands at offset `at`. Until `close`, `put` puts text of it aside. */
  open(buffer: Buffer, at: number): void {
    this.#at = at
    this.#buffer = buffer
    this.#filled = 0
    if (this.#part.length < buffer.length) this.#part = Buffer.allocUnsafe(buffer.length)
  }

  /** Puts the text of a row aside, where there is room. */
  put(rows: Rows, i: number): void {
    const two = rows.line2[i] !== 0
    const size = rows.size[i] + (two ? rows.size2[i] : 0)
    if (this.#filled + size > this.#part.length || this.#used + this.#filled + size > ASIDE_BYTES) return
    rows.text[i] = this.#used + this.#filled + 1
    this.#copy(rows.at[i], rows.size[i])
    if (two) this.#copy(rows.at2[i], rows.size2[i])
  }

  #copy(at: number, size: number): void {
    const buffer = this.#buffer
    const part = this.#part
    let to = this.#filled
    this.#filled += size
    const start = at - this.#at
    if (start >= 0) for (let i = start; i < start + size; i++) part[to++] = buffer[i]
    // A line of the part before, such as the first half of a call: to come back for it later costs more.
    else part.set(this.input.read(at, size), to)
  }

  close(): void {
    if (this.#filled > 0)
      this.#aside.push({ from: this.#used + 1, text: this.#part.toString('latin1', 0, this.#filled) })
    this.#used += this.#filled
    this.#buffer = NOTHING
  }

  #takeAside(place: number, size: number): string {
    const parts = this.#aside
    let low = 0
    let high = parts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (parts[middle].from <= place) low = middle
      else high = middle - 1
    }
    const from = place - parts[low].from
    return parts[low].text.slice(from, from + size)
  }

  /** The line of a row, as latin1, without colours. */
  line(rows: Rows, i: number): string {
    const place = rows.text[i]
    return place === 0 ? this.at(rows.at[i], rows.size[i]) : this.#takeAside(place, rows.size[i])
  }

  /** The line of a row's second half; null where it has none. */
  second(rows: Rows, i: number): string | null {
    if (rows.line2[i] === 0) return null
    const place = rows.text[i]
    return place === 0 ? this.at(rows.at2[i], rows.size2[i]) : this.#takeAside(place + rows.size[i], rows.size2[i])
  }

  /** The line at a place in the input, as latin1, without colours. */
  at(at: number, size: number): string {
    const wanted = Math.min(size, TEXT_BYTES)
    const window = this.#window(at, wanted)
    return withoutAnsi(window.bytes.toString('latin1', at - window.at, at - window.at + wanted))
  }

  #window(at: number, size: number): { at: number; bytes: Buffer } {
    const windows = this.#windows
    for (let i = 0; i < windows.length; i++) {
      const window = windows[i]
      if (at < window.at || at + size > window.at + window.bytes.length) continue
      if (i > 0) windows.unshift(windows.splice(i, 1)[0])
      return window
    }
    const oldest = windows.length === WINDOWS ? windows.pop()?.bytes : undefined
    const bytes = this.input.read(at, Math.max(size, WINDOW_BYTES), oldest)
    const window = { at, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
    windows.unshift(window)
    return window
  }
}
