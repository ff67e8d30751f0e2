/**
 * Lines of a log that are not one record each: torn ones, strace's own words, program output in between. In a file that
 * strace alone wrote with pids there are few; a captured stderr is full of them.
 */
import { NEWLINE, withoutAnsi } from '../../src/model/text.js'
import { isSystemCall } from '../shared/syscall-names.js'
import { Alive } from './alive.js'
import { openTail, readCall } from './call-text.js'
import { Leader, PID, TIME } from './leader.js'
import type { Line } from './line.js'
import { Lines } from './line-index.js'
import type { Log } from './log.js'
import { outputGap } from './output-gap.js'
import { ownWordsInside } from './own-words.js'
import { FLAG } from './rows.js'
import type { Scanner } from './scanner.js'
import { readEnd } from './signal-text.js'
import { Strays } from './strays.js'

const CR = 13
const ESCAPE = 27
/** Program output that is kept, to be read as evidence of its own. */
const OUTPUT_BYTES = 8 * 1024 * 1024
const OUTPUT_LINES = 200_000
/** A line of program output longer than this is kept cut. */
const OUTPUT_LINE_BYTES = 4096
/** A continuation that has not come by then will not. */
const HELD_LINES = 1000

/** The beginning of a call that something tore. */
interface Held {
  /** Leader and arguments, as far as they are strace's. */
  text: string
  at: number
  size: number
  line: number
}

export class Mixed {
  readonly strays: Strays
  readonly output: { line: number; text: string }[] = []
  #outputBytes = 0
  #held: Held | null = null
  /** Up to here the input is program output, by the count of the write that made it. */
  #skipTo = 0
  readonly #alive: Alive
  readonly #leader = new Leader()
  readonly #colours: boolean
  readonly #mixed: boolean

  readonly scanner: Scanner

  /** @param tid of lines that name no thread; 0 where it is not known */
  constructor(
    readonly log: Log,
    tid: number,
  ) {
    const { scanner } = log
    this.scanner = scanner
    this.#alive = new Alive(tid)
    this.#colours = scanner.dialect.colours
    this.#mixed = scanner.dialect.mixed
    this.strays = new Strays(scanner)
    this.strays.onAttached = (tid, torn) => this.#attached(tid, torn)
    scanner.stray = where => this.#stray(where)
  }

  scan(buffer: Buffer, start: number, end: number, at: number): number {
    for (;;) {
      const lf = buffer.indexOf(NEWLINE, start)
      if (lf === -1 || lf >= end) return start
      this.next(buffer, start, lf, at + start)
      start = lf + 1
    }
  }

  /** The last line, which has no line end; `finish` deals with what is missing of it. */
  last(buffer: Buffer, start: number, end: number, at: number): void {
    this.next(buffer, start, end, at)
  }

