/**
 * The fields of an event in the columns of its row. What a consumer asks for most is numbers; the text that is left is
 * put aside, so that the log need not be read and taken apart again.
 */
import type { TraceCall } from '../../src/model/trace.js'
import { type CallText, joinHalves, nameLength, openTail, readCall } from './call-text.js'
import { commOf } from './comm.js'
import { ERROR_NAMES } from './errors.js'
import { NUMBERED } from './keep.js'
import { FLAG, ROW, type Rows } from './rows.js'

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
  const call = readCall(text)
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
    open: true,
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

/** States of calls, by the number that stands in `Rows.state`. */
export const STATES: readonly TraceCall['state'][] = ['returned', 'unfinished', 'died', 'detached', 'restart']
export const STATE_BITS = 7
export const STATE_OPEN = 8
export const STATE_INJECTED = 16

/**
 * Fills the columns of a row from its text, and returns what has to be put aside: arguments (or, of what is no call, the
 * body of the line), what follows the return value, and the command name. Null where the columns cannot hold it.
 *
 * @param names is told the name of a call by the hash in `Rows.name`
 */
export function describe(
  rows: Rows,
  i: number,
  line: string,
  second: string | null,
  names: Map<number, string>,
): string | null {
  const comm = commOf(line) ?? ''
  if (rows.kind[i] !== ROW.call) {
    const body = line.slice(rows.lead[i])
    rows.mainSize[i] = body.length
    rows.retSize[i] = 0
    rows.commSize[i] = comm.length
    return isLatin1(comm) ? body + comm : null
  }
  const parsed = parsedOf(rows, i, line, second)
  const error = parsed.error === null ? 0 : (ERROR_NAMES.get(parsed.error) ?? 0)
  const retText = parsed.retText ?? ''
  if ((error === 0 && parsed.error !== null) || retText.length > 0xffff || comm.length > 0xff || !isLatin1(comm))
    return null
  if (!names.has(rows.name[i])) names.set(rows.name[i], NUMBERED.get(parsed.name) ?? parsed.name)
  rows.ret[i] = parsed.ret ?? Number.NaN
  rows.error[i] = error
  rows.state[i] = STATES.indexOf(parsed.state) | (parsed.open ? STATE_OPEN : 0) | (parsed.injected ? STATE_INJECTED : 0)
  rows.ns2[i] = endOf(rows, i, parsed)
  rows.mainSize[i] = parsed.args.length
  rows.retSize[i] = retText.length
  rows.commSize[i] = comm.length
  return parsed.args + retText + comm
}

function isLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false
  return true
}
