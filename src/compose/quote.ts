import type { Input } from '../model/input.js'
import type { LineReader } from './lines.js'

/** Longest quotation of one line, in bytes. */
const QUOTE_BYTES = 700
/** A JSON line is read this far to find the fields that are worth quoting. */
const JSON_BYTES = 64 * 1024
const RECORD_BYTES = 16 * 1024
const HEX_BYTES = 32

/** Fields of a journal entry that say something to a reader. */
const FIELDS = [
  '__REALTIME_TIMESTAMP',
  '_COMM',
  '_PID',
  '_SYSTEMD_UNIT',
  'UNIT',
  'EXIT_CODE',
  'EXIT_STATUS',
  'UNIT_RESULT',
  'MESSAGE',
]

export interface Quoted {
  text: string
  /** Something was left out. */
  cut: boolean
}

/** One line of a text as it is quoted: cut when long; of a journal entry in JSON the fields that matter. */
export function quoteLine(reader: LineReader, line: number): Quoted | null {
  const read = reader.read(line, JSON_BYTES)
  if (!read) return null
  const { bytes, cut } = read
  if (bytes.length <= QUOTE_BYTES) return { text: decode(bytes), cut }
  const fields = bytes[0] === 0x7b ? jsonFields(decode(bytes)) : null
  return { text: fields ?? head(bytes), cut: true }
}

/** What stands at a byte offset: a journal export record by its telling fields, text as text, anything else in hex. */
export function quoteBytes(input: Input, offset: number): Quoted {
  const bytes = input.read(offset, RECORD_BYTES)
  const end = bytes.indexOf(10)
  const line = bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, QUOTE_BYTES))
  if (line.length === 0 || line.some(b => b < 32 && b !== 9))
    return { text: hex(bytes.subarray(0, HEX_BYTES)), cut: true }
  const text = decode(line)
  if (!/^__[A-Z_]+=/.test(text)) return { text, cut: line.length === QUOTE_BYTES }
  const record = decode(bytes).split('\n\n', 1)[0]
  const fields = FIELDS.flatMap(name => record.split('\n').find(l => l.startsWith(`${name}=`)) ?? [])
  return fields.length > 0 ? { text: clip(fields.join('  ')), cut: true } : { text, cut: false }
}

function jsonFields(text: string): string | null {
  let entry: unknown
  try {
    entry = JSON.parse(text)
  } catch {
    return null
  }
  if (entry === null || typeof entry !== 'object') return null
  const fields = Object.keys(entry).filter(name => FIELDS.includes(name))
  if (!fields.includes('MESSAGE')) return null
  const shown = Object.fromEntries(fields.map(name => [name, (entry as Record<string, unknown>)[name]]))
  return clip(JSON.stringify(shown))
}

function clip(text: string): string {
  return text.length > QUOTE_BYTES ? text.slice(0, QUOTE_BYTES) : text
}

function head(bytes: Uint8Array): string {
  // A character that was cut in two becomes replacement characters; they are not in the input.
  return decode(bytes.subarray(0, QUOTE_BYTES)).replace(/\ufffd{1,3}$/, '')
}

function decode(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  return text.endsWith('\r') ? text.slice(0, -1) : text
}

/** `7f 45 4c 46 02 01 …  |.ELF..|` */
function hex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, b => b.toString(16).padStart(2, '0')).join(' ')
  const letters = Array.from(bytes, b => (b >= 32 && b < 127 ? String.fromCharCode(b) : '.')).join('')
  return `${digits}  |${letters}|`
}
