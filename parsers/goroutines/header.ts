/**
 * The line that begins a goroutine, in every spelling of Go 1.0 to 1.27 (runtime/traceback.go goroutineheader).
 *
 *   goroutine 18 gp=0xc000002380 m=3 mp=0xc000100008 [chan receive (leaked), 5 minutes, locked to thread]:
 *   goroutine 19 [chan receive (durable), synctest bubble 7]:
 *   goroutine 20 [chan receive labels:{"req": "42", "tenant": "acme corp"}]:
 *   goroutine 21 [chan receive] {req: 42, tenant: "acme corp"}:
 */
import { GoroutineFlag } from '../../src/model/goroutine.js'
import { utf8 } from '../../src/model/text.js'
import { parseLabels } from '../shared/go-quote.js'

const MINUTE_NS = 60e9
const { locked, leaked, durable } = GoroutineFlag

/** What stands between the brackets and after them. */
export interface HeaderStatus {
  /** Status or wait reason without its qualifiers. */
  state: string
  /** `GoroutineFlag` bits. */
  flags: number
  /** NaN where no minutes are said. */
  waitNs: number
  /** Id of the synctest group or bubble. */
  bubble: number | null
  labels: Record<string, string> | null
  /** Index of the state in the table that `owner` builds, once it is known. */
  index: number
  owner: object | null
}

export interface Header {
  id: number
  /** It runs on a thread: `m=3`. Null where the version does not print it. */
  onThread: boolean | null
  status: HeaderStatus
}

const START = /^goroutine (\d{1,19}) (?:gp=0x[0-9a-f]+ m=(?:(nil)|-?\d+)(?: mp=0x[0-9a-f]+)? )?\[/

/** A line that can only be meant as a header, whole or damaged. */
export function isHeaderLike(text: string): boolean {
  return /^goroutine \d+ (?:gp=|\[)/.test(text)
}

/** Statuses seen before, by the text from the bracket on: a dump repeats few of them very often. */
const known = new Map<string, HeaderStatus>()
const KNOWN_LIMIT = 4096

/** Parses a header line; null where it is none, or is damaged. */
export function parseHeader(text: string): Header | null {
  const start = START.exec(text)
  if (start === null) return null
  const tail = text.slice(start[0].length)
  let status = known.get(tail)
  if (status === undefined) {
    const parsed = parseStatus(utf8(tail))
    if (parsed === null) return null
    if (known.size >= KNOWN_LIMIT) known.clear()
    known.set(tail, parsed)
    status = parsed
  }
  const onThread = text.startsWith('gp=', start[1].length + 11) ? start[2] === undefined : null
  return { id: Number(start[1]), onThread, status }
}

/** A status of which nothing is known yet. */
export function newStatus(): HeaderStatus {
  return { state: '', flags: 0, waitNs: Number.NaN, bubble: null, labels: null, index: -1, owner: null }
}

/**
 * The status up to the colon that ends the line.
 *
 *   chan receive (leaked), 5 minutes, locked to thread] {req: 42}:
 *   ^
 */
function parseStatus(text: string): HeaderStatus | null {
  const stop = text.search(/, | labels:\{|\]/)
  if (stop === -1) return null
  const status = newStatus()
  status.state = text.slice(0, stop).replace(/ \((?:leaked|scan|durable|synctest)\)/g, qualifier => {
    if (qualifier === ' (leaked)') status.flags |= leaked
    if (qualifier === ' (durable)') status.flags |= durable
    return ''
  })
  let at = stop
  while (text.startsWith(', ', at)) {
    const end = text.slice(at + 2).search(/, | labels:\{|\]/)
    if (end === -1) return null
    readPart(text.slice(at + 2, at + 2 + end), status)
    at += 2 + end
  }
  if (text.startsWith(' labels:{', at)) at = readLabels(text, at + 9, status)
  if (text[at] !== ']') return null
  at++
  if (text.startsWith(' {', at)) at = readLabels(text, at + 2, status)
  return at !== -1 && /^:\s*$/.test(text.slice(at)) ? status : null
}

/** `5 minutes`, `locked to thread`, `synctest group 6`, `synctest bubble 7`. What a later version adds is passed over. */
function readPart(part: string, status: HeaderStatus): void {
  const minutes = /^(\d+) minutes$/.exec(part)
  const bubble = /^synctest (?:group|bubble) (\d+)$/.exec(part)
  if (minutes) status.waitNs = Number(minutes[1]) * MINUTE_NS
  else if (bubble) status.bubble = Number(bubble[1])
  else if (part === 'locked to thread') status.flags |= locked
}

/** Labels from after the brace; returns the place after the closing one, -1 where they are damaged. */
function readLabels(text: string, at: number, status: HeaderStatus): number {
  const found = parseLabels(text, at)
  if (found === null) return -1
  status.labels = found.labels
  return found.end
}
