/**
 * Dumps that a trace has seen being printed: the write calls say when, and by which process. A dump that fits none of them
 * is of another run and is not mixed with the trace.
 */
import type { Analysis } from '../../model/analysis.js'
import type { GoroutineSnapshot } from '../../model/goroutine.js'
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import type { TraceCall } from '../../model/trace.js'

/** Text that one thread printed piece by piece to fd 2, as the runtime does: `write(2, "goroutine ", 10)`, `write(2, "1", 1)`. */
interface Print {
  source: string
  tid: number
  ns: Ns
  text: string
  ref: Ref
}

/** A dump in one write, as pprof does: `write(6<…/stacks.txt>, "goroutine 18 [running]:\n…"..., 3807) = 3807`. */
interface WholeWrite extends Print {
  /** Bytes written; null where the call did not return. */
  bytes: number | null
  /** Last part of the path that the log gives for the descriptor. */
  file: string | null
}

const TEXT_FORMS = new Set(['debug2', 'sigquit', 'signal', 'fatal', 'panic'])
const BEGINS = /^(?:fatal error: |panic: |SIG[A-Z]{2,9}: |goroutine \d)/
/** Characters kept of what one thread prints: the first goroutines are enough to know a dump by. */
const LIMIT = 64 * 1024
/** The runtime prints in pieces of a word or a path; a longer one that begins a dump is a whole dump. */
const PIECE = 40
/** Argument words by which a print is known; at least two that look like heap addresses must be there. */
const WORDS = 8

/** Dates undated dumps by the traces of the capture; fills in their pid. Capture times then are their own times. */
export function dateDumps(analysis: Analysis): void {
  const { snapshots, traces, sources } = analysis.capture
  const undated = snapshots.filter(s => TEXT_FORMS.has(s.format) && analysis.at(s.source, s.takenNs) === null)
  if (undated.length === 0 || traces.length === 0) return
  const { prints, writes } = seenPrints(analysis)
  if (prints.length === 0 && writes.length === 0) return
  const dated = new Map<string, Print>()
  for (const snapshot of undated) {
    const source = sources.find(s => s.path === snapshot.source)
    const alone = snapshots.filter(s => s.source === snapshot.source).length === 1
    const fitting = [
      ...writes.filter(w => source && alone && fitsWrite(snapshot, w, source.bytes)),
      ...prints.filter(p => fitsPrint(snapshot, p)),
    ]
    if (fitting.length !== 1) continue
    const [print] = fitting
    snapshot.takenNs = print.ns
    const pid = analysis.processes.find(p => p.threads.some(t => t.tid === print.tid))?.pid ?? null
    snapshot.pid ??= pid
    dated.set(snapshot.source, print)
    if (source)
      source.alignment = {
        offsetNs: null,
        uncertaintyNs: null,
        basis: `dated by the write calls of ${print.source} that print it`,
        drift: 0,
      }
    for (const crash of analysis.capture.crashes)
      if (crash.source === snapshot.source && crash.ns === null && crash.line <= snapshot.line) crash.ns = print.ns
  }
  if (dated.size > 0) speakCaptureTime(analysis, dated)
}

/** Dated dumps had no clock of their own: what is written on them now is capture time. */
function speakCaptureTime(analysis: Analysis, dated: ReadonlyMap<string, Print>): void {
  const { at, uncertainty } = analysis
  analysis.at = (source, ns) => (dated.has(source) ? ns : at(source, ns))
  analysis.uncertainty = source => uncertainty(dated.get(source)?.source ?? source)
}

function seenPrints(analysis: Analysis): { prints: Print[]; writes: WholeWrite[] } {
  const prints: Print[] = []
  const writes: WholeWrite[] = []
  for (const trace of analysis.capture.traces) {
    const open = new Map<number, Print>()
    for (const event of trace.events) {
      if (event.type !== 'call' || event.name !== 'write' || event.error !== null) continue
      const written = writtenText(event)
      const ns = written && analysis.at(trace.source, event.ns)
      if (!written || ns === null) continue
      const ref = { source: trace.source, line: event.line }
      if (written.fd > 2 || (written.text.length > PIECE && written.text.startsWith('goroutine '))) {
        if (written.text.startsWith('goroutine '))
          writes.push({
            source: trace.source,
            tid: event.tid,
            ns,
            text: written.text,
            ref,
            bytes: event.ret,
            file: written.file,
          })
        continue
      }
      const known = open.get(event.tid)
      if (known) {
        if (known.text.length < LIMIT) known.text += written.text
      } else if (BEGINS.test(written.text)) {
        const print = { source: trace.source, tid: event.tid, ns, text: written.text, ref }
        open.set(event.tid, print)
        prints.push(print)
      }
    }
  }
  return { prints, writes }
}

/**
 *   6</srv/stacks.txt>, "goroutine 18 [running]:\n"..., 3807
 *   ^ fd  ^ file         ^ text, escapes undone
 */
function writtenText({ args }: TraceCall): { fd: number; file: string | null; text: string } | null {
  const m = /^(?:fd=)?(\d{1,9})(?:<([^>]{0,4096})>)?, (?:buf=)?"((?:[^"\\]|\\.)*)"/.exec(args)
  if (!m) return null
  const text = m[3].replace(/\\(?:([0-7]{1,3})|x([0-9a-f]{2})|(.))/g, (_, octal, hex, letter) =>
    octal !== undefined
      ? String.fromCharCode(Number.parseInt(octal, 8))
      : hex !== undefined
        ? String.fromCharCode(Number.parseInt(hex, 16))
        : (ESCAPES[letter] ?? letter),
  )
  return { fd: Number(m[1]), file: m[2] === undefined ? null : m[2].slice(m[2].lastIndexOf('/') + 1), text }
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' }

/** The first goroutine is the same, and so is the number of bytes; the file's name where the write gives it settles a doubt. */
function fitsWrite(snapshot: GoroutineSnapshot, write: WholeWrite, bytes: number): boolean {
  const { table } = snapshot
  if (table.length === 0 || !write.text.startsWith(`goroutine ${table.ids[0]} [${table.states[table.state[0]]}`))
    return false
  const first = snapshot.detail(0).frames.find(f => f.args !== undefined && f.args !== '')
  const shown = write.text.indexOf(first?.func ?? '\0')
  if (
    first &&
    shown !== -1 &&
    write.text.length > shown + first.func.length + (first.args?.length ?? 0) &&
    !write.text.includes(`${first.func}(${first.args})`)
  )
    return false
  return write.bytes === bytes
}

/** The first argument words that look like heap addresses all stand in what was printed. */
function fitsPrint(snapshot: GoroutineSnapshot, print: Print): boolean {
  const words: string[] = []
  for (let row = 0; row < snapshot.table.length && words.length < WORDS; row++)
    for (const { args } of snapshot.detail(row).frames)
      for (const m of args?.matchAll(/0x[0-9a-f]{9,16}/g) ?? [])
        if (words.length < WORDS && !words.includes(m[0])) words.push(m[0])
  return words.length >= 2 && words.every(word => print.text.includes(word))
}
