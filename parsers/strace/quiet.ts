/**
 * The short way for lines that come to nothing, which most lines of a large log are: calls that are kept by no rule,
 * returned in good time and did not fail in a telling way, and halves of such. What `calls.ts` would do with them is done
 * here in one go; a line that is anything else is left to it, untouched. Only logs of `-f -ttt -o` take this way.
 *
 *   > | 11516 1795479531.740213 futex(0x7f4e18c3a9d0, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
 *   > | 11516 1795479531.740871 <... futex resumed>) = 0 <0.000640>
 */
import { isResumed, NAME } from './bytes.js'
import { type Dialect, shapeOf } from './dialect.js'
import { KEEP, keepOf, LONG_NS, step } from './keep.js'
import { PID, TIME } from './leader.js'
import type { ScanState } from './scan-state.js'
import { PHASE } from './threads.js'

const SPACE = 32
const OPEN_PAREN = 40
const CLOSE_PAREN = 41
const MINUS = 45
const DOT = 46
const SLASH = 47
const ZERO = 48
const NINE = 57
const LESS = 60
const EQUALS = 61
const GREATER = 62
const QUESTION = 63
const UPPER_A = 65
const UPPER_B = 66
const UPPER_D = 68
const UPPER_E = 69
const UPPER_I = 73
const UPPER_N = 78
const UPPER_V = 86
const UNDERSCORE = 95
const LOWER_A = 97
const LOWER_D = 100
const LOWER_S = 115
const LOWER_U = 117
const LOWER_Z = 122

/** ` <unfinished ...>` */
const UNFINISHED_BYTES = 16
/** A line with its leader and `a() = 0` is no shorter. */
const MIN_BYTES = 32
/** ` = -1 ENAME (text of the error)` */
const ERROR_BYTES = 80
const PATH_BYTES = 256
const PID_DIGITS = 8
const EPOCH_DIGITS = 10

export class Quiet {
  /** The seconds of the line before as they stand there, and since the base of the clock: most lines have the same. */
  readonly #digits = new Uint8Array(EPOCH_DIGITS)
  readonly #seconds = new Float64Array(1)

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
    while (c >= ZERO && c <= NINE) {
      tid = tid * 10 + c - ZERO
      c = buffer[++i]
    }
    if (c !== SPACE || i === start || i - start > PID_DIGITS) return false
    do c = buffer[++i]
    while (c === SPACE)
    if (buffer[i + 10] !== DOT || buffer[i + 17] !== SPACE || !this.#readSeconds(buffer, i)) return false
    let micros = 0
    for (let k = i + 11; k < i + 17; k++) {
      const digit = buffer[k] - ZERO
      if (digit < 0 || digit > 9) return false
      micros = micros * 10 + digit
    }
    const body = i + 18
    const ns = this.#seconds[0] * 1e9 + micros * 1000
    c = buffer[body]
    if (c >= LOWER_A && c <= LOWER_Z) return this.#call(buffer, start, body, end, at, tid, ns)
    return c === LESS && this.#resumed(buffer, body, end, tid, ns)
  }

  /** False where there are not ten digits. */
  #readSeconds(buffer: Uint8Array, i: number): boolean {
    const digits = this.#digits
    let k = EPOCH_DIGITS - 1
    while (k >= 0 && buffer[i + k] === digits[k]) k--
    if (k < 0) return true
    let seconds = 0
    for (k = 0; k < EPOCH_DIGITS; k++) {
      const digit = buffer[i + k] - ZERO
      if (digit < 0 || digit > 9) {
        digits[0] = 0
        return false
      }
      digits[k] = buffer[i + k]
      seconds = seconds * 10 + digit
    }
    this.#seconds[0] = seconds - this.state.clock.base
    return true
  }

  #call(buffer: Uint8Array, start: number, body: number, end: number, at: number, tid: number, ns: number): boolean {
    // `syscall_0x…` may be a ghost.
    if (buffer[body] === LOWER_S && buffer[body + 7] === UNDERSCORE) return false
    let hash = 0
    let open = body
    for (let c = buffer[open]; c !== OPEN_PAREN; c = buffer[++open]) {
      if (NAME[c] === 0 || open >= end) return false
      hash = step(hash, c)
    }
    const rule = keepOf(hash)
    if (rule !== KEEP.never && !(ON_DESCRIPTOR[rule] === 1 && isOnFile(buffer, open + 1))) return false
    const { threads, clock, line } = this.state
    const t = threads.of(tid)
    if (threads.phase[t] !== PHASE.idle) return false
    if (!isQuietEnd(buffer, open, end)) {
      if (!isUnfinished(buffer, open, end)) return false
      threads.phase[t] = PHASE.waits
    }
    this.state.calls++
    clock.note(ns, line)
    threads.begin(t, line, at, end - start, body - start, ns, hash)
    return true
  }

  #resumed(buffer: Uint8Array, body: number, end: number, tid: number, ns: number): boolean {
    let hash = 0
    let i = body + 5
    for (let c = buffer[i]; c !== SPACE; c = buffer[++i]) {
      if (NAME[c] === 0 || i >= end) return false
      hash = step(hash, c)
    }
    if (buffer[body + 1] !== DOT || buffer[body + 2] !== DOT || buffer[body + 3] !== DOT) return false
    if (buffer[body + 4] !== SPACE) return false
    if (!isResumed(buffer, i + 1)) return false
    const { threads, clock, line } = this.state
    const t = threads.of(tid)
    if (threads.phase[t] !== PHASE.waits || threads.lastHash(t) !== hash) return false
    if (!(ns - threads.lastNs(t) < LONG_NS) || !isQuietEnd(buffer, i, end)) return false
    clock.note(ns, line)
    threads.phase[t] = PHASE.idle
    return true
  }
}

