/**
 * Recognises header lines whose status was seen before, straight in the bytes: `[chan receive, 5 minutes]:` repeats a
 * thousand times in a large dump. It accepts what the line parser accepts and nothing else.
 */
import { type HeaderStatus, parseHeader } from './header.js'

const GOROUTINE = Buffer.from('goroutine ')
const GP = Buffer.from(' gp=0x')
const M_NIL = Buffer.from(' m=nil')
const M = Buffer.from(' m=')
const MP = Buffer.from(' mp=0x')
const OPEN = Buffer.from(' [')

const SLOTS = 4096
/** Longer ones, with labels, are hardly ever the same. */
const TAIL_LIMIT = 64

interface Slot {
  tail: Uint8Array
  status: HeaderStatus
}

export class HeaderMatcher {
  #slots: (Slot | undefined)[] = new Array(SLOTS)
  /** Of the header that was matched last. */
  id = 0
  onThread: boolean | null = null
  status: HeaderStatus | null = null

  /**
   * Matches the line in `bytes` from `start` up to its end at `end`; false where it is no header, or not a usual one.
   *
   *   goroutine 18 gp=0xc000002380 m=nil [chan receive, 5 minutes]:
   *                                       ^ the tail
   */
  match(bytes: Buffer, start: number, end: number): boolean {
    const digits = skip(bytes, start, GOROUTINE)
    if (digits === -1) return false
    let at = digits
    let id = 0
    for (; bytes[at] >= 48 && bytes[at] <= 57; at++) id = id * 10 + bytes[at] - 48
    if (at === digits || at - digits > 15) return false
    let onThread: boolean | null = null
    if (bytes[at + 1] === GP[1]) {
      const pointer = skipHex(bytes, skip(bytes, at, GP))
      at = skip(bytes, pointer, M_NIL)
      onThread = at === -1
      if (onThread) at = skipHex(bytes, skip(bytes, skipHex(bytes, skip(bytes, pointer, M)), MP))
    }
    at = skip(bytes, at, OPEN)
    const length = end - at
    if (at === -1 || length < 3 || length > TAIL_LIMIT) return false
    const slot = slotOf(bytes, at, end)
    const known = this.#slots[slot]
    this.id = id
    this.onThread = onThread
    if (known !== undefined && equals(known.tail, bytes, at, length)) {
      this.status = known.status
      return true
    }
    this.status = parseHeader(bytes.toString('latin1', start, end))?.status ?? null
    if (this.status === null) return false
    this.#slots[slot] = { tail: Uint8Array.from(bytes.subarray(at, end)), status: this.status }
    return true
  }
}

/** Where statuses differ: their first letters, their length, the digits before ` minutes]:`. */
function slotOf(bytes: Uint8Array, at: number, end: number): number {
  const word = Math.imul((bytes[at] << 16) | (bytes[at + 5] << 8) | (end - at), 0x9e3779b1)
  const digits = Math.imul((bytes[end - 13] << 16) | (bytes[end - 12] << 8) | bytes[end - 11], 0x85ebca6b)
  const hash = word ^ digits ^ Math.imul(bytes[end - 14], 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) & (SLOTS - 1)
}

/** The place after `word`, which must stand at `at`; -1 where it does not. */
function skip(bytes: Uint8Array, at: number, word: Uint8Array): number {
  if (at === -1) return -1
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1
  return at + word.length
}

/** The place after hexadecimal digits; -1 where there are none. */
function skipHex(bytes: Uint8Array, at: number): number {
  if (at === -1) return -1
  let end = at
  while ((bytes[end] >= 48 && bytes[end] <= 57) || (bytes[end] >= 97 && bytes[end] <= 102)) end++
  return end === at ? -1 : end
}

function equals(tail: Uint8Array, bytes: Uint8Array, at: number, length: number): boolean {
  if (tail.length !== length) return false
  for (let i = length - 1; i >= 0; i--) if (tail[i] !== bytes[at + i]) return false
  return true
}
