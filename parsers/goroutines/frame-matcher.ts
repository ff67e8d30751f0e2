/**
 * The inner loop: recognises lines of stacks that were seen before, straight in the bytes. It accepts exactly what the
 * line parser accepts and never makes anything new, so leaving it out changes the speed and nothing else.
 */
import type { HintWords } from '../shared/object-address.js'
import { NodeKind, type StackNode } from './stack-tree.js'

const LF = 10
const SPACE = 32
const IN_GOROUTINE = Buffer.from(' in goroutine ')

export class FrameMatcher {
  #bytes: Uint8Array = new Uint8Array(0)
  #view: DataView<ArrayBufferLike> = new DataView(new ArrayBuffer(0))
  /** Node that the last line led to, and how many lines were matched. */
  node: StackNode | null = null
  lines = 0
  /** Goroutine id of a `created by … in goroutine N` line, 0 where it has none; -1 where no such line was met. */
  parent = -1

  /** The bytes that positions are relative to: a whole buffer, from its first byte. */
  use(bytes: Uint8Array): void {
    if (bytes.buffer === this.#view.buffer) return
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }

  /**
   * Matches lines from `start` on, as children of `from` and of each other. Returns where the first line starts that the
   * line parser has to look at. First argument words of frames that tell an address are added to `words`.
   */
  run(from: StackNode, start: number, end: number, words: HintWords): number {
    let node = from
    let at = start
    let lines = 0
    this.parent = -1
    next: while (at < end) {
      const { recent } = node
      for (let i = 0; i < recent.length; i++) {
        const child = recent[i]
        const after = at + child.literal.length
        if (after >= end || !this.#equals(child, at)) continue
        const next = this.#rest(child, after, end)
        if (next === -1) continue
        if (i > 0) node.touch(i)
        if (child.hint !== -1) words.push(child.hint, this.#firstWord(after))
        node = child
        at = next
        lines++
        continue next
      }
      break
    }
    this.node = node
    this.lines = lines
    return at
  }

  /** Compares from the end: names share their package, places their folder. */
  #equals(node: StackNode, start: number): boolean {
    const { words, rest } = node
    const bytes = this.#bytes
    const view = this.#view
    const tail = start + (words.length << 3)
    for (let i = 0; i < rest.length; i++) if (rest[i] !== bytes[tail + i]) return false
    for (let i = words.length - 1; i >= 0; i--) if (words[i] !== view.getFloat64(start + (i << 3), true)) return false
    return true
  }

  /** What may follow the constant part, by kind; the start of the next line, or -1. */
  #rest(child: StackNode, after: number, end: number): number {
    const bytes = this.#bytes
    if (child.kind === NodeKind.func) {
      const lf = this.#newline(after, end)
      return lf === -1 || bytes[lf - 1] !== 41 ? -1 : lf + 1
    }
    if (child.kind === NodeKind.place || child.kind === NodeKind.creatorPlace) {
      if (bytes[after] === LF) return after + 1
      // ` +0x1d`, ` fp=0x…`, ` pc=0x…`
      if (bytes[after] !== SPACE || after + 5 > end) return -1
      const d = bytes[after + 1]
      const hex = d === 43 ? after + 2 : d === 102 || d === 112 ? after + 4 : -1
      if (hex === -1 || bytes[hex] !== 48 || bytes[hex + 1] !== 120) return -1
      const lf = this.#newline(after, end)
      return lf === -1 || bytes[lf - 1] === 13 ? -1 : lf + 1
    }
    return child.kind === NodeKind.creator ? this.#creatorRest(after, end) : -1
  }

  /**
   *   created by main.main in goroutine 18
   *                       ^
   */
  #creatorRest(after: number, end: number): number {
    const bytes = this.#bytes
    if (bytes[after] === LF) {
      this.parent = 0
      return after + 1
    }
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
    const last = end - 4
    let i = at
    for (; i <= last; i += 4) {
      const x = view.getInt32(i, true) ^ 0x0a0a0a0a
      const hit = (x - 0x01010101) & ~x & 0x80808080
      if (hit !== 0) return i + ((31 - Math.clz32(hit & -hit)) >> 3)
    }
    const bytes = this.#bytes
    for (; i < end; i++) if (bytes[i] === LF) return i
    return -1
  }
}
