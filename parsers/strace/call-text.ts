/**
 * Takes the text of one system call apart: name, arguments, result.
 *
 * The closing parenthesis cannot be found by searching for `) = `: a path may hold it.
 *
 *   > | openat(AT_FDCWD</tmp>, "wd/a (b) = 3 <0.1>", O_RDONLY) = 3</tmp/wd/a (b) = 3 \0740.1\76> <0.000011>
 *                                                           ^ this one
 *
 * So the text is read forward, with the state that strace's own printing has: strings with backslash escapes,
 * `<…>` after a number or AT_FDCWD, comments, and brackets.
 */

const TAB = 9
const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92
const SLASH = 47
const STAR = 42
const LESS = 60
const EQUALS = 61
const GREATER = 62
const MINUS = 45
const OPEN_PAREN = 40
const CLOSE_PAREN = 41
const DOT = 46
const MAX_DECIMALS = 9

export interface CallText {
  name: string
  args: string
  ret: number | null
  retText: string | null
  error: string | null
  /** `?`: it did not come back. */
  noReturn: boolean
  injected: boolean
  /** `<T>` in ns; null without -T. */
  durationNs: number | null
}

/** The index of the parenthesis that closes the call whose opening one is at `open`; -1 where the text ends before. */
export function closingParen(text: string, open: number): number {
  const strict = scanToClose(text, open, true)
  // Old straces (before 4.22) do not escape `<` in paths: then angles say nothing.
  return strict !== -1 ? strict : scanToClose(text, open, false)
}

function scanToClose(text: string, open: number, angles: boolean): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i)
        break
      case SLASH:
        if (text.charCodeAt(i + 1) === STAR) {
          const end = text.indexOf('*/', i + 2)
          if (end !== -1) i = end + 1
        }
        break
      case LESS:
        if (!angles) break
        // `21<<MAP_HUGE_SHIFT` is a shift.
        if (text.charCodeAt(i + 1) === LESS) i++
        else i = endOfAngle(text, i)
        break
      case OPEN_PAREN:
      case 91:
      case 123:
        depth++
        break
      case CLOSE_PAREN:
      case 93:
      case 125:
        if (--depth === 0) return i
        break
    }
  }
  return -1
}

/** Index of the quote that ends the string begun at `i`; the text's length where it does not end. */
export function endOfString(text: string, i: number): number {
  for (i++; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === QUOTE) return i
  }
  return text.length
}

/**
 * Index of the `>` that ends the decoration begun at `i`. Inside it `->` is an arrow and does not count.
 *
 *   > | 5<TCP:[127.0.0.1:41993->127.0.0.1:56970]>   1</dev/null<char 1:3>>
 */
export function endOfAngle(text: string, i: number): number {
  let depth = 0
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === BACKSLASH) i++
    else if (c === LESS) depth++
    else if (c === GREATER && text.charCodeAt(i - 1) !== MINUS && --depth === 0) return i
  }
  return text.length
}

/** Length of the system call's name at `at`: `kill`, `syscall_0x7ed`, `???`, `write#64`. 0 where there is none. */
export function nameLength(text: string, at = 0): number {
  let i = at
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    // Question marks: the number of the call could not be read.
    if ((c >= 97 && c <= 122) || c === 95 || (c >= 48 && c <= 57) || c === 35 || c === 63 || (c >= 65 && c <= 90))
      continue
    break
  }
  return i - at
}

/** Reads a whole call (`kill(1, SIGTERM) = 0 <0.000011>`); null where it is none, or not whole. */
export function readCall(text: string): CallText | null {
  const open = nameLength(text)
  if (open === 0 || text.charCodeAt(open) !== OPEN_PAREN) return null
  const close = closingParen(text, open)
  if (close === -1) return unavailable(text, open)
  const result = readResult(text, close + 1)
  if (!result) return null
  return { name: text.slice(0, open), args: text.slice(open + 1, close), ...result }
}

/**
 * A thread that vanished before strace could read what it called has no closing parenthesis.
 *
 *   > | ????( = ? <unavailable>
 */
