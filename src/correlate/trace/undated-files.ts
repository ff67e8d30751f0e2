/**
 * The files of `strace -ff` without times (no -t, no -ttt): each is in order, and nothing orders one against another but
 * what their threads did to each other. A child's first line comes after the call that made it, the end of a child before its
 * parent is told of it, a signal's delivery after the call that sent it.
 */
import { addTo } from '../../model/multimap.js'
import type { Trace, TraceCall, TraceEvent, TraceExit, TraceSignal } from '../../model/trace.js'
import { splitArgs } from './call-args.js'
import { KIND, kindOf, makesThread } from './kinds.js'
import { SENDING, sendOf } from './sends.js'
import { codeOf } from './signal-codes.js'
import { endOfChildInfo, endOfWaitStatus, siginfoOf } from './wait-status.js'

/** Files that wait for each other in a row; beyond it the order of the files has to do. */
const DEPTH = 200

interface Reader {
  trace: Trace
  tid: number
  events: Iterator<TraceEvent>
  event: TraceEvent | null
  /** It is being read further up: what waits for it has to go on without. */
  busy: boolean
}

/** Tells of all events of the files, in an order in which nothing is seen before its cause as far as that is known. */
export function walkUndated(traces: readonly Trace[], visit: (event: TraceEvent, trace: Trace) => void): void {
  new Walk(traces, visit).all()
}

class Walk {
  readonly #readers = new Map<number, Reader>()
  /** Thread to the one that made it, and to its process. */
  readonly #makers = new Map<number, number>()
  readonly #processes = new Map<number, number>()
  /** Processes of several threads: the others of a leader. */
  readonly #threads = new Map<number, number[]>()
  /** Who sends what to whom somewhere in the files: `target signal` to threads; a group is target 0. */
  readonly #senders = new Map<string, Set<number>>()
  readonly #born = new Set<number>()
  /** Sends told of so far, and deliveries of them. */
  readonly #sent = new Map<string, number>()
  readonly #delivered = new Map<string, number>()

  constructor(
    traces: readonly Trace[],
    readonly visit: (event: TraceEvent, trace: Trace) => void,
  ) {
    for (const trace of traces) {
      const events = trace.events[Symbol.iterator]()
      const first = events.next()
      if (first.done) continue
      const { tid } = first.value
      this.#readers.set(tid, { trace, tid, events, event: first.value, busy: false })
      for (const event of trace.events) if (event.type === 'call') this.#note(event)
    }
    for (const tid of this.#processes.keys()) {
      const leader = this.#processOf(tid)
      addTo(this.#threads, leader, tid)
    }
  }

  all(): void {
    const readers = [...this.#readers.values()]
    for (const reader of readers) if (!this.#makers.has(reader.tid)) this.#run(reader, null, 0)
    for (const reader of readers) this.#run(reader, null, 0)
  }

  /** Reads ahead who makes and who signals whom. */
  #note(call: TraceCall): void {
    if (kindOf(call.name) & KIND.birth && call.error === null && call.ret) {
      this.#makers.set(call.ret, call.tid)
      if (makesThread(call)) this.#processes.set(call.ret, call.tid)
    } else if (SENDING.has(call.name)) {
      const key = this.#aimOf(call)
      if (key === null) return
      const senders = this.#senders.get(key)
      if (senders) senders.add(call.tid)
      else this.#senders.set(key, new Set([call.tid]))
    }
  }

  #aimOf(call: TraceCall): string | null {
    const send = sendOf(call)
    if (!send) return null
    const { aim } = send
    const target = aim.to === 'process' ? aim.pid.local : aim.to === 'thread' ? (aim.tgid ?? aim.tid).local : 0
    return `${target} ${send.number}`
  }

  #processOf(tid: number): number {
    let at = tid
    for (let i = 0; i < DEPTH; i++) {
      const maker = this.#processes.get(at)
      if (maker === undefined) return at
      at = maker
    }
    return at
  }

