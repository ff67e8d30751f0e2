/**
 * Reads what strace puts before the body of a line, in the order of its `printleader()`:
 *
 *   [PID] [security context] [absolute time] [relative time] [number of the call] [instruction pointer] body
 *
 *   > | 13488 00:06:23.648998 [  62] [00007f1a5eb2a267] kill(13489, SIGTERM) = 0
 *       ^pid  ^time           ^number ^pointer          ^body
 *   > | [pid 13501<worker \0741\76>] 00:06:23.867486 pause( <unfinished ...>
 *   > | 13458      0.000011 kill(13459, SIGTERM) = 0
 *
 * Bare digits at the start of a line are a pid or an epoch: pids have at most 7 digits (pid_max is at most 4194304),
 * the epoch has had 9 and more since 1973.
 */

/** How the thread is named on a line. */
export const PID = { none: 0, file: 1, bracket: 2 } as const
/** How a line is dated. */
export const TIME = { none: 0, epoch: 1, wall: 2, relative: 3 } as const

const EPOCH_DIGITS = 9
const SPACE = 32
const COLON = 58
const DOT = 46
const LESS = 60
const GREATER = 62
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const OPEN_PAREN = 40
const PLUS = 43
const BACKSLASH = 92
const QUESTION = 63
/** Nanoseconds in a unit of the n-th decimal. */
const DECIMALS = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2, 1e1, 1]

export class Leader {
  pidForm = 0
  /** Thread id; 0 where the line names none. */
  tid = 0
  /** Range of the command name (`-Y`) in the buffer; empty where there is none. */
  commStart = 0
  commEnd = 0
  timeForm = 0
  /** Seconds since the epoch, since midnight, or since the line before, and the rest in nanoseconds. */
  seconds = 0
  nanos = 0
  /** Decimals of the time that was read last. */
  decimals = 0
  /** Where the body begins. */
  body = 0

  /** Reads the line in `buffer[start, end)`. Whether the body is one of strace's is for the caller to see. */
  read(buffer: Uint8Array, start: number, end: number): void {
    if (!this.#usual(buffer, start, end)) this.#any(buffer, start, end)
  }

  /**
   * The leader of `-f -ttt -o`, which most large logs have, without a detour: pid, spaces, ten digits, six decimals.
   *
   *   > | 22620 1795478504.315041 kill(…
   */
  #usual(buffer: Uint8Array, start: number, end: number): boolean {
    let i = start
    let c = buffer[i]
    let tid = 0
    while (c >= 48 && c <= 57) {
      tid = tid * 10 + c - 48
      c = buffer[++i]
    }
    if (c !== SPACE || i === start || i - start >= EPOCH_DIGITS) return false
    do c = buffer[++i]
    while (c === SPACE)
    // The place of the point and of the space behind decide; what stands between must be digits.
    if (buffer[i + 10] !== DOT || buffer[i + 17] !== SPACE || i + 17 >= end) return false
    let seconds = 0
    for (let at = i; at < i + 10; at++) {
      const digit = buffer[at] - 48
      if (digit < 0 || digit > 9) return false
      seconds = seconds * 10 + digit
    }
    let micros = 0
    for (let at = i + 11; at < i + 17; at++) {
      const digit = buffer[at] - 48
      if (digit < 0 || digit > 9) return false
      micros = micros * 10 + digit
    }
    this.pidForm = PID.file
    this.timeForm = TIME.epoch
    this.tid = tid
    this.commStart = this.commEnd = 0
    this.seconds = seconds
    this.nanos = micros * 1000
    this.decimals = 6
    // An instruction pointer or the number of the call may follow.
    const next = buffer[i + 18]
    this.body = next === OPEN_BRACKET || next === OPEN_PAREN ? this.#rest(buffer, i + 18, end) : i + 18
    return true
  }

