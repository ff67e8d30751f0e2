/**
 * Reads the end of a call's line backwards, without decoding it: enough to know whether it is worth keeping.
 *
 *   > | write(4<pipe:[362146]>, "AAAA", 4) = -1 EPIPE (Broken pipe) <0.000003>
 *                                          ^ error                  ^ duration
 */

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
/** strace prints `<%ld.%09ld>` at most; further back there is none. */
const DURATION_BYTES = 32
/** ` = -1 ENAME (text of the error) (INJECTED)`: further back an equals sign is another's. */
const RESULT_BYTES = 200

/** What `Ending.read` found. */
export class Ending {
  /** `<T>` of `LONG_NS` or more. */
  long = false
  timed = false
  /** An error that tells of signals or of a broken pipe, or a restart. */
  telling = false
  failed = false
  /** `= ?`: it did not come back. */
  noReturn = false
  /** The result is 0. */
  zero = false

  /** Reads the line in `buffer[start, end)`. Nothing is certain of it: a cheap look that errs towards keeping. */
  read(buffer: Uint8Array, start: number, end: number): void {
    this.long = this.timed = this.telling = this.failed = this.noReturn = this.zero = false
    let last = end - 1
    if (buffer[last] === GREATER) {
      let i = last - 1
      const limit = Math.max(start, last - DURATION_BYTES)
      while (i > limit && ((buffer[i] >= ZERO && buffer[i] <= NINE) || buffer[i] === DOT)) i--
      if (buffer[i] === LESS && buffer[i - 1] === SPACE) {
        this.timed = true
        // LONG_NS is a tenth of a second: anything but `<0.0…`.
        this.long = !(buffer[i + 1] === ZERO && (buffer[i + 2] !== DOT || buffer[i + 3] === ZERO))
        last = i - 2
      }
    }
    switch (buffer[last]) {
      case ZERO:
        this.zero = buffer[last - 1] === SPACE && buffer[last - 2] === EQUALS
        return
      case QUESTION:
        this.noReturn = buffer[last - 1] === SPACE && buffer[last - 2] === EQUALS
        return
      case GREATER:
        // `= ? <unavailable>`
        this.noReturn = buffer[last - 1] === 101 && buffer[last - 13] === QUESTION && buffer[last - 15] === EQUALS
        return
      case CLOSE_PAREN:
        this.#error(buffer, Math.max(start, last - RESULT_BYTES), last)
    }
  }

  #error(buffer: Uint8Array, limit: number, last: number): void {
    let i = last
    while (i > limit && buffer[i] !== EQUALS) i--
    if (buffer[i] !== EQUALS) return
    if (buffer[i + 2] === QUESTION) {
      this.telling = true
      return
    }
    if (buffer[i + 2] !== MINUS) return
    this.failed = true
    const e = i + 5
    if (buffer[e] !== 69) return
    const a = buffer[e + 1]
    const b = buffer[e + 2]
    const c = buffer[e + 3]
    this.telling =
      (a === 80 && b === 73 && c === 80) || // EPIPE
      (a === 67 && b === 79 && c === 78 && buffer[e + 5] === 82 && buffer[e + 6] === 69 && buffer[e + 7] === 83) || // ECONNRESET
      (a === 73 && b === 78 && c === 84) || // EINTR
      (a === 70 && b === 66 && c === 73) || // EFBIG
      (a === 82 && b === 69 && c === 83) // ERESTART… of raw output
  }
}

export const TAIL = { none: 0, unfinished: 1, detached: 2 } as const

const UNFINISHED = Buffer.from('<unfinished ...>')
const DETACHED = Buffer.from('<detached ...>')

/** Whether a line ends as the first half of a call; one of `TAIL`. */
export function tailOf(buffer: Uint8Array, start: number, end: number): number {
  if (buffer[end - 1] !== GREATER || buffer[end - 2] !== DOT || buffer[end - 3] !== DOT || buffer[end - 4] !== DOT)
    return TAIL.none
  if (endsWith(buffer, start, end, UNFINISHED)) return TAIL.unfinished
  if (endsWith(buffer, start, end, DETACHED)) return TAIL.detached
  const text = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString(
    'latin1',
    Math.max(start, end - 64),
    end,
  )
  return /<(?:unfinished #\d+|pid changed to \d+(?:<.*>)?) \.\.\.>$/.test(text) ? TAIL.unfinished : TAIL.none
}

function endsWith(buffer: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  const from = end - word.length
  if (from < start) return false
  for (let i = 0; i < word.length; i++) if (buffer[from + i] !== word[i]) return false
  return true
}
