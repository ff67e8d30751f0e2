import type { Input } from '../../src/model/input.js'
import type { LifecycleEvent } from '../../src/model/lifecycle.js'
import type { Sink } from '../../src/model/parser.js'
import type { Ref } from '../../src/model/ref.js'
import { linesOf } from '../../src/model/text.js'
import type { SignalWitness } from '../../src/model/witness.js'
import { errnoName } from '../shared/errno.js'
import { readCall, SIGNAL_CALLS, type SignalCall, snoopReader } from './calls.js'
import { readPayload, readPrefix } from './events.js'
import { readHeader } from './header.js'
import { readKeyValues } from './key-values.js'
import { type Time, Times, timeOf } from './times.js'

const KEY_OF_SIGNAL = /\bsig(?:nal|no)?=/i
const LINE_LIMIT = 16 * 1024
const CALL = SIGNAL_CALLS.join('|')
/** `signal:signal_generate:` of perf, `signal_generate:` of ftrace: where the columns end and the fields begin. */
const EVENT = /(?:^|[ :])signal_(generate|deliver): /
const SYS_ENTER = new RegExp(`syscalls:sys_enter_(${CALL}): `)
const FTRACE_CALL = new RegExp(`: sys_(${CALL})\\(([^()]{1,200})\\)`)
const PERF_TRACE = new RegExp(
  `^ *(\\d{1,15}\\.\\d{3}) \\( *(?:([\\d.]{1,15}) ms)?\\s*\\): (.{1,64}?)/(\\d{1,10}) (${CALL})\\((.*)\\) *= (-?\\d+)(?: (E[A-Z]+))?`,
)

/** oomkill of bcc and bpftrace, a probe on oom_kill_process(): who asked for memory, and whom it cost the life. */
const OOM_KILL =
  /^(\d\d):(\d\d):(\d\d) Triggered by PID \d{1,10} \("(.{0,32}?)"\), OOM kill of PID (\d{1,10}) \("(.{0,32}?)"\), \d+ pages/

/** Reads what tracers of signals printed into witnesses, each source on its own clock. */
export async function parseTracepoints(inputs: readonly Input[], sink: Sink): Promise<void> {
  for (const input of inputs) {
    new TraceReader(input, sink).read()
    sink.progress(input.size)
  }
}

type Seen = Omit<SignalWitness, 'source' | 'ref' | 'ns'>

/** Reads one tracer's output; which tracer it is shows from line to line. */
class TraceReader {
  #times: Times
  #snoop: ReturnType<typeof snoopReader> = null
  #snoops = ''

  constructor(
    readonly input: Input,
    readonly sink: Sink,
  ) {
    this.#times = new Times(input.source)
  }

  read(): void {
    const path = this.input.source.path
    for (const { line, text } of linesOf(this.input.chunks(), LINE_LIMIT)) this.#line(text, { source: path, line })
    this.#times.finish()
  }

