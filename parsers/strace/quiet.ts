/**
 * The short way for lines that come to nothing, which most lines of a large log are: calls that are kept by no rule,
 * returned in good time and did not fail in a telling way, and halves of such. What `calls.ts` would do with them is done
 * here in one go; a line that is anything else is left to it, untouched. Only logs of `-f -ttt -o` take this way.
 *
 *   > | 11516 1795479531.740213 futex(0x7f4e18c3a9d0, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
 *   > | 11516 1795479531.740871 <... futex resumed>) = 0 <0.000640>
 */
import { Descriptor, OBJECT } from './arguments.js'
import { isResumed, NAME } from './bytes.js'
import { type Dialect, shapeOf } from './dialect.js'
import { KEEP, keepOf, LONG_NS, step } from './keep.js'
import { PID, TIME } from './leader.js'
import {
  ASKS,
  answers,
  findsDefault,
  isNoDump,
  isOnFile,
  isQuietEnd,
  isUnfinished,
  lastOfResult,
} from './quiet-text.js'
import type { ScanState } from './scan-state.js'
import { PHASE } from './threads.js'

const SPACE = 32
const OPEN_PAREN = 40
const CLOSE_PAREN = 41
const COMMA = 44
const DOT = 46
const ZERO = 48
const NINE = 57
const LESS = 60
const UPPER_D = 68
const UPPER_E = 69
const UPPER_F = 70
const UPPER_G = 71
const UNDERSCORE = 95
const LOWER_A = 97
const LOWER_S = 115
const LOWER_Z = 122
/** A line with its leader and `a() = 0` is no shorter. */
const MIN_BYTES = 32
const PID_DIGITS = 8
const EPOCH_DIGITS = 10
const STDERR = 2

export class Quiet {
  /** The seconds of the line before as they stand there, and since the base of the clock: most lines have the same. */
  readonly #digits = new Uint8Array(EPOCH_DIGITS)
  readonly #seconds = new Float64Array(1)
  readonly #descriptor = new Descriptor()
  /** Of the call at hand: its use of a descriptor by hash, and what its result is asked. */
  #use = 0
  #asks = 0

  constructor(readonly state: ScanState) {}

  /** Whether the lines of a log may go this way. */
  static suits(dialect: Dialect): boolean {
    return !dialect.mixed && !dialect.colours && dialect.shapes === 1 << shapeOf(PID.file, TIME.epoch)
  }

  /** Takes the line in `buffer[start, end)`, if it is one of these. `state.line` is its number already. */
  take(buffer: Buffer, start: number, end: number, at: number): boolean {
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

  #call(buffer: Buffer, start: number, body: number, end: number, at: number, tid: number, ns: number): boolean {
    // `syscall_0x…` may be a ghost.
    if (buffer[body] === LOWER_S && buffer[body + 7] === UNDERSCORE) return false
    let hash = 0
    let open = body
    for (let c = buffer[open]; c !== OPEN_PAREN; c = buffer[++open]) {
      if (NAME[c] === 0 || open >= end) return false
      hash = step(hash, c)
    }
    const rule = keepOf(hash)
    const { threads, clock, line } = this.state
    const t = threads.of(tid)
    if (threads.phase[t] !== PHASE.idle) return false
    this.#use = 0
    this.#asks = ASKS.nothing
    if (rule !== KEEP.never && !this.#passes(rule, hash, t, buffer, open + 1, end)) return false
    const last = lastOfResult(buffer, end)
    const asks = this.#asks
    const told = asks === ASKS.anything && last > open && buffer[last] === CLOSE_PAREN && buffer[last - 1] !== UPPER_D
    if (!told && !isQuietEnd(buffer, open, last)) {
      if (!isUnfinished(buffer, open, end) || asks === ASKS.failure) return false
      if (asks === ASKS.nothing || asks === ASKS.anything) threads.phase[t] = PHASE.waits
      else {
        threads.phase[t] = PHASE.uses
        threads.openRule[t] = rule
        threads.openUse[t] = this.#use
      }
    } else if (!answers(asks, buffer, last, tid)) return false
    this.state.calls++
    clock.note(ns, line)
    threads.begin(t, line, at, end - start, body - start, ns, hash)
    return true
  }

  /**
   * Whether a call that may be kept by its name is not, by its arguments (`worth.ts`). Sets `use`, and what its result is
   * asked: that of a read or write of which only an end-of-file counts, because its thread has done the like before.
   */
  #passes(rule: number, hash: number, t: number, buffer: Buffer, i: number, end: number): boolean {
    switch (rule) {
      case KEEP.close:
        if (!isOnFile(buffer, i)) this.#asks = ASKS.failure
        return true
      case KEEP.fcntl:
        if (this.#onlyAsks(hash, buffer, i, end)) this.#asks = ASKS.anything
        else if (!isOnFile(buffer, i)) this.#asks = ASKS.failure
        return true
      case KEEP.read:
        return isOnFile(buffer, i) || this.#isUsed(hash, t, -1, buffer, i, end)
      case KEEP.write:
        return isOnFile(buffer, i) ? isNoDump(buffer, i, end) : this.#isUsed(hash, t, STDERR, buffer, i, end)
      case KEEP.sigaction:
        return findsDefault(hash, buffer, i)
      case KEEP.self:
        this.#asks = ASKS.ownNumber
        return true
      default:
        return false
    }
  }

  /** A pipe, a socket and their like, beyond descriptor `above`, that the thread is known to use. */
  #isUsed(hash: number, t: number, above: number, buffer: Buffer, i: number, end: number): boolean {
    const descriptor = this.#descriptor
    descriptor.read(buffer, i, end, hash)
    if (descriptor.object !== OBJECT.unnamed || descriptor.fd <= above) return false
    const { threads, deferred } = this.state
    const { use } = descriptor
    if (!(threads.seen[t]?.has(use) || (deferred !== null && threads.born[t] === 1))) return false
    this.#use = use
    this.#asks = ASKS.more
    return true
  }

  /** `fcntl(5<socket:[4711]>, F_GETFL)` */
  #onlyAsks(hash: number, buffer: Buffer, i: number, end: number): boolean {
    const descriptor = this.#descriptor
    descriptor.read(buffer, i, end, hash)
    const at = descriptor.after
    if (descriptor.object === OBJECT.unknown || buffer[at] !== COMMA) return false
    return buffer[at + 2] === UPPER_F && buffer[at + 4] === UPPER_G && buffer[at + 5] === UPPER_E
  }

  #resumed(buffer: Buffer, body: number, end: number, tid: number, ns: number): boolean {
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
    const phase = threads.phase[t]
    if ((phase !== PHASE.waits && phase !== PHASE.uses) || threads.lastHash(t) !== hash) return false
    const last = lastOfResult(buffer, end)
    if (!(ns - threads.lastNs(t) < LONG_NS) || !isQuietEnd(buffer, i, last)) return false
    if (phase === PHASE.uses) {
      const asks = threads.openRule[t] === KEEP.self ? ASKS.ownNumber : ASKS.more
      if (!answers(asks, buffer, last, tid)) return false
    }
    clock.note(ns, line)
    threads.phase[t] = PHASE.idle
    return true
  }
}
