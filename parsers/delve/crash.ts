/** Stops at Delve's own breakpoints `unrecovered-panic` and `runtime-fatal-throw`: the program was about to die. */
import type { CrashText, Frame } from '../../src/model/goroutine.js'
import type { StopLine } from './lines.js'

interface Stop extends StopLine {
  at: number
  /** Value of `runtime.curg._panic.arg`, which the breakpoint prints. */
  argument: string | null
  frames: readonly Frame[]
}

export class StopReader {
  #stops: Stop[] = []

  constructor(readonly source: string) {}

  /** A `> …` line. Only stops by which the program dies are kept. */
  stop(stop: StopLine, at: number): void {
    if (stop.name === 'unrecovered-panic' || stop.name === 'runtime-fatal-throw')
      this.#stops.push({ ...stop, at, argument: null, frames: [] })
  }

  /** `\truntime.curg._panic.arg: interface {}(string) "boom"` below a stop; false where the line is something else. */
  argument(text: string): boolean {
    const m = /^\truntime\.curg\._panic\.arg: (.{0,2000})$/.exec(text)
    const last = this.#stops[this.#stops.length - 1]
    if (m && last) last.argument ??= m[1]
    return m !== null
  }

  /** Stacks that were shown at the last stop; the first of them is that of the current goroutine. */
  stacks(stacks: readonly { frames: readonly Frame[] }[]): void {
    const last = this.#stops[this.#stops.length - 1]
    const first = stacks.find(s => s.frames.some(f => f.func === last?.func))
    if (last && first && last.frames.length === 0) last.frames = first.frames
  }

  finish(): CrashText[] {
    return this.#stops.map(stop => ({
      source: this.source,
      line: stop.at,
      ns: null,
      kind: stop.name === 'unrecovered-panic' ? 'panic' : kindOf(stop.func),
      message: messageOf(stop),
      signal: null,
      code: null,
      address: null,
      pc: null,
      goroutine: stop.goroutine,
      pid: null,
      exitStatus: null,
      refs: [{ source: this.source, line: stop.at }],
    }))
  }
}

/** `runtime.fatal` is for faults of the program, `throw` for those of the runtime, `fatalsignal` for signals (Go 1.27). */
function kindOf(func: string): CrashText['kind'] {
  if (func === 'runtime.fatalsignal') return 'signal'
  return func === 'runtime.fatal' ? 'fatal' : 'throw'
}

function messageOf(stop: Stop): string {
  if (stop.name === 'unrecovered-panic')
    return `panic: ${stop.argument === null ? '(value not shown)' : panicValue(stop.argument)}`
  // The text of a fatal error is an argument that optimised code does not keep, but its caller tells.
  const caller = stop.frames[stop.frames.findIndex(f => f.func === stop.func) + 1]?.func
  const inside = stop.frames.map(f => f.func)
  if (inside.includes('runtime.checkdead')) return 'fatal error: all goroutines are asleep - deadlock!'
  if (caller === 'runtime.newstack') return 'fatal error: stack overflow'
  if (stop.func === 'runtime.fatalsignal') return 'fatal error: fatal signal'
  return `fatal error: (stopped in ${stop.func}${caller ? `, called by ${caller}` : ''})`
}

/**
 *   interface {}(string) "boom"        interface {}(error) *errors.errorString {s: "no"}
 *                        ^ a string is shown as the program's own text
 */
function panicValue(text: string): string {
  const m = /^interface \{\}\(([^)]{1,200})\) (.*)$/.exec(text)
  if (!m) return text
  if (m[1] !== 'string' || !m[2].startsWith('"')) return `(${m[1]}) ${m[2]}`
  return m[2].replace(/^"|"$/g, '').replace(/\\(["\\])/g, '$1')
}
