/** What two sources can both have seen, as marks: the same text, the same signal. */
import type { Journal } from '../../model/journal.js'
import type { Trace } from '../../model/trace.js'
import type { SignalWitness } from '../../model/witness.js'
import { fdOf, numberOf, splitArgs, stringOf } from '../trace/call-args.js'
import type { Mark } from './vote.js'

/** Calls whose text can end up in a journal. */
const WRITES = /^(?:p?writev?|pwritev2?|sendto|sendmsg)$/
/** `<30>Nov 24 00:13:30 app[77]: text`, `<6>text`: what syslog(3) and sd-daemon put before a text. */
const SYSLOG = /^<\d{1,3}>(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S{1,64} )?[^\s:[]{1,64}(?:\[\d+\])?: )?/
const KEY_LENGTH = 512
const MARKS_MAX = 200_000
/** Lengths at which strace cut texts; more of them are not looked for. */
const CUTS_MAX = 16
const CUT_LEAST = 8

export interface TraceMarks {
  texts: Mark[]
  /** Lengths at which texts were cut short: a message matches by so much of its beginning. */
  cuts: number[]
  signals: Mark[]
  /** Threads and processes that the trace names: journald's _PID is one of them, if both count alike. */
  tids: Set<number>
  /** When and of what each thread's last life ended, and the signals that each took: a journal has words about them. */
  ends: Map<number, { ns: number; how: string }>
  received: { tid: number; number: number; ns: number }[]
}

/** What a trace wrote to fd 1, fd 2 or a log socket, line by line, and the signals that it showed. */
export function traceMarks(trace: Trace): TraceMarks {
  const marks: TraceMarks = { texts: [], cuts: [], signals: [], tids: new Set(), ends: new Map(), received: [] }
  const cuts = new Map<number, number>()
  for (const { tid } of trace.lastCalls) marks.tids.add(tid)
  for (const event of trace.events) {
    marks.tids.add(event.tid)
    // A thread's process shows in the signals that its runtime sends.
    const process = event.type === 'call' && event.name === 'tgkill' ? numberOf(event.args) : null
    if (process !== null) marks.tids.add(process)
    if (event.ns === null || marks.texts.length > MARKS_MAX) continue
    if (event.type === 'exit') marks.ends.set(event.tid, { ns: event.ns, how: event.signal ?? `exit ${event.code}` })
    else if (event.type === 'signal') {
      if (marks.received.length < MARKS_MAX) marks.received.push({ tid: event.tid, number: event.number, ns: event.ns })
      const sender = event.info.pid
      if (sender !== undefined) marks.signals.push({ ns: event.ns, key: signalKey(event.number, sender) })
    } else if (event.type === 'call' && event.error === null && !event.injected && WRITES.test(event.name)) {
      const written = writtenText(event.args)
      if (!written) continue
      for (const { key, cut } of linesOf(written.text, written.cut)) {
        if (cut) {
          if (key.length < CUT_LEAST || (cuts.size >= CUTS_MAX && !cuts.has(key.length))) continue
          cuts.set(key.length, (cuts.get(key.length) ?? 0) + 1)
        }
        marks.texts.push({ ns: event.ns, key: cut ? cutKey(key) : key })
      }
    }
  }
  marks.cuts = [...cuts.keys()]
  return marks
}

function writtenText(args: string): { text: string; cut: boolean } | null {
  const [target, first] = splitArgs(args, 2)
  const fd = fdOf(target)?.fd
  const quoted = first?.startsWith('"') ? stringOf(first) : vectorText(first)
  if (!quoted) return null
  if (fd === 1 || fd === 2) return quoted
  const header = SYSLOG.exec(quoted.text)
  return header ? { text: quoted.text.slice(header[0].length), cut: quoted.cut } : null
}

