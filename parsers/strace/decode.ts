/** Turns rows into events: reads their text again and takes it apart. */
import type { LastCall, TraceCall, TraceEvent } from '../../src/model/trace.js'
import { joinHalves, nameLength, openTail, readCall } from './call-text.js'
import { NUMBERED } from './keep.js'
import { Leader } from './leader.js'
import { FLAG, ROW, type Rows } from './rows.js'
import { readEnd, readSignal, readStop } from './signal-text.js'
import type { Texts } from './texts.js'

const leader = new Leader()

/** Events of the rows in the order of the log, made anew each time they are gone through. */
export class Events implements Iterable<TraceEvent> {
  #order: Uint32Array | null = null

  constructor(
    readonly rows: Rows,
    readonly texts: Texts,
  ) {}

  *[Symbol.iterator](): Generator<TraceEvent> {
    this.#order ??= this.rows.inOrder()
    for (const i of this.#order) yield eventOf(this.rows, i, this.texts)
  }
}

/** The event of one row. */
export function eventOf(rows: Rows, i: number, texts: Texts): TraceEvent {
  const base = { line: rows.line[i], tid: rows.tid[i], ns: orNull(rows.ns[i]) }
  if (rows.kind[i] === ROW.attach) return { type: 'attach', ...base }
  if (rows.kind[i] === ROW.detach) return { type: 'detach', ...base }
  const line = texts.read(rows.at[i], rows.size[i])
  const text = line.slice(rows.lead[i])
  const comm = commOf(line)
  const named = comm === null ? base : { ...base, comm }
  switch (rows.kind[i]) {
    case ROW.signal: {
      const signal = readSignal(text)
      return { type: 'signal', ...named, ...(signal ?? { signal: 'SIG0', number: 0, info: { code: null } }) }
    }
    case ROW.stop:
      return { type: 'stop', ...named, ...(readStop(text) ?? { signal: 'SIG0', number: 0 }) }
    case ROW.end: {
      const end = readEnd(text)
      if (end?.how === 'superseded') return { type: 'superseded', ...named, by: end.by }
      const code = end?.how === 'exited' ? end.code : null
      const killed = end?.how === 'killed' ? end : { signal: null, coreDumped: false }
      return {
        type: 'exit',
        ...named,
        how: end?.how ?? 'exited',
        code,
        signal: killed.signal,
        coreDumped: killed.coreDumped,
      }
    }
    default:
      return callOf(rows, i, text, named, texts)
  }
}

type Base = Pick<TraceCall, 'line' | 'tid' | 'ns' | 'comm'>

function callOf(rows: Rows, i: number, first: string, base: Base, texts: Texts): TraceCall {
  const died = (rows.flags[i] & FLAG.died) !== 0
  const second = rows.line2[i] === 0 ? null : texts.read(rows.at2[i], rows.size2[i]).slice(rows.lead2[i])
  const text = second === null ? first : (rows.flags[i] & FLAG.glued) !== 0 ? first + second : joinHalves(first, second)
  const resumedOnly = first.startsWith('<... ')
  const call = readCall(resumedOnly ? `${resumedName(first)}(${afterResumed(first)}` : text)
  if (!call) return openCall(text, base, died)
  const end = second !== null ? orNull(rows.ns2[i]) : null
  const endNs =
    end ?? (base.ns !== null && call.durationNs !== null ? base.ns + (resumedOnly ? 0 : call.durationNs) : null)
  const restart = call.error?.startsWith('ERESTART') ?? false
  return {
    type: 'call',
    ...base,
    name: NUMBERED.get(call.name) ?? call.name,
    args: call.args,
    ret: call.ret,
    retText: call.retText,
    error: call.error,
    endNs: call.noReturn && !restart ? null : resumedOnly ? base.ns : endNs,
    endLine: second === null ? base.line : rows.line2[i],
    state: restart ? 'restart' : call.noReturn ? 'died' : 'returned',
    injected: call.injected,
  }
}

/** A call that did not return in the log. */
function openCall(text: string, base: Base, died: boolean): TraceCall {
  const tail = openTail(text)
  const length = nameLength(text)
  const end = tail?.at ?? text.length
  const name = text.slice(0, length)
  return {
    type: 'call',
    ...base,
    name: NUMBERED.get(name) ?? name,
    args: text
      .slice(length + 1, end)
      .trimEnd()
      .replace(/,$/, ''),
    ret: null,
    retText: null,
    error: null,
    endNs: null,
    endLine: null,
    state: tail?.kind === 'detached' ? 'detached' : died || tail?.ended ? 'died' : 'unfinished',
    injected: false,
  }
}

function resumedName(text: string): string {
  return text.slice(5, text.indexOf(' ', 5))
}

function afterResumed(text: string): string {
  return text.slice(text.indexOf('>', 5) + 1).replace(/^[ ,]+/, '')
}

function commOf(line: string): string | null {
  // Only a leader with a name has `<` this early.
  const angle = line.indexOf('<')
  if (angle === -1 || angle > 16 || !/^(?:\[pid +)?\d+$/.test(line.slice(0, angle))) return null
  leader.read(Buffer.from(line.slice(0, 160), 'latin1'), 0, Math.min(line.length, 160))
  return leader.commEnd === 0 ? null : unescaped(line.slice(leader.commStart, leader.commEnd))
}

/** A command name as it was: octal and hexadecimal escapes of bytes undone, read as UTF-8. */
function unescaped(text: string): string {
  if (!text.includes('\\')) return text
  const plain = text.replace(/\\(?:x([0-9a-f]{2})|([0-7]{1,3})|([nrtfv])|(.))/g, (_, hex, octal, letter, other) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
    if (letter !== undefined) return { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' }[letter as 'n'] ?? letter
    return other
  })
  return Buffer.from(plain, 'latin1').toString('utf8')
}

/** What a thread did last; `rows` hold one call each. */
export function lastCallOf(rows: Rows, i: number, texts: Texts, state: LastCall['state'] | null): LastCall {
  const event = eventOf(rows, i, texts) as TraceCall
  return {
    tid: event.tid,
    line: event.line,
    ns: event.ns,
    name: event.name,
    args: event.args.slice(0, LAST_ARGS),
    state: state ?? event.state,
  }
}

/** Of a last call's arguments no more is shown. */
const LAST_ARGS = 512

function orNull(ns: number): number | null {
  return Number.isNaN(ns) ? null : ns
}
