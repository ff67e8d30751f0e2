/**
 * Signals as others than strace saw them: the kernel's tracepoints, audit, killsnoop, the pending sets of /proc. They name
 * senders that a trace of the victim cannot, and stand alone where there is no trace.
 */
import type { Analysis } from '../model/analysis.js'
import { addTo } from '../model/multimap.js'
import type { Signal } from '../model/signal.js'
import { signalName } from '../model/signal-names.js'
import type { SignalWitness } from '../model/witness.js'
import { calledSignals } from './witness/called.js'
import { joinSignals } from './witness/join.js'
import { addWitnessedProcesses } from './witness/processes.js'
import { Tasks } from './witness/tasks.js'
import { tracedSignals } from './witness/traced.js'

/** Slack beside what the clocks are unsure of: a tracer stamps a call when it begins, another when it has worked. */
const SLACK_NS = 5e6
/** strace shows a signal when the victim stops for it; that can take a while on a busy machine. */
const STOP_NS = 100e6

/** Joins the signals of all witnesses with those that the traces show, and adds the processes that only they know. */
export function addWitnesses(analysis: Analysis): void {
  const witnessed = witnessedSignals(analysis)
  joinSignals(analysis.signals, witnessed, (a, b) => apart(analysis, a, b) + STOP_NS)
  addWitnessedProcesses(analysis, witnessed)
  const time = (s: Signal) => s.sentNs ?? s.deliveredNs ?? Number.POSITIVE_INFINITY
  analysis.signals.sort((a, b) => time(a) - time(b) || 0)
}

/** One entry for each signal that the witnesses and /proc show, each named once however many saw it. */
export function witnessedSignals(analysis: Analysis): Signal[] {
  const { witnesses } = analysis.capture
  if (witnesses.length === 0 && analysis.capture.procs.length === 0) return []
  const bySource = new Map<string, SignalWitness[]>()
  for (const w of witnesses) {
    addTo(bySource, w.source, w)
  }
  // bpftrace prints what each processor has collected in turn: the order of the lines is not that of the events.
  for (const list of bySource.values())
    if (list.every(w => w.ns !== null)) list.sort((a, b) => a.ns! - b.ns! || placeOf(a) - placeOf(b))
  const tasks = new Tasks(witnesses, analysis)
  // Generations first, the fullest account before the others: calls complete them.
  const traced = [...bySource.values()].map(list => tracedSignals(list, tasks, analysis.at))
  const called = [...bySource.values()].map(list => calledSignals(list, tasks, analysis.at))
  traced.sort((a, b) => b.length - a.length)
  const signals: Signal[] = []
  for (const list of [...traced, ...called]) joinSignals(signals, list, (a, b) => apart(analysis, a, b) + SLACK_NS)
  joinSignals(signals, pendingSignals(analysis), () => Number.POSITIVE_INFINITY)
  return signals
}

function placeOf({ ref }: SignalWitness): number {
  return ref.line ?? ref.offset ?? 0
}

function apart(analysis: Analysis, a: Signal, b: Signal): number {
  const unsure = (s: Signal) => analysis.uncertainty(s.refs[0].source) ?? 0
  return unsure(a) + unsure(b)
}

/** Signals that the status of a process shows as pending: sent by somebody, and not delivered when the copy was made. */
function pendingSignals(analysis: Analysis): Signal[] {
  const signals: Signal[] = []
  const add = (
    pid: number,
    tid: number | null,
    set: bigint | null,
    source: string | undefined,
    line: number | undefined,
  ) => {
    if (set === null || source === undefined) return
    for (let number = 1; number <= 64; number++)
      if ((set >> BigInt(number - 1)) & 1n)
        signals.push({
          number,
          signal: signalName(number),
          origin: 'unknown',
          code: null,
          sender: null,
          senderBasis: null,
          target: { pid, tid },
          sentNs: null,
          deliveredNs: null,
          deliveredTo: null,
          outcome: 'pending',
          noise: number === 17,
          refs: [{ source, line: line ?? 1 }],
        })
  }
  for (const { pid, shdPnd, threads } of analysis.capture.procs) {
    if (pid === null) continue
    const main = threads.find(t => t.tid === pid) ?? threads[0]
    const at = main?.at?.status
    add(pid, null, shdPnd, at?.source, at?.line)
    for (const { tid, sigPnd, at: own } of threads) add(pid, tid, sigPnd, own?.status?.source, own?.status?.line)
  }
  return signals
}
