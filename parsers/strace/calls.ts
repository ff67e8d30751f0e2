/**
 * Lines of calls: whole ones, first halves, second halves. Joins the halves by thread and puts down what is worth it.
 *
 *   > | 22629 write(4<pipe:[362842]>, "r", 1 <unfinished ...>
 *   > | 22629 <... write resumed>) = 1 <0.000012>
 */
import { nameLength, openTail, readCall } from './call-text.js'
import { Ending, TAIL } from './ending.js'
import { hashName, KEEP, keepOf, LONG_NS, step } from './keep.js'
import type { Leader } from './leader.js'
import type { Line } from './line.js'
import { FLAG, ROW } from './rows.js'
import type { ScanState } from './scan-state.js'
import { IS, LAST, OPEN } from './threads.js'
import { Worth } from './worth.js'

const QUESTION = 63
const LETTER_S = 115
const UNDERSCORE = 95

const GHOST = hashName('syscall_0x')
const EXECVE = hashName('execve')
const UNREADABLE = new Set(['???', '????'].map(hashName))
const ENDING_CALLS = new Set(['exit', '_exit', 'exit_group'].map(hashName))

export class Calls {
  readonly #ending = new Ending()
  readonly #worth: Worth

  constructor(readonly state: ScanState) {
    this.#worth = new Worth(state.threads, state.dialect.fifos)
  }

  /**
   * A call from its name on, whole or its first half; false where program output tore it.
   *
   * @param hash of the name
   * @param open place of the parenthesis behind it
   */
  call(where: Line, leader: Leader, hash: number, open: number): boolean {
    const { state } = this
    const { buffer, end, line } = where
    const ending = this.#ending
    ending.read(buffer, open, end)
    // Only where program output can stand between the lines is each one read whole.
    if (state.dialect.mixed && !isWhole(buffer.toString('latin1', leader.body, end))) return false
    const ns = state.clock.at(leader, line)
    const { threads } = state
    const t = threads.of(leader.tid)
    threads.settle(t)
    const rule = keepOf(hash)
    const ghost = rule === KEEP.never && isGhost(buffer, leader.body, hash)
    const whole = ending.tail === TAIL.none
    const is = threads.is[t]
    state.calls++
    threads.is[t] = 0
    if (threads.openLine[t] !== 0) this.#abandon(t, line)
    if (!ghost) threads.begin(t, line, where.at, where.size, leader.body - where.start, ns, hash)
    let keep = is === IS.afterSignal
    let flags = 0
    let use = 0
    if (rule !== KEEP.never) {
      const worth = this.#worth
      const by = worth.byArguments(rule, hash, t, buffer, open + 1, end)
      // Another reason takes away what would fall away.
      if (!keep) flags = worth.flags
      use = worth.use
      keep ||= by
    }
    if (whole) {
      threads.lastState[t] = ending.noReturn && !ENDING_CALLS.has(hash) ? LAST.died : LAST.returned
      threads.quieten(t)
      if (ghost || !(keep || ending.remarkable || rule !== KEEP.never)) return true
      const row = this.#decide(t, rule, use, flags, keep, false, buffer, open, end)
      if (row !== -1) ending.fill(state.rows, row, buffer, open, end)
      return true
    }
    threads.openLine[t] = line
    threads.openHash[t] = hash
    threads.openRule[t] = rule
    threads.openUse[t] = use
    threads.openFlags[t] = flags
    threads.openKeep[t] = ghost ? OPEN.ghost : keep ? OPEN.keep : OPEN.undecided
    threads.lastState[t] = LAST.open
    if (ending.tail === TAIL.detached) {
      this.unreturned(t, 0)
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
   *
   * @param hash of the name that it gives
   * @param i where the name ends
   */
  resumed(where: Line, leader: Leader, hash: number, i: number): void {
    const ns = this.state.clock.at(leader, where.line)
    this.#ending.read(where.buffer, i, where.end)
    this.#resume(this.state.threads.of(leader.tid), hash, where, ns, leader.body - where.start, i)
  }

  /** Takes a line without a leader as the second half of the call that the line before began; false where there is none. */
  resumeLast(where: Line): boolean {
    const { state } = this
    const { threads } = state
    const t = threads.before(where.line)
    if (t === -1) return false
    threads.settle(t)
    if (threads.openLine[t] !== where.line - 1) return false
    this.#ending.read(where.buffer, where.start, where.end)
    this.#resume(t, threads.openHash[t], where, Number.NaN, 0, where.start)
    return true
  }

  /** Ends the open call of a thread with a second half that has been looked at with `ending`. */
  #resume(t: number, hash: number, where: Line, ns: number, lead: number, i: number): void {
    const { state } = this
    const { threads } = state
    const ending = this.#ending
    threads.settle(t)
    if (threads.openLine[t] === 0 && hash === EXECVE) this.#inherit(t)
    const isOther = threads.openLine[t] !== 0 && threads.openHash[t] !== hash && !UNREADABLE.has(hash)
    if (isOther) this.#abandon(t, where.line)
    if (isOther || threads.openLine[t] === 0) {
      this.#orphan(hash, t, where, ns, lead)
      return
    }
    const rule = threads.openRule[t]
    const kept = threads.openKeep[t]
    threads.openLine[t] = 0
    threads.lastState[t] = ending.noReturn ? LAST.died : LAST.returned
    threads.quieten(t)
    if (kept === OPEN.ghost) return
    const keep = kept === OPEN.keep
    const long = ns - threads.lastNs(t) >= LONG_NS
    if (!keep && !long && !ending.remarkable && rule === KEEP.never) return
    const row = this.#decide(t, rule, threads.openUse[t], threads.openFlags[t], keep, long, where.buffer, i, where.end)
    if (row === -1) return
    state.rows.second(row, where.line, ns, where.at, where.size, lead)
    ending.fill(state.rows, row, where.buffer, i, where.end)
  }

  /** An execve whose thread was not said to be superseded: the only thread that is in one goes on here. */
  #inherit(t: number): void {
    const { threads } = this.state
    const from = threads.onlyOneIn(EXECVE)
    if (from !== -1) threads.move(from, t)
  }

