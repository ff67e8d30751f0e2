/**
 * The kernel's tracepoints signal_generate and signal_deliver (include/trace/events/signal.h), and the columns that perf
 * script, ftrace and trace-cmd print before them.
 */
import type { SignalWitness } from '../../src/model/witness.js'
import { type Time, timeOf } from './times.js'

/** Who was running when the event was traced, and when. */
export interface Prefix {
  pid: number | null
  tid: number | null
  comm: string | null
  /** Seconds and nanoseconds as printed; null where the line has no time. */
  time: Time | null
}

/** What a tracepoint says, without who and when. */
export type Payload = Pick<SignalWitness, 'kind' | 'number' | 'code' | 'group' | 'result' | 'handler'> & {
  /** signal_generate: the thread that it is aimed at, by its kernel-wide id. */
  target: { comm: string; tid: number } | null
}

const RESULTS = ['delivered', 'ignored', 'already-pending', 'overflow-fail', 'lose-info']
/** sa_handler of SIG_DFL and SIG_IGN. */
const HANDLERS: Record<string, 'default' | 'ignored'> = { '0': 'default', '1': 'ignored' }

/**
 * Columns of perf script, in any choice of `-F`, and of ftrace and trace-cmd. They are read from the right, since only a
 * comm at the left can hold blanks.
 *
 *             killer  8268 [001]  3321.905641:   signal:
 *   bpftrace  8240/8248  [001]     0.017356:                  -F +pid
 *             killer-8268    [001] d..1.  3321.905631:        ftrace
 *             killer-8268    ( 8268) [001] d..1.  3321.9:     ftrace with record-tgid
 */
export function readPrefix(text: string): Prefix {
  const words = text.trim().split(/\s+/)
  const prefix: Prefix = { pid: null, tid: null, comm: null, time: null }
  if (words.at(-1) === 'signal:') words.pop()
  else if (words.at(-1)?.endsWith(':signal:')) words.push(words.pop()!.slice(0, -'signal:'.length))
  const time = /^(\d{1,15})\.(\d{1,9}):$/.exec(words.at(-1) ?? '')
  if (time) {
    words.pop()
    prefix.time = timeOf(time[1], time[2])
  }
  const cpu = words.findLastIndex(w => /^\[\d{1,5}\]$/.test(w))
  if (cpu >= 0) words.length = cpu
  if (words.at(-1) === '(-----)') words.pop()
  const tgid = /^\(?(\d+)\)$/.exec(words.at(-1) ?? '')
  if (tgid) {
    words.pop()
    if (words.at(-1) === '(') words.pop()
    prefix.pid = Number(tgid[1])
  }
  const last = words.pop() ?? ''
  const plain = /^(?:(-?\d+)\/)?(-?\d+)$/.exec(last)
  const dashed = /^(.*)-(\d+)$/.exec(last)
  if (plain) {
    prefix.pid = positive(plain[1]) ?? prefix.pid
    prefix.tid = positive(plain[2])
    prefix.comm = words.join(' ')
  } else if (dashed) {
    prefix.tid = positive(dashed[2])
    prefix.comm = [...words, dashed[1]].join(' ')
  } else prefix.comm = [...words, last].join(' ')
  // `:8280` stands for a task whose name perf never heard, `<...>` for one that ftrace has forgotten.
  if (prefix.comm === '' || prefix.comm === '<...>' || /^:-?\d+$/.test(prefix.comm)) prefix.comm = null
  return prefix
}

function positive(text: string | undefined): number | null {
  const number = Number(text ?? 0)
  return number > 0 ? number : null
}

/**
 * The fields of a signal event; null for torn ones. `comm` can hold blanks and equals signs: what follows it is anchored.
 *
 *   sig=10 errno=0 code=0 comm=chatty pid=8261 grp=1 res=0
 *   sig=10 errno=0 code=0 sa_handler=466cc0 sa_flags=1c000004
 */
export function readPayload(event: 'generate' | 'deliver', text: string): Payload | null {
  const head = /^ *sig=(\d{1,3}) errno=-?\d+ code=(-?\d+) /.exec(text)
  if (!head) return null
  const number = Number(head[1])
  const code = Number(head[2])
  const rest = text.slice(head[0].length)
  if (event === 'deliver') {
    const handler = /^sa_handler=(?:0x)?([0-9a-f]+)\b/.exec(rest)
    if (!handler) return null
    const how = HANDLERS[handler[1].replace(/^0+(?=.)/, '')] ?? 'handler'
    return { kind: 'deliver', number, code, group: null, result: null, handler: how, target: null }
  }
  const m = /^comm=(.*) pid=(\d+)(?: grp=(\d))?(?: res=(\d))?\s*$/.exec(rest)
  if (!m) return null
  return {
    kind: 'generate',
    number,
    code,
    group: m[3] === undefined ? null : m[3] !== '0',
    result: m[4] === undefined ? null : (RESULTS[Number(m[4])] ?? m[4]),
    handler: null,
    target: { comm: m[1], tid: Number(m[2]) },
  }
}
