/** Reads the argument text of a traced call: `22621, SIGTERM`, `4<pipe:[362146]>, "AAAA", 4`, `pidfd=5, signum=SIGTERM`. */
import { signalNumber } from '../../model/signal-names.js'

const QUOTE = 34
const BACKSLASH = 92
const COMMA = 44
const LESS = 60
const GREATER = 62
const MINUS = 45
/** What a character does to the nesting: brackets open and close, some characters need a look, all others nothing. */
const PLAIN = 0
const OPENS = 1
const CLOSES = 2
const OTHER = 3
const CLASS = new Uint8Array(128)
for (const c of '([{') CLASS[c.charCodeAt(0)] = OPENS
for (const c of ')]}') CLASS[c.charCodeAt(0)] = CLOSES
for (const c of [QUOTE, COMMA, LESS, GREATER]) CLASS[c] = OTHER

/**
 * The arguments at the top level, trimmed, without the names that `strace -N` puts before them. Stops after `limit`
 * of them: the rest is not looked at. Linear in the text.
 *
 *   > | 4<UNIX-STREAM:[362176->362180]>, "a, b", [{x=1, y=2}]
 *                             ^ this one does not close the <
 */
export function splitArgs(args: string, limit = 8): string[] {
  const out: string[] = []
  let depth = 0
  let angle = 0
  let start = 0
  for (let i = 0; i < args.length; i++) {
    const c = args.charCodeAt(i)
    const what = c < 128 ? CLASS[c] : PLAIN
    if (what === PLAIN) continue
    if (what === OPENS) depth++
    else if (what === CLOSES) depth--
    else if (c === QUOTE) i = endOfString(args, i)
    else if (c === LESS) angle++
    else if (c === GREATER) {
      if (angle > 0 && args.charCodeAt(i - 1) !== MINUS) angle--
    } else if (depth <= 0 && angle === 0) {
      out.push(bare(args.slice(start, i)))
      if (out.length === limit) return out
      start = i + 1
    }
  }
  if (start < args.length) out.push(bare(args.slice(start)))
  return out
}

function endOfString(args: string, open: number): number {
  for (let i = open + 1; i < args.length; i++) {
    const c = args.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === QUOTE) return i
  }
  return args.length
}

function bare(arg: string): string {
  const text = arg.trim()
  const first = text.charCodeAt(0)
  if (!(first >= 97 && first <= 122)) return text
  const named = /^[a-z_][a-z0-9_]*=(?!=)/.exec(text)
  return named ? text.slice(named[0].length) : text
}

/** A decimal or hexadecimal number at the start of an argument, whatever is said about it after it; null without one. */
export function numberOf(arg: string | undefined): number | null {
  const m = arg === undefined ? null : /^-?(?:0x[0-9a-f]+|\d+)/.exec(arg)
  if (!m) return null
  const value = m[0].startsWith('-') ? -Number(m[0].slice(1)) : Number(m[0])
  // Raw arguments are 64 bits wide: a process group -5 is 0xfffffffb or 0xfffffffffffffffb there.
  if (m[0].startsWith('0x') && value > 0x7fffffff)
    return value > 0xffffffff ? Number(BigInt.asIntN(64, BigInt(m[0]))) : value | 0
  return value
}

/** Number of a signal argument: `SIGTERM`, `10 /* SIGUSR1 *\/`, `0x9`, `0` for the existence probe. */
export function signalOf(arg: string | undefined): number | null {
  if (arg === undefined) return null
  const word = /^[A-Za-z0-9_+-]+/.exec(arg)?.[0] ?? ''
  if (/^0(?:x0+)?$/.test(word)) return 0
  return signalNumber(word)
}

/** A process argument: its number in the caller's pid namespace, and in strace's where the line says so. */
export interface PidArg {
  local: number
  /** `kill(1 /* 31231 in strace's PID NS *\/, …)` */
  outer: number | null
  comm: string | null
}

/**
 * Reads `22621`, `22621<worker>`, `-23333`, `1<sh> /* 31231 in strace's PID NS *\/`.
 */
export function pidOf(arg: string | undefined): PidArg | null {
  const local = numberOf(arg)
  if (arg === undefined || local === null) return null
  const outer = /\/\* (\d+) in strace's PID NS \*\//.exec(arg)
  const comm = /^-?\w+<((?:[^<>\\]|\\.)*)>/.exec(arg)
  return { local, outer: outer ? Number(outer[1]) : null, comm: comm ? unescaped(comm[1]) : null }
}

/** A descriptor argument: `4<pipe:[362146]>` is fd 4 on `pipe:[362146]`. */
export interface FdArg {
  fd: number
  object: string | null
}

export function fdOf(arg: string | undefined): FdArg | null {
  const fd = numberOf(arg)
  if (arg === undefined || fd === null || fd < 0) return null
  return { fd, object: decoration(arg) }
}

/** What stands between the outermost `<` and `>` of an argument or return value; null where nothing does. */
export function decoration(text: string): string | null {
  const open = text.indexOf('<')
  const close = text.lastIndexOf('>')
  return open === -1 || close <= open ? null : text.slice(open + 1, close)
}

/** Descriptors of `[3<pipe:[1]>, 4<pipe:[1]>]`, as pipe2 and socketpair print them. */
export function fdPair(arg: string | undefined): [FdArg, FdArg] | null {
  if (arg === undefined || !arg.startsWith('[')) return null
  const [first, second] = splitArgs(arg.slice(1, -1), 2).map(fdOf)
  return first && second ? [first, second] : null
}

/** Text of a `"…"` argument with C escapes resolved (latin1), and whether strace cut it short. Null where it is no string. */
export function stringOf(arg: string | undefined): { text: string; cut: boolean } | null {
  if (arg === undefined || arg.charCodeAt(0) !== QUOTE) return null
  const end = endOfString(arg, 0)
  return { text: unescaped(arg.slice(1, end)), cut: arg.startsWith('...', end + 1) }
}

const NAMED_ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v' }

function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))/g, (_, hex, octal, other) =>
    hex !== undefined
      ? String.fromCharCode(Number.parseInt(hex, 16))
      : octal !== undefined
        ? String.fromCharCode(Number.parseInt(octal, 8))
        : (NAMED_ESCAPES[other] ?? other),
  )
}

export interface SignalSet {
  inverted: boolean
  signals: Set<number>
}

/** The signals of a set: `[USR1 TERM RT_2]`, `~[KILL]` (all but), `[10 /* USR1 *\/]`; null where it is not a set. */
export function signalSet(arg: string | undefined): SignalSet | null {
  const m = arg === undefined ? null : /^(~?)\[([^\]]*)\]/.exec(arg)
  if (!m) return null
  const signals = new Set<number>()
  for (const word of m[2].replace(/\/\*[^*]*\*\//g, '').split(/[ ,]+/)) {
    const number = word === '' ? null : signalNumber(word)
    if (number !== null) signals.add(number)
  }
  return { inverted: m[1] === '~', signals }
}

/** The strings of an argv: `["sh", "-c", "kill -TERM $$"]`. Null where it is an address or unreadable. */
export function argvOf(arg: string | undefined): string[] | null {
  if (arg === undefined || !arg.startsWith('[')) return null
  const words: string[] = []
  for (const word of splitArgs(arg.slice(1, arg.endsWith(']') ? -1 : undefined), 64)) {
    const string = stringOf(word)
    if (string) words.push(string.cut ? `${string.text}…` : string.text)
  }
  return words
}
