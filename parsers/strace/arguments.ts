/** Cheap looks at the arguments of a call, in bytes: which descriptor it is on, what it asks for. */
import { step } from './keep.js'

const SPACE = 32
const ZERO = 48
const COMMA = 44
const SLASH = 47
const LESS = 60
const GREATER = 62
const EQUALS = 61
const BACKSLASH = 92
const QUOTE = 34
const LETTER_X = 120
const NAME_BYTES = 32
const OBJECT_BYTES = 96

/** What the log says of a descriptor. */
export const OBJECT = {
  /** No decoration: it may be anything. */
  unknown: 0,
  /** A path: a file, a terminal, a FIFO by name. */
  path: 1,
  /** A pipe, a socket, a pidfd, a signalfd, an eventfd. */
  unnamed: 2,
  signalfd: 3,
} as const

/** Place behind `name=` (`strace -N`) at `i`. */
export function skipName(buffer: Uint8Array, i: number, end: number): number {
  const limit = Math.min(end, i + NAME_BYTES)
  let at = i
  while (at < limit && ((buffer[at] >= 97 && buffer[at] <= 122) || buffer[at] === 95)) at++
  return at > i && buffer[at] === EQUALS ? at + 1 : i
}

/** Place of the second argument of a call whose first one is a word or a number; -1 where there is none. */
export function secondArgument(buffer: Uint8Array, i: number, end: number): number {
  const limit = Math.min(end, i + OBJECT_BYTES)
  for (let at = i; at < limit; at++)
    if (buffer[at] === COMMA) return skipName(buffer, buffer[at + 1] === SPACE ? at + 2 : at + 1, end)
  return -1
}

/** True where the argument at `i` is NULL (`0` in raw output). */
export function isNull(buffer: Uint8Array, i: number): boolean {
  if (buffer[i] === 78 && buffer[i + 1] === 85 && buffer[i + 2] === 76) return true
  return buffer[i] === 48 && (buffer[i + 1] === COMMA || buffer[i + 1] === SPACE)
}

/** The descriptor that a call names first. */
export class Descriptor {
  fd = -1
  object: number = OBJECT.unknown
  /** Hash of number and object, begun with `seed`. */
  use = 0
  /** Where the arguments go on. */
  after = 0

  /**
   * Reads the argument at `i`.
   *
   *   > | 4<UNIX-STREAM:[362162->362161]>, "DDDD", 4
   */
  read(buffer: Uint8Array, i: number, end: number, seed: number): void {
    let at = skipName(buffer, i, end)
    let n = 0
    const first = at
    let hex = false
    if (buffer[at] === 48 && buffer[at + 1] === 120) {
      at += 2
      hex = true
    }
    for (; at < end; at++) {
      const c = buffer[at]
      if (c >= 48 && c <= 57) n = n * (hex ? 16 : 10) + c - 48
      else if (hex && c >= 97 && c <= 102) n = n * 16 + c - 87
      else break
    }
    this.fd = at > first && n <= 0x7fffffff ? n : -1
    this.object = OBJECT.unknown
    let use = step(step(seed, n), 0)
    if (buffer[at] === LESS) {
      const c = buffer[at + 1]
      // `-xx` escapes paths too: `\x2f` is the slash.
      this.object =
        c === SLASH || (c === BACKSLASH && buffer[at + 3] === 50 && buffer[at + 4] === 102)
          ? OBJECT.path
          : // Of another name that is escaped nothing is known but that.
            c === BACKSLASH
            ? OBJECT.unknown
            : OBJECT.unnamed
      if (c === 115 || (c === 97 && buffer[at + 12] === 91 && buffer[at + 13] === 115))
        if (buffer[c === 115 ? at + 1 : at + 13] === 115 && buffer[c === 115 ? at + 3 : at + 15] === 103)
          this.object = OBJECT.signalfd
      const limit = Math.min(end, at + OBJECT_BYTES)
      for (at++; at < limit && !(buffer[at] === GREATER && buffer[at - 1] !== 45); at++) use = step(use, buffer[at])
      at++
    }
    this.use = use === 0 ? 1 : use
    this.after = at
  }

  /**
   * True where the text looks like a siginfo read from a signalfd: the signal's number in four bytes.
   *
   *   > | read(7, "\17\0\0\0\0\0\0\0…", 128) = 128
   */
  siginfo(buffer: Uint8Array, end: number): boolean {
    if (buffer[this.after] !== COMMA) return false
    return isSiginfo(buffer, skipName(buffer, this.after + 2, end), end)
  }
}

/** `"\17\0\0\0`, `"\x0f\x00\x00\x00`: a string that begins with a small number in four bytes. */
export function isSiginfo(buffer: Uint8Array, quote: number, end: number): boolean {
  if (buffer[quote] !== QUOTE) return false
  const limit = Math.min(end - 6, quote + 6)
  for (let at = quote + 1; at < limit; at++) {
    const next = skipZero(buffer, skipZero(buffer, skipZero(buffer, at)))
    if (next !== -1) return true
  }
  return false
}

/** Place behind a `\0` or `\x00`; -1 where there is none. */
function skipZero(buffer: Uint8Array, at: number): number {
  if (at === -1 || buffer[at] !== BACKSLASH) return -1
  if (buffer[at + 1] === ZERO) return at + 2
  return buffer[at + 1] === LETTER_X && buffer[at + 2] === ZERO && buffer[at + 3] === ZERO ? at + 4 : -1
}
