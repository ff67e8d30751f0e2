/** Reads pieces of an input's text by place, a window at a time: who goes through the events in order reads each part once. */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'

const WINDOW_BYTES = 256 * 1024
const WINDOWS = 4
/** A text longer than this is cut where it is shown; strace -s can make lines of many megabytes. */
const TEXT_BYTES = 4 * 1024 * 1024

export class Texts {
  #windows: { at: number; bytes: Buffer }[] = []

  constructor(readonly input: Input) {}

  /** The bytes in `[at, at + size)` as latin1, without colours. */
  read(at: number, size: number): string {
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
    const bytes = this.input.read(at, Math.max(size, WINDOW_BYTES))
    const window = { at, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) }
    windows.unshift(window)
    if (windows.length > WINDOWS) windows.pop()
    return window
  }
}
