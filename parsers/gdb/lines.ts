/** The lines of gdb's output that say something about threads and signals (GDB manual: Threads, Signals, Backtrace). */
import type { Frame } from '../../src/model/goroutine.js'

export interface ThreadHead {
  /** gdb's own number of the thread; 0 where the line has none (eu-stack). */
  number: number
  tid: number
  comm: string | null
  current: boolean
  /** What stands behind: the frame of `info threads`. */
  rest: string
}

const THREAD = String.raw`(?:Thread 0x[0-9a-f]{1,16} \(LWP (\d+)\)|LWP (\d+)|process (\d+))(?: "([^"]{0,32})")?`
/** Thread 2 (Thread 0x7ffff7dd06c0 (LWP 20160) "worker (1)"): */
const BACKTRACE = new RegExp(String.raw`^Thread (\d+) \(${THREAD}\):?\s*$`)
/** * 1    Thread 0x7ffff7dd1740 (LWP 20157) "crash" 0x… in deref (…) at crash.c:8 */
const ROW = new RegExp(String.raw`^([* ]) (\d+) +${THREAD}(?: +(.*))?$`)
const NEW = /^\[New (?:LWP (\d+)|Thread 0x[0-9a-f]+ \(LWP (\d+)\))\]/
const CURRENT = new RegExp(String.raw`^\[(?:Current thread is|Switching to thread) (\d+) \(${THREAD}\)`)
const EU_STACK = /^TID (\d+)(?: ".{0,32}")?:$/

/** A line that names a thread; null for any other. `form`: a backtrace follows, a row of `info threads`, or just the name. */
export function readThread(line: string): (ThreadHead & { form: 'backtrace' | 'row' | 'named' }) | null {
  if (line.length > 4096) return null
  const backtrace = BACKTRACE.exec(line)
  if (backtrace) {
    const [, number, ...ids] = backtrace
    return { form: 'backtrace', number: Number(number), tid: idOf(ids), comm: ids[3] ?? null, current: false, rest: '' }
  }
  const row = ROW.exec(line)
  if (row) {
    const [, star, number, ...ids] = row
    const current = star === '*'
    return { form: 'row', number: Number(number), tid: idOf(ids), comm: ids[3] ?? null, current, rest: row[7] ?? '' }
  }
  const current = CURRENT.exec(line)
  if (current) {
    const [, number, ...ids] = current
    return { form: 'named', number: Number(number), tid: idOf(ids), comm: ids[3] ?? null, current: true, rest: '' }
  }
  const fresh = NEW.exec(line)
  if (fresh)
    return { form: 'named', number: 0, tid: Number(fresh[1] ?? fresh[2]), comm: null, current: false, rest: '' }
  const eu = EU_STACK.exec(line)
  return eu && { form: 'backtrace', number: 0, tid: Number(eu[1]), comm: null, current: false, rest: '' }
}

function idOf(ids: (string | undefined)[]): number {
  return Number(ids[0] ?? ids[1] ?? ids[2])
}

/**
 * A frame without its `#n`: address, function, arguments, place. A C++ name can hold blanks inside its brackets.
 *
 *   0x000055555555518a in wait_for (arg=0x7fffffffe6f8) at crash.c:7
 *                         ^        ^                       ^
 *   std::map<int, std::less<int> >::find (this=…) from /lib/libstdc++.so.6
 *   0x00007f12ab __poll - /lib/libc.so.6                        eu-stack
 */
export function readFrame(text: string): Frame | null {
  if (/^<.{1,40}>$/.test(text)) return { func: text, file: null, line: null }
  const pc = /^(0x[0-9a-f]{1,16})(?: in|$| )\s*/.exec(text)
  const rest = pc ? text.slice(pc[0].length) : text
  const open = argumentsAt(rest)
  const func = (open < 0 ? (/^[^\s(]\S*/.exec(rest)?.[0] ?? '') : rest.slice(0, open)).trim()
  if (func === '' && !pc) return null
  const frame: Frame = { func: func || '??', file: null, line: null }
  if (pc) frame.pc = Number(pc[1])
  const place = / at (\S.*):(\d{1,9})$/.exec(rest)
  const library = place ? null : / (?:from|-) (\/\S+)$/.exec(rest)
  if (place) {
    frame.file = place[1]
    frame.line = Number(place[2])
  } else if (library) frame.file = library[1]
  if (open >= 0) {
    const end = rest.lastIndexOf(')', place ? place.index : library ? library.index : undefined)
    if (end > open) frame.args = rest.slice(open + 2, end)
  }
  return frame
}

/** Where ` (` begins the arguments: the first one outside of template brackets. */
function argumentsAt(text: string): number {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '<') depth++
    else if (c === '>' && text[i - 1] !== '-') depth = Math.max(0, depth - 1)
    else if (c === ' ' && text[i + 1] === '(' && depth === 0) return i
    else if (c === '"') return -1
  }
  return -1
}

export interface SigInfo {
  number: number
  code: number
  pid: number | null
  uid: number | null
  addr: string | null
}

/** `$1 = {si_signo = 11, si_errno = 0, si_code = 1, _sifields = {…}}`, also as gdb prints it over several lines (`set print pretty`). */
export function readSigInfo(text: string): SigInfo | null {
  const head = /si_signo = (\d{1,3}),\s*si_errno = -?\d+,\s*si_code = (-?\d+)/.exec(text)
  if (!head) return null
  const number = Number(head[1])
  const code = Number(head[2])
  const kill = /_kill = \{\s*si_pid = (\d+),\s*si_uid = (\d+)/.exec(text)
  const addr = /si_addr = (0x[0-9a-f]+)/.exec(text)
  // The union is printed whole; which member holds follows from the code: 1 to 127 are faults, children and the like.
  const sent = code <= 0
  return {
    number,
    code,
    pid: sent && kill ? Number(kill[1]) : null,
    uid: sent && kill ? Number(kill[2]) : null,
    addr: code > 0 && code < 128 && addr ? addr[1] : null,
  }
}
