/**
 * Goes through the lines of a log and keeps what matters (`keep.ts`) as rows. Lines are looked at as bytes; only the few
 * that are signals, ends or strace's own words are decoded here.
 *
 * A call that another thread's line interrupted is two lines, joined by thread:
 *
 *   > | 22629 write(4<pipe:[362842]>, "r", 1 <unfinished ...>
 *   > | 22629 <... write resumed>) = 1 <0.000012>
 */
import { openTail, readCall } from './call-text.js'
import type { LineClock } from './clock.js'
import type { Dialect } from './dialect.js'
import { Ending, TAIL, tailOf } from './ending.js'
import { hashName, KEEP, keepOf, LONG_NS, step } from './keep.js'
import { Leader } from './leader.js'
import { Notes } from './notes.js'
import { FLAG, ROW, Rows } from './rows.js'
import { readEnd, readSignal, readStop } from './signal-text.js'
import { LAST, OPEN, Threads } from './threads.js'
import { Worth } from './worth.js'

const CR = 13
const SPACE = 32
const OPEN_PAREN = 40
const PLUS = 43
const MINUS = 45
const DOT = 46
const LESS = 60
const QUESTION = 63
const UNDERSCORE = 95
const HASH = 35
/** No name of a system call is longer. */
const NAME_BYTES = 64

const GHOST = hashName('syscall_0x')
const EXECVE = hashName('execve')
const UNREADABLE = new Set(['???', '????'].map(hashName))
const ENDING_CALLS = new Set(['exit', '_exit', 'exit_group'].map(hashName))

/** Where a line stands: `buffer[start, end)` without its line end, `at` the offset of `start` in the input. */
export interface Line {
  buffer: Buffer
  start: number
  end: number
  at: number
  /** Its length in the input; not `end - start` where colours were taken out or a torn line was put together. */
  size: number
  /** 1-based. */
  line: number
}

/** Is given every line that is none of strace's records by itself; true where it made something of it. */
export type Stray = (where: Line) => boolean

export class Scanner {
  readonly rows = new Rows()
  /** Last calls of threads that ended inside them. */
  readonly diedIn = new Rows()
  readonly threads = new Threads()
  readonly notes = new Notes()
  /** Lines read. */
  line = 0
  /** Lines that are records of strace: calls, halves of calls, signals, ends. */
  records = 0
  calls = 0
  /** Whether any line closed with `<T>`. */
  timed = false
  /** The last line, where it was the first half of a call, and whose it was. */
  lastOpenLine = 0
  #lastOpen = 0
  stray: Stray = () => false
  readonly #leader = new Leader()
  readonly #ending = new Ending()
  readonly #worth = new Worth(this.threads)

  constructor(
    readonly dialect: Dialect,
    readonly clock: LineClock,
  ) {}

