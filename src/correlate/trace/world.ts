/**
 * Traces that show one and the same set of processes, walked as one sequence of events: the files of `strace -ff`, or
 * two straces that ran side by side. Thread ids mean the same in all of them.
 */
import type { Analysis } from '../../model/analysis.js'
import type { Ns } from '../../model/time.js'
import type { Trace, TraceEvent } from '../../model/trace.js'
import { walkUndated } from './undated-files.js'

/**
 * Told of each event in turn.
 *
 * @param ns capture time of the event; null where it has none
 * @param seq its place in the walk, the same in every walk of one world
 */
export type Visit = (event: TraceEvent, trace: Trace, ns: Ns | null, seq: number) => void

export interface World {
  traces: Trace[]
  /** Its events have an order: one log, or times to merge several by. Without, only cause and effect tell a few apart. */
  ordered: boolean
  walk(visit: Visit): void
}

/**
 * Sorts the traces of a capture into worlds. Files of one `-ff` run belong together. So do traces whose clocks could be
 * aligned, except where one thread id wrote to two of them at the same time: those ran on different machines.
 */
export function worldsOf(analysis: Analysis): World[] {
  const groups: Trace[][] = []
  for (const trace of analysis.capture.traces) {
    const group = groups.find(g => g.every(other => belongTogether(trace, other, analysis)))
    if (group) group.push(trace)
    else groups.push([trace])
  }
  return groups.map(traces => {
    const dated = traces.every(t => analysis.at(t.source, t.firstNs) !== null || t.eventCount === 0)
    return {
      traces,
      ordered: dated || traces.length === 1,
      walk: visit => walk(traces, dated, analysis, visit),
    }
  })
}

function belongTogether(a: Trace, b: Trace, analysis: Analysis): boolean {
  if (a.group !== null && a.group === b.group) return true
  const [aFrom, aTo, bFrom, bTo] = [a.firstNs, a.lastNs, b.firstNs, b.lastNs].map((ns, i) =>
    analysis.at(i < 2 ? a.source : b.source, ns),
  )
  if (aFrom === null || aTo === null || bFrom === null || bTo === null) return false
  if (aTo < bFrom || bTo < aFrom) return true
  const tids = new Set(a.lastCalls.map(c => c.tid))
  return !b.lastCalls.some(c => tids.has(c.tid))
}

/** One trace that is being read, and the event it stands at. */
interface Reader {
  trace: Trace
  index: number
  events: Iterator<TraceEvent>
  event: TraceEvent
  ns: Ns | null
}

function walk(traces: readonly Trace[], dated: boolean, analysis: Analysis, visit: Visit): void {
  let seq = 0
  const tell = (event: TraceEvent, trace: Trace) => visit(event, trace, analysis.at(trace.source, event.ns), seq++)
  if (traces.length === 1) {
    for (const event of traces[0].events) tell(event, traces[0])
    return
  }
  if (!dated) {
    walkUndated(traces, tell)
    return
  }
  const heap: Reader[] = []
  traces.forEach((trace, index) => {
    const events = trace.events[Symbol.iterator]()
    const first = events.next()
    if (first.done) return
    push(heap, { trace, index, events, event: first.value, ns: analysis.at(trace.source, first.value.ns) })
  })
  while (heap.length > 0) {
    const reader = heap[0]
    visit(reader.event, reader.trace, reader.event.ns === null ? null : reader.ns, seq++)
    const next = reader.events.next()
    if (next.done) {
      const last = heap.pop()!
      if (heap.length === 0) break
      heap[0] = last
    } else {
      reader.event = next.value
      // A line without a time stays behind the one before it in its own file.
      reader.ns = analysis.at(reader.trace.source, next.value.ns) ?? reader.ns
    }
    sink(heap, 0)
  }
}

/** At one and the same time a sender stands before a receiver, and an end after everything else. */
const RANK = { attach: 0, call: 1, superseded: 2, signal: 3, stop: 4, exit: 5, detach: 6 }
const SEND = /^(?:t?g?kill|rt_t?g?sigqueueinfo|pidfd_send_signal|clone3?|v?fork)$/

function before(a: Reader, b: Reader): boolean {
  if (a.ns !== b.ns) return (a.ns ?? 0) < (b.ns ?? 0)
  const rank = (r: Reader) => (r.event.type === 'call' && SEND.test(r.event.name) ? 0.5 : RANK[r.event.type])
  return rank(a) !== rank(b) ? rank(a) < rank(b) : a.index < b.index
}

function push(heap: Reader[], reader: Reader): void {
  heap.push(reader)
  for (let i = heap.length - 1; i > 0; ) {
    const parent = (i - 1) >> 1
    if (!before(heap[i], heap[parent])) return
    ;[heap[i], heap[parent]] = [heap[parent], heap[i]]
    i = parent
  }
}

function sink(heap: Reader[], from: number): void {
  for (let i = from; ; ) {
    let least = i
    for (const child of [2 * i + 1, 2 * i + 2])
      if (child < heap.length && before(heap[child], heap[least])) least = child
    if (least === i) return
    ;[heap[i], heap[least]] = [heap[least], heap[i]]
    i = least
  }
}
