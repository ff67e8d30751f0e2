/**
 * The short way for lines that come to nothing, which most lines of a large log are: calls that are kept by no rule,
 * returned in good time and did not fail, and halves of such. What `scanner.ts` would do with them is done here in one go;
 * a line that is anything else is left to it, untouched. Only logs of `-f -ttt -o` take this way.
 *
 *   > | 11516 1795479531.740213 futex(0x7f4e18c3a9d0, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
 *   > | 11516 1795479531.740871 <... futex resumed>) = 0 <0.000640>
 */
import { type Dialect, shapeOf } from './dialect.js'
import { KEEP, keepOf, LONG_NS, step } from './keep.js'
import { PID, TIME } from './leader.js'
import type { ScanState } from './scan-state.js'
import { LAST, OPEN, type Threads } from './threads.js'

const SPACE = 32
const OPEN_PAREN = 40
const CLOSE_PAREN = 41
const DOT = 46
const ZERO = 48
const LESS = 60
const GREATER = 62
const QUESTION = 63
const LETTER_A = 97
const LETTER_D = 100
const LETTER_R = 114
const LETTER_S = 115
const LETTER_U = 117
const LETTER_Z = 122
const UNDERSCORE = 95
/** ` <unfinished ...>` */
const UNFINISHED_BYTES = 16
/** A whole line of this kind is no shorter than its leader and `a() = 0`. */
const MIN_BYTES = 32

export class Quiet {
  /** The seconds of the line before, as they stand there and as a number: most lines have the same. */
  #seconds = 0
  #text = new Uint8Array(10)

  constructor(readonly state: ScanState) {}

  /** Whether the lines of a log may go this way. */
  static suits(dialect: Dialect): boolean {
    return !dialect.mixed && !dialect.colours && dialect.shapes === 1 << shapeOf(PID.file, TIME.epoch)
  }

  /** Takes the line in `buffer[start, end)`, if it is one of these. `state.line` is its number already. */
  take(buffer: Uint8Array, start: number, end: number, at: number): boolean {
    if (end - start < MIN_BYTES) return false
    let i = start
    let c = buffer[i]
    let tid = 0
    while (c >= ZERO && c <= 57) {
      tid = tid * 10 + c - ZERO
      c = buffer[++i]
    }
    if (c !== SPACE || i === start || i - start > 8) return false
    do c = buffer[++i]
    while (c === SPACE)
    if (buffer[i + 10] !== DOT || buffer[i + 17] !== SPACE || !this.#readSeconds(buffer, i)) return false
    let micros = 0
    for (let digit = i + 11; digit < i + 17; digit++) {
      const value = buffer[digit] - ZERO
      if (value < 0 || value > 9) return false
      micros = micros * 10 + value
    }
    const body = i + 18
    c = buffer[body]
    const { state } = this
    const ns = (this.#seconds - state.clock.base) * 1e9 + micros * 1000
    if (c >= LETTER_A && c <= LETTER_Z) return this.#call(state.threads, buffer, start, body, end, at, tid, ns)
    return c === LESS && this.#resumed(state.threads, buffer, body, end, tid, ns)
  }

  /** False where there are not ten digits. */
  #readSeconds(buffer: Uint8Array, i: number): boolean {
    const text = this.#text
    let same = true
    for (let k = 9; k >= 0; k--)
      if (buffer[i + k] !== text[k]) {
        same = false
        break
      }
    if (same) return true
    let seconds = 0
    for (let k = 0; k < 10; k++) {
      const digit = buffer[i + k] - ZERO
      if (digit < 0 || digit > 9) {
        text[0] = 0
        return false
      }
      text[k] = buffer[i + k]
      seconds = seconds * 10 + digit
    }
    this.#seconds = seconds
    return true
  }

  #call(
    threads: Threads,
    buffer: Uint8Array,
    start: number,
    body: number,
    end: number,
    at: number,
    tid: number,
    ns: number,
  ): boolean {
    // `syscall_0x…` may be a ghost.
    if (buffer[body] === LETTER_S && buffer[body + 7] === UNDERSCORE) return false
    let hash = 0
    let open = body
    for (let c = buffer[open]; c >= LETTER_A || (c >= ZERO && c <= 57); c = buffer[++open]) {
      if (c > LETTER_Z || c === 96) return false
      hash = step(hash, c)
      // Underscores come below the letters.
      while (buffer[open + 1] === UNDERSCORE) hash = step(hash, buffer[++open])
    }
    if (buffer[open] !== OPEN_PAREN || keepOf(hash) !== KEEP.never) return false
    const t = threads.of(tid)
    if (threads.is[t] !== 0 || threads.openLine[t] !== 0) return false
    const whole = isQuietEnd(buffer, open, end)
    if (!whole && !isUnfinished(buffer, open, end)) return false
    const { state } = this
    state.records++
    state.calls++
    state.clock.note(ns, state.line)
    threads.begin(t, state.line, at, end - start, body - start, ns, hash)
    if (whole) {
      threads.lastState[t] = LAST.returned
      return true
    }
    threads.openLine[t] = state.line
    threads.openHash[t] = hash
    threads.openRule[t] = KEEP.never
    threads.openUse[t] = 0
    threads.openFlags[t] = 0
    threads.openKeep[t] = OPEN.undecided
    threads.lastState[t] = LAST.open
    state.lastOpenLine = state.line
    state.lastOpenTid = tid
    return true
  }