function unavailable(text: string, open: number): CallText | null {
  const m = /^\(\s*= \?(?: <unavailable>)?$/.exec(text.slice(open, open + 64))
  if (!m) return null
  const none = { ret: null, retText: null, error: null, noReturn: true, injected: false, durationNs: null }
  return { name: text.slice(0, open), args: '', ...none }
}

type Result = Omit<CallText, 'name' | 'args'>

/** Reads `   = -1 EPIPE (Broken pipe) (INJECTED) <0.000030>`, from the place after the closing parenthesis. */
function readResult(text: string, at: number): Result | null {
  let i = at
  while (text.charCodeAt(i) === SPACE || text.charCodeAt(i) === TAB) i++
  if (text.charCodeAt(i) !== EQUALS) return null
  const duration = durationAt(text)
  let rest = text.slice(i + 1, duration === null ? text.length : duration.start).trim()
  const out: Result = {
    ret: null,
    retText: null,
    error: null,
    noReturn: false,
    injected: false,
    durationNs: duration?.ns ?? null,
  }
  for (let mark = MARK.exec(rest); mark; mark = MARK.exec(rest)) {
    if (mark[1] === 'INJECTED') out.injected = true
    rest = rest.slice(0, mark.index)
  }
  const value = /^(?:\?|-?0x[0-9a-f]+|-?\d+)/.exec(rest)
  if (!value) {
    // `= ` and nothing: cut off. Anything else is a spelling of its own (`= NULL`): kept as text.
    if (rest === '') return null
    out.retText = rest
    return out
  }
  rest = rest.slice(value[0].length)
  if (value[0] === '?') out.noReturn = true
  else out.ret = value[0].startsWith('-0x') ? -Number(value[0].slice(1)) : Number(value[0])
  const error = /^ (E[A-Z0-9_]+)(?: \([^)]*\))?|^ \(errno (\d+)\)/.exec(rest)
  if (error && (out.noReturn || (out.ret !== null && out.ret < 0))) {
    out.error = error[1] ?? `errno ${error[2]}`
    rest = rest.slice(error[0].length)
  }
  rest = rest.trim()
  if (rest !== '') out.retText = rest
  return out
}

const MARK = / \((INJECTED|DELAYED)(?:: [^()]*)?\)$/

/**
 * `<T>` at the end of a line. A decoration can end a line too, but holds no bare number.
 *
 *   > | read(3</tmp/x>, "r", 1) = 1 <0.004467>
 *                                   ^
 */
function durationAt(text: string): { start: number; ns: number } | null {
  let i = text.length - 1
  while (i >= 0 && text.charCodeAt(i) === SPACE) i--
  if (text.charCodeAt(i) !== GREATER) return null
  const end = i--
  let dot = -1
  for (; i >= 0; i--) {
    const c = text.charCodeAt(i)
    if (c === DOT && dot === -1) dot = i
    else if (c < 48 || c > 57) break
  }
  if (text.charCodeAt(i) !== LESS || text.charCodeAt(i - 1) !== SPACE || i + 1 === end) return null
  const seconds = Number(text.slice(i + 1, dot === -1 ? end : dot))
  const fraction = dot === -1 ? '' : text.slice(dot + 1, end)
  if (fraction.length > MAX_DECIMALS) return null
  return { start: i - 1, ns: seconds * 1e9 + Number(fraction.padEnd(MAX_DECIMALS, '0')) }
}

const TAIL =
  / ?<(?:(?:unfinished(?: #\d+)?|detached|pid changed to \d+(?:<[^>]*>)?) \.\.\.>(\) *= \?(?: <unavailable>)?)?|(ptrace\([A-Z]+\):[^>]*|Cannot restart pid [^>]*)>)$/

/** How the first half of a call ends, and where; null where the text does not end in one of the marks. */
export function openTail(text: string): { at: number; kind: 'unfinished' | 'detached'; ended: boolean } | null {
  const m = TAIL.exec(text.slice(-96))
  if (!m) return null
  return {
    at: Math.max(0, text.length - 96) + m.index,
    kind: m[0].includes('<detached') ? 'detached' : 'unfinished',
    ended: m[1] !== undefined || m[2] !== undefined,
  }
}

/**
 * One text of two halves. Where the comma stands depends on the version.
 *
 *   > | read(3<pipe:[362842]>,  <unfinished ...>      <... read resumed>"r", 1) = 1        up to 6.15
 *   > | read(3<pipe:[362842]> <unfinished ...>        <... read resumed>, "r", 1) = 1      from 6.16
 */
export function joinHalves(first: string, resumed: string): string {
  const tail = openTail(first)
  const head = (tail ? first.slice(0, tail.at) : first).trimEnd().replace(/,$/, '')
  const end = resumed.indexOf('resumed')
  const close = end === -1 ? -1 : resumed.indexOf('>', end)
  let rest = resumed.slice(close + 1).replace(/^[ ,]+/, '')
  // `<... read resumed> <unfinished ...>) = ?`: it ended inside.
  const cut = /^<unfinished(?: #\d+)? \.\.\.>/.exec(rest)
  if (cut) rest = rest.slice(cut[0].length)
  if (rest.startsWith(')') || head.endsWith('(')) return head + rest
  return rest.startsWith('=>') ? `${head} ${rest}` : `${head}, ${rest}`
}
