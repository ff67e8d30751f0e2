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
      const equals = buffer.subarray(at, end).indexOf(EQUALS)
      const name = buffer.toString('latin1', at, equals === -1 ? end : at + equals)
      if (!/^[A-Z_0-9]{1,64}$/.test(name)) {
        yield { type: 'corrupt', offset: base + at, atEnd: false }
        lost = true
        continue
      }
      if (begin === -1) begin = base + at
      if (equals !== -1) {
        if (KEPT_FIELDS.has(name)) put(name, buffer.toString('utf8', at + equals + 1, end))
        at = end + 1
        continue
      }
      if (buffer.length < end + 9) break
      const length = Number(buffer.readBigUInt64LE(end + 1))
      if (!KEPT_FIELDS.has(name) || length > LONGEST_VALUE) {
        if (!Number.isSafeInteger(length)) {
          yield { type: 'corrupt', offset: base + at, atEnd: false }
          lost = true
          continue
        }
        at = end + 9
        skip = length + 1
        continue
      }
      if (buffer.length < end + 9 + length + 1) break
      if (buffer[end + 9 + length] !== NEWLINE) {
        yield { type: 'corrupt', offset: base + at, atEnd: false }
        lost = true
        continue
      }
      put(name, buffer.toString('utf8', end + 9, end + 9 + length))
      at = end + 9 + length + 1
    }
    // The rest is copied: the chunk's memory is used again for the next one.
    base += at
    buffer = at === buffer.length ? Buffer.alloc(0) : Buffer.from(buffer.subarray(at))
  }
  if (buffer.length > 0 || skip > 0) yield { type: 'corrupt', offset: base, atEnd: true }
  if (begin !== -1) yield { type: 'entry', entry: { offset: begin, fields } }
}
