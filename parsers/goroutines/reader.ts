/**
 * Reads an input from its first byte to its last: where it is large, known goroutines by their bytes; all other lines
 * through the line parser, and what that does not know through the envelopes.
 */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'
import type { Envelope } from './envelope.js'
import { Envelopes } from './envelopes.js'
import { parseHeader } from './header.js'
import { SourceMoments } from './moments.js'
import { StackTree } from './stack-tree.js'
import { DumpStream, type StreamEvents } from './stream.js'
import type { Walker } from './walker.js'

const LF = 10
const LOWER_G = 103
const BYTE_ORDER_MARK = Buffer.from('\ufeff')
/** Longer lines are cut: no line of a dump is, but for a whole dump in one escaped line. */
const LINE_LIMIT = 16 << 20
/** Bytes between two entries of the line index. */
const INDEX_STEP = 1 << 16
/** Walked goroutines of which one is looked at for it. */
const INDEX_ROWS = 64

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
  readonly tree: StackTree
  readonly moments = new SourceMoments()
  #plain: DumpStream
  #envelopes: Envelopes
  /** The bytes that are read, and their byte offset in the input. */
  #bytes: Buffer = Buffer.alloc(0)
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
    /** Takes known goroutines; null where every line is to be parsed. */
    readonly walker: Walker | null,
  ) {
    this.tree = new StackTree(walker === null ? undefined : (parent, child) => walker.learn(parent, child))
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
  read(input: Pick<Input, 'chunks' | 'file' | 'size'>): void {
    let offset = 0
    for (const piece of this.walker?.pieces(input) ?? input.chunks()) {
      const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.length)
      let at = 0
      if (this.#heldBytes > 0 || this.#skipping) {
        const lf = bytes.indexOf(LF)
        at = lf === -1 ? bytes.length : lf + 1
        this.#hold(bytes.subarray(0, lf === -1 ? at : lf))
        if (lf !== -1) this.#release(offset + lf)
      }
      this.#bytes = bytes
      this.#base = offset
      this.#hold(bytes.subarray(this.#scan(at)))
      offset += bytes.length
      this.events.progress(bytes.length)
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

  /** Reads the whole lines from `at` on; returns where the line starts that is not whole. */
  #scan(at: number): number {
    const { walker } = this
    const bytes = this.#bytes
    for (;;) {
      if (walker !== null && !this.#plain.slow && !this.#envelopes.busy) {
        at = walker.walk(this.#plain, at, bytes.length, this.#line, this.#base)
        this.#line = walker.line
        const { rows } = walker
        for (let row = 1; row < rows.length; row += INDEX_ROWS) this.#index(rows.lines[row], rows.offsets[row])
      }
      const lf = bytes.indexOf(LF, at)
      if (lf === -1) return at
      this.#slow(at, lf, lf + 1)
      this.#line++
      at = lf + 1
    }
  }

  /** A line from `start` to `end` that has to be decoded; the next begins at `next`. */
  #slow(start: number, end: number, next: number): void {
    const bytes = this.#bytes
    this.#index(this.#line, this.#base + start)
    if (this.#base + start === 0 && bytes.subarray(start, end).indexOf(BYTE_ORDER_MARK) === 0)
      start += BYTE_ORDER_MARK.length
    if (start === end && !this.#envelopes.busy) {
      this.#plain.blank()
      return
    }
    const stop = end > start && bytes[end - 1] === 13 ? end - 1 : end
    const text = withoutAnsi(bytes.toString('latin1', start, stop))
    const at = { line: this.#line, offset: this.#base + start, end: this.#base + next }
    if (this.walker !== null && bytes[start] === LOWER_G) {
      const status = parseHeader(text)?.status
      if (status !== undefined) this.walker.learnStatus(text.slice(text.indexOf('[') + 1), status)
    }
    const understood = !this.#envelopes.busy && this.#plain.line(text, at)
    if (!understood && !this.#envelopes.line(text, at)) this.events.other(at.line)
  }

  #index(line: number, offset: number): void {
    if (offset < this.#indexed) return
    this.lineIndex.lines.push(line)
    this.lineIndex.offsets.push(offset)
    this.#indexed = offset + INDEX_STEP
  }
}