  /** One line: `buffer[start, end)` without its LF. */
  next(buffer: Buffer, start: number, end: number, at: number): void {
    const line = ++this.line
    if (end > start && buffer[end - 1] === CR) end--
    if (end === start) return
    this.#leader.read(buffer, start, end)
    const where = { buffer, start, end, at, size: end - start, line }
    if (this.dialect.accepts(this.#leader) && this.record(where, this.#leader)) return
    if (this.stray(where)) return
    this.notes.add('strace.unparsed-line', line)
    this.records++
  }

  /** Takes a line whose leader has been read; false where its body is none of strace's. */
  record(where: Line, leader: Leader): boolean {
    const { buffer, end } = where
    const body = leader.body
    const c = buffer[body]
    if ((c >= 97 && c <= 122) || c === UNDERSCORE || c === QUESTION || (c >= 65 && c <= 90)) {
      let hash = 0
      let open = body
      const limit = Math.min(end, body + NAME_BYTES)
      for (let d = c; open < limit && isName(d); d = buffer[++open]) hash = step(hash, d)
      return open < limit && buffer[open] === OPEN_PAREN && this.#call(where, leader, hash, open)
    }
    if (c === LESS && buffer[body + 1] === DOT && buffer[body + 2] === DOT) return this.#resumed(where, leader)
    if (c === MINUS && buffer[body + 1] === MINUS && buffer[body + 2] === MINUS) return this.#signal(where, leader)
    if (c === PLUS && buffer[body + 1] === PLUS && buffer[body + 2] === PLUS) return this.#end(where, leader)
    return false
  }

  #call(where: Line, leader: Leader, hash: number, open: number): boolean {
    const { buffer, start, end, at, size, line } = where
    const tail = tailOf(buffer, open, end)
    const ending = this.#ending
    if (tail === TAIL.none) {
      ending.read(buffer, open, end)
      // Only where program output can stand between the lines is each one read whole.
      if (this.dialect.mixed && !isWhole(buffer.toString('latin1', leader.body, end))) return false
    }
    this.records++
    this.calls++
    const ns = this.clock.at(leader, line)
    const threads = this.threads
    const t = threads.of(leader.tid)
    threads.ended[t] = 0
    if (threads.openLine[t] !== 0) this.#abandon(t, line)
    const rule = keepOf(hash)
    let keep = threads.afterSignal[t] === 1
    threads.afterSignal[t] = 0
    const ghost = UNREADABLE.has(hash) || (rule === KEEP.never && isGhost(buffer, leader.body))
    const lead = leader.body - start
    if (!ghost) threads.begin(t, line, at, size, lead, ns, hash)
    if (rule !== KEEP.never && this.#worth.byArguments(rule, hash, t, buffer, open + 1, end)) keep = true
    const use = rule !== KEEP.never ? this.#worth.use : 0
    if (tail === TAIL.none) {
      if (ending.timed) this.timed = true
      const died = ending.noReturn && !ENDING_CALLS.has(hash)
      threads.lastState[t] = ending.noReturn ? (died ? LAST.died : LAST.returned) : LAST.returned
      if (ending.noReturn ? ghost : !keep && !this.#worth.byResult(rule, t, use, ending)) return true
      if (this.#worth.inVain(rule, ending)) return true
      this.rows.push(ROW.call, died ? FLAG.died : 0, leader.tid, line, ns, at, size, lead)
      return true
    }
    threads.open(t, line, at, size, lead, ns, hash)
    this.lastOpenLine = line
    this.#lastOpen = t
    threads.openRule[t] = rule
    threads.openUse[t] = use
    threads.openKeep[t] = ghost ? OPEN.ghost : keep ? OPEN.keep : OPEN.undecided
    if (tail === TAIL.detached) {
      this.#openRow(t, 0)
      threads.openLine[t] = 0
      threads.lastState[t] = LAST.detached
    }
    return true
  }

  /**
   * The second half of a call.
   *
   *   > | 22628 <... read resumed>"r", 1) = 1 <0.004467>
   *   > | 23313 <... read resumed> <unfinished ...>) = ?
   */
  #resumed(where: Line, leader: Leader): boolean {
    const { buffer, start, end, line } = where
    let hash = 0
    let i = leader.body + 5
    const limit = Math.min(end, i + NAME_BYTES)
    for (; i < limit && isName(buffer[i]); i++) hash = step(hash, buffer[i])
    // ` resumed>` or ` resumed #12>`
    if (buffer[i] !== SPACE || buffer[i + 1] !== 114 || buffer[i + 7] !== 100) return false
    this.records++
    const ns = this.clock.at(leader, line)
    const ending = this.#ending
    ending.read(buffer, i, end)
    this.resume(leader.tid, hash, where, ns, leader.body - start, i)
    return true
  }

  /**
   * Ends the open call of a thread with a second half that has been looked at with `ending`.
   *
   * @param hash of the name that the half gives; that of `???` where it gives none
   */
  resume(tid: number, hash: number, where: Line, ns: number, lead: number, i: number): void {
    const { buffer, end, at, size, line } = where
    const threads = this.threads
    const ending = this.#ending
    if (ending.timed) this.timed = true
    const t = threads.of(tid)
    if (threads.openLine[t] === 0 && hash === EXECVE) threads.inheritExecve(t, EXECVE)
    if (threads.openLine[t] === 0 || (threads.openHash[t] !== hash && !UNREADABLE.has(hash))) {
      this.#orphan(tid, hash, t, where, ns, lead)
      return
    }
    const first = threads.openLine[t]
    const rule = threads.openRule[t]
    const kept = threads.openKeep[t]
    threads.openLine[t] = 0
    threads.lastState[t] = ending.noReturn ? LAST.died : LAST.returned
    if (kept === OPEN.ghost && ending.noReturn) return
    const worth = this.#worth
    if (
      kept !== OPEN.keep &&
      !(ns - threads.openNs[t] >= LONG_NS) &&
      !worth.byResult(rule, t, threads.openUse[t], ending) &&
      !worth.carriesRights(rule, buffer, i, end)
    )
      return
    if (worth.inVain(rule, ending)) return
    const row = this.#openRow(t, ending.noReturn ? FLAG.died : 0, first)
    this.rows.second(row, line, ns, at, size, lead)
  }

  /** Takes a line without a leader as the second half of the call that the line before began. */
  resumeLast(where: Line): boolean {
    const t = this.#lastOpen
    if (this.threads.openLine[t] !== this.lastOpenLine) return false
    this.records++
    this.#ending.read(where.buffer, where.start, where.end)
    this.resume(this.threads.tid[t], this.threads.openHash[t], where, Number.NaN, 0, where.start)
    return true
  }

  /** A thread that was known by another number: 0, while no line had told it. */
  rename(from: number, to: number): void {
    this.threads.rename(from, to)
    for (const rows of [this.rows, this.diedIn])
      for (let i = 0; i < rows.length; i++) if (rows.tid[i] === from) rows.tid[i] = to
  }

  /** A second half whose first one is not in the log: the log begins in the middle, or strace came later. */
  #orphan(tid: number, hash: number, t: number, where: Line, ns: number, lead: number): void {
    const { threads } = this
    this.notes.add('strace.resumed-only', where.line)
    this.calls++
    threads.ended[t] = 0
    threads.openLine[t] = 0
    const keep = threads.afterSignal[t] === 1 || keepOf(hash) !== KEEP.never
    threads.afterSignal[t] = 0
    if (!keep && !this.#ending.telling && !this.#ending.long && !this.#ending.noReturn) return
    const flags = this.#ending.noReturn ? FLAG.died : 0
    this.rows.push(ROW.call, flags, tid, where.line, ns, where.at, where.size, lead)
  }

  #signal(where: Line, leader: Leader): boolean {
    const { buffer, start, end, at, size, line } = where
    const text = buffer.toString('latin1', leader.body, end)
    const kind = readSignal(text) ? ROW.signal : readStop(text) ? ROW.stop : -1
    if (kind === -1) return false
    this.records++
    const ns = this.clock.at(leader, line)
    const t = this.threads.of(leader.tid)
    this.threads.afterSignal[t] = 1
    this.threads.ended[t] = 0
    this.rows.push(kind, 0, leader.tid, line, ns, at, size, leader.body - start)
    return true
  }

  #end(where: Line, leader: Leader): boolean {
    const { buffer, start, end, at, size, line } = where
    const ended = readEnd(buffer.toString('latin1', leader.body, end))
    if (!ended) return false
    this.records++
    const ns = this.clock.at(leader, line)
    const threads = this.threads
    const t = threads.of(leader.tid)
    if (threads.openLine[t] !== 0 && threads.openKeep[t] !== OPEN.ghost) this.#openRow(t, FLAG.died)
    if (ended.how !== 'superseded' && !ENDING_CALLS.has(threads.lastHash[t])) this.#diedIn(t)
    this.rows.push(ROW.end, 0, leader.tid, line, ns, at, size, leader.body - start)
    threads.end(t)
    if (ended.how === 'superseded') threads.move(threads.of(ended.by), t)
    return true
  }

  #diedIn(t: number): void {
    const threads = this.threads
    if (threads.lastLine[t] === 0 || (threads.openLine[t] === 0 && threads.lastState[t] !== LAST.died)) return
    const { lastLine, lastNs, lastAt, lastSize, lastLead } = threads
    this.diedIn.push(ROW.call, FLAG.died, threads.tid[t], lastLine[t], lastNs[t], lastAt[t], lastSize[t], lastLead[t])
  }

