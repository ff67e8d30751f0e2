/** Signals known from the call that sent them (audit, killsnoop, perf trace) or from the death that they brought (ANOM_ABEND). */
import type { Signal } from '../../model/signal.js'
import { signalName } from '../../model/signal-names.js'
import type { Ns } from '../../model/time.js'
import type { SignalWitness } from '../../model/witness.js'
import { codeName, isNoise, originOf, originOfCall } from './meaning.js'
import type { Tasks } from './tasks.js'

/** The end that a signal brings is audited this soon after the call, in ns: the audit clock ticks every 10 ms at worst. */
const BRINGS_WITHIN_NS = 1e9

/** One signal for each call and each death of one source, in its order; a death is joined with the call that brought it. */
export function calledSignals(
  witnesses: readonly SignalWitness[],
  tasks: Tasks,
  at: (source: string, ns: Ns | null) => Ns | null,
): Signal[] {
  const signals: Signal[] = []
  const latest = new Map<string, { signal: Signal; ns: Ns | null }>()
  for (const w of witnesses) {
    if (w.kind !== 'call' && w.kind !== 'abend') continue
    const pid = tasks.pidOf(w.target)
    if (pid === null) continue
    const key = `${pid} ${w.number}`
    if (w.kind === 'abend') {
      const call = latest.get(key)
      const soon = call && (call.ns === null || w.ns === null || w.ns - call.ns <= BRINGS_WITHIN_NS)
      const signal = soon ? call.signal : bare(w, pid, null)
      signal.outcome = 'killed'
      // A record of seccomp says more than that it died: the kernel itself raised it.
      if (w.code !== null) {
        signal.code = codeName(w.number, w.code)
        signal.origin = originOf(w.number, w.code, false, true)
      }
      signal.deliveredNs = at(w.source, w.ns)
      if (soon) signal.refs.push(w.ref)
      else signals.push(signal)
      continue
    }
    const signal = bare(w, pid, at(w.source, w.ns))
    const senderPid = w.sender === null ? null : tasks.pidOf(w.sender)
    if (senderPid !== null) {
      const comm = w.sender!.comm ?? tasks.commOf(w.sender!.tid ?? senderPid)
      signal.sender = { pid: senderPid, tid: w.sender!.tid, comm }
      signal.senderBasis = w.by === 'audit' ? 'audit' : 'tracepoint'
      signal.noise = isNoise(w.number, w.call === 'tgkill' ? -6 : null, senderPid === pid)
    }
    signal.origin = originOfCall(w.call)
    if (w.result !== null) signal.outcome = 'failed'
    else latest.set(key, { signal, ns: w.ns })
    signals.push(signal)
  }
  return signals
}

function bare(w: SignalWitness, pid: number, sentNs: Ns | null): Signal {
  return {
    number: w.number,
    signal: signalName(w.number),
    origin: 'unknown',
    code: null,
    sender: null,
    senderBasis: null,
    target: { pid, tid: w.group === false ? w.target.tid : null },
    sentNs,
    deliveredNs: null,
    deliveredTo: null,
    outcome: 'unknown',
    noise: false,
    refs: [w.ref],
  }
}