  /** Tells of the events of one file until `enough`, and of what they need before them. */
  #run(reader: Reader, enough: (() => boolean) | null, depth: number): void {
    if (reader.busy || depth > DEPTH) return
    reader.busy = true
    const maker = this.#readers.get(this.#makers.get(reader.tid) ?? -1)
    if (maker && !this.#born.has(reader.tid)) this.#run(maker, () => this.#born.has(reader.tid), depth + 1)
    while (reader.event !== null && !enough?.()) {
      this.#need(reader.event, depth)
      this.#tell(reader)
    }
    reader.busy = false
  }

  #tell(reader: Reader): void {
    const event = reader.event!
    this.visit(event, reader.trace)
    if (event.type === 'call') {
      if (kindOf(event.name) & KIND.birth && event.ret) this.#born.add(event.ret)
      const key = SENDING.has(event.name) ? this.#aimOf(event) : null
      if (key !== null) this.#sent.set(key, (this.#sent.get(key) ?? 0) + 1)
    }
    const next = reader.events.next()
    reader.event = next.done ? null : next.value
  }

  #need(event: TraceEvent, depth: number): void {
    if (event.type === 'call') {
      const child = endedChild(event)
      if (child !== null) this.#finish(child, depth)
    } else if (event.type === 'signal') {
      const { pid } = event.info
      if (event.signal === 'SIGCHLD' && pid !== undefined && endOfChildInfo(event.info)) this.#finish(pid, depth)
      else this.#sentBefore(event, depth)
    } else if (event.type === 'exit') {
      if (event.how === 'killed') this.#sentBefore(event, depth)
      // The leader's end is the last of its process (wait for a thread group, ptrace(2)).
      for (const tid of this.#threads.get(event.tid) ?? []) this.#finish(tid, depth)
    }
  }

  #finish(pid: number, depth: number): void {
    const reader = this.#readers.get(pid)
    if (reader) this.#run(reader, null, depth + 1)
  }

  /** Whoever sent this signal has to have come so far. SIGKILL has no delivery, only an end. */
  #sentBefore(event: TraceSignal | TraceExit, depth: number): void {
    const { number, from } = signalOf(event)
    if (number === null) return
    const receiver = this.#processOf(event.tid)
    const key = `${receiver} ${number}`
    const before = this.#delivered.get(key) ?? 0
    if (event.type === 'signal') this.#delivered.set(key, before + 1)
    else if (before > 0) return
    const enough = () => (this.#sent.get(key) ?? 0) > before
    const senders = [...(this.#senders.get(key) ?? []), ...(this.#senders.get(`0 ${number}`) ?? [])]
    for (const tid of senders) {
      if (enough()) return
      if (from !== null && this.#processOf(tid) !== from) continue
      const reader = this.#readers.get(tid)
      const toGroup = `0 ${number}`
      const groups = this.#sent.get(toGroup) ?? 0
      if (reader) this.#run(reader, () => enough() || (this.#sent.get(toGroup) ?? 0) > groups, depth + 1)
    }
  }
}

function signalOf(event: TraceSignal | TraceExit): { number: number | null; from: number | null } {
  if (event.type === 'exit') return { number: event.signal === 'SIGKILL' ? 9 : null, from: null }
  const code = codeOf(event.info, event.number)
  const told = code === 'SI_USER' || code === 'SI_TKILL' || code === 'SI_QUEUE'
  return { number: told ? event.number : null, from: event.info.pid || null }
}

/** The child that a wait tells the end of. */
function endedChild(call: TraceCall): number | null {
  if ((kindOf(call.name) & KIND.waits) === 0 || call.error !== null || !call.ret) return null
  const args = splitArgs(call.args, 3)
  if (call.name === 'waitid') {
    const info = siginfoOf(args[2])
    return info && endOfChildInfo(info) ? (info.pid ?? null) : null
  }
  return endOfWaitStatus(args[1] ?? '') ? call.ret : null
}