  /** A second half whose first one is not in the log: the log begins in the middle, or strace came later. */
  #orphan(hash: number, t: number, where: Line, ns: number, lead: number): void {
    const { state } = this
    const { threads, rows } = state
    const ending = this.#ending
    state.notes.add('strace.resumed-only', where.line)
    state.calls++
    threads.openLine[t] = 0
    const keep = threads.is[t] === IS.afterSignal || keepOf(hash) !== KEEP.never
    threads.is[t] = 0
    if (!keep && !ending.remarkable) return
    const row = rows.push(
      ROW.call,
      ending.noReturn ? FLAG.died : 0,
      threads.tid[t],
      where.line,
      ns,
      where.at,
      where.size,
      lead,
    )
    rows.name[row] = hash
  }

  /**
   * Puts down the row of a call that has returned, or never will, if it is worth it.
   *
   * @param flags why its beginning made it worth it, where that is a reason that may fall away
   * @param keep whether its beginning did
   * @returns the row, or -1
   */
  #decide(
    t: number,
    rule: number,
    use: number,
    flags: number,
    keep: boolean,
    long: boolean,
    buffer: Buffer,
    from: number,
    end: number,
  ): number {
    const worth = this.#worth
    const ending = this.#ending
    const { rows, threads } = this.state
    if (worth.inVain(rule, ending)) return -1
    if (long || worth.byResult(rule, threads.tid[t], buffer, from, end, ending)) flags = 0
    else if (!keep) {
      if (worth.answers(rule, use, buffer, from, end, ending)) flags = 0
      else if (worth.carriesRights(rule, buffer, from, end)) flags = 0
      else if (worth.takesSignals(rule, use, buffer, from, end, ending)) flags = 0
      else if (worth.endOfFile(rule, use, ending) && threads.first(t, ~use)) {
        use = ~use
        flags = 0
      } else return -1
    } else if ((flags & FLAG.first) !== 0) {
      if (worth.takesSignals(rule, use, buffer, from, end, ending)) flags = 0
      else if (worth.endOfFile(rule, use, ending) && threads.first(t, ~use)) {
        use = ~use
        flags = 0
        // What a thread has that was born in the log is known from its parent.
      } else if (threads.born[t] === 1) return -1
    }
    if (ending.failing) flags |= FLAG.failing
    if (ending.noReturn && !ENDING_CALLS.has(threads.lastHash(t))) flags |= FLAG.died
    const row = this.#lastRow(t, flags)
    if (rule === KEEP.birth) {
      use = ending.pid(buffer, from)
      if (use > 0) threads.bear(use)
    }
    rows.use[row] = use
    return this.state.kept.leavesOut(flags) ? -1 : row
  }

  /** The open call of a thread is followed by another line of it, or by the second half of another call: its own is missing. */
  #abandon(t: number, line: number): void {
    const { threads, notes } = this.state
    notes.add('strace.unfinished-only', line)
    const flags = threads.openFlags[t] & FLAG.first
    if (threads.openKeep[t] === OPEN.keep && !(flags !== 0 && threads.born[t] === 1)) this.unreturned(t, flags)
    threads.openLine[t] = 0
  }

  /** The row of a call that has not come back. */
  unreturned(t: number, flags: number): void {
    const { rows, threads } = this.state
    const row = this.#lastRow(t, flags)
    rows.use[row] = threads.openUse[t]
  }

  /** The row of a thread's last call. */
  #lastRow(t: number, flags: number): number {
    const { rows, threads } = this.state
    const [line, ns, at] = [threads.lastLine(t), threads.lastNs(t), threads.lastAt(t)]
    const row = rows.push(ROW.call, flags, threads.tid[t], line, ns, at, threads.lastSize(t), threads.lastLead(t))
    rows.name[row] = threads.lastHash(t)
    return row
  }
}

/** False for a call, or its second half, that breaks off. */
export function isWhole(text: string): boolean {
  if (text.startsWith('<... ')) return /\) *= /.test(text)
  return nameLength(text) === 0 || readCall(text) !== null || openTail(text) !== null
}

/**
 * A call "of a number that does not exist" is the return value of the call before, read from a thread that was dying; of
 * some the number could not be read at all.
 *
 *   > | 1942  syscall_0x7ed(0x7f3c…, 0x7f3c…, 0x7f3c…, 0, 0, 0 <unfinished ...>
 */
function isGhost(buffer: Uint8Array, body: number, hash: number): boolean {
  if (buffer[body] === QUESTION) return UNREADABLE.has(hash)
  if (buffer[body] !== LETTER_S || buffer[body + 7] !== UNDERSCORE || buffer[body + 8] !== 48) return false
  let start = 0
  for (let i = body; i < body + 10; i++) start = step(start, buffer[i])
  return start === GHOST
}
