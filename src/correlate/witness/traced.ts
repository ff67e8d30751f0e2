/** Signals as one tracer of the kernel saw them: each that was generated, with what came of it. */
import { addTo } from '../../model/multimap.js'
import type { Signal, SignalOutcome } from '../../model/signal.js'
import { signalName } from '../../model/signal-names.js'
import type { Ns } from '../../model/time.js'
import type { SignalWitness } from '../../model/witness.js'
import { codeName, endsAtOnce, hasSender, isNoise, originOf, outcomeOf } from './meaning.js'
import { isZap, type Tasks } from './tasks.js'

/** Delivery can be stamped this much before its generation by another processor, in ns. */
const DISORDER_NS = 50e3
/** A process that a signal ends at once is told so this soon, in ns. */
const ENDS_WITHIN_NS = 50e6
const SIGKILL = 9

const DROPPED: Record<string, SignalOutcome> = {
  ignored: 'ignored',
  'already-pending': 'coalesced',
  'overflow-fail': 'failed',
}

interface Open {
  signal: Signal
  /** Source time of the generation. */
  ns: Ns | null
  /** The thread that it is aimed at, or the main thread of the process that it is aimed at. */
  tid: number
  pid: number
  group: boolean
}

/**
 * The signals of one source's `generate` and `deliver` events, in the order of the source. `at` turns source time into
 * capture time.
 */
export function tracedSignals(
  witnesses: readonly SignalWitness[],
  tasks: Tasks,
  at: (source: string, ns: Ns | null) => Ns | null,
): Signal[] {
  const reader = new TracedSignals(tasks, at)
  for (const w of witnesses) {
    if (w.kind === 'generate') reader.generated(w)
    else if (w.kind === 'deliver') reader.delivered(w)
  }
  return reader.finish(witnesses.some(w => w.kind === 'deliver'))
}

class TracedSignals {
  #signals: Signal[] = []
  /** Generated and not yet delivered, by process and number. */
  #open = new Map<string, Open[]>()
  /** What may have ended a process, by process. */
  #fatal = new Map<number, Open>()

  constructor(
    readonly tasks: Tasks,
    readonly at: (source: string, ns: Ns | null) => Ns | null,
  ) {}

  generated(w: SignalWitness): void {
    const pid = this.tasks.pidOf(w.target)
    if (pid === null) return
    const senderPid = w.sender && this.tasks.pidOf(w.sender)
    const group = w.group !== false
    const tid = group ? null : w.target.tid
    const itself = w.sender !== null && (group ? senderPid === pid : (w.sender.tid ?? senderPid) === tid)
    const origin = originOf(w.number, w.code ?? 0, w.group, itself)
    const sender = senderPid === null || !hasSender(origin) ? null : this.#task(w, senderPid)
    const signal: Signal = {
      number: w.number,
      signal: signalName(w.number),
      origin,
      code: codeName(w.number, w.code),
      sender,
      senderBasis: sender ? 'tracepoint' : null,
      target: { pid, tid },
      sentNs: this.at(w.source, w.ns),
      deliveredNs: null,
      deliveredTo: null,
      outcome: DROPPED[w.result ?? ''] ?? 'unknown',
      noise: isNoise(w.number, w.code, senderPid === pid),
      refs: [w.ref],
    }
    this.#signals.push(signal)
    if (signal.outcome !== 'unknown') return
    const open = { signal, ns: w.ns, tid: tid ?? pid, pid, group }
    const key = `${pid} ${w.number}`
    addTo(this.#open, key, open)
    if (endsAtOnce(w.number)) this.#fatal.set(pid, open)
  }

  #task(w: SignalWitness, pid: number): Signal['sender'] {
    const tid = w.sender!.tid
    return { pid, tid, comm: w.sender!.comm ?? this.tasks.commOf(tid ?? pid) }
  }

  delivered(w: SignalWitness): void {
    const pid = this.tasks.pidOf(w.target)
    if (pid === null) return
    const list = this.#open.get(`${pid} ${w.number}`) ?? []
    const index = list.findIndex(
      o => (o.group || o.tid === w.target.tid) && (o.ns === null || w.ns === null || w.ns >= o.ns - DISORDER_NS),
    )
    if (index >= 0) {
      const [open] = list.splice(index, 1)
      this.#close(open.signal, w, outcomeOf(w.number, w.handler))
      if (open.signal.outcome === 'killed' || this.#fatal.get(pid) === open) this.#fatal.delete(pid)
    } else if (isZap(w)) this.#ended(pid, w)
    else this.#unsent(pid, w)
  }

  #close(signal: Signal, w: SignalWitness, outcome: SignalOutcome): void {
    signal.deliveredNs = this.at(w.source, w.ns)
    signal.deliveredTo = w.target.tid
    signal.outcome = outcome
    signal.refs.push(w.ref)
  }

  /**
   * The mark of a process that ends. It ends of the last signal that ends a process at once and was not delivered to a
   * handler, if that one was sent just before; else of itself (exit_group).
   */
  #ended(pid: number, w: SignalWitness): void {
    const open = this.#fatal.get(pid)
    if (!open || (open.ns !== null && w.ns !== null && w.ns - open.ns > ENDS_WITHIN_NS)) return
    this.#fatal.delete(pid)
    this.#close(open.signal, w, 'killed')
    // No thread took it: the process ended when it was sent.
    open.signal.deliveredTo = open.group ? null : open.tid
  }

  /** A delivery whose generation was not seen: sent before the tracing began, or known by its siginfo (gdb). */
  #unsent(pid: number, w: SignalWitness): void {
    const origin = w.code === null ? 'unknown' : originOf(w.number, w.code, null, w.sender?.pid === pid)
    const sender = w.sender?.pid && hasSender(origin) ? this.#task(w, w.sender.pid) : null
    this.#signals.push({
      number: w.number,
      signal: signalName(w.number),
      origin,
      code: codeName(w.number, w.code),
      sender,
      senderBasis: sender ? 'siginfo' : null,
      target: { pid, tid: null },
      sentNs: null,
      deliveredNs: this.at(w.source, w.ns),
      deliveredTo: w.target.tid,
      outcome: outcomeOf(w.number, w.handler),
      noise: isNoise(w.number, w.code, false),
      refs: [w.ref],
    })
  }

  /**
   * What was sent and never delivered was pending to the end, if the tracer would have shown its delivery. SIGKILL is not
   * delivered: it ends the process (complete_signal() in kernel/signal.c), and the marks of that end may have been lost.
   */
  finish(deliveriesShown: boolean): Signal[] {
    if (deliveriesShown)
      for (const list of this.#open.values())
        for (const { signal } of list)
          if (signal.outcome === 'unknown' && signal.number !== SIGKILL) signal.outcome = 'pending'
    return this.#signals
  }
}
