/** Last words of programs that crashed: texts in the capture, and what a trace shows being written to stderr. */
import type { Analysis } from '../model/analysis.js'
import type { CrashText } from '../model/goroutine.js'
import { lastLife } from '../model/lives.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import type { Ns } from '../model/time.js'

export interface Crash {
  kind: CrashText['kind']
  message: string
  /** Panics that led to it, oldest first. */
  earlier?: readonly string[] | undefined
  signal: string | null
  /** si_code of the signal, signed; null where it is not said. */
  code: number | null
  address: string | null
  goroutine: number | null
  exitStatus: number | null
  pid: number | null
  process: Process | null
  ns: Ns | null
  refs: Ref[]
  /** Read from the memory of a core: the text that the runtime printed is not in the evidence. */
  fromMemory: boolean
}

export const ASLEEP =
  /^fatal error: (?:all goroutines are asleep|no goroutines \(main called runtime\.Goexit\)) - deadlock!/

/** Every crash that the evidence tells of, each once: a text and the writes that a trace shows of it are one. */
export function crashesOf(analysis: Analysis): Crash[] {
  const known = cache.get(analysis)
  if (known) return known
  const texts = analysis.capture.crashes
  const crashes = texts.filter(text => !text.fromMemory).map(text => fromText(text, analysis))
  for (const text of texts) {
    if (!text.fromMemory) continue
    const crash = fromText(text, analysis)
    // The same death in the words that were printed: the core adds whose it was.
    const same = crashes.find(c => (c.pid === null || c.pid === crash.pid) && isSameMessage(c.message, crash.message))
    if (!same) crashes.push(crash)
    else {
      same.pid ??= crash.pid
      same.process ??= crash.process
      same.refs.push(...crash.refs)
    }
  }
  for (const process of analysis.processes) {
    const crash = fromTrace(process)
    if (!crash) continue
    const same = crashes.find(
      c => c.process === null && (c.pid === null || c.pid === process.pid) && isSameMessage(c.message, crash.message),
    )
    if (same) {
      same.process = process
      same.pid = process.pid
      same.ns ??= crash.ns
      same.refs.push(...crash.refs)
    } else crashes.push(crash)
  }
  cache.set(analysis, crashes)
  return crashes
}

const cache = new WeakMap<Analysis, Crash[]>()

function fromText(text: CrashText, analysis: Analysis): Crash {
  const ns = analysis.at(text.source, text.ns)
  const process = lastLife(analysis, text.pid)
  const { kind, message, earlier, signal, address, goroutine, exitStatus, pid, refs } = text
  return {
    kind,
    message,
    earlier,
    signal,
    code: signed(text.code),
    address,
    goroutine,
    exitStatus,
    pid,
    process,
    ns,
    refs: [...refs],
    fromMemory: text.fromMemory ?? false,
  }
}

/** `0x1`, `18446744073709551610`, `-0x6`: si_code is a 32-bit int, printed unsigned by the Go runtime. */
function signed(code: string | null): number | null {
  if (code === null) return null
  const m = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(code)
  if (!m) return null
  const value = Number(BigInt.asIntN(32, BigInt(m[2])))
  return m[1] === '-' ? -value : value
}

/** What a trace shows of a crash; null for a process that said nothing of the kind, or lived on after it. */
function fromTrace(process: Process): Crash | null {
  const first = process.lastWords?.[0]
  if (!first || process.exit === null) return null
  const { text } = first
  const kind: CrashText['kind'] | null = text.startsWith('panic: test timed out')
    ? 'test-timeout'
    : text.startsWith('panic: ')
      ? 'panic'
      : text.startsWith('fatal error: ')
        ? 'fatal'
        : text.startsWith('SIGQUIT: ')
          ? 'quit'
          : /^SIG[A-Z0-9]+: /.test(text)
            ? 'signal'
            : 'abort'
  if (kind !== 'abort' && process.runtime !== 'go') return null
  const note = process.lastWords!.map(w => /^\[signal (SIG[A-Z0-9]+)/.exec(w.text)?.[1]).find(s => s !== undefined)
  const code = process.lastWords!.map(w => /\bsigcode=(\d+)/.exec(w.text)?.[1]).find(s => s !== undefined)
  return {
    kind,
    message: text,
    signal: /^(SIG[A-Z0-9]+): /.exec(text)?.[1] ?? note ?? null,
    code: signed(code ?? null),
    address: null,
    goroutine: null,
    exitStatus: process.exit.code,
    pid: process.pid,
    process,
    ns: first.ns,
    refs: process.lastWords!.flatMap(w => w.refs).slice(0, 4),
    fromMemory: false,
  }
}

/** strace cuts long strings: then one is the beginning of the other. */
function isSameMessage(a: string, b: string): boolean {
  const [short, long] = [a, b].map(m => m.replace(/…$/, '')).sort((x, y) => x.length - y.length)
  return short.length > 8 && long.startsWith(short)
}

/** How the first line of a crash is known. */
export function saidBy(crash: Crash): string {
  const line = crash.message.split('\n', 1)[0].slice(0, 200)
  return crash.fromMemory
    ? `The core holds what the Go runtime ended the program for: ${line}`
    : `The Go runtime printed: ${line}`
}

/** The message without its label, cut for a title. */
export function shortMessage(crash: Crash, length = 60): string {
  const text = crash.message
    .replace(/^(?:panic|fatal error): /, '')
    .replace(/ \[recovered.*$/, '')
    .trim()
  const line = text.split('\n', 1)[0]
  return line.length > length ? `${line.slice(0, length - 1)}…` : line
}
