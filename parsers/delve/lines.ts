/**
 * The lines that Delve's terminal prints, one reader each (pkg/terminal/command.go, Delve 1.4 to 1.27). Every reader is
 * given a line without colours and prompt, and returns null where the line is not of its kind.
 */
import type { Frame } from '../../src/model/goroutine.js'

export type LocationKind = 'User' | 'Runtime' | 'Go' | 'Start'

export interface GoroutineLine {
  selected: boolean
  /** 0 where Delve could not read it: `Goroutine (unreadable error …)`. */
  id: number
  kind: LocationKind
  location: Frame | null
  thread: number | null
  /** As printed, without the time; null for running, runnable and dead goroutines. */
  reason: string | null
  /** What stands after the reason: nanoseconds of the monotonic clock, or a Go duration. */
  since: string | null
}

const GOROUTINE = /^(\t?)([* ]) Goroutine (?:(\d{1,19}) - (User|Runtime|Go|Start): |\(unreadable )/
const SINCE = / (\d{1,20}|(?:\d{1,10}h)?(?:\d{1,2}m)?\d{1,2}(?:\.\d{1,9})?s|\d{1,4}(?:\.\d{1,9})?(?:ms|µs|us|ns))$/

/**
 *   * Goroutine 1 - User: ./main.go:52 main.main (0x4b5c3f) (thread 5689) [chan receive 3958516431441]
 *   ^ selected  ^ id    ^ location kind               ^ pc            ^ only while it runs   ^ since (1.6 on)
 */
export function goroutineLine(text: string): (GoroutineLine & { grouped: boolean }) | null {
  const m = GOROUTINE.exec(text)
  if (!m) return null
  const grouped = m[1] !== ''
  const selected = m[2] === '*'
  if (m[3] === undefined)
    return { selected, id: 0, kind: 'User', location: null, thread: null, reason: 'unreadable', since: null, grouped }
  const rest = text.slice(m[0].length)
  // Type arguments of a function may hold ` (` and ` [`; the last ` (0x` is the program counter.
  const pcAt = rest.lastIndexOf(' (0x')
  const pcEnd = pcAt === -1 ? -1 : rest.indexOf(')', pcAt)
  const place = pcEnd === -1 ? rest : rest.slice(0, pcAt)
  const tail = pcEnd === -1 ? '' : rest.slice(pcEnd + 1)
  const pc = pcEnd === -1 ? Number.NaN : Number(rest.slice(pcAt + 2, pcEnd))
  const location = locationOf(place)
  if (location && Number.isFinite(pc)) location.pc = pc
  const thread = /^ \(thread (\d{1,10})\)/.exec(tail)
  const after = thread ? tail.slice(thread[0].length) : tail
  let reason: string | null = null
  let since: string | null = null
  if (after.startsWith(' [') && after.endsWith(']')) {
    reason = after.slice(2, -1)
    const time = SINCE.exec(reason)
    if (time && !reason.startsWith('unknown wait reason') && time.index > 0) {
      since = time[1]
      reason = reason.slice(0, time.index)
    } else if (time && /^unknown wait reason \d+ /.test(reason)) {
      since = time[1]
      reason = reason.slice(0, time.index)
    }
  }
  return {
    selected,
    id: Number(m[3]),
    kind: m[4] as LocationKind,
    location,
    thread: thread ? Number(thread[1]) : null,
    reason,
    since,
    grouped,
  }
}

/**
 *   ./progs/zoo/main.go:169 main.main
 *                      ^ line, -1 or 0 where there is none; `?` and an empty name stand for no file
 */
export function locationOf(text: string): Frame | null {
  const m = /:(-?\d{1,9})(?: |$)/.exec(text)
  if (!m) return text === '' ? null : { func: text, file: null, line: null }
  const file = text.slice(0, m.index)
  const line = Number(m[1])
  const func = text.slice(m.index + m[0].length)
  return { func: func === '' ? '???' : func, ...fileAndLine(file, line) }
}

function fileAndLine(file: string, line: number): { file: string | null; line: number | null } {
  return { file: file === '' || file === '?' ? null : file, line: line > 0 ? line : null }
}

/**
 *   `\t 0  0x0000000000462a01 in runtime.raise`
 *        ^ index, right-aligned; `goroutines -t` indents by a tab
 */
export function frameLine(text: string): { depth: number; frame: Frame } | null {
  const m = /^\s{0,64}(\d{1,9}) {2}0x([0-9a-f]{1,16}) in (.{1,4096})$/.exec(text)
  return m && { depth: Number(m[1]), frame: { func: m[3], file: null, line: null, pc: Number.parseInt(m[2], 16) } }
}

/** `    at /usr/lib/go-1.19/src/runtime/proc.go:364`, the second line of a frame. */
export function atLine(text: string): { file: string | null; line: number | null } | null {
  const m = /^\s{1,64}at (.*):(-?\d{1,9})$/.exec(text)
  return m && fileAndLine(m[1], Number(m[2]))
}

/** `       c = (*runtime.hchan)(0xc0000800c0)`: an argument or local variable of a frame, under `-full`. */
export function variableLine(text: string): { name: string; value: string } | null {
  const m = /^\s{4,64}([^\s=]{1,200}) = (.*)$/.exec(text)
  return m && { name: m[1], value: m[2] }
}

/** `* Thread 3406 at 0x462a01 FILE:LINE FUNC`; without a function `  Thread 3402 at FILE:LINE`. */
export function threadLine(text: string): { selected: boolean; tid: number; frame: Frame | null } | null {
  const m = /^([* ]) Thread (\d{1,10}) at (?:0x([0-9a-f]{1,16}) )?(.*)$/.exec(text)
  if (!m) return null
  const frame = locationOf(m[4])
  if (frame && m[3] !== undefined) frame.pc = Number.parseInt(m[3], 16)
  return { selected: m[1] === '*', tid: Number(m[2]), frame }
}

/** `Thread 6739 at FILE:LINE`, the first line that `goroutine` prints. */
export function currentThreadLine(text: string): number | null {
  const m = /^Thread (\d{1,10}) at /.exec(text)
  return m && Number(m[1])
}

/** `Goroutine 20:`, with four tab-indented lines below. */
export function goroutineHeader(text: string): number | null {
  const m = /^Goroutine (\d{1,19}):$/.exec(text)
  return m && Number(m[1])
}

/** `\tStart: ./main.go:31 main.bg (0x49dc40)`. */
export function goroutinePlace(text: string): { kind: LocationKind; location: Frame | null } | null {
  const m = /^\t(Runtime|User|Go|Start): (.*) \((0x[0-9a-f]{1,16})\)$/.exec(text)
  if (!m) return null
  const location = locationOf(m[2])
  if (location) location.pc = Number(m[3])
  return { kind: m[1] as LocationKind, location }
}

/** `Switched from 0 to 1 (thread 3406)`. */
export function switchedLine(text: string): { goroutine: number; thread: number | null } | null {
  const m = /^Switched from (\d{1,19}) to (\d{1,19})(?: \(thread (\d{1,10})\))?$/.exec(text)
  return m && { goroutine: Number(m[2]), thread: m[3] === undefined ? null : Number(m[3]) }
}

export interface StopLine {
  /** `Breakpoint 1`, `unrecovered-panic`, `runtime-fatal-throw`, a name that the user gave; null for none. */
  name: string | null
  func: string
  file: string | null
  line: number | null
  /** Goroutine that hit it, where the line says so. */
  goroutine: number | null
}

/**
 *   > [unrecovered-panic] runtime.fatalpanic() /usr/lib/go-1.19/src/runtime/panic.go:1143 (hits goroutine(1):1 total:1) (PC: 0x4328a0)
 *     ^ named breakpoints only; any breakpoint from 1.23 on
 */
export function stopLine(text: string): StopLine | null {
  const m = /^> (?:\[([^\]]{1,200})\] )?([^\s(]\S{0,2000})\(.{0,2000}?\) (.{0,4096})$/.exec(text)
  if (!m?.[3].includes(' (PC: 0x')) return null
  const place = locationOf(m[3].slice(0, m[3].indexOf(' (')))
  const hit = /\(hits goroutine\((\d{1,19})\)/.exec(m[3])
  return {
    name: m[1] ?? null,
    func: m[2],
    file: place?.file ?? null,
    line: place?.line ?? null,
    goroutine: hit ? Number(hit[1]) : null,
  }
}

/** `Process 6581 has exited with status 3`; a negative status is the signal that killed it. */
export function exitLine(text: string): { pid: number; status: number } | null {
  const m = /^Process (\d{1,10}) has exited with status (-?\d{1,4})$/.exec(text)
  return m && { pid: Number(m[1]), status: Number(m[2]) }
}

/** `\tLabels: "req":"42", "tenant":"acme corp", … (3 more)`: keys and values as Go quotes them. */
export function labelsLine(text: string): Record<string, string> | null {
  const m = /^\t{1,2}Labels: /.exec(text)
  if (!m) return null
  const labels: Record<string, string> = {}
  for (const pair of text.slice(m[0].length).matchAll(/("(?:[^"\\]|\\.)*"):("(?:[^"\\]|\\.)*")/g)) {
    const key = unquote(pair[1])
    if (key !== null) labels[key] = unquote(pair[2]) ?? pair[2]
  }
  return labels
}

/** Go's %q and JSON differ in `\x`, `\a`, `\v` and `\U`; a label with one of those is shown as it stands. */
function unquote(text: string): string | null {
  try {
    return JSON.parse(text) as string
  } catch {
    return text.slice(1, -1)
  }
}

/** `WARNING: undefined behavior - Go version go1.19.8 is too old for this version of Delve (minimum supported version 1.21)`. */
export function versionWarning(text: string): { go: string; minimum: number | null } | null {
  const m =
    /Go version (go\d[\w.]{0,20}) is too (?:old|new) for this version of Delve(?: \((minimum|maximum) supported version 1\.(\d{1,3}))?/.exec(
      text,
    )
  return m && { go: m[1], minimum: m[2] === 'minimum' ? Number(m[3]) : null }
}

const PROMPT = /^(?:\((?:dlv|rr)\) ?)+/

/** The line without prompts, and whether there was one (several stand together where commands printed nothing). */
export function withoutPrompt(text: string): { text: string; prompted: boolean } {
  const m = PROMPT.exec(text)
  return m ? { text: text.slice(m[0].length), prompted: true } : { text, prompted: false }
}
