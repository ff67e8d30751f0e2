/** What a line inside a goroutine is: a function, a place, the creator … (runtime/traceback.go traceback2). */

/** A function line, up to and with the parenthesis that opens its arguments. */
export interface FunctionLine {
  /** `main.f(` */
  literal: string
  /** Text between the parentheses. */
  args: string
}

/**
 * Parses a function line. The arguments open at the first parenthesis that does not follow a dot (those belong to
 * receivers) and stands outside of type arguments; nothing may follow the last one.
 *
 *   example.com/cache.(*LRU[go.shape.string]).Get(0xc000012018, {0x4b1d20?, 0x3})
 *                                                ^
 */
export function parseFunction(text: string): FunctionLine | null {
  if (text.charCodeAt(text.length - 1) !== 41) return null
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 91) depth++
    else if (c === 93) depth--
    else if (depth === 0) {
      if (c === 32 || c === 9) return null
      if (c === 40 && i > 0 && text.charCodeAt(i - 1) !== 46)
        return { literal: text.slice(0, i + 1), args: text.slice(i + 1, -1) }
    }
  }
  return null
}

/** A place line, up to and with the line number. */
export interface PlaceLine {
  /** White space, file and line number, as they stand: `\t/src/main.go:12`. */
  literal: string
  file: string | null
  line: number | null
  /** What follows: ` +0x1d fp=0x… sp=0x… pc=0x…`. */
  tail: string
}

const INDENT = /^(?:[\t ]+|#011|\\t|\^I|\\x09|<0x09>)/
const TAILS = [' +0x', ' fp=0x', ' pc=0x']

/**
 * Parses a place line. Files may hold spaces and colons; the number is what stands before the offset.
 *
 *   >\tC:/Program Files/Go/src/net/http/server.go:3086 +0x4fd fp=0xc00009ffe0 sp=0xc00009fe40 pc=0x6a51fd
 *                                                 ^
 */
export function parsePlace(text: string): PlaceLine | null {
  const indent = INDENT.exec(text)
  if (indent === null) return null
  let stop = text.length
  for (const tail of TAILS) {
    const at = text.indexOf(tail)
    if (at !== -1 && at < stop) stop = at
  }
  let digit = stop
  while (digit > 0 && isDigit(text.charCodeAt(digit - 1))) digit--
  if (digit === stop || text.charCodeAt(digit - 1) !== 58 || digit - 1 <= indent[0].length) {
    // A C symbolizer may know the address alone: `\tpc=0x7f…`.
    return /^\s+pc=0x[0-9a-f]+$/.test(text) ? { literal: indent[0], file: null, line: null, tail: text.trim() } : null
  }
  return {
    literal: text.slice(0, stop),
    file: text.slice(indent[0].length, digit - 1),
    line: Number(text.slice(digit, stop)),
    tail: text.slice(stop),
  }
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export interface CreatorLine {
  /** `created by main.main` */
  literal: string
  func: string
  /** Go 1.21 and later say which goroutine it was. */
  parent: number
}

/** `created by main.(*Pool).start in goroutine 7` */
export function parseCreator(text: string): CreatorLine | null {
  if (!text.startsWith('created by ')) return null
  const at = text.lastIndexOf(' in goroutine ')
  const parent = at === -1 ? null : /^ in goroutine (\d{1,19})\s*$/.exec(text.slice(at))
  const literal = (parent === null ? text : text.slice(0, at)).trimEnd()
  if (literal.length <= 11) return null
  return { literal, func: literal.slice(11), parent: parent === null ? 0 : Number(parent[1]) }
}

/** `...additional frames elided...` (up to Go 1.20), `...51 frames elided...` */
export function isElided(text: string): boolean {
  return /^\.\.\.(?:additional|\d+) frames elided\.\.\.$/.test(text)
}

/** `goroutine running on other thread; stack unavailable`, `goroutine in C code; stack unavailable` (Go 1.0) */
export function isUnavailable(text: string): boolean {
  return /^\s*goroutine [^;]{0,80}; stack unavailable$/.test(text)
}

/** `[originating from goroutine 16]:` The frames that follow are those of an ancestor at its `go` statement. */
export function parseAncestor(text: string): number | null {
  const found = /^\[originating from goroutine (\d{1,19})\]:$/.exec(text)
  return found === null ? null : Number(found[1])
}

/** `non-Go function at pc=0x7f…` */
export function parseNonGo(text: string): string | null {
  return /^\s*non-Go function at pc=(0x[0-9a-f]+)$/.exec(text)?.[1] ?? null
}

/** A name that a C symbolizer gave; only the ` pc=` of the place line after it tells it from any other text. */
export function isBareName(text: string): boolean {
  return text.length < 4096 && /^[^\s"'{]/.test(text) && !/[;=]/.test(text)
}

const RUNTIME_NOISE =
  /^(?:runtime: (?:g ?\d*:? |unknown pc|unexpected return pc|traceback stuck|confused by|bad |frame|sp=|goroutine stack exceeds|pointer|marked|found|stack split)|traceback: |stack: frame=|found next stack barrier|----- stack segment boundary -----|runtime: unexpected|gentraceback|\tgoroutine )|^0?0x[0-9a-f]{6,}: |^(?:gc|scvg-?\d*:? ?|SCHED|sched) ?\d+.*(?:ms|MB|@)|^ {2}[GMP]\d+: |^GC forced$|^<?0x[0-9a-f]+ |^\s*(?:fp|sp|pc)=0x/

/** Words of the runtime between frames that end nothing: complaints of the traceback, hex dumps, GODEBUG lines. */
export function isRuntimeNoise(text: string): boolean {
  return RUNTIME_NOISE.test(text)
}

const REGISTER = /^[a-z][a-z0-9_]{0,9} {1,12}0x[0-9a-f]+/

/**
 * `rax    0xfffffffffffffffc`, or two of them side by side on ppc64 and s390x; null where the line is something else.
 */
export function parseRegisters(text: string): [string, string][] | null {
  if (!REGISTER.test(text)) return null
  const words = text.trim().split(/\s+/)
  const pairs: [string, string][] = []
  for (let i = 0; i + 1 < words.length; i += 2) {
    if (!/^0x[0-9a-f]+$/.test(words[i + 1])) return null
    pairs.push([words[i], words[i + 1]])
  }
  return words.length % 2 === 0 && pairs.length <= 4 ? pairs : null
}
