/**
 * Reads the end of a call's line backwards, without decoding it: enough to know whether it is worth keeping.
 *
 *   > | write(4<pipe:[362146]>, "AAAA", 4) = -1 EPIPE (Broken pipe) <0.000003>
 *                                          ^ error                  ^ duration
 */
import { errorNumber } from './errors.js'
import { RESULT, type Rows } from './rows.js'

const SPACE = 32
const ZERO = 48
const NINE = 57
const DOT = 46
const LESS = 60
const EQUALS = 61
const GREATER = 62
const QUESTION = 63
const MINUS = 45
const CLOSE_PAREN = 41
const LETTER_D = 100
const LETTER_U = 117
/** strace prints `<%ld.%09ld>` at most; further back there is none. */
const DURATION_BYTES = 32
/** ` = -1 ENAME (text of the error) (INJECTED)`: further back an equals sign is another's. */
const RESULT_BYTES = 200
const LONG_NUMBER_BYTES = 20
/** More do not fit into a double, and are left to who rounds. */
const EXACT_HEX_DIGITS = 13
/** pid_max is at most this. */
const MAX_PID = 4194305
const LETTER_X = 120
const OPEN_PAREN = 40

/** How a line ends: a call with its result, or a first half. */
export const TAIL = { none: 0, unfinished: 1, detached: 2 } as const

/** What `Ending.read` found. */
export class Ending {
  /** One of `TAIL`. */
  tail: number = TAIL.none
  /** Long, telling, or without return. */
  remarkable = false
  /** `<T>` of `LONG_NS` or more. */
  long = false
  /** An error that tells of signals or of a broken pipe, or a restart. */
  telling = false
  failed = false
  /** Of the telling errors, one that a program may meet over and over. */
  failing = false
  /** `= ?`: it did not come back. */
  noReturn = false
  /** The result is 0. */
  zero = false
  /** Place of the last byte of the result. */
  #resultEnd = 0

  /** Reads the line in `buffer[start, end)`. Nothing is certain of it: a cheap look that errs towards keeping. */
  read(buffer: Uint8Array, start: number, end: number): void {
    this.tail = TAIL.none
    this.remarkable = this.long = this.telling = this.failed = this.failing = this.noReturn = this.zero = false
    let last = end - 1
    if (buffer[last] === GREATER) {
      if (buffer[last - 1] === DOT) {
        this.tail = tailOf(buffer, start, end)
        if (this.tail !== TAIL.none) return
      }
      let i = last - 1
      const limit = Math.max(start, last - DURATION_BYTES)
      while (i > limit && ((buffer[i] >= ZERO && buffer[i] <= NINE) || buffer[i] === DOT)) i--
      if (buffer[i] === LESS && buffer[i - 1] === SPACE) {
        // LONG_NS is a tenth of a second: anything but `<0.0…`.
        if (buffer[i + 1] !== ZERO || (buffer[i + 2] === DOT && buffer[i + 3] !== ZERO))
          this.long = this.remarkable = true
        last = i - 2
      }
    }
    this.#resultEnd = last
    const c = buffer[last]
    if (c === ZERO) this.zero = buffer[last - 1] === SPACE && buffer[last - 2] === EQUALS
    else if (c === CLOSE_PAREN) this.#error(buffer, Math.max(start, last - RESULT_BYTES), last)
    else if (c === QUESTION) this.noReturn = buffer[last - 1] === SPACE && buffer[last - 2] === EQUALS
    // `= ? <unavailable>`
    else if (c === GREATER)
      this.noReturn = buffer[last - 1] === 101 && buffer[last - 13] === QUESTION && buffer[last - 15] === EQUALS
    if (this.noReturn) this.remarkable = true
  }

