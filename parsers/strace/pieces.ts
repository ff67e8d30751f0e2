/**
 * A log in pieces. Each is scanned by itself, here or in another thread, without what came before it; then they are put
 * together in order. The result does not depend on where the cuts are: what a piece cannot know is taken up here
 * (`deferred.ts`), and what it took for a first time is checked here.
 */
import type { Packed } from './columns.js'
import { Deferred } from './deferred.js'
import type { Dialect } from './dialect.js'
import { Lines } from './line-index.js'
import type { Log } from './log.js'
import { nameOf } from './names.js'
import type { Note } from './notes.js'
import { FLAG, ROW, Rows } from './rows.js'
import { Scanner } from './scanner.js'
import { type Learnt, nothingLearnt, Strays } from './strays.js'
import { IS, OPEN, Threads } from './threads.js'

/** No name of a system call is longer. */
const NAME_BYTES = 64

/** What scanning a piece gives; plain data. */
export interface Piece {
  rows: Packed
  /** Text that was put aside. */
  text: string
  names: [number, string][]
  threads: Packed
  deferred: Packed
  /** Where its lines stand. */
  index: Packed
  deferredText: Uint8Array
  notes: [string, Note][]
  learnt: Learnt
  /** `LineClock.state` */
  clock: Float64Array
  lines: number
  others: number
  calls: number
  /** The thread of its last record; -1 where it has none. */
  lastTid: number
}

/** Scans pieces of one log, one after the other. */
export class PieceScanner {
  readonly #scanner: Scanner
  readonly #strays: Strays

  constructor(dialect: Dialect) {
    this.#scanner = new Scanner(dialect, true)
    this.#strays = new Strays(this.#scanner)
    this.#scanner.stray = where => this.#strays.take(where)
  }

  /**
   * Scans the lines in `buffer[start, end)`, all of them whole.
   *
   * @param at offset of `buffer[0]` in the input
   * @returns the piece, and what can be handed over instead of copied when it goes to another thread
   */
  scan(buffer: Buffer, start: number, end: number, at: number): { piece: Piece; buffers: ArrayBuffer[] } {
    const scanner = this.#scanner
    const { state } = scanner
    state.clear()
    this.#strays.learnt = nothingLearnt()
    const rest = scanner.scan(buffer, start, end, at)
    if (rest < end) scanner.last(buffer, rest, end, at + rest)
    const names = new Map<number, string>()
    const text = putAside(state.rows, buffer, at, names)
    const deferredText = state.deferred!.text()
    const rows = state.rows.pack()
    const threads = state.threads.pack()
    const deferred = state.deferred!.pack()
    const index = state.lines.pack()
    const { line, others, calls, threads: known } = state
    const lastTid = known.used === -1 ? -1 : known.tid[known.used]
    const piece: Piece = {
      rows: rows.packed,
      text,
      names: [...names],
      threads: threads.packed,
      deferred: deferred.packed,
      deferredText,
      index: index.packed,
      notes: [...state.notes.byCode],
      learnt: this.#strays.learnt,
      clock: state.clock.state.slice(),
      lines: line,
      others,
      calls,
      lastTid,
    }
    const buffers = [
      ...rows.buffers,
      ...threads.buffers,
      ...deferred.buffers,
      ...index.buffers,
      deferredText.buffer as ArrayBuffer,
    ]
    return { piece, buffers }
  }
}

/** Puts the text of all rows aside; a row's `text` is its place in what is returned, from 1. Tells `names` those of calls. */
function putAside(rows: Rows, buffer: Buffer, at: number, names: Map<number, string>): string {
  let size = 0
  for (let i = 0; i < rows.length; i++) size += rows.size[i] + (rows.line2[i] === 0 ? 0 : rows.size2[i])
  const text = Buffer.allocUnsafe(size)
  let used = 0
  for (let i = 0; i < rows.length; i++) {
    const start = rows.at[i] - at
    rows.text[i] = used + 1
    used += buffer.copy(text, used, start, start + rows.size[i])
    if (rows.line2[i] !== 0) used += buffer.copy(text, used, rows.at2[i] - at, rows.at2[i] - at + rows.size2[i])
    if (rows.kind[i] === ROW.call && !names.has(rows.name[i])) {
      const body = start + rows.lead[i]
      names.set(rows.name[i], nameOf(buffer.toString('latin1', body, body + NAME_BYTES)))
    }
  }
  return text.toString('latin1')
}

