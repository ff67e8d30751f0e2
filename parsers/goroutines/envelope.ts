/**
 * What loggers put around the lines of a dump, and how to take it off: a prefix that repeats on every line (syslog,
 * kubectl, docker compose, indentation, `> `), a JSON object a line, a string with escapes.
 */
import { utf8 } from '../../src/model/text.js'
import { unquote } from '../shared/go-quote.js'
import { parseHeader } from './header.js'
import { isoMoment, recordMoment } from './moments.js'

/** Takes the line of a dump out of a line of the file; null where the line is not in this envelope. */
export interface Envelope {
  /** Two envelopes with one id are the same. */
  id: string
  /** Process id that the envelope names, as syslog's `app[123]:`. */
  pid: number | null
  /** The line inside, or several, parted by line feeds. */
  unwrap(text: string): string | null
  /** When the line was logged, in ns since the epoch; null where the envelope does not say. */
  momentOf(text: string): bigint | null
}

/** Longest prefix that is looked for. */
const PREFIX_LIMIT = 600

/** Where a header starts in a line, and where it ends; null where there is none. */
export function findHeader(text: string): { start: number; end: number } | null {
  for (let start = text.indexOf('goroutine '); start !== -1 && start <= PREFIX_LIMIT; ) {
    const end = headerEnd(text, start)
    if (end !== -1) return { start, end }
    start = text.indexOf('goroutine ', start + 1)
  }
  return null
}