  #error(buffer: Uint8Array, limit: number, last: number): void {
    let i = last
    while (i > limit && buffer[i] !== EQUALS) i--
    if (buffer[i] !== EQUALS) return
    if (buffer[i + 2] === QUESTION) {
      this.telling = this.remarkable = true
      return
    }
    if (buffer[i + 2] !== MINUS) return
    this.failed = true
    const e = i + 5
    if (buffer[e] !== 69) return
    const a = buffer[e + 1]
    const b = buffer[e + 2]
    const c = buffer[e + 3]
    this.failing =
      (a === 80 && b === 73 && c === 80) || // EPIPE
      (a === 67 && b === 79 && c === 78 && buffer[e + 5] === 82 && buffer[e + 6] === 69 && buffer[e + 7] === 83) || // ECONNRESET
      (a === 73 && b === 78 && c === 84) || // EINTR
      (a === 70 && b === 66 && c === 73) // EFBIG
    // ERESTART… of raw output
    this.telling = this.failing || (a === 82 && b === 69 && c === 83)
    if (this.telling) this.remarkable = true
  }

  /**
   * Fills the result columns of a row, after `read`, where the result is a plain one: a number, `?`, or -1 and an error.
   * Whatever stands behind a number is left to who takes the text apart.
   */
  fill(rows: Rows, row: number, buffer: Uint8Array, start: number, end: number): void {
    if (this.noReturn) {
      if (buffer[this.#resultEnd] !== QUESTION) return
      rows.ret[row] = Number.NaN
      rows.error[row] = 0
      rows.ns2[row] = Number.NaN
      rows.result[row] = RESULT.read | RESULT.none
      return
    }
    const error = buffer[this.#resultEnd] === CLOSE_PAREN ? this.#errorNumber(buffer, start) : 0
    const ret = error === 0 ? this.#number(buffer, start) : -1
    if (Number.isNaN(ret)) return
    rows.ret[row] = ret
    rows.error[row] = error
    // Of a call in halves, the second line tells.
    if (rows.line2[row] === 0) rows.ns2[row] = rows.ns[row] + this.#duration(buffer, end)
    rows.result[row] = RESULT.read
  }

  /** The error of `= -1 EPIPE (Broken pipe)`, by its number in `errors.ts`; 0 where it is not just that. */
  #errorNumber(buffer: Uint8Array, start: number): number {
    let i = this.#resultEnd
    const limit = Math.max(start, i - RESULT_BYTES)
    while (i > limit && buffer[i] !== OPEN_PAREN) i--
    if (buffer[i] !== OPEN_PAREN || buffer[i - 1] !== SPACE) return 0
    const to = i - 1
    i -= 2
    while (i > limit && buffer[i] !== SPACE) i--
    if (buffer[i - 1] !== ZERO + 1 || buffer[i - 2] !== MINUS || buffer[i - 3] !== SPACE || buffer[i - 4] !== EQUALS)
      return 0
    return errorNumber(buffer, i + 1, to)
  }

  /** The number that ends the result, `= 13435` or `= 0x7f4e`; NaN where there is none. */
  #number(buffer: Uint8Array, start: number): number {
    const last = this.#resultEnd
    let i = last
    while (i > start && buffer[i] !== SPACE) i--
    if (buffer[i] !== SPACE || buffer[i - 1] !== EQUALS || last - i > LONG_NUMBER_BYTES || i === last) return Number.NaN
    let at = i + 1
    const negative = buffer[at] === MINUS
    if (negative) at++
    // What stands behind the last byte is of another line.
    const hex = at < last && buffer[at] === ZERO && buffer[at + 1] === LETTER_X
    if (hex) at += 2
    if (at > last || (hex && last - at >= EXACT_HEX_DIGITS)) return Number.NaN
    let n = 0
    for (; at <= last; at++) {
      const c = buffer[at]
      if (c >= ZERO && c <= NINE) n = n * (hex ? 16 : 10) + c - ZERO
      else if (hex && c >= 97 && c <= 102) n = n * 16 + c - 87
      else return Number.NaN
    }
    return negative ? -n : n
  }

  /** `<T>` at the end of the line in ns; NaN where there is none. */
  #duration(buffer: Uint8Array, end: number): number {
    const from = this.#resultEnd + 3
    if (from >= end) return Number.NaN
    let digits = 0
    let decimals = -1
    for (let i = from; i < end - 1; i++) {
      if (buffer[i] === DOT) decimals = 0
      else {
        digits = digits * 10 + buffer[i] - ZERO
        if (decimals >= 0) decimals++
      }
    }
    return digits * 10 ** (9 - Math.max(0, decimals))
  }

  /** The result of a call in `buffer[start, end)`, after `read`, where it is a pid; 0 where it is none. */
  pid(buffer: Uint8Array, start: number): number {
    let i = this.#resultEnd
    // `= 13435<sh>`
    if (buffer[i] === GREATER) {
      while (i > start && buffer[i] !== LESS) i--
      this.#resultEnd = i - 1
    }
    const n = this.#number(buffer, start)
    return n > 0 && n < MAX_PID ? n : 0
  }
}

const OTHERS = /<(?:unfinished #\d+|pid changed to \d+(?:<.*>)?) \.\.\.>$/

/** Whether a line that ends in `.>` is a first half; one of `TAIL`. */
function tailOf(buffer: Uint8Array, start: number, end: number): number {
  if (buffer[end - 3] !== DOT || buffer[end - 4] !== DOT || buffer[end - 5] !== SPACE || buffer[end - 6] !== LETTER_D)
    return other(buffer, start, end)
  if (buffer[end - 16] === LESS && buffer[end - 15] === LETTER_U) return TAIL.unfinished
  if (buffer[end - 14] === LESS && buffer[end - 13] === LETTER_D) return TAIL.detached
  return other(buffer, start, end)
}

function other(buffer: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString(
    'latin1',
    Math.max(start, end - 64),
    end,
  )
  return OTHERS.test(text) ? TAIL.unfinished : TAIL.none
}