/** Text of `[{iov_base="ab", iov_len=2}, …]`, also inside a msghdr; cut where one of its strings is. */
function vectorText(arg: string | undefined): { text: string; cut: boolean } | null {
  if (arg === undefined) return null
  let text = ''
  for (const m of arg.matchAll(/iov_base=("(?:[^"\\]|\\.)*"(?:\.\.\.)?)/g)) {
    const part = stringOf(m[1])
    if (!part) return null
    text += part.text
    if (part.cut) return { text, cut: true }
  }
  return text === '' ? null : { text, cut: /, \.\.\.\]/.test(arg) }
}

/** Lines as journald stores them: level prefix and blanks at the end removed, empty ones left out. Only the last can be cut. */
function linesOf(text: string, cut: boolean): { key: string; cut: boolean }[] {
  const lines = text.split(/[\n\0]/)
  const found: { key: string; cut: boolean }[] = []
  lines.forEach((line, index) => {
    const torn = cut && index === lines.length - 1
    const bare = line.replace(/^<[0-7]>/, '')
    const key = (torn ? bare : bare.trimEnd()).slice(0, KEY_LENGTH)
    if (key.trim() !== '') found.push({ key, cut: torn })
  })
  return found
}

function cutKey(beginning: string): string {
  return `${beginning.length}\0${beginning}`
}

/** Whose the texts of a journal are: of the traced process by its pid, of other pids, or nothing tells. */
export type Writer = 'same' | 'other' | 'unknown'

/**
 * Texts of a journal that the traced process may have written, also under the keys of texts that were cut. Two runs of a
 * program print the same texts: where the pids tell them apart, only those of the process count. Where no pid is the same, the
 * trace may number processes otherwise (a container), or it is of another run.
 */
export function journalTexts(journal: Journal, { cuts, tids }: TraceMarks): { texts: Mark[]; writer: Writer } {
  const all = journal.entries.filter(e => e.message !== null && (e.transport === null || WRITERS.test(e.transport)))
  const own = all.filter(e => e.pid !== null && tids.has(e.pid))
  const numbered = [...tids].some(tid => tid > 0) && all.some(e => e.pid !== null)
  const texts: Mark[] = []
  for (const entry of own.length > 0 ? own : all) {
    const ns = entry.transport === 'stdout' ? (entry.receivedNs ?? entry.ns) : entry.ns
    if (ns === null) continue
    const text = bytesOf(entry.message!)
    const key = text.trimEnd().slice(0, KEY_LENGTH)
    if (key !== '') texts.push({ ns, key })
    for (const length of cuts) if (text.length >= length) texts.push({ ns, key: cutKey(text.slice(0, length)) })
  }
  return { texts, writer: own.length > 0 ? 'same' : numbered ? 'other' : 'unknown' }
}

const WRITERS = /^(?:stdout|syslog|journal)$/

/** Every entry of a journal by what stands in it, to find it again in another export or in the kernel's log. */
export function journalEntries(journal: Journal): Mark[] {
  const marks: Mark[] = []
  for (const entry of journal.entries) {
    const ns = entry.ns ?? entry.receivedNs ?? null
    if (ns !== null && entry.message !== null)
      marks.push({ ns, key: `${entry.pid ?? ''} ${entry.message.trimEnd().slice(0, KEY_LENGTH)}` })
  }
  return marks
}

/** Signals that another witness saw sent. Two keys: with the target for other witnesses, without it for a trace. */
export function witnessSignals(witnesses: readonly SignalWitness[]): { full: Mark[]; bySender: Mark[] } {
  const full: Mark[] = []
  const bySender: Mark[] = []
  for (const w of witnesses) {
    const sender = w.sender?.tid ?? w.sender?.pid
    if (w.ns === null || w.kind === 'deliver' || w.kind === 'abend' || sender === undefined || sender === null) continue
    full.push({ ns: w.ns, key: `${w.number} ${sender} ${w.target.pid ?? w.target.tid}` })
    bySender.push({ ns: w.ns, key: signalKey(w.number, w.sender?.pid ?? sender) })
  }
  return { full, bySender }
}

function signalKey(number: number, sender: number): string {
  return `${number} from ${sender}`
}

/** A text as the bytes that were written, one character each, as traces show it. */
function bytesOf(text: string): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}