/** Adds the next piece to a log. `read` gives the text at a place of the input. */
export function appendPiece(log: Log, piece: Piece, read: (at: number, size: number) => string): void {
  const { state } = log.scanner
  const before = state.line
  const rows = new Rows().unpack(piece.rows)
  const shift = state.clock.append(piece.clock, before)
  place(rows, before, shift)
  for (const [hash, name] of piece.names) log.names.set(hash, name)
  merge(log, rows, log.texts.add(piece.text), new TakeUp(log, piece, before, shift, read))
  adoptThreads(state.threads, new Threads(IS.unknown).unpack(piece.threads), before, shift)
  for (const [code, note] of piece.notes) state.notes.add(code, note.line + before, note.count)
  log.learnt.attached ||= piece.learnt.attached || (piece.learnt.attachedFirst && state.calls === 0)
  log.learnt.tableLines += piece.learnt.tableLines
  if (piece.learnt.failure && !log.learnt.failure)
    log.learnt.failure = { ...piece.learnt.failure, line: piece.learnt.failure.line + before }
  state.lines.append(new Lines().unpack(piece.index), before)
  state.line = before + piece.lines
  state.others += piece.others
  state.calls += piece.calls
  if (piece.lastTid !== -1) state.threads.of(piece.lastTid)
}

function place(rows: Rows, lines: number, shift: number): void {
  for (let i = 0; i < rows.length; i++) {
    rows.line[i] += lines
    rows.ns[i] += shift
    rows.ns2[i] += shift
    if (rows.line2[i] !== 0) rows.line2[i] += lines
  }
}

/** Takes up, in order, the lines that a piece put off. */
class TakeUp {
  readonly #deferred: Deferred
  readonly #buffer: Buffer
  #next = 0

  constructor(
    readonly log: Log,
    piece: Piece,
    readonly lines: number,
    readonly shift: number,
    readonly read: (at: number, size: number) => string,
  ) {
    this.#deferred = new Deferred().unpack(piece.deferred)
    const { buffer, byteOffset, byteLength } = piece.deferredText
    this.#buffer = Buffer.from(buffer, byteOffset, byteLength)
  }

  /** Those before a line; what comes of them is kept at once. */
  upTo(line: number): void {
    const { scanner, kept } = this.log
    const { rows } = scanner.state
    const deferred = this.#deferred
    for (; this.#next < deferred.length && deferred.line[this.#next] + this.lines < line; this.#next++) {
      const i = this.#next
      const where = {
        buffer: this.#buffer,
        start: deferred.from[i],
        end: deferred.to[i],
        at: deferred.at[i],
        size: deferred.size[i],
        line: deferred.line[i] + this.lines,
      }
      scanner.takeUp(deferred.kind[i], where, deferred.ns[i] + this.shift)
      for (let row = 0; row < rows.length; row++) {
        rows.text[row] = this.log.texts.add(this.#textOf(rows, row))
        kept.take(rows, row)
      }
      rows.length = 0
    }
  }

  #textOf(rows: Rows, i: number): string {
    const line = this.read(rows.at[i], rows.size[i])
    return rows.line2[i] === 0 ? line : line + this.read(rows.at2[i], rows.size2[i])
  }
}

/** Rows of a piece and of the lines that it put off, in the order in which they were completed. */
function merge(log: Log, rows: Rows, base: number, takeUp: TakeUp): void {
  const { threads } = log.scanner.state
  for (let i = 0; i < rows.length; i++) {
    takeUp.upTo(rows.doneAt(i))
    if (!isNews(threads, rows, i)) continue
    rows.text[i] = base === 0 ? 0 : rows.text[i] + base - 1
    log.kept.take(rows, i)
  }
  takeUp.upTo(Number.POSITIVE_INFINITY)
}

/** Whether a row of a piece still counts when it is known what its thread did before. */
function isNews(threads: Threads, rows: Rows, i: number): boolean {
  const flags = rows.flags[i]
  if (rows.kind[i] === ROW.end) {
    threads.seen[threads.of(rows.tid[i])] = null
    // Superseded: the number of the thread that goes on is free as well.
    if (rows.use[i] !== 0) threads.seen[threads.of(rows.use[i])] = null
  }
  if ((flags & FLAG.consumed) === 0) return true
  const t = threads.of(rows.tid[i])
  const first = threads.first(t, rows.use[i])
  // Who finds the end of a file has used it.
  if ((flags & FLAG.once) !== 0) threads.first(t, ~rows.use[i])
  return first || (flags & (FLAG.first | FLAG.once)) === 0
}

/** The threads that a piece knows are as it left them. */
function adoptThreads(threads: Threads, part: Threads, lines: number, shift: number): void {
  for (let i = 0; i < part.length; i++) {
    if (part.is[i] === IS.unknown) continue
    const t = threads.of(part.tid[i])
    threads.settle(t)
    threads.adopt(part, i, t, lines, shift)
    if (part.openLine[i] !== 0) checkOpen(threads, t)
  }
}

/** As `isNews`, for a call that is open where the piece ends. */
function checkOpen(threads: Threads, t: number): void {
  const flags = threads.openFlags[t]
  if ((flags & FLAG.consumed) === 0 || threads.first(t, threads.openUse[t])) return
  threads.openFlags[t] = 0
  if ((flags & (FLAG.first | FLAG.once)) !== 0) threads.openKeep[t] = OPEN.undecided
}
