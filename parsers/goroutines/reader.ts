/**
 * Reads an input from its first byte to its last: known stacks by their bytes, all other lines through the line parser,
 * and what that does not know through the envelopes.
 */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'
import type { Envelope } from './envelope.js'
import { Envelopes } from './envelopes.js'
import { FrameMatcher, PADDING } from './frame-matcher.js'
import { HeaderMatcher } from './header-matcher.js'
import { NodeKind, type StackNode, StackTree } from './stack-tree.js'
import { DumpStream, type StreamEvents } from './stream.js'

const LF = 10
const CHUNK = 1 << 20
/** Longer lines are cut: no line of a dump is, but for a whole dump in one escaped line. */
const LINE_LIMIT = 16 << 20
/** Bytes between two entries of the line index. */
const INDEX_STEP = 1 << 16

export interface ReaderEvents {
  /** Who is told of a stream that begins, in this envelope (null: the text as it stands). */
  stream(envelope: Envelope | null): StreamEvents
  /** A line that is part of nothing. */
  other(line: number): void
  cutLine(line: number): void
  /** A header of one writer too many: its goroutine is not read. */
  tooManyWriters(line: number): void
  progress(bytes: number): void
}

export class DumpReader {
  readonly lineIndex = { lines: [] as number[], offsets: [] as number[] }
  readonly tree = new StackTree()
  lines = 0
  #plain: DumpStream
  #envelopes: Envelopes
  #buffer = Buffer.alloc(CHUNK * 2 + PADDING)
  #matcher = new FrameMatcher(this.#buffer)
  #headers = new HeaderMatcher()
  /** Byte offset of the start of the buffer. */
  #base = 0
  #line: number
  #indexed = 0
  #skipping = false

  /**
   * @param firstLine number of the line that the input starts with
   * @param base byte offset that the input starts at
   */
  constructor(
    readonly source: string,
    readonly events: ReaderEvents,
    firstLine = 1,
    base = 0,
  ) {
    this.#line = firstLine
    this.#base = base
    this.#plain = this.#newStream(null)
    this.#envelopes = new Envelopes(
      this.#plain,
      envelope => this.#newStream(envelope),
      at => events.tooManyWriters(at.line),
    )
  }

  #newStream(envelope: Envelope | null): DumpStream {
    return new DumpStream(this.tree, this.events.stream(envelope), this.source, envelope?.pid ?? null)
  }

  /** Reads the whole input. */
  read(input: Pick<Input, 'chunks'>): void {
    let held = 0
    for (const chunk of input.chunks())
      for (let at = 0; at < chunk.length; at += CHUNK) {
        const piece = chunk.subarray(at, at + CHUNK)
        this.#room(held + piece.length)
        this.#buffer.set(piece, held)
        const end = held + piece.length
        const used = this.#scan(end)
        this.#buffer.copyWithin(0, used, end)
        this.#base += used
        held = end - used
        if (held > LINE_LIMIT) {
          this.#cut(held)
          held = 0
        }
        this.events.progress(piece.length)
      }
    const midLine = held > 0
    if (midLine && !this.#skipping) this.#slow(0, held, held)
    if (midLine) this.#line++
    this.lines = this.#line - 1
    this.#envelopes.close(midLine)
    this.#plain.close(midLine)
  }

  /** Makes the buffer hold `bytes`. */
  #room(bytes: number): void {
    if (bytes + PADDING <= this.#buffer.length) return
    const larger = Buffer.alloc(Math.max(bytes, this.#buffer.length * 2) + PADDING)
    larger.set(this.#buffer)
    this.#buffer = larger
    this.#matcher = new FrameMatcher(larger)
  }

  /** A line that is too long: what is held of it is passed over, and so is its rest. */
  #cut(held: number): void {
    if (!this.#skipping) this.events.cutLine(this.#line)
    this.#skipping = true
    this.#base += held
  }

  /** Reads the whole lines before `end`; returns how many bytes they take. */
  #scan(end: number): number {
    const plain = this.#plain
    const matcher = this.#matcher
    const buffer = this.#buffer
    let at = 0
    if (this.#skipping) {
      const lf = buffer.subarray(0, end).indexOf(LF)
      if (lf === -1) return end
      this.#skipping = false
      this.#line++
      at = lf + 1
    }
    const busy = this.#envelopes
    while (at < end) {
      if (this.#base + at >= this.#indexed) this.#index(this.#base + at)
      if (plain.node !== null && !plain.slow && !busy.busy) {
        const next = matcher.match(plain.node, at, end)
        if (next !== -1) {
          const node = matcher.node as StackNode
          plain.node = node
          if (node.hint !== -1) plain.read.words.push({ hint: node.hint, word: matcher.word })
          if (node.kind === NodeKind.creator) plain.read.parent = matcher.parent
          plain.read.end = this.#base + next
          this.#line++
          at = next
          continue
        }
      }
      const lf = buffer.indexOf(LF, at)
      if (lf === -1 || lf >= end) break
      this.#slow(at, lf, lf + 1)
      this.#line++
      at = lf + 1
    }
    return at
  }

  /** A line from `start` to `end` that has to be decoded; the next begins at `next`. */
  #slow(start: number, end: number, next: number): void {
    if (!this.#envelopes.busy) {
      if (start === end) {
        this.#plain.blank()
        return
      }
      const header = this.#headers
      if (this.#buffer[start] === 103 && header.match(this.#buffer, start, end) && header.status !== null) {
        const { id, onThread, status } = header
        this.#plain.begin(id, onThread, status, this.#line, this.#base + start, this.#base + next, null)
        return
      }
    }
    const stop = end > start && this.#buffer[end - 1] === 13 ? end - 1 : end
    const raw = this.#buffer.toString('latin1', start, stop)
    const text = withoutAnsi(raw)
    const at = { line: this.#line, offset: this.#base + start, end: this.#base + next }
    const understood = !this.#envelopes.busy && this.#plain.line(text, at)
    if (!understood && !this.#envelopes.line(text, at)) this.events.other(at.line)
  }

  #index(offset: number): void {
    this.lineIndex.lines.push(this.#line)
    this.lineIndex.offsets.push(offset)
    this.#indexed = offset + INDEX_STEP
  }
}
