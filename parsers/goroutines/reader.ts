/**
 * Reads an input from its first byte to its last: known stacks by their bytes, all other lines through the line parser,
 * and what that does not know through the envelopes.
 */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'
import type { Envelope } from './envelope.js'
import { Envelopes } from './envelopes.js'
import { FrameMatcher } from './frame-matcher.js'
import { HeaderMatcher } from './header-matcher.js'
import { SourceMoments } from './moments.js'
import { StackTree } from './stack-tree.js'
import { DumpStream, type StreamEvents } from './stream.js'

const LF = 10
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
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
  readonly moments = new SourceMoments()
  #plain: DumpStream
  #envelopes: Envelopes
  #frames = new FrameMatcher()
  #headers = new HeaderMatcher()
  /** The bytes that are read, and what to add to a place in them for the byte offset in the input. */
  #bytes: Buffer<ArrayBufferLike> = Buffer.alloc(0)
  #base = 0
  #line = 1
  #indexed = 0
  /** A line that goes on in the next piece; and whether its beginning was too long, so that the rest is passed over. */
  #held: Buffer[] = []
  #heldBytes = 0
  #skipping = false

  constructor(
    readonly source: { path: string; bytes: number },
    readonly events: ReaderEvents,
  ) {
    this.#plain = this.#newStream(null)
    this.#envelopes = new Envelopes(
      this.#plain,
      envelope => this.#newStream(envelope),
      at => events.tooManyWriters(at.line),
    )
  }

  #newStream(envelope: Envelope | null): DumpStream {
    const { moments } = this
    return new DumpStream(
      this.tree,
      this.events.stream(envelope),
      this.source,
      envelope?.pid ?? null,
      envelope === null ? null : raw => moments.ns(envelope.momentOf(raw)),
    )
  }

  /** Reads the whole input. */
  read(input: Pick<Input, 'chunks'>): void {
    let offset = 0
    for (const chunk of input.chunks()) {
      const whole = Buffer.from(chunk.buffer)
      const start = chunk.byteOffset
      const end = start + chunk.length
      let at = start
      if (this.#heldBytes > 0 || this.#skipping) {
        const lf = whole.subarray(start, end).indexOf(LF)
        at = lf === -1 ? end : start + lf + 1
        this.#hold(whole.subarray(start, lf === -1 ? end : start + lf))
        if (lf !== -1) this.#release(offset + lf)
      }
      this.#bytes = whole
      this.#base = offset - start
      this.#hold(whole.subarray(this.#scan(at, end), end))
      offset += chunk.length
      this.events.progress(chunk.length)
    }
    const midLine = this.#heldBytes > 0
    if (midLine) this.#release(offset)
    this.#envelopes.close(midLine)
    this.#plain.close(midLine)
  }

  /** Keeps a piece of a line until the rest comes; a line that gets too long is passed over. */
  #hold(piece: Buffer): void {
    if (piece.length === 0 || this.#skipping) return
    this.#held.push(Buffer.from(piece))
    this.#heldBytes += piece.length
    if (this.#heldBytes <= LINE_LIMIT) return
    this.events.cutLine(this.#line)
    this.#skipping = true
    this.#held = []
    this.#heldBytes = 0
  }

  /** Reads the line that was held, which ends at `lineEnd` in the input. */
  #release(lineEnd: number): void {
    if (!this.#skipping) {
      this.#bytes = Buffer.concat(this.#held)
      const end = this.#bytes.length
      this.#base = lineEnd - end
      this.#slow(0, end, end + 1)
    }
    this.#line++
    this.#held = []
    this.#heldBytes = 0
    this.#skipping = false
  }

  /** Reads the whole lines from `at` to `end`; returns where the line starts that is not whole. */
  #scan(at: number, end: number): number {
    const plain = this.#plain
    const frames = this.#frames
    const bytes = this.#bytes
    frames.use(bytes)
    while (at < end) {
      if (plain.node !== null && !plain.slow && !this.#envelopes.busy) {
        const next = frames.run(plain.node, at, end, plain.read.words)
        if (next !== at) {
          plain.node = frames.node
          if (frames.parent !== -1) plain.read.parent = frames.parent
          plain.read.end = this.#base + next
          this.#line += frames.lines
          at = next
          if (at === end) break
        }
      }
      const lf = bytes[at] === LF ? at : bytes.indexOf(LF, at)
      if (lf === -1 || lf >= end) break
      if (this.#base + at >= this.#indexed) this.#index(this.#base + at)
      this.#slow(at, lf, lf + 1)
      this.#line++
      at = lf + 1
    }
    return at
  }

  /** A line from `start` to `end` that has to be decoded; the next begins at `next`. */
  #slow(start: number, end: number, next: number): void {
    const bytes = this.#bytes
    if (this.#base + start === 0 && bytes.subarray(start, end).indexOf(BYTE_ORDER_MARK) === 0)
      start += BYTE_ORDER_MARK.length
    if (!this.#envelopes.busy) {
      if (start === end) {
        this.#plain.blank()
        return
      }
      const header = this.#headers
      if (bytes[start] === 103 && header.match(bytes, start, end) && header.status !== null) {
        const { id, onThread, status } = header
        this.#plain.begin(id, onThread, status, this.#line, this.#base + start, this.#base + next)
        return
      }
    }
    const stop = end > start && bytes[end - 1] === 13 ? end - 1 : end
    const text = withoutAnsi(bytes.toString('latin1', start, stop))
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
