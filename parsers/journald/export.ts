import { KEPT_FIELDS } from '../shared/journal/entry.js'

/**
 * The journal export format (systemd's docs/JOURNAL_EXPORT_FORMATS.md): fields, an empty line after each entry. A field is
 * `NAME=value`, or, where the value is not plain text, the name alone, its length as 64 bits (little endian), and the bytes.
 *
 *   > | MESSAGE\n\x16\0\0\0\0\0\0\0\x1b[31mred ansi\x1b[0m text\n
 *              ^ no `=`: binary       ^ 22 bytes
 */

const NEWLINE = 10
const EQUALS = 61
/** Names that are wanted, by length and last byte: most fields of an entry are recognised as unwanted by that alone. */
const WANTED = new Map<number, { name: string; bytes: Buffer }[]>()
for (const name of KEPT_FIELDS) {
  const bytes = Buffer.from(name, 'latin1')
  const key = keyOf(bytes, 0, bytes.length)
  WANTED.set(key, [...(WANTED.get(key) ?? []), { name, bytes }])
}

function keyOf(buffer: Buffer, at: number, length: number): number {
  return (length << 8) | buffer[at + length - 1]
}

/** The wanted field whose name stands at `at`; null for others. */
function wantedAt(buffer: Buffer, at: number, length: number): string | null {
  for (const { name, bytes } of WANTED.get(keyOf(buffer, at, length)) ?? [])
    if (bytes.compare(buffer, at, at + length) === 0) return name
  return null
}

/** Length of the field name at `at`: capital letters, digits and underscores; 0 where none stands there. */
function nameLength(buffer: Buffer, at: number, end: number): number {
  const limit = Math.min(end, at + 65)
  let i = at
  for (; i < limit; i++) {
    const byte = buffer[i]
    if (!((byte >= 65 && byte <= 90) || byte === 95 || (byte >= 48 && byte <= 57))) break
  }
  return i - at <= 64 ? i - at : 0
}

/** Longer values of fields that matter are cut; a journal may hold whole cores. */
const LONGEST_VALUE = 16 * 1024 * 1024

export interface ExportedEntry {
  /** Byte at which the entry begins. */
  offset: number
  fields: Record<string, string>
}

export type ExportPiece = { type: 'entry'; entry: ExportedEntry } | { type: 'corrupt'; offset: number; atEnd: boolean }

/** Entries in order, decoded as UTF-8, only the fields of KEPT_FIELDS; a field that occurs twice has its values on lines of their own. */
export function* entriesOf(chunks: Iterable<Uint8Array>): Generator<ExportPiece> {
  let buffer: Buffer = Buffer.alloc(0)
  /** Offset of buffer[0] in the input. */
  let base = 0
  /** Bytes still to be passed over. */
  let skip = 0
  let lost = false
  let fields: Record<string, string> = {}
  let begin = -1

  const put = (name: string, value: string) => {
    fields[name] = fields[name] === undefined ? value : `${fields[name]}\n${value}`
  }

  for (const chunk of chunks) {
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    buffer = buffer.length === 0 ? fresh : Buffer.concat([buffer, fresh])
    let at = 0
    for (;;) {
      if (skip > 0) {
        const passed = Math.min(skip, buffer.length - at)
        skip -= passed
        at += passed
        if (skip > 0) break
      }
      if (lost) {
        // After damage: the next entry begins with its cursor, behind an empty line.
        const next = buffer.indexOf('\n\n__CURSOR=', at)
        if (next === -1) {
          at = Math.max(at, buffer.length - 16)
          break
        }
        at = next + 2
        lost = false
      }
      const end = buffer.indexOf(NEWLINE, at)
      if (end === -1) {
        if (buffer.length - at > LONGEST_VALUE) {
          yield { type: 'corrupt', offset: base + at, atEnd: false }
          lost = true
          continue
        }
        break
      }
      if (end === at) {
        if (begin !== -1) yield { type: 'entry', entry: { offset: begin, fields } }
        fields = {}
        begin = -1
        at++
        continue
      }
      const length = nameLength(buffer, at, end)
      const after = at + length
      if (length === 0 || (after !== end && buffer[after] !== EQUALS)) {
        yield { type: 'corrupt', offset: base + at, atEnd: false }
        lost = true
        continue
      }
      const name = wantedAt(buffer, at, length)
      if (begin === -1) begin = base + at
      if (after !== end) {
        if (name !== null) put(name, buffer.toString('utf8', after + 1, end))
        at = end + 1
        continue
      }
      if (buffer.length < end + 9) break
      const size = Number(buffer.readBigUInt64LE(end + 1))
      if (name === null || size > LONGEST_VALUE) {
        if (!Number.isSafeInteger(size)) {
          yield { type: 'corrupt', offset: base + at, atEnd: false }
          lost = true
          continue
        }
        at = end + 9
        skip = size + 1
        continue
      }
      if (buffer.length < end + 9 + size + 1) break
      if (buffer[end + 9 + size] !== NEWLINE) {
        yield { type: 'corrupt', offset: base + at, atEnd: false }
        lost = true
        continue
      }
      put(name, buffer.toString('utf8', end + 9, end + 9 + size))
      at = end + 9 + size + 1
    }
    // The rest is copied: the chunk's memory is used again for the next one.
    base += at
    buffer = at === buffer.length ? Buffer.alloc(0) : Buffer.from(buffer.subarray(at))
  }
  if (buffer.length > 0 || skip > 0) yield { type: 'corrupt', offset: base, atEnd: true }
  if (begin !== -1) yield { type: 'entry', entry: { offset: begin, fields } }
}