  #line(text: string, ref: Ref): void {
    if (text.startsWith('#')) {
      readHeader(text, ref.line!, this.input.source)
      const lost = /entries-in-buffer\/entries-written: (\d+)\/(\d+)/.exec(text)
      if (lost && Number(lost[2]) > Number(lost[1])) this.#lost(ref, Number(lost[2]) - Number(lost[1]))
      return
    }
    const event = text.includes('signal_') ? EVENT.exec(text) : null
    if (event) this.#event(text, event, ref)
    else if (text.includes('ms): ')) this.#perfTrace(text, ref)
    else if (text.includes('LOST')) {
      const lost = /\[LOST (\d+) EVENTS\]|LOST (\d+) events/.exec(text)
      if (lost) this.#lost(ref, Number(lost[1] ?? lost[2]))
    } else if (text.includes('sys_')) this.#sysEnter(text, ref)
    else this.#other(text, ref)
  }

  #event(text: string, event: RegExpExecArray, ref: Ref): void {
    const prefix = readPrefix(text.slice(0, event.index + 1))
    const payload = readPayload(event[1] as 'generate' | 'deliver', text.slice(event.index + event[0].length))
    if (!payload) {
      this.#torn(ref)
      return
    }
    const { target, ...rest } = payload
    const task = { pid: prefix.pid, tid: prefix.tid, comm: prefix.comm }
    if (!target) {
      this.#push({ by: 'tracepoint', ...rest, sender: null, target: task }, ref, prefix.time)
      return
    }
    const aimed = rest.group
      ? { pid: target.tid, tid: null, comm: target.comm }
      : { pid: null, tid: target.tid, comm: target.comm }
    const known = task.pid !== null || task.tid !== null
    this.#push({ by: 'tracepoint', ...rest, sender: known ? task : null, target: aimed }, ref, prefix.time)
  }

  /**
   *   0.000 ( 0.118 ms): killer/8268 kill(pid: 8261 (chatty), sig: USR1)                        = 0
   */
  #perfTrace(text: string, ref: Ref): void {
    const m = PERF_TRACE.exec(text)
    const start = m ? /^ *(\d+)\.(\d{3})/.exec(text)! : null
    if (!m || !start) return
    this.#times.sinceStart()
    const call = readCall(m[5], m[6])
    const ms = Number(start[1])
    const time = { seconds: Math.floor(ms / 1000), ns: (ms % 1000) * 1e6 + Number(start[2]) * 1e3, step: 1000 }
    if (!call) {
      this.#times.pass(time)
      return
    }
    const comm = /^:\d+$/.test(m[3]) ? null : m[3]
    const sender = { pid: null, tid: Number(m[4]), comm }
    this.#push(
      fromCall('perf-trace', call, sender, m[8] ?? (Number(m[7]) < 0 ? errnoName(Number(m[7])) : null)),
      ref,
      time,
    )
  }

  #sysEnter(text: string, ref: Ref): void {
    const entered = SYS_ENTER.exec(text)
    const m = entered ?? FTRACE_CALL.exec(text)
    if (!m) return
    // ftrace prints arguments in hex without saying so: sys_kill(pid: 2045, sig: a)
    const values = entered ? text.slice(m.index + m[0].length) : m[2].replace(/: ([0-9a-f]+)/g, ': 0x$1')
    const prefix = readPrefix(text.slice(0, m.index + (entered ? 0 : 1)))
    const call = readCall(m[1], values)
    if (!call) {
      this.#times.pass(prefix.time)
      return
    }
    this.#push(fromCall('tracepoint', call, prefix, null), ref, prefix.time)
  }

  #other(text: string, ref: Ref): void {
    const oom = text.includes('OOM kill of') ? OOM_KILL.exec(text) : null
    if (oom) {
      this.#oomKill(oom, ref)
      return
    }
    if (/^TIME +PID /.test(text)) {
      this.#snoop = snoopReader(text)
      this.#snoops = text
      return
    }
    const row = this.#snoop?.(text)
    if (row) {
      const { pid, comm } = row.target
      const target = pid > 0 ? { pid, tid: null, comm } : { pid: null, tid: null, comm }
      const sigsnoop = /TCOMM|SIG {6,}/.test(this.#snoops)
      const seen: Seen = {
        by: 'killsnoop',
        kind: sigsnoop ? 'generate' : 'call',
        number: row.number,
        code: null,
        sender: { ...row.sender, tid: null },
        target,
        group: sigsnoop ? null : true,
        result: row.result === 0 ? null : errnoName(row.result),
        handler: null,
        call: sigsnoop ? null : 'kill',
      }
      if (row.seconds !== null) this.#times.wall()
      this.#push(seen, ref, row.seconds === null ? null : { seconds: row.seconds, ns: 0, step: 1e9 })
      return
    }
    const pairs = KEY_OF_SIGNAL.test(text) ? readKeyValues(text) : null
    if (!pairs) {
      if (this.#times.needsAll) this.#times.pass(readTimeOnly(text))
      return
    }
    const { nsecs, ...seen } = pairs
    const time =
      nsecs === null ? null : timeOf(`${nsecs / 1_000_000_000n}`, `${nsecs % 1_000_000_000n}`.padStart(9, '0'))
    this.#push({ by: 'tracepoint', ...seen }, ref, time)
  }

  /** Whether the machine or a control group had no memory left it does not say. */
  #oomKill([text, h, m, s, invokedBy, pid, comm]: RegExpExecArray, ref: Ref): void {
    const event: LifecycleEvent & { source: string } = {
      kind: 'oom-kill',
      ns: null,
      unit: null,
      pid: Number(pid),
      comm: comm === '' ? null : comm,
      signal: 'SIGKILL',
      code: null,
      result: null,
      text,
      refs: [ref],
      detail: { by: 'kernel', invokedBy },
      source: ref.source,
    }
    this.#times.wall()
    this.#times.stamp(event, { seconds: Number(h) * 3600 + Number(m) * 60 + Number(s), ns: 0, step: 1e9 })
    this.sink.lifecycle.push(event)
    this.input.source.records++
  }

  #push(seen: Seen, ref: Ref, time: Time | null): void {
    const witness: SignalWitness = { source: ref.source, ns: null, ref, ...seen }
    this.#times.stamp(witness, time)
    this.sink.witnesses.push(witness)
    this.input.source.records++
  }

  #torn(ref: Ref): void {
    const text = 'Lines of signal events that are cut or not in the form that the kernel prints.'
    this.sink.diagnose(
      'tracepoints.torn-line',
      'loss',
      text,
      ref,
      'Print the trace again with `perf script` or `cat trace`.',
    )
  }

  #lost(ref: Ref, count: number): void {
    const text = 'The tracer itself lost events: a sender that is not here may have been among them.'
    const remedy = 'Record again with a larger buffer: `perf record -m 8M`, or `echo 16384 > buffer_size_kb`.'
    this.sink.diagnose('tracepoints.lost-events', 'info', text, ref, remedy, count)
  }
}

function fromCall(
  by: SignalWitness['by'],
  call: SignalCall,
  sender: { pid: number | null; tid: number | null; comm: string | null },
  result: string | null,
): Seen {
  return {
    by,
    kind: 'call',
    number: call.number,
    code: null,
    sender: { pid: sender.pid, tid: sender.tid, comm: sender.comm },
    target: { pid: call.pid, tid: call.tid, comm: call.comm },
    group: call.tid === null,
    result,
    handler: null,
    call: call.name,
  }
}

/** Time of another event's line: `  sh  8245 [001]  3319.907347: sched:sched_process_exit: …`. */
function readTimeOnly(text: string): Time | null {
  const m = / (\d{1,15})\.(\d{3,9}): /.exec(text.slice(0, 200))
  return m && timeOf(m[1], m[2])
}