/** Rules of calls whose first argument is a descriptor, and that are kept on no file beyond fd 2. */
const ON_DESCRIPTOR = new Uint8Array(32)
for (const rule of [KEEP.read, KEEP.close, KEEP.fcntl]) ON_DESCRIPTOR[rule] = 1

/** `3</etc/ld.so.cache>`: a path, and no standard descriptor. */
function isOnFile(buffer: Uint8Array, i: number): boolean {
  let at = i
  while (buffer[at] >= ZERO && buffer[at] <= NINE) at++
  return buffer[at] === LESS && buffer[at + 1] === SLASH && (at > i + 1 || buffer[i] > ZERO + 2)
}

/** `… <unfinished ...>` */
function isUnfinished(buffer: Uint8Array, start: number, end: number): boolean {
  const mark = end - UNFINISHED_BYTES
  if (mark <= start || buffer[mark] !== LESS || buffer[mark + 1] !== LOWER_U) return false
  if (buffer[end - 1] !== GREATER || buffer[end - 5] !== SPACE || buffer[end - 6] !== LOWER_D) return false
  return buffer[end - 2] === DOT && buffer[end - 3] === DOT && buffer[end - 4] === DOT
}

/** A result that tells nothing: a number, a number with a path, an error that has to do with no signal; soon there. */
function isQuietEnd(buffer: Uint8Array, start: number, end: number): boolean {
  let last = end - 1
  let c = buffer[last]
  if (c === GREATER) {
    if (buffer[last - 1] === DOT) return false
    let i = last - 1
    let digit = buffer[i]
    while ((digit >= ZERO && digit <= NINE) || digit === DOT) digit = buffer[--i]
    if (digit === LESS && buffer[i - 1] === SPACE && i < last - 1) {
      // A tenth of a second and more is long.
      if (buffer[i + 1] !== ZERO || buffer[i + 2] !== DOT || buffer[i + 3] !== ZERO) return false
      last = i - 2
      c = buffer[last]
    }
  }
  if (c === CLOSE_PAREN) return isQuietError(buffer, start, last)
  if (c === GREATER) return isFile(buffer, start, last)
  return c !== QUESTION && c > SPACE && last > start
}

/**
 * An error that is none of EPIPE, ECONNRESET, EINTR, EFBIG, ERESTART…: their second letters are others than these, but for EINVAL.
 *
 *   > | newfstatat(AT_FDCWD, "x", 0x7ffd, 0) = -1 ENOENT (No such file or directory)
 */
function isQuietError(buffer: Uint8Array, start: number, last: number): boolean {
  const limit = Math.max(start, last - ERROR_BYTES)
  let i = last - 1
  while (i > limit && buffer[i] !== EQUALS) i--
  if (buffer[i + 2] !== MINUS || buffer[i + 3] !== ZERO + 1 || buffer[i + 5] !== UPPER_E) return false
  const second = buffer[i + 6]
  const invalid = second === UPPER_I && buffer[i + 8] === UPPER_V
  if (second !== UPPER_N && second !== UPPER_A && second !== UPPER_B && !invalid) return false
  // (INJECTED), (DELAYED)
  return buffer[i] === EQUALS && buffer[last - 1] !== UPPER_D
}

/** `= 3</etc/ld.so.cache>` */
function isFile(buffer: Uint8Array, start: number, last: number): boolean {
  const limit = Math.max(start, last - PATH_BYTES)
  let i = last - 1
  while (i > limit && buffer[i] !== LESS && buffer[i] !== GREATER) i--
  if (buffer[i] !== LESS || buffer[i + 1] !== SLASH) return false
  do i--
  while (buffer[i] >= ZERO && buffer[i] <= NINE)
  return buffer[i] === SPACE && buffer[i - 1] === EQUALS
}