  /** The open call of a thread is followed by another line of it: its second half is missing. */
  #abandon(t: number, line: number): void {
    const threads = this.threads
    this.notes.add('strace.unfinished-only', line)
    if (threads.openKeep[t] === OPEN.keep) this.#openRow(t, 0)
    threads.openLine[t] = 0
  }

  #openRow(t: number, flags: number, first = this.threads.openLine[t]): number {
    const { tid, openNs, openAt, openSize, openLead } = this.threads
    return this.rows.push(ROW.call, flags, tid[t], first, openNs[t], openAt[t], openSize[t], openLead[t])
  }

  /** The log is over: what is open was open when it ended. */
  finish(): void {
    const threads = this.threads
    for (let t = 0; t < threads.count; t++)
      if (threads.openLine[t] !== 0 && threads.openKeep[t] !== OPEN.ghost) this.#openRow(t, 0)
  }
}

function isName(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    c === UNDERSCORE ||
    (c >= 48 && c <= 57) ||
    c === QUESTION ||
    c === HASH ||
    (c >= 65 && c <= 90)
  )
}

function isWhole(text: string): boolean {
  return readCall(text) !== null || openTail(text) !== null
}

/**
 * A call "of a number that does not exist" is the return value of the call before, read from a thread that was dying.
 *
 *   > | 1942  syscall_0x7ed(0x7f3c…, 0x7f3c…, 0x7f3c…, 0, 0, 0 <unfinished ...>
 */
function isGhost(buffer: Uint8Array, body: number): boolean {
  if (buffer[body] !== 115 || buffer[body + 7] !== UNDERSCORE || buffer[body + 8] !== 48) return false
  let hash = 0
  for (let i = body; i < body + 10; i++) hash = step(hash, buffer[i])
  return hash === GHOST
}