  next(buffer: Buffer, start: number, end: number, at: number): void {
    const line = ++this.scanner.state.line
    if (Lines.notes(line)) this.scanner.state.lines.add(line, at)
    const size = end - start
    if (at < this.#skipTo) {
      this.scanner.state.others++
      const output = Math.min(size, this.#skipTo - at)
      this.#keepOutput(line, buffer.toString('latin1', start, start + output))
      if (at + size < this.#skipTo || size === output) return
      this.#goOn(buffer.toString('latin1', start + output, end), at + output, line)
      return
    }
    if (end > start && buffer[end - 1] === CR) end--
    if (end === start) {
      this.scanner.state.others++
      return
    }
    if (this.#colours && buffer.subarray(start, end).includes(ESCAPE)) {
      buffer = Buffer.from(withoutAnsi(buffer.toString('latin1', start, end)), 'latin1')
      start = 0
      end = buffer.length
    }
    const where = { buffer, start, end, at, size, line }
    if (this.#take(where)) {
      // What a record follows was not torn by it, but lost its end.
      this.#lostHeld()
      return
    }
    if (this.#stray(where)) return
    this.#keepOutput(line, buffer.toString('latin1', start, end))
    this.scanner.state.notes.add(this.#mixed ? 'strace.program-output' : 'strace.unparsed-line', line)
    if (this.#mixed) this.scanner.state.others++
  }

  /** Tries the line as a record. */
  #take(where: Line): boolean {
    const leader = this.#leader
    leader.read(where.buffer, where.start, where.end)
    if (!this.scanner.dialect.accepts(leader)) return false
    if (leader.pidForm === PID.none) leader.tid = this.#alive.sole
    else if (this.#mixed && this.#named(leader.tid)) this.#rename(0, leader.tid)
    if (!this.scanner.record(where, leader)) return false
    if (this.#mixed) this.#follow(where, leader)
    return true
  }

  #named(tid: number): boolean {
    this.log.follows = true
    return this.#alive.named(tid)
  }

  #attached(tid: number, torn: boolean): void {
    if (!torn && this.scanner.state.calls === 0 && this.#alive.main === 0 && this.#mixed) this.#alive.is(tid)
    else this.#alive.born(tid)
  }

  #rename(from: number, to: number): void {
    this.scanner.state.threads.rename(from, to)
    const { rows } = this.scanner.state
    for (let i = 0; i < rows.length; i++) if (rows.tid[i] === from) rows.tid[i] = to
  }

  /** Keeps account of which threads live, from the lines that tell it. */
  #follow(where: Line, leader: Leader): void {
    const { buffer, end } = where
    const c = buffer[leader.body]
    if (c === 43) {
      const ended = readEnd(buffer.toString('latin1', leader.body, end))
      this.#alive.ended(ended?.how === 'superseded' ? ended.by : leader.tid)
      return
    }
    // clone, clone3, fork, vfork; set_tid_address, gettid, getpid; and halves of them.
    if (c !== 99 && c !== 102 && c !== 118 && c !== 115 && c !== 103 && c !== 60) return
    const text = buffer.toString('latin1', leader.body, end)
    const child = /^(?:<\.\.\. )?(?:clone3?|v?fork)(?:\(| resumed).*\) *= (\d{1,8})(?:<|$| )/.exec(text)
    if (child) this.#alive.born(Number(child[1]))
    if (this.#alive.main !== 0 || leader.pidForm !== PID.none) return
    const own = /^(?:set_tid_address|gettid|getpid)\(.*\) *= (\d{1,8})(?:<|$| )/.exec(text)
    if (!own || this.#alive.several) return
    this.#alive.is(Number(own[1]))
    this.#rename(0, Number(own[1]))
  }

  /** A line that is no record by itself; false where it is not strace's at all. */
  #stray(where: Line): boolean {
    if (this.strays.take(where)) return true
    if (!this.#mixed) return false
    const text = where.buffer.toString('latin1', where.start, where.end)
    return this.#continues(text, where) || this.#torn(text, where) || this.#glued(text, where)
  }

  /** What follows a call that was torn: its end, or the mark that another thread's line comes first. */
  #continues(text: string, where: Line): boolean {
    const held = this.#held
    if (!held) return false
    if (where.line - held.line > HELD_LINES) {
      this.#lostHeld()
      return false
    }
    const m = / ?<(?:unfinished|detached) \.\.\.>(?:\) *= \?)?$|\)? *= (?:\?|-?\d+|0x[0-9a-f]+)[^=]*$/.exec(text)
    const from = m ? (readCall(`x(${text}`) !== null || openTail(text) ? 0 : m.index) : -1
    if (from === -1) return false
    this.scanner.state.others++
    if (from > 0) this.#keepOutput(where.line, text.slice(0, from))
    this.#goOn(text.slice(from), where.at + from, where.line)
    return true
  }

  /** Puts the rest behind the beginning that is held, and takes the whole as one line. */
  #goOn(rest: string, at: number, line: number): void {
    const held = this.#held
    this.#held = null
    if (!held) return
    const buffer = Buffer.from(held.text + rest, 'latin1')
    const { rows } = this.scanner.state
    const before = rows.length
    const taken = this.#take({ buffer, start: 0, end: buffer.length, at: held.at, size: held.size, line: held.line })
    if (!taken) {
      this.scanner.state.notes.add('strace.torn-line', held.line)
      return
    }
    for (let row = before; row < rows.length; row++) {
      if (rows.line[row] !== held.line) continue
      rows.flags[row] |= FLAG.glued
      rows.second(row, line, Number.NaN, at, rest.length, 0)
    }
  }

  /** A call whose line breaks off in the middle. */
  #torn(text: string, where: Line): boolean {
    const leader = this.#leader
    if (!this.scanner.dialect.accepts(leader)) return false
    const lead = leader.body - where.start
    const body = text.slice(lead)
    const name = /^[a-z_][a-z0-9_]*(?=\()/.exec(body)?.[0]
    // Without times on the lines, a program's own words may well look like the beginning of a call.
    if (name === undefined || (leader.timeForm === TIME.none && !isSystemCall(name))) return false
    const words = ownWordsInside(body)
    if (words > 0) {
      this.#hold(text.slice(0, lead + words), where)
      this.strays.words(body.slice(words), where, true)
      return true
    }
    const gap = outputGap(body, (distance, bytes) =>
      Buffer.from(this.log.input.read(where.at + lead + distance, bytes)).toString('latin1'),
    )
    if (gap) {
      const target = where.at + lead + gap.head + gap.bytes
      this.#hold(text.slice(0, lead + gap.head), where)
      this.#keepOutput(where.line, body.slice(gap.head, gap.head + gap.bytes))
      // The whole gap may lie on this line: `write(2, "(", 1()                        = 1`.
      if (target < where.at + where.size) this.#goOn(text.slice(target - where.at), target, where.line)
      else this.#skipTo = target
      return true
    }
    // Whatever tore it, the end of it may come.
    this.#hold(text, where)
    return true
  }

  #hold(text: string, where: Line): void {
    this.#lostHeld()
    this.#held = { text, at: where.at, size: text.length, line: where.line }
  }