  #any(buffer: Uint8Array, start: number, end: number): void {
    this.pidForm = PID.none
    this.timeForm = TIME.none
    this.tid = 0
    this.commStart = this.commEnd = 0
    let i = start
    let c = buffer[i]
    if (c >= 48 && c <= 57) {
      let n = 0
      do {
        n = n * 10 + c - 48
        c = buffer[++i]
      } while (c >= 48 && c <= 57)
      if ((c === SPACE || c === LESS) && i - start < EPOCH_DIGITS && i < end) {
        this.tid = n
        this.pidForm = PID.file
        i = this.#afterPid(buffer, i, end)
      } else i = start
    } else if (c === OPEN_BRACKET && buffer[i + 1] === 112 && buffer[i + 2] === 105 && buffer[i + 3] === 100) {
      i = this.#bracketPid(buffer, start, end)
    }
    this.body = this.#rest(buffer, i, end)
  }

  /** After the digits of a pid: the command name, and spaces. */
  #afterPid(buffer: Uint8Array, i: number, end: number): number {
    if (buffer[i] === LESS) i = this.#comm(buffer, i, end)
    // A relative time has leading spaces of its own; they go the same way.
    while (buffer[i] === SPACE && i < end) i++
    return i
  }

  #bracketPid(buffer: Uint8Array, start: number, end: number): number {
    let i = start + 4
    while (buffer[i] === SPACE && i < end) i++
    let n = 0
    const digits = i
    for (let c = buffer[i]; c >= 48 && c <= 57 && i < end; c = buffer[++i]) n = n * 10 + c - 48
    if (i === digits || i - digits >= EPOCH_DIGITS) return start
    if (buffer[i] === LESS) i = this.#comm(buffer, i, end)
    if (buffer[i] !== CLOSE_BRACKET) return start
    this.tid = n
    this.pidForm = PID.bracket
    return buffer[i + 1] === SPACE ? i + 2 : i + 1
  }

  /**
   * The command name after a pid. Only `<`, `>`, `\`, `"` and control characters are escaped in it.
   *
   *   > | 2525<a] b) = 1 \0742\76> 00:12:52.898554 kill(…
   */
  #comm(buffer: Uint8Array, i: number, end: number): number {
    let at = i + 1
    while (at < end && buffer[at] !== GREATER) at += buffer[at] === BACKSLASH ? 2 : 1
    if (at >= end) return i
    this.commStart = i + 1
    this.commEnd = at
    return at + 1
  }

  /** Times and bracketed parts in any number; returns where the body begins. */
  #rest(buffer: Uint8Array, i: number, end: number): number {
    for (;;) {
      const c = buffer[i]
      if (i >= end) return end
      if (c >= 48 && c <= 57) {
        const after = this.#time(buffer, i, end)
        if (after === i) return i
        i = after
      } else if (c === OPEN_BRACKET) {
        const after = skipBracket(buffer, i, end)
        if (after === i) return i
        i = after
      } else if (c === OPEN_PAREN && buffer[i + 1] === PLUS && this.timeForm !== TIME.none) {
        let at = i + 2
        while (at < end && buffer[at] !== 41) at++
        if (at >= end) return i
        i = buffer[at + 1] === SPACE ? at + 2 : at + 1
      } else if (c === SPACE && this.timeForm === TIME.none) {
        // `     0.000021 execve(…`: a relative time without a pid.
        let at = i
        while (at < end && buffer[at] === SPACE) at++
        if (!(buffer[at] >= 48 && buffer[at] <= 57)) return i
        const after = this.#time(buffer, at, end)
        if (after === at) return i
        i = after
      } else return i
    }
  }

  /** Reads a time at `i`; returns the place after the space behind it, or `i` where there is none. */
  #time(buffer: Uint8Array, i: number, end: number): number {
    if (this.timeForm !== TIME.none) return i
    let at = i
    let n = 0
    let c = buffer[at]
    while (c >= 48 && c <= 57 && at < end) {
      n = n * 10 + c - 48
      c = buffer[++at]
    }
    let form: number = at - i >= EPOCH_DIGITS ? TIME.epoch : TIME.relative
    if (c === COLON && at - i === 2) {
      const clock = wallClock(buffer, i)
      if (clock < 0) return i
      n = clock
      at = i + 8
      c = buffer[at]
      form = TIME.wall
    }
    let nanos = 0
    let decimals = 0
    if (c === DOT) {
      c = buffer[++at]
      while (c >= 48 && c <= 57 && at < end && decimals < 9) {
        nanos = nanos * 10 + c - 48
        decimals++
        c = buffer[++at]
      }
      if (decimals === 0) return i
    } else if (form === TIME.relative && this.pidForm === PID.none && buffer[i - 1] !== SPACE) return i
    if (c !== SPACE || at >= end) return i
    this.timeForm = form
    this.seconds = n
    this.nanos = nanos * DECIMALS[decimals]
    this.decimals = decimals
    return at + 1
  }
}

/** Seconds since midnight of `hh:mm:ss` at `i`; -1 where it is no time of day. */
function wallClock(buffer: Uint8Array, i: number): number {
  let seconds = 0
  for (let field = 0; field < 3; field++) {
    const tens = buffer[i + field * 3] - 48
    const ones = buffer[i + field * 3 + 1] - 48
    if (!(tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)) return -1
    if (field < 2 && buffer[i + field * 3 + 2] !== COLON) return -1
    seconds = seconds * 60 + tens * 10 + ones
  }
  return seconds
}

/**
 * A bracketed part of the leader: number of the call, instruction pointer, security context. Returns the place after
 * it, or `i` where the bracket is the body's own.
 *
 *   > | [  59] [00007ffbd0a9ead7] [????????????????] [unconfined_u:unconfined_r:unconfined_t:s0]
 *   > | [ Process PID=31196 runs in 32 bit mode. ]
 */
function skipBracket(buffer: Uint8Array, i: number, end: number): number {
  let at = i + 1
  while (at < end && buffer[at] === SPACE) at++
  if (buffer[at] === 80 && buffer[at + 1] === 114) return i
  const first = at
  while (at < end && buffer[at] !== CLOSE_BRACKET && buffer[at] !== SPACE) at += buffer[at] === BACKSLASH ? 2 : 1
  if (buffer[at] !== CLOSE_BRACKET || at === first || at >= end) return i
  if (buffer[first] === QUESTION || buffer[at + 1] === SPACE)
    return Math.min(end, buffer[at + 1] === SPACE ? at + 2 : at + 1)
  return i
}
