/**
 * The inner loop: recognises lines of stacks that were seen before, straight in the bytes. It accepts exactly what the
 * line parser accepts and never makes anything new, so leaving it out changes the speed and nothing else.
 */
import { NodeKind, type StackNode } from './stack-tree.js'

const LF = 10
const SPACE = 32
/** Bytes that the buffer must have behind the data, so that four may be read at once. */
export const PADDING = 8

export class FrameMatcher {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  /** Node that the line leads to, after `match` returned a place. */
  node: StackNode | null = null
  /** Goroutine id in a `created by … in goroutine N` line; 0 where there is none. */
  parent = 0
  /** First argument word of a line with a hint; 0 where it is nil, stale or missing. */
  word = 0

  constructor(buffer: Uint8Array) {
    this.#bytes = buffer
    this.#view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  }

  /**
   * Matches the line that starts at `start` against the children of `from`. Returns where the next line starts, or -1
   * where the line parser has to look at it.
   */
  match(from: StackNode, start: number, end: number): number {
    const { recent } = from
    for (let i = 0; i < recent.length; i++) {
      const child = recent[i]
      const after = start + child.literal.length
      if (after >= end || !this.#equals(child, start)) continue
      const next = this.#rest(child, after, end)
      if (next === -1) continue
      if (i > 0) from.touch(i)
      this.node = child
      return next
    }
    return -1
  }

  /** Compares from the end: names share their package, places their folder. */
  #equals(node: StackNode, start: number): boolean {
    const { words, rest } = node
    const bytes = this.#bytes
    const view = this.#view
    const tail = start + (words.length << 2)
    for (let i = 0; i < rest.length; i++) if (rest[i] !== bytes[tail + i]) return false
    for (let i = words.length - 1; i >= 0; i--) if (words[i] !== view.getInt32(start + (i << 2), true)) return false
    return true
  }

  /** What may follow the constant part, by kind; the start of the next line, or -1. */
  #rest(child: StackNode, after: number, end: number): number {
    const bytes = this.#bytes
    const c = bytes[after]
    if (child.kind === NodeKind.func) {
      const lf = this.#newline(after, end)
      if (lf === -1 || bytes[lf - 1] !== 41) return -1
      if (child.hint !== -1) this.word = this.#firstWord(after)
      return lf + 1
    }
    if (child.kind === NodeKind.place || child.kind === NodeKind.creatorPlace) {
      if (c === LF) return after + 1
      // ` +0x1d`, ` fp=0x…`, ` pc=0x…`
      if (c !== SPACE || after + 5 > end) return -1
      const d = bytes[after + 1]
      const hex = d === 43 ? after + 2 : d === 102 || d === 112 ? after + 4 : -1
      if (hex === -1 || bytes[hex] !== 48 || bytes[hex + 1] !== 120) return -1
      const lf = this.#newline(after, end)
      return lf === -1 || bytes[lf - 1] === 13 ? -1 : lf + 1
    }
    if (child.kind === NodeKind.creator) return this.#creatorRest(after, end)
    return -1
  }

  /**
   *   created by main.main in goroutine 18
   *                       ^
   */
  #creatorRest(after: number, end: number): number {
    const bytes = this.#bytes
    this.parent = 0
    if (bytes[after] === LF) return after + 1
    if (after + IN_GOROUTINE.length >= end) return -1
    for (let i = 0; i < IN_GOROUTINE.length; i++) if (bytes[after + i] !== IN_GOROUTINE[i]) return -1
    let at = after + IN_GOROUTINE.length
    const first = at
    let id = 0
    for (; at < end && bytes[at] >= 48 && bytes[at] <= 57; at++) id = id * 10 + bytes[at] - 48
    if (at >= end || at === first || at - first > 15 || bytes[at] !== LF) return -1
    this.parent = id
    return at + 1
  }

  /** `0xc0000a4210,` as a number; 0 for `0x0`, `0x…?`, `_` and what is longer than an address. */
  #firstWord(at: number): number {
    const bytes = this.#bytes
    if (bytes[at] !== 48 || bytes[at + 1] !== 120) return 0
    let value = 0
    let i = at + 2
    for (; i < at + 18; i++) {
      const c = bytes[i]
      if (c >= 48 && c <= 57) value = value * 16 + c - 48
      else if (c >= 97 && c <= 102) value = value * 16 + c - 87
      else break
    }
    return bytes[i] === 44 || bytes[i] === 41 ? value : 0
  }

  /** Next line feed at or after `at`, -1 where none is before `end`. Four bytes at a time. */
  #newline(at: number, end: number): number {
    const view = this.#view
    for (let i = at; i < end; i += 4) {
      const x = view.getInt32(i, true) ^ 0x0a0a0a0a
      const hit = (x - 0x01010101) & ~x & 0x80808080
      if (hit !== 0) {
        const lf = i + ((31 - Math.clz32(hit & -hit)) >> 3)
        return lf < end ? lf : -1
      }
    }
    return -1
  }
}

const IN_GOROUTINE = Buffer.from(' in goroutine ')
