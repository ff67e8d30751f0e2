/** Go's quoted strings and the label lists that dumps and profiles print. */

const ESCAPES: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/** The inside of a Go string literal (strconv.Quote), its escapes resolved; also fits JSON's. */
export function unquote(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-fA-F]{4})|U([0-9a-f]{8})|(.))/g, (_, x, u, long, one) => {
    const code = Number.parseInt(x ?? u ?? long ?? 'z', 16)
    if (Number.isNaN(code)) return ESCAPES[one] ?? one
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
  })
}

/**
 * Labels from after the opening brace at `at - 1`; null where they are damaged. `end` is the place after the closing one.
 * Go 1.26 and debug=1 profiles quote every word, Go 1.27 only those that need it.
 *
 *   {req: 42, tenant: "acme corp"}      {"req":"42", "tenant":"acme corp"}
 *    ^                                   ^
 */
export function parseLabels(text: string, at: number): { labels: Record<string, string>; end: number } | null {
  const labels: [string, string][] = []
  while (text[at] !== '}') {
    const key = readWord(text, at, ':')
    if (key === null || text[key.end] !== ':') return null
    const value = readWord(text, key.end + (text[key.end + 1] === ' ' ? 2 : 1), ',')
    if (value === null) return null
    labels.push([key.word, value.word])
    at = value.end
    if (text.startsWith(', ', at)) at += 2
    else if (text[at] !== '}') return null
  }
  return { labels: Object.fromEntries(labels), end: at + 1 }
}

/** A word in quotes, or bare up to `stop` or the closing brace. */
function readWord(text: string, at: number, stop: string): { word: string; end: number } | null {
  if (text[at] !== '"') {
    let end = at
    while (end < text.length && text[end] !== stop && text[end] !== '}') end++
    return end < text.length ? { word: text.slice(at, end), end } : null
  }
  let end = at + 1
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1
  return end < text.length ? { word: unquote(text.slice(at + 1, end)), end: end + 1 } : null
}
