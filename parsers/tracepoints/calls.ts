/** System calls that send signals, as perf trace, sys_enter tracepoints, killsnoop and sigsnoop print them. */
import { signalNumber } from '../../src/model/signal-names.js'

/** One call, by its arguments. A signal of 0 only asks whether the target is there: it is no signal. */
export interface SignalCall {
  name: string
  number: number
  pid: number | null
  tid: number | null
  comm: string | null
  /** `kill(-7, …)`, `kill(0, …)`: a process group, or everybody. */
  many: boolean
}

/** The names of the arguments that say the target and the signal, in the kernel's own spelling. */
const ARGUMENTS: Record<string, { pid?: string; tid?: string }> = {
  kill: { pid: 'pid' },
  tkill: { tid: 'pid' },
  tgkill: { pid: 'tgid', tid: 'pid' },
  rt_sigqueueinfo: { pid: 'pid' },
  rt_tgsigqueueinfo: { pid: 'tgid', tid: 'pid' },
  pidfd_send_signal: {},
}

/**
 * `name: value` arguments of a call; null where it sends no signal.
 *
 *   pid: 8261 (chatty), sig: USR1                          perf trace
 *   pid: 0x00002045, sig: 0x0000000a                       perf script, syscalls:sys_enter_kill
 */
export function readCall(name: string, text: string): SignalCall | null {
  const wanted = ARGUMENTS[name]
  if (!wanted) return null
  const named = new Map<string, { value: string; comm: string | null }>()
  for (const m of text.matchAll(/(\w{1,20}): (0x[0-9a-fA-F]+|-?\w+)(?: \(([^()]{0,32})\))?/g))
    named.set(m[1], { value: m[2], comm: m[3] ?? null })
  const number = signalNumber(named.get('sig')?.value.replace(/^0x0+(?=.)/, '0x') ?? '')
  if (number === null) return null
  const id = (key: string | undefined) => {
    const value = key === undefined ? undefined : named.get(key)?.value
    return value === undefined || !/^(?:-?\d+|0x[0-9a-f]+)$/i.test(value)
      ? null
      : Number(BigInt.asIntN(32, BigInt(value)))
  }
  const pid = id(wanted.pid)
  return {
    name,
    number,
    pid: pid !== null && pid > 0 ? pid : null,
    tid: id(wanted.tid),
    comm: named.get(wanted.tid ?? wanted.pid ?? '')?.comm ?? null,
    many: pid !== null && pid <= 0,
  }
}

export const SIGNAL_CALLS = Object.keys(ARGUMENTS)

export interface SnoopRow {
  seconds: number | null
  sender: { pid: number; comm: string }
  number: number
  target: { pid: number; comm: string | null }
  result: number
}

/**
 * Reader of the rows under a header of killsnoop (kill(2) only) or sigsnoop (signal_generate); null for another header.
 *
 *   TIME      PID    COMM             SIG  TPID   RESULT
 *   00:16:29  8268   killer           10   8261   0
 */
export function snoopReader(header: string): ((line: string) => SnoopRow | null) | null {
  const columns = header.trim().split(/\s+/)
  if (!columns.includes('SIG') || !columns.includes('TPID') || !columns.includes('COMM')) return null
  const forms: Record<string, string> = {
    TIME: '(?<time>\\d\\d:\\d\\d:\\d\\d)',
    PID: '(?<pid>\\d{1,10})',
    COMM: '(?<comm>.{1,32}?)',
    SIG: '(?<sig>\\d{1,3}|SIG\\w{1,12}(?:[+-]\\d{1,2})?|[A-Z]{2,6}\\d?)',
    TPID: '(?<tpid>-?\\d{1,10})',
    TCOMM: '(?<tcomm>.{1,32}?)',
    RESULT: '(?<result>-?\\d{1,4})',
  }
  const row = new RegExp(`^\\s{0,8}${columns.map(c => forms[c] ?? '\\S{1,40}').join('\\s{1,24}')}\\s*$`)
  return line => {
    const g = line.length < 512 ? row.exec(line)?.groups : undefined
    const number = g && signalNumber(g.sig)
    if (!g || !number) return null
    const [h, m, s] = g.time?.split(':').map(Number) ?? []
    return {
      seconds: g.time ? h * 3600 + m * 60 + s : null,
      sender: { pid: Number(g.pid), comm: g.comm },
      number,
      target: { pid: Number(g.tpid), comm: g.tcomm ?? null },
      result: Number(g.result ?? 0),
    }
  }
}