  /** The end of a call that was torn has not come: it is taken as one that had not returned. */
  #lostHeld(code = 'strace.torn-line'): void {
    const held = this.#held
    if (!held) return
    this.#held = null
    const buffer = Buffer.from(`${held.text} <unfinished ...>`, 'latin1')
    this.#take({ buffer, start: 0, end: buffer.length, at: held.at, size: held.size, line: held.line })
    this.scanner.state.notes.add(code, held.line)
  }

  /** A record that begins in the middle of a line, behind output that did not end its own. */
  #glued(text: string, where: Line): boolean {
    for (const m of text.matchAll(/\[pid +\d+(?:<[^>]*>)?\] |\d\d:\d\d:\d\d(?:\.\d+)? |\b\d{9,11}(?:\.\d+)? /g)) {
      if (m.index === 0) continue
      const part = { ...where, start: where.start + m.index, at: where.at + m.index, size: where.size - m.index }
      if (!this.#take(part)) continue
      this.#keepOutput(where.line, text.slice(0, m.index))
      return true
    }
    return false
  }

  #keepOutput(line: number, text: string): void {
    if (this.#outputBytes > OUTPUT_BYTES || this.output.length >= OUTPUT_LINES) return
    this.output.push({ line, text: text.slice(0, OUTPUT_LINE_BYTES) })
    this.#outputBytes += Math.min(text.length, OUTPUT_LINE_BYTES)
  }

  /** @param cut the last line has no line end */
  finish(cut: boolean): void {
    // A last line that breaks off is no torn line: strace or its disk ended there.
    const isLast = cut && this.#held?.line === this.scanner.state.line
    this.#lostHeld(isLast ? 'strace.cut-end' : undefined)
  }
}