  #resumed(threads: Threads, buffer: Uint8Array, body: number, end: number, tid: number, ns: number): boolean {
    let hash = 0
    let i = body + 5
    for (let c = buffer[i]; c !== SPACE; c = buffer[++i]) {
      if (i >= end) return false
      hash = step(hash, c)
    }
    if (
      buffer[body + 1] !== DOT ||
      buffer[body + 4] !== SPACE ||
      buffer[i + 1] !== LETTER_R ||
      buffer[i + 7] !== LETTER_D
    )
      return false
    const t = threads.of(tid)
    if (threads.is[t] !== 0 || threads.openLine[t] === 0 || threads.openHash[t] !== hash) return false
    if (threads.openRule[t] !== KEEP.never || threads.openKeep[t] !== OPEN.undecided) return false
    if (!(ns - threads.lastNs[t] < LONG_NS) || !isQuietEnd(buffer, i, end)) return false
    const { state } = this
    state.records++
    state.clock.note(ns, state.line)
    threads.openLine[t] = 0
    threads.lastState[t] = LAST.returned
    return true
  }
}

/** `… <unfinished ...>` */
function isUnfinished(buffer: Uint8Array, start: number, end: number): boolean {
  return (
    buffer[end - 1] === GREATER &&
    buffer[end - 2] === DOT &&
    buffer[end - 5] === SPACE &&
    buffer[end - 6] === LETTER_D &&
    buffer[end - UNFINISHED_BYTES] === LESS &&
    buffer[end - UNFINISHED_BYTES + 1] === LETTER_U &&
    end - UNFINISHED_BYTES > start
  )
}

/** `… = 0 <0.000640>`, `… = 0x7f4e`: a result that is a number, short, without a word behind it. */
function isQuietEnd(buffer: Uint8Array, start: number, end: number): boolean {
  let last = end - 1
  if (buffer[last] === GREATER) {
    let i = last - 1
    while (i > start && ((buffer[i] >= ZERO && buffer[i] <= 57) || buffer[i] === DOT)) i--
    if (buffer[i] !== LESS || buffer[i - 1] !== SPACE) return false
    if (buffer[i + 1] !== ZERO || buffer[i + 2] !== DOT || buffer[i + 3] !== ZERO) return false
    last = i - 2
  }
  const c = buffer[last]
  return c !== CLOSE_PAREN && c !== QUESTION && c !== GREATER && last > start && c > SPACE
}
