/**
 * A log in pieces. Each is scanned by itself, here or in another thread, without what came before it; then they are put
 * together in order. The result does not depend on where the cuts are: what a piece cannot know is taken up here
 * (`deferred.ts`), and what it took for a first time is checked here.
 */
import type { ClockState } from './clock.js'
import type { Packed } from './columns.js'
import { Deferred } from './deferred.js'
import { describe } from './described.js'
import type { Dialect } from './dialect.js'
import type { Log } from './log.js'
import type { Note } from './notes.js'
import { FLAG, ROW, Rows } from './rows.js'
import { Scanner } from './scanner.js'
import { type Learnt, Strays } from './strays.js'
import { IS, OPEN, Threads } from './threads.js'

/** What scanning a piece gives; plain data. */
export interface Piece {
  rows: Packed
  /** Text that was put aside (`described.ts`). */
  text: string
  names: [number, string][]
  threads: Packed
  deferred: Packed
  deferredText: Uint8Array
  notes: [string, Note][]
  learnt: Learnt
  clock: ClockState
  lines: number
  records: number
  calls: number
  lastOpenLine: number
  lastOpenTid: number
}

/**
 * Scans the lines in `buffer[start, end)`, all of them whole, as a piece of a log.
 *
 * @param at offset of `buffer[0]` in the input
 * @returns the piece, and what can be handed over instead of copied when it goes to another thread
 */
export function scanPiece(
  dialect: Dialect,
  buffer: Buffer,
  start: number,
  end: number,
  at: number,
): { piece: Piece; buffers: ArrayBuffer[] } {
  const scanner = new Scanner(dialect, true)
  const strays = new Strays(scanner)
  scanner.stray = where => strays.take(where)
  const rest = scanner.scan(buffer, start, end, at)
  if (rest < end) scanner.next(buffer, rest, end, at + rest)
  const { state } = scanner
  const names = new Map<number, string>()
  const text = describeAll(state.rows, buffer, at, names)
  const deferredText = state.deferred!.text()
  const rows = state.rows.pack()
  const threads = state.threads.pack()
  const deferred = state.deferred!.pack()
  const { line, records, calls, lastOpenLine, lastOpenTid } = state
  const piece: Piece = {
    rows: rows.packed,
    text,
    names: [...names],
    threads: threads.packed,
    deferred: deferred.packed,
    deferredText,
    notes: [...state.notes.byCode],
    learnt: strays.learnt,
    clock: state.clock.state,
    lines: line,
    records,
    calls,
    lastOpenLine,
    lastOpenTid,
  }
  const buffers = [...rows.buffers, ...threads.buffers, ...deferred.buffers, deferredText.buffer as ArrayBuffer]
  return { piece, buffers }
}

/** Describes all rows; a row's `text` is its place in the text that is returned, from 1. */
function describeAll(rows: Rows, buffer: Buffer, at: number, names: Map<number, string>): string {
  let text = ''
  const read = (from: number, size: number) => buffer.toString('latin1', from - at, from - at + size)
  for (let i = 0; i < rows.length; i++) {
    const second = rows.line2[i] === 0 ? null : read(rows.at2[i], rows.size2[i])
    const own = describe(rows, i, read(rows.at[i], rows.size[i]), second, names)
    if (own === null) continue
    // A row without text of its own has a place all the same.
    rows.text[i] = text.length + 1
    text += own
  }
  return text
}

/** Adds the next piece to a log. `read` gives the text at a place of the input. */
export function appendPiece(log: Log, piece: Piece, read: (at: number, size: number) => string): void {
  const { state } = log.scanner
  const before = state.line
  const rows = new Rows().unpack(piece.rows)
  const shift = state.clock.append(piece.clock, before)
  place(rows, before, shift)
  takeUpDeferred(log.scanner, piece, before, shift)
  for (const [hash, name] of piece.names) log.names.set(hash, name)
  describeTaken(log, read)
  merge(log, rows, log.texts.add(piece.text))
  adoptThreads(state.threads, new Threads(IS.unknown).unpack(piece.threads), before, shift)
  for (const [code, note] of piece.notes) state.notes.add(code, note.line + before, note.count)
  log.learnt.attached ||= piece.learnt.attached
  log.learnt.tableLines += piece.learnt.tableLines
  if (piece.learnt.failure && !log.learnt.failure)
    log.learnt.failure = { ...piece.learnt.failure, line: piece.learnt.failure.line + before }
  state.line = before + piece.lines
  state.records += piece.records
  state.calls += piece.calls
  if (piece.lastOpenLine !== 0) {
    state.lastOpenLine = piece.lastOpenLine + before
    state.lastOpenTid = piece.lastOpenTid
  }
}

