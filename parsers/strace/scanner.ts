/**
 * Goes through the lines of a log and keeps what matters (`keep.ts`) as rows. Lines are looked at as bytes; only the few
 * that are signals, ends or strace's own words are decoded here.
 */
import { NEWLINE } from '../../src/model/text.js'
import { isResumed, NAME, NAME_START } from './bytes.js'
import { Calls, isWhole } from './calls.js'
import type { Dialect } from './dialect.js'
import { step } from './keep.js'
import { Leader } from './leader.js'
import type { Line } from './line.js'
import { Lines } from './line-index.js'
import { Quiet } from './quiet.js'
import { FLAG, ROW } from './rows.js'
import { ScanState } from './scan-state.js'
import { readEnd, readSignal, readStop } from './signal-text.js'
import { IS, OPEN } from './threads.js'

const CR = 13
const SPACE = 32
const OPEN_PAREN = 40
const PLUS = 43
const MINUS = 45
const DOT = 46
const LESS = 60
/** No name of a system call is longer. */
const NAME_BYTES = 64

/** From so many bytes on the short way is worth its start. */
const QUIET_FROM_BYTES = 256 * 1024

/** Is given every line that is none of strace's records by itself; true where it made something of it. */
export type Stray = (where: Line) => boolean

export class Scanner {
  readonly state: ScanState
  readonly calls: Calls
  stray: Stray = () => false
  readonly #where: Line = { buffer: Buffer.alloc(0), start: 0, end: 0, at: 0, size: 0, line: 0 }
  readonly #leader = new Leader()
  #quiet: Quiet | null | undefined

  /** @param quietFrom text of so many bytes at once is worth the short way (`quiet.ts`) */
  constructor(
    readonly dialect: Dialect,
    readonly quietFrom = QUIET_FROM_BYTES,
  ) {
    this.state = new ScanState(dialect)
    this.calls = new Calls(this.state)
  }

