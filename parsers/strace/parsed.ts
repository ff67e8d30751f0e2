/** Takes the text of a kept call apart, both halves as one. */
import type { TraceCall } from '../../src/model/trace.js'
import { type CallText, joinHalves, nameLength, openTail, readCall } from './call-text.js'
import { FLAG, type Rows } from './rows.js'

export interface Parsed extends CallText {
  state: TraceCall['state']
  /** It has no end in the log. */
  open: boolean
  /** Its beginning is not in the log. */
  resumedOnly: boolean
}

/** Takes the text of a call apart. `line`: its line, with its leader; `second`: that of its second half. */
export function parsedOf(rows: Rows, i: number, line: string, second: string | null): Parsed {
  const first = line.slice(rows.lead[i])
  const rest = second === null ? null : second.slice(rows.lead2[i])
  const resumedOnly = first.startsWith('<... ')
  let text = first
  if (resumedOnly) text = `${resumedName(first)}(${afterResumed(first)}`
  else if (rest !== null) text = (rows.flags[i] & FLAG.glued) !== 0 ? first + rest : joinHalves(first, rest)
  // `… <unfinished ...>) = ?` on one line has a closing parenthesis, but no arguments after the mark.
  const call = text.endsWith('?') && openTail(text) ? null : readCall(text)
  if (!call) return openCall(text, (rows.flags[i] & FLAG.died) !== 0)
  const restart = call.error?.startsWith('ERESTART') ?? false
  const parsed = call as Parsed
  parsed.state = restart ? 'restart' : call.noReturn ? 'died' : 'returned'
  parsed.open = false
  parsed.resumedOnly = resumedOnly
  return parsed
}

/** A call that did not return in the log. */
function openCall(text: string, died: boolean): Parsed {
  const tail = openTail(text)
  const length = nameLength(text)
  const args = text
    .slice(length + 1, tail?.at ?? text.length)
    .trimEnd()
    .replace(/,$/, '')
  return {
    name: text.slice(0, length),
    args,
    ret: null,
    retText: null,
    error: null,
    noReturn: true,
    injected: false,
    durationNs: null,
    state: tail?.kind === 'detached' ? 'detached' : died || tail?.ended ? 'died' : 'unfinished',
    open: !tail?.ended,
    resumedOnly: false,
  }
}

function resumedName(text: string): string {
  return text.slice(5, text.indexOf(' ', 5))
}

function afterResumed(text: string): string {
  return text.slice(text.indexOf('>', 5) + 1).replace(/^[ ,]+/, '')
}

/** When a call ended; NaN where it did not, or nothing is dated. */
export function endOf(rows: Rows, i: number, parsed: Parsed): number {
  if (parsed.open || parsed.state === 'died') return Number.NaN
  if (parsed.resumedOnly) return rows.ns[i]
  if (rows.line2[i] !== 0 && (rows.flags[i] & FLAG.glued) === 0) return rows.ns2[i]
  return rows.ns[i] + (parsed.durationNs ?? Number.NaN)
}
