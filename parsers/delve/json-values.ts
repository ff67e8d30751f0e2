/** The JSON values that stand one after the other in a text: one document, one per line, or pretty-printed in a row. */

export interface JsonValue {
  value: unknown
  /** 1-based line on which it begins. */
  line: number
}

/**
 * All values, and the line of the first text that is none. Text between values is stepped over to the next line that
 * begins with a bracket, so a recorded connection with notes in it can be read too. Linear in the length of the text.
 */
export function jsonValues(text: string): { values: JsonValue[]; bad: { count: number; line: number } } {
  const values: JsonValue[] = []
  const bad = { count: 0, line: 0 }
  let at = 0
  let line = 1
  // A value that never closes was cut off; from there on only values that close on their own line are looked for.
  let cut = false
  while (at < text.length) {
    const c = text.charCodeAt(at)
    if (c === 0x0a) line++
    if (c === 0x0a || c === 0x20 || c === 0x09 || c === 0x0d || c === 0x2c) {
      at++
      continue
    }
    const end: number = c === 0x7b || c === 0x5b ? endOfValue(text, at, cut) : -1
    const value = end === -1 ? undefined : parse(text.slice(at, end))
    if (value === undefined) {
      if (bad.count++ === 0) bad.line = line
      cut ||= end === -1 && (c === 0x7b || c === 0x5b)
      const next = end === -1 ? text.indexOf('\n', at) : end
      if (next === -1) break
      line += newlines(text, at, next)
      at = next
      continue
    }
    values.push({ value, line })
    line += newlines(text, at, end)
    at = end
  }
  return { values, bad }
}

/** Where the value that opens at `start` closes; -1 where it never does, or not on its line if it must. */
function endOfValue(text: string, start: number, onLine: boolean): number {
  let depth = 0
  let quoted = false
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (onLine && c === 0x0a) return -1
    if (quoted) {
      if (c === 0x5c) i++
      else if (c === 0x22) quoted = false
    } else if (c === 0x22) quoted = true
    else if (c === 0x7b || c === 0x5b) depth++
    else if ((c === 0x7d || c === 0x5d) && --depth === 0) return i + 1
  }
  return -1
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function newlines(text: string, from: number, to: number): number {
  let count = 0
  for (let i = from; i < to; i++) if (text.charCodeAt(i) === 0x0a) count++
  return count
}
