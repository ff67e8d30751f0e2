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
const ZERO = 48
const NINE = 57
const QUESTION = 63
const LETTER_X = 120
const RESULT = ') = '
/** Short calls are padded, so that results stand below each other. */
const PADDED = ')  '

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

function emptyCall(name: string, args: string): CallText {
  return { name, args, ret: null, retText: null, error: null, noReturn: false, injected: false, durationNs: null }
}

/** The index of the parenthesis that closes the call whose opening one is at `open`; -1 where the text ends before. */
export function closingParen(text: string, open: number): number {
  const plain = plainClose(text, open)
  if (plain !== -1) return plain
  const strict = scanToClose(text, open, true)
  // Old straces (before 4.22) do not escape `<` in paths: then angles say nothing.
  return strict !== -1 ? strict : scanToClose(text, open, false)
}

/**
 * Where no string comes before the only `) = ` of the text, that is it: most calls that are asked for are `kill`,
 * `rt_sigaction`, `close`.
 */
function plainClose(text: string, open: number): number {
  const close = text.indexOf(RESULT, open)
  if (close === -1 || text.indexOf(RESULT, close + 1) !== -1 || text.indexOf(PADDED, open) !== -1) return -1
  const quote = text.indexOf('"', open)
  return quote === -1 || quote > close ? close : -1
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
  const call = emptyCall(text.slice(0, open), text.slice(open + 1, close))
  return readResult(text, close + 1, call) ? call : null
}

/**
 * A thread that vanished before strace could read what it called has no closing parenthesis.
 *
 *   > | ????( = ? <unavailable>
 */
function unavailable(text: string, open: number): CallText | null {
  if (!/^\(\s*= \?(?: <unavailable>)?$/.test(text.slice(open, open + 64))) return null
  const call = emptyCall(text.slice(0, open), '')
  call.noReturn = true
  return call
}

/** Reads `   = -1 EPIPE (Broken pipe) (INJECTED) <0.000030>`, from the place after the closing parenthesis; false where it is none. */
function readResult(text: string, at: number, call: CallText): boolean {
  let i = at
  while (text.charCodeAt(i) === SPACE || text.charCodeAt(i) === TAB) i++
  if (text.charCodeAt(i) !== EQUALS) return false
  let end = startOfDuration(text, i, call)
  while (text.charCodeAt(end - 1) === SPACE) end--
  do i++
  while (text.charCodeAt(i) === SPACE)
  // `= ` and nothing: cut off.
  if (i >= end) return false
  const after = endOfValue(text, i, end)
  if (after === i) {
    // A spelling of its own (`= NULL`).
    call.retText = text.slice(i, end)
    return true
  }
  if (text.charCodeAt(i) === QUESTION) call.noReturn = true
  else call.ret = numberIn(text, i, after)
  if (after < end) readRest(text.slice(after, end), call)
  return true
}

/** Place behind the `?` or the number at `i`; `i` where there is neither. */
function endOfValue(text: string, i: number, end: number): number {
  if (text.charCodeAt(i) === QUESTION) return i + 1
  let at = text.charCodeAt(i) === MINUS ? i + 1 : i
  const first = at
  const hex = text.charCodeAt(at) === ZERO && text.charCodeAt(at + 1) === LETTER_X
  if (hex) at += 2
  for (; at < end; at++) {
    const c = text.charCodeAt(at)
    if (!((c >= ZERO && c <= NINE) || (hex && c >= 97 && c <= 102))) break
  }
  return at > first ? at : i
}

function numberIn(text: string, start: number, end: number): number {
  const negative = text.charCodeAt(start) === MINUS
  const from = negative ? start + 1 : start
  let n = 0
  if (text.charCodeAt(from + 1) === LETTER_X) n = Number(text.slice(from, end))
  else for (let i = from; i < end; i++) n = n * 10 + text.charCodeAt(i) - ZERO
  return negative ? -n : n
}

/** What follows the value: ` EPIPE (Broken pipe)`, ` (Timeout)`, `</path>`, ` (INJECTED)`. */
function readRest(text: string, call: CallText): void {
  let rest = text
  if (rest.endsWith(')') && / \((?:INJ|DEL)/.test(rest))
    for (let mark = MARK.exec(rest); mark; mark = MARK.exec(rest)) {
      if (mark[1] === 'INJECTED') call.injected = true
      rest = rest.slice(0, mark.index)
    }
  const error = ERROR.exec(rest)
  if (error && (call.noReturn || (call.ret !== null && call.ret < 0))) {
    call.error = error[1] ?? `errno ${error[2]}`
    rest = rest.slice(error[0].length)
  }
  rest = rest.trim()
  if (rest !== '') call.retText = rest
}

const MARK = / \((INJECTED|DELAYED)(?:: [^()]*)?\)$/
const ERROR = /^ (E[A-Z0-9_]+)(?: \([^)]*\))?|^ \(errno (\d+)\)/

/**
 * `<T>` at the end of a line: sets the duration and returns where it begins; the length of the text where there is none.
 * A decoration can end a line too, but holds no bare number.
 *
 *   > | read(3</tmp/x>, "r", 1) = 1 <0.004467>
 *                                   ^
 */
function startOfDuration(text: string, from: number, call: CallText): number {
  let end = text.length
  while (text.charCodeAt(end - 1) === SPACE) end--
  if (text.charCodeAt(end - 1) !== GREATER) return end
  let i = end - 2
  let decimals = -1
  let places = 0
  for (let c = text.charCodeAt(i); i > from && ((c >= ZERO && c <= NINE) || c === DOT); c = text.charCodeAt(--i)) {
    if (c !== DOT) places++
    else if (decimals === -1) decimals = places
    else return end
  }
  if (text.charCodeAt(i) !== LESS || text.charCodeAt(i - 1) !== SPACE || places === 0) return end
  const fraction = Math.max(0, decimals)
  if (fraction > MAX_DECIMALS) return end
  let digits = 0
  for (let at = i + 1; at < end - 1; at++) {
    const c = text.charCodeAt(at)
    if (c !== DOT) digits = digits * 10 + c - ZERO
  }
  call.durationNs = digits * 10 ** (MAX_DECIMALS - fraction)
  return i - 1
}

const TAIL =
  / ?<(?:(?:unfinished(?: #\d+)?|detached|pid changed to \d+(?:<[^>]*>)?) \.\.\.>(\) *= \?(?: <unavailable>)?)?|(ptrace\([A-Z]+\):[^>]*|Cannot restart pid [^>]*)>)$/

const UNFINISHED = ' <unfinished ...>'

/** How the first half of a call ends, and where; null where the text does not end in one of the marks. */
export function openTail(text: string): { at: number; kind: 'unfinished' | 'detached'; ended: boolean } | null {
  // Most end so; the pattern knows the rest.
  if (text.endsWith(UNFINISHED)) return { at: text.length - UNFINISHED.length, kind: 'unfinished', ended: false }
  if (!text.endsWith('>') && !text.endsWith('?')) return null
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
