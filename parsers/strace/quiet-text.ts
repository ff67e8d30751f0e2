/** Looks at the bytes of a line that tell whether the call on it comes to nothing (`quiet.ts`). */
import { NAME } from './bytes.js'
import { step } from './keep.js'
import { isOftenSent } from './worth.js'

const SPACE = 32
const CLOSE_PAREN = 41
const QUOTE = 34
const COMMA = 44
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
const LOWER_D = 100
const LOWER_G = 103
const LOWER_U = 117
/** ` <unfinished ...>` */
const UNFINISHED_BYTES = 16
/** ` = -1 ENAME (text of the error)` */
const ERROR_BYTES = 80
const PATH_BYTES = 256

/** What the result of a call has to be for it to come to nothing. */
export const ASKS = {
  nothing: 0,
  /** Another number than 0, which is the end of a file. */
  more: 1,
  /** The number that the line gives for the thread. */
  ownNumber: 2,
  /** An error: it changed nothing. Who closes whatever may be open does that a thousand times. */
  failure: 3,
  /** Nothing, and it may have words behind it: `= 0x8000 (flags O_RDONLY|O_LARGEFILE)`. */
  anything: 4,
} as const

/** Whether a result that is quiet in itself (`isQuietEnd`) is what is asked; it ends at `last`. */
export function answers(asks: number, buffer: Uint8Array, last: number, tid: number): boolean {
  if (asks === ASKS.nothing || asks === ASKS.anything) return true
  if (asks === ASKS.failure) return buffer[last] === CLOSE_PAREN
  if (asks === ASKS.more) return buffer[last] !== ZERO || buffer[last - 1] !== SPACE
  let i = last
  let number = 0
  for (let unit = 1; buffer[i] >= ZERO && buffer[i] <= NINE; i--, unit *= 10) number += (buffer[i] - ZERO) * unit
  return number === tid && buffer[i] === SPACE && buffer[i - 1] === EQUALS
}

/** `3</etc/ld.so.cache>`: a path, and no standard descriptor. */
export function isOnFile(buffer: Uint8Array, i: number): boolean {
  let at = i
  while (buffer[at] >= ZERO && buffer[at] <= NINE) at++
  return buffer[at] === LESS && buffer[at + 1] === SLASH && (at > i + 1 || buffer[i] > ZERO + 2)
}

/** `write(6</tmp/x.s>, "\t.file…`: text that begins no goroutine dump. */
export function isNoDump(buffer: Uint8Array, i: number, end: number): boolean {
  const limit = Math.min(end, i + PATH_BYTES) - 3
  for (let at = i; at < limit; at++)
    if (buffer[at] === GREATER && buffer[at + 1] === COMMA)
      return buffer[at + 3] === QUOTE && buffer[at + 4] !== LOWER_G
  return false
}

const DEFAULT = Buffer.from('NULL, {sa_handler=SIG_DFL,')

/** `rt_sigaction(SIGXCPU, NULL, {sa_handler=SIG_DFL, …`: the Go runtime asks for each signal when it starts. */
export function findsDefault(hash: number, buffer: Uint8Array, i: number): boolean {
  let at = i
  let use = hash
  for (let c = buffer[at]; NAME[c] === 1; c = buffer[++at]) use = step(use, c)
  if (buffer[at] !== COMMA || buffer[at + 1] !== SPACE) return false
  use = step(step(use, COMMA), SPACE)
  at += 2
  for (let k = 0; k < DEFAULT.length; k++) if (buffer[at + k] !== DEFAULT[k]) return false
  return !isOftenSent(use)
}

/** `… <unfinished ...>` */
export function isUnfinished(buffer: Uint8Array, start: number, end: number): boolean {
  const mark = end - UNFINISHED_BYTES
  if (mark <= start || buffer[mark] !== LESS || buffer[mark + 1] !== LOWER_U) return false
  if (buffer[end - 1] !== GREATER || buffer[end - 5] !== SPACE || buffer[end - 6] !== LOWER_D) return false
  return buffer[end - 2] === DOT && buffer[end - 3] === DOT && buffer[end - 4] === DOT
}

/** Where a result ends: at the end of the line, or before the duration; -1 where that is long. */
export function lastOfResult(buffer: Uint8Array, end: number): number {
  const last = end - 1
  if (buffer[last] !== GREATER) return last
  let i = last - 1
  let digit = buffer[i]
  while ((digit >= ZERO && digit <= NINE) || digit === DOT) digit = buffer[--i]
  if (digit !== LESS || buffer[i - 1] !== SPACE || i === last - 1) return last
  // A tenth of a second and more is long.
  return buffer[i + 1] === ZERO && buffer[i + 2] === DOT && buffer[i + 3] === ZERO ? i - 2 : -1
}

/** A result up to `last` that tells nothing: a number, a number with a path, an error that has to do with no signal. */
export function isQuietEnd(buffer: Uint8Array, start: number, last: number): boolean {
  if (last <= start) return false
  const c = buffer[last]
  if (c === CLOSE_PAREN) return isQuietError(buffer, start, last)
  if (c === GREATER) return isFile(buffer, start, last)
  return c !== QUESTION && c > SPACE
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
