/**
 * Lines of one's own bpftrace one-liner: everybody chooses the format, but nearly all print `key=value` with the names of
 * the tracepoint's fields. What the keys do not say stays unknown.
 */
import type { SignalWitness } from '../../src/model/witness.js'

export type KeyValueWitness = Omit<SignalWitness, 'source' | 'by' | 'ns' | 'ref'> & {
  /** `nsecs` or `elapsed` at the head of the line, as printed. */
  nsecs: bigint | null
}

interface Task {
  comm: string | null
  pid: number | null
  tid: number | null
}

const RESULTS = ['delivered', 'ignored', 'already-pending', 'overflow-fail', 'lose-info']
const PAIR = /(\w{1,20})=([^\s=][^=]*?)(?=\s+\w{1,20}=|\s*$)/g

/**
 * One line; null where it does not speak of a signal or names no task.
 *
 *   3321905631603 gen sig=10 errno=0 code=0 sender=killer[8268/8268] target=chatty[8261] group=1 result=0
 *   3321907015934 dlv sig=10 errno=0 code=0 comm=chatty[8261/8261] sa_handler=466cc0 sa_flags=1c000004
 */
export function readKeyValues(line: string): KeyValueWitness | null {
  if (line.length > 1024) return null
  const keys = new Map<string, string>()
  for (const m of line.matchAll(PAIR)) keys.set(m[1].toLowerCase(), m[2].trim())
  const first = (...names: string[]) => names.map(n => keys.get(n)).find(v => v !== undefined)
  const number = Number(first('sig', 'signal', 'signo') ?? Number.NaN)
  if (!Number.isInteger(number) || number < 1 || number > 64) return null
  const nsecs = /^\s{0,8}(?:\w{1,10}[=:] ?)?(\d{6,20})\b/.exec(line)
  const integer = (text: string | undefined) => (text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : null)
  const code = integer(first('code', 'si_code'))
  const common = { nsecs: nsecs ? BigInt(nsecs[1]) : null, number, code }
  const handler = first('sa_handler', 'handler')
  if (handler !== undefined) {
    const task = taskOf(first('comm', 'task', 'target') ?? '', integer(first('pid')), integer(first('tid')))
    if (!task) return null
    const how = /^(?:0x)?0*$/.test(handler) ? 'default' : /^(?:0x)?0*1$/.test(handler) ? 'ignored' : 'handler'
    return { ...common, kind: 'deliver', sender: null, target: task, group: null, result: null, handler: how }
  }
  const sender = taskOf(first('sender', 'from', 'by', 'src') ?? '', null, null)
  const target = taskOf(first('target', 'to', 'tgt', 'dst') ?? '', integer(first('tpid')), null)
  if (!sender || !target) return null
  const group = integer(first('group', 'grp'))
  const result = integer(first('result', 'res'))
  // The pid field of signal_generate is a thread; of a signal to the whole process it is the leader.
  const aimed = group === 0 ? { ...target, tid: target.pid, pid: null } : target
  return {
    ...common,
    kind: 'generate',
    sender,
    target: aimed,
    group: group === null ? null : group !== 0,
    result: result === null ? null : (RESULTS[result] ?? String(result)),
    handler: null,
  }
}

/** `chatty[8261/8266]` (process/thread), `chatty(8261)`, `chatty:8261`, `8261`. */
function taskOf(text: string, pid: number | null, tid: number | null): Task | null {
  const m = /^(.{0,32}?)[[(:]?(\d{1,10})(?:\/(\d{1,10}))?[\])]?$/.exec(text)
  if (m) return { comm: m[1] || null, pid: Number(m[2]), tid: m[3] ? Number(m[3]) : null }
  return pid !== null || tid !== null ? { comm: text || null, pid, tid } : null
}