/** The header ends at a colon, which is the last of the line or stands before a quote or an escaped line feed. */
function headerEnd(text: string, start: number): number {
  if (!/^goroutine \d{1,19} (?:gp=0x|\[)/.test(text.slice(start, start + 40))) return -1
  const limit = Math.min(text.length, start + 2000)
  for (let colon = text.indexOf(':', start); colon !== -1 && colon < limit; colon = text.indexOf(':', colon + 1)) {
    const rest = text.slice(colon + 1, colon + 8)
    if (!/^(?:\s*$|"|'|\\+n|\\+r|\\u000a|#012)/.test(rest)) continue
    if (parseHeader(text.slice(start, colon + 1).replace(/\\+"/g, '"')) !== null) return colon + 1
  }
  return -1
}

/**
 * Moments in the forms that loggers write: RFC 3339 and its like, `Jan _2 15:04:05`, `15:04:05.000`, kernel and zap
 * seconds. Only these differ from line to line of one writer; every other digit (a pid, a container) tells it apart.
 */
const MOMENT =
  /\d{4}[-/]\d{2}[-/]\d{2}(?:[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|[+-]\d{2}:?\d{2}|UTC|GMT))?|(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]?\d(?: \d{4})? \d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?|\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?|\b\d{10}(?:\.\d{1,9})?\b|(?<=\[ *)\d{1,9}\.\d{3,9}(?=\])/g

/**
 * The envelope of a prefix: the same text, whatever moment it names. An empty line may have lost the space at its end.
 *
 *   Nov 24 20:37:01 web-1 shop[4711]: goroutine 18 [chan receive]:
 *   ^ a moment      ^ the same on every line
 */
export function prefixEnvelope(prefix: string): Envelope {
  const start = prefix.trimEnd()
  const gap = prefix.slice(start.length)
  const moments = [...start.matchAll(MOMENT)]
  const pid = /\[(\d{1,10})\]: ?$/.exec(prefix)
  const quote = gap === '' && /["']$/.test(prefix) ? prefix.slice(-1) : null
  const endOf = prefixMatcher(start, moments)
  return {
    id: `${start.replace(MOMENT, '\0')}${gap}`,
    pid: pid === null ? null : Number(pid[1]),
    unwrap(text) {
      const end = endOf(text)
      if (end === -1) return null
      if (quote !== null) return resolveEscapes(text.slice(end, closingQuote(text, end, quote)))
      if (text.startsWith(gap, end)) return text.slice(end + gap.length)
      return text.slice(end).trim() === '' ? '' : null
    },
    momentOf: moments.length === 0 ? () => null : isoMoment,
  }
}

/** Finds where a prefix of this shape ends in a text, -1 where the text does not begin with it. */
function prefixMatcher(prefix: string, moments: readonly RegExpMatchArray[]): (text: string) => number {
  if (moments.length === 0) return text => (text.startsWith(prefix) ? prefix.length : -1)
  const fixed = prefix.slice(0, moments[0].index)
  let shape: RegExp | null = null
  return text => {
    if (!text.startsWith(fixed)) return -1
    shape ??= shapeOf(prefix, moments)
    return shape.exec(text)?.[0].length ?? -1
  }
}

function shapeOf(prefix: string, moments: readonly RegExpMatchArray[]): RegExp {
  let pattern = '^'
  let at = 0
  for (const moment of moments) {
    pattern += escapeRegex(prefix.slice(at, moment.index)) + momentPattern(moment[0])
    at = moment.index! + moment[0].length
  }
  return new RegExp(pattern + escapeRegex(prefix.slice(at)), 's')
}

/** Quoted values end at the quote; further fields may follow it. */
function closingQuote(text: string, at: number, quote: string): number {
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1
  return at
}

function momentPattern(moment: string): string {
  return moment
    .replace(/[A-Z][a-z]{2}(?=,? )/g, '\u0001')
    .replace(/[.,]\d+/g, '\u0002')
    .replace(/ [ \d]?\d(?= )/g, '\u0003')
    .replace(/[+*?^${}()|[\]\\/]/g, '\\$&')
    .replace(/\d+/g, '\\d+')
    .replaceAll('\u0001', '[A-Z][a-z][a-z]')
    .replaceAll('\u0002', '[.,]\\d+')
    .replaceAll('\u0003', ' [ \\d]?\\d')
}

function escapeRegex(text: string): string {
  return text.replace(/[.+*?^${}()|[\]\\/]/g, '\\$&')
}

/** Fields that tell the writers of a JSON log apart. */
const WRITER = new Set(
  'stream source container container_id container_name pod pod_name host hostname pid _PID unit service app process Package'.split(
    ' ',
  ),
)
const DEPTH = 4
const JSON_LIMIT = 8 << 20

/**
 * The envelope of a line that is a JSON object with a dump, or a line of one, in one of its strings.
 *
 *   {"log":"goroutine 1 [running]:\n","stream":"stderr","time":"2026-11-24T20:37:01.5Z"}
 *           ^
 */
export function jsonEnvelope(text: string): Envelope | null {
  const found = parseObject(text)
  if (found === null) return null
  const path = pathOfDump(found, 0)
  if (path === null) return null
  const writer = writerOf(found)
  const pid = found.pid ?? found._PID
  return {
    id: `json ${path.join('.')} ${writer}`,
    pid: typeof pid === 'number' && Number.isSafeInteger(pid) ? pid : null,
    unwrap(line) {
      const object = parseObject(line)
      if (object === null || writerOf(object) !== writer) return null
      let at: unknown = object
      for (const key of path) at = isObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
      return typeof at === 'string' ? latin1(at.replace(/\n$/, '')) : null
    },
    momentOf(line) {
      const object = parseObject(line)
      return object === null ? null : recordMoment(object)
    },
  }
}

/** The envelope of lines that are in `inner`, which is in `outer`: a container's log line as a JSON string. */
export function nested(outer: Envelope, inner: Envelope): Envelope {
  return {
    id: `${outer.id}\0${inner.id}`,
    pid: inner.pid ?? outer.pid,
    unwrap(text) {
      const inside = outer.unwrap(text)
      if (inside === null) return null
      const lines = inside.split('\n').map(line => inner.unwrap(line))
      return lines.includes(null) ? null : lines.join('\n')
    },
    momentOf: outer.momentOf,
  }
}

function parseObject(text: string): Record<string, unknown> | null {
  const start = text.indexOf('{')
  if (start === -1 || start > 40 || text.length > JSON_LIMIT) return null
  try {
    const object: unknown = JSON.parse(utf8(text.slice(start)))
    return isObject(object) ? object : null
  } catch {
    return null
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function writerOf(object: Record<string, unknown>): string {
  return Object.entries(object)
    .filter(([key, value]) => WRITER.has(key) && (typeof value === 'string' || typeof value === 'number'))
    .map(([key, value]) => `${key}=${value}`)
    .join(' ')
}

function pathOfDump(object: Record<string, unknown>, depth: number): string[] | null {
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === 'string' && /(?:^|\n)[^\n]{0,200}goroutine \d+ [^\n]*:\s*(?:\n|$)/.test(value)) return [key]
    if (isObject(value) && depth < DEPTH) {
      const below = pathOfDump(value, depth + 1)
      if (below !== null) return [key, ...below]
    }
  }
  return null
}

/** Line feeds that were written as escapes: `\n`, `\\n`, `\u000a`, rsyslog's `#012`. */
export function hasEscapedLines(text: string, headerEnd: number): boolean {
  return /^(?:\\+[nr]|\\u000a|#012)/i.test(text.slice(headerEnd, headerEnd + 12))
}

/** The text with its escapes resolved, as often as they are nested (a JSON string in a JSON string). */
export function resolveEscapes(text: string): string {
  let plain = utf8(text).replaceAll('#012', '\n').replaceAll('#011', '\t')

  for (let nested = 0; nested < 4 && /\\[ntr"\\u]/.test(plain); nested++) plain = unquote(plain)
  return latin1(plain.replaceAll('\r', ''))
}

/** One character a byte again, as all lines are read. */
function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
