/**
 * Cuts a stream of JSON objects apart: `-o json`, `json-pretty`, `json-seq`, `json-sse`, and arrays of them. The objects of
 * journalctl never nest, and a string never holds a raw newline: both are used to find the way again after a torn one.
 */

const QUOTE = 34
const OPEN = 123
const CLOSE = 125
const BACKSLASH = 92
const NEWLINE = 10
/** Longer objects are not parsed: a core inside an entry, or no journal at all. */
const LONGEST_OBJECT = 128 * 1024 * 1024

export type Piece =
  | { type: 'object'; line: number; text: string }
  /** An object that was torn, one that the end of the input cut off, or text between objects. */
  | { type: 'torn' | 'cut' | 'stray'; line: number; text: string }

/** What may stand between objects: white space, `[`, `,`, `]`, the record separator of RFC 7464, `data:` of server-sent events. */
const BETWEEN = /^(?:[\s,[\]\x1e]*|[\s\x1e]*data:[\s\x1e]*|(?:event|id|retry):.*|:.*)$/

/** Objects and what is wrong between them, in order; `line` is 1-based and that of the opening brace. */
export function* objectsOf(chunks: Iterable<Uint8Array>): Generator<Piece> {
  let line = 1
  let inObject = false
  let inString = false
  /** Backslashes at the end of the last chunk, inside a string. */
  let held = 0
  let startLine = 1
  let parts: Buffer[] = []
  let size = 0
  let between = ''

  for (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    let at = 0
    let start = 0
    let newline = -2
    while (at < buffer.length) {
      if (!inObject) {
        // Between objects: up to the next brace or the end of the line.
        const brace = buffer.indexOf(OPEN, at)
        const end = buffer.indexOf(NEWLINE, at)
        const stop = brace !== -1 && (end === -1 || brace < end) ? brace : end
        if (between.length < 4096)
          between += buffer.toString('latin1', at, Math.min(stop === -1 ? buffer.length : stop, at + 4096))
        if (stop === -1) break
        if (!BETWEEN.test(between)) yield { type: 'stray', line, text: between }
        between = ''
        if (stop === brace) {
          inObject = true
          start = brace
          startLine = line
        } else line++
        at = stop + 1
        continue
      }
      if (inString) {
        const quote = buffer.indexOf(QUOTE, at)
        if (newline !== -1 && newline < at) newline = buffer.indexOf(NEWLINE, at)
        if (newline !== -1 && (quote === -1 || newline < quote)) {
          yield { type: 'torn', line: startLine, text: textOf(parts, buffer.subarray(start, newline)) }
          inObject = inString = false
          held = size = 0
          parts = []
          at = newline + 1
          line++
          continue
        }
        const end = quote === -1 ? buffer.length : quote
        let slashes = 0
        while (end - 1 - slashes >= at && buffer[end - 1 - slashes] === BACKSLASH) slashes++
        if (end - slashes === at) slashes += held
        held = 0
        if (quote === -1) {
          held = slashes
          break
        }
        if (slashes % 2 === 0) inString = false
        at = quote + 1
        continue
      }
      const byte = buffer[at]
      at++
      if (byte === QUOTE) inString = true
      else if (byte === NEWLINE) line++
      else if (byte === CLOSE) {
        const text = size > LONGEST_OBJECT ? null : textOf(parts, buffer.subarray(start, at))
        yield text === null ? { type: 'torn', line: startLine, text: '' } : { type: 'object', line: startLine, text }
        inObject = false
        parts = []
        size = 0
      } else if (byte === OPEN) {
        yield { type: 'torn', line: startLine, text: textOf(parts, buffer.subarray(start, at - 1)) }
        parts = []
        size = 0
        start = at - 1
        startLine = line
      }
    }
    if (inObject) {
      size += buffer.length - start
      if (size <= LONGEST_OBJECT) parts.push(Buffer.from(buffer.subarray(start)))
      else parts = []
    }
  }
  if (inObject) yield { type: 'cut', line: startLine, text: '' }
  else if (!BETWEEN.test(between)) yield { type: 'stray', line, text: between }
}

function textOf(parts: Buffer[], last: Buffer): string {
  return parts.length === 0 ? last.toString('utf8') : Buffer.concat([...parts, last]).toString('utf8')
}

/**
 * A field's value as text; null where journalctl left it out (longer than 4096 bytes without `-a`).
 *
 *   > | "MULTI":["one","two"]   "MULTI":[[255,1],"text"]   "MESSAGE":null   "MESSAGE":[27,91,51,49,109]
 *
 * An array of whole numbers from 0 to 255 is one value in bytes; any other array is several values, put on lines of their own.
 */
export function valueText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (!Array.isArray(value)) return null
  if (value.every(n => typeof n === 'number' && Number.isInteger(n) && n >= 0 && n <= 255))
    return Buffer.from(value as number[]).toString('utf8')
  const texts = value.map(item => (Array.isArray(item) && item.some(Array.isArray) ? null : valueText(item)))
  const known = texts.filter(text => text !== null)
  return known.length === 0 ? null : known.join('\n')
}