/** Describes the rows that were made of lines that were put off. */
function describeTaken(log: Log, read: (at: number, size: number) => string): void {
  const { rows } = log.scanner.state
  let text = ''
  for (let i = 0; i < rows.length; i++) {
    const second = rows.line2[i] === 0 ? null : read(rows.at2[i], rows.size2[i])
    const own = describe(rows, i, read(rows.at[i], rows.size[i]), second, log.names)
    if (own === null) continue
    rows.text[i] = text.length + 1
    text += own
  }
  const base = log.texts.add(text)
  for (let i = 0; i < rows.length; i++) if (rows.text[i] !== 0) rows.text[i] = base === 0 ? 0 : rows.text[i] + base - 1
}

function place(rows: Rows, lines: number, shift: number): void {
  for (let i = 0; i < rows.length; i++) {
    rows.line[i] += lines
    rows.ns[i] += shift
    rows.ns2[i] += shift
    if (rows.line2[i] !== 0) rows.line2[i] += lines
  }
}

function takeUpDeferred(scanner: Scanner, piece: Piece, lines: number, shift: number): void {
  const deferred = new Deferred().unpack(piece.deferred)
  const buffer = Buffer.from(piece.deferredText.buffer, piece.deferredText.byteOffset, piece.deferredText.byteLength)
  for (let i = 0; i < deferred.length; i++) {
    const [start, end] = [deferred.from[i], deferred.to[i]]
    const where = { buffer, start, end, at: deferred.at[i], size: deferred.size[i], line: deferred.line[i] + lines }
    scanner.takeUp(deferred.kind[i], where, deferred.ns[i] + shift)
  }
}

/** Rows that were taken up and rows of the piece, in the order in which they were completed. */
function merge(log: Log, rows: Rows, base: number): void {
  const { kept } = log
  const { rows: taken, threads } = log.scanner.state
  const order = Array.from({ length: taken.length }, (_, i) => i).sort(
    (a, b) => taken.doneAt(a) - taken.doneAt(b) || a - b,
  )
  let next = 0
  for (let i = 0; i < rows.length; i++) {
    const done = rows.doneAt(i)
    while (next < order.length && taken.doneAt(order[next]) < done) kept.take(taken, order[next++])
    if (!isNews(threads, rows, i)) continue
    if (rows.text[i] !== 0) rows.text[i] = base === 0 ? 0 : rows.text[i] + base - 1
    kept.take(rows, i)
  }
  while (next < order.length) kept.take(taken, order[next++])
  taken.length = 0
}

/** Whether a row of a piece still counts when it is known what its thread did before. */
function isNews(threads: Threads, rows: Rows, i: number): boolean {
  const flags = rows.flags[i]
  if (rows.kind[i] === ROW.end) threads.seen[threads.of(rows.tid[i])] = null
  if ((flags & FLAG.consumed) === 0) return true
  const t = threads.of(rows.tid[i])
  if (threads.first(t, rows.use[i]) || (flags & (FLAG.first | FLAG.once)) === 0) return true
  if ((flags & FLAG.ended) === 0 || !threads.first(t, ~rows.use[i])) return false
  rows.use[i] = ~rows.use[i]
  rows.flags[i] = FLAG.once | FLAG.consumed
  return true
}

/** The threads that a piece knows are as it left them. */
function adoptThreads(threads: Threads, part: Threads, lines: number, shift: number): void {
  for (let i = 0; i < part.length; i++) {
    if (part.is[i] === IS.unknown) continue
    const t = threads.of(part.tid[i])
    if (part.openLine[i] !== 0) part.openLine[i] += lines
    // Without a call of its own, its last one is that of the part before.
    const last = part.lastLine[i] !== 0 || part.is[i] === IS.ended
    if (part.lastLine[i] !== 0) part.lastLine[i] += lines
    part.lastNs[i] += shift
    threads.adopt(part, i, t, last)
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