  /** All whole lines in `buffer[start, end)`; returns where the rest begins. `at`: offset of `buffer[0]` in the input. */
  scan(buffer: Buffer, start: number, end: number, at: number): number {
    if (this.#quiet === undefined && end - start >= this.quietFrom) this.#quiet = Quiet.for(this.state)
    if (this.#quiet?.isOn) {
      start = this.#quiet.scan(buffer, start, end, at, this.#look)
      if (this.#quiet.isOn) return start
    }
    for (;;) {
      const lf = buffer.indexOf(NEWLINE, start)
      if (lf === -1 || lf >= end) return start
      this.next(buffer, start, lf, at + start)
      start = lf + 1
    }
  }

  /** One line: `buffer[start, end)` without its LF. */
  next(buffer: Buffer, start: number, end: number, at: number): void {
    const line = ++this.state.line
    if (Lines.notes(line)) this.state.lines.add(line, at)
    this.#look(buffer, start, end, at)
  }

  /** Looks at a line that has been counted. */
  readonly #look = (buffer: Buffer, start: number, end: number, at: number): void => {
    const where = this.#where
    where.line = this.state.line
    if (end > start && buffer[end - 1] === CR) end--
    if (end === start) {
      this.state.others++
      return
    }
    where.buffer = buffer
    where.start = start
    where.end = end
    where.at = at
    where.size = end - start
    const leader = this.#leader
    leader.read(buffer, start, end)
    if (!this.dialect.accepts(leader) || !this.record(where, leader)) this.other(where)
  }

  /** The last line, which has no line end: what breaks off is a call that had not returned when the log ended. */
  last(buffer: Buffer, start: number, end: number, at: number): void {
    const leader = this.#leader
    leader.read(buffer, start, end)
    const body = buffer.toString('latin1', leader.body, end)
    if (!this.dialect.accepts(leader) || isWhole(body)) {
      this.next(buffer, start, end, at)
      return
    }
    const line = ++this.state.line
    this.state.notes.add('strace.cut-end', line)
    const text = Buffer.from(`${buffer.toString('latin1', start, end)} <unfinished ...>`, 'latin1')
    leader.read(text, 0, text.length)
    const where = { buffer: text, start: 0, end: text.length, at, size: end - start, line }
    // A second half is left out: its call stays open.
    if (body.startsWith('<... ') || !this.record(where, leader)) this.state.others++
  }

  /** A line that is no record by itself. */
  other(where: Line): void {
    if (!this.stray(where)) this.state.notes.add('strace.unparsed-line', where.line)
  }

  /** Takes a line whose leader has been read; false where its body is none of strace's. */
  record(where: Line, leader: Leader): boolean {
    const { buffer, end } = where
    const body = leader.body
    const c = buffer[body]
    if (NAME_START[c] === 1) {
      let hash = c
      let open = body + 1
      const limit = Math.min(end, body + NAME_BYTES)
      for (let d = buffer[open]; open < limit && NAME[d] === 1; d = buffer[++open]) hash = step(hash, d)
      return open < limit && buffer[open] === OPEN_PAREN && this.calls.call(where, leader, hash, open)
    }
    if (c === LESS && buffer[body + 1] === DOT && buffer[body + 2] === DOT)
      return buffer[body + 3] === DOT && buffer[body + 4] === SPACE && this.#resumed(where, leader)
    if (c === MINUS && buffer[body + 1] === MINUS && buffer[body + 2] === MINUS) return this.#signal(where, leader)
    if (c === PLUS && buffer[body + 1] === PLUS && buffer[body + 2] === PLUS) return this.#end(where, leader)
    return false
  }

  /** `<... read resumed>`, or with a number: `<... read resumed #12>` */
  #resumed(where: Line, leader: Leader): boolean {
    const { buffer, end } = where
    let hash = 0
    let i = leader.body + 5
    const limit = Math.min(end, i + NAME_BYTES)
    for (let d = buffer[i]; i < limit && NAME[d] === 1; d = buffer[++i]) hash = step(hash, d)
    if (buffer[i] !== SPACE || !isResumed(buffer, i + 1)) return false
    this.calls.resumed(where, leader, hash, i)
    return true
  }

  #signal(where: Line, leader: Leader): boolean {
    const text = where.buffer.toString('latin1', leader.body, where.end)
    const kind = readSignal(text) ? ROW.signal : readStop(text) ? ROW.stop : -1
    if (kind === -1) return false
    const { state } = this
    const ns = state.clock.at(leader, where.line)
    const t = state.threads.of(leader.tid)
    state.threads.settle(t)
    state.threads.is[t] = IS.afterSignal
    state.rows.push(kind, 0, leader.tid, where.line, ns, where.at, where.size, leader.body - where.start)
    return true
  }

  #end(where: Line, leader: Leader): boolean {
    const ended = readEnd(where.buffer.toString('latin1', leader.body, where.end))
    if (!ended) return false
    const { state } = this
    const { threads } = state
    const ns = state.clock.at(leader, where.line)
    const t = threads.of(leader.tid)
    threads.settle(t)
    if (threads.openLine[t] !== 0 && threads.openKeep[t] !== OPEN.ghost) this.calls.unreturned(t, FLAG.died)
    state.rows.push(ROW.end, 0, leader.tid, where.line, ns, where.at, where.size, leader.body - where.start)
    threads.end(t)
    if (ended.how === 'superseded') threads.move(threads.of(ended.by), t)
    return true
  }

  /** The log is over: what is open was open when it ended. */
  finish(): void {
    this.#quiet?.leave()
    const { threads } = this.state
    for (let t = 0; t < threads.length; t++) {
      threads.settle(t)
      if (threads.openLine[t] !== 0 && threads.openKeep[t] !== OPEN.ghost) this.calls.unreturned(t, 0)
    }
  }
}
