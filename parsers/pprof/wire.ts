/** Just enough of the protocol buffers wire format to tell a profile from other bytes and to find its samples. */

export interface Field {
  number: number
  /** 0 number, 2 bytes. */
  type: number
  /** Where the tag starts; where the content starts and ends. */
  offset: number
  start: number
  end: number
}

/** The top-level fields of a message; stops where the bytes are no message, or end. */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  let at = 0
  while (at < bytes.length) {
    const offset = at
    const tag = varint(bytes, at)
    if (tag === null) return
    const number = Math.floor(tag.value / 8)
    const type = tag.value % 8
    at = tag.next
    if (type === 0) {
      const value = varint(bytes, at)
      if (value === null) return
      yield { number, type, offset, start: at, end: value.next }
      at = value.next
    } else if (type === 2) {
      const length = varint(bytes, at)
      if (length === null) return
      at = length.next + length.value
      yield { number, type, offset, start: length.next, end: at }
    } else return
  }
}

function varint(bytes: Uint8Array, at: number): { value: number; next: number } | null {
  let value = 0
  for (let i = 0; i < 10; i++) {
    if (at + i >= bytes.length) return null
    value += (bytes[at + i] & 0x7f) * 2 ** (7 * i)
    if (bytes[at + i] < 0x80) return { value, next: at + i + 1 }
  }
  return null
}

/** Fields of perftools.profiles.Profile that are numbers; 1 to 6, 11 and 13 are bytes. */
const NUMBERS = new Set([7, 8, 9, 10, 12, 14, 15])
const BYTES = new Set([1, 2, 3, 4, 5, 6, 11, 13])
const SAMPLE_TYPE = 1
const SAMPLE = 2
const PERIOD_TYPE = 11
const STRINGS = 6

/**
 * Whether the bytes begin like a profile: the type of its samples or of its period first, as every writer does, and no
 * field that a profile does not have.
 */
export function looksLikeProfile(head: Uint8Array): boolean {
  let first = true
  let seen = 0
  for (const { number, type, start, end } of fieldsOf(head)) {
    if (type === 2 ? !BYTES.has(number) : !NUMBERS.has(number)) return false
    if (first && number !== SAMPLE_TYPE && number !== PERIOD_TYPE) return false
    if (first && !isValueType(head.subarray(start, end))) return false
    first = false
    if (++seen === 6) return true
  }
  return false
}

/** `08 TYPE 10 UNIT`: two indexes into the string table. */
function isValueType(bytes: Uint8Array): boolean {
  if (bytes.length < 2 || bytes.length > 22) return false
  for (const { number, type } of fieldsOf(bytes)) if (type !== 0 || (number !== 1 && number !== 2)) return false
  return true
}

/** Byte offsets of the samples, in order; and where the message stops being one (its length when it is whole). */
export function samplesOf(bytes: Uint8Array): { offsets: number[]; whole: boolean; strings: number } {
  const offsets: number[] = []
  let end = 0
  let strings = 0
  for (const field of fieldsOf(bytes)) {
    if (field.end > bytes.length) break
    if (field.number === SAMPLE) offsets.push(field.offset)
    if (field.number === STRINGS) strings++
    end = field.end
  }
  return { offsets, whole: end === bytes.length, strings }
}
