import type { Lane, Report, ReportSignal } from '../../src/model/report.js'

/** An event of the Trace Event Format: times in microseconds. */
interface TraceEvent {
  ph: 'M' | 'X' | 'i' | 's' | 'f'
  pid: number
  tid: number
  name: string
  cat?: string
  ts?: number
  dur?: number
  id?: number
  bp?: 'e'
  s?: 't' | 'p' | 'g'
  args?: Record<string, unknown>
}

/** Lanes that are no process get process numbers that no Linux kernel gives out (pid_max is at most 2^22). */
const NO_PROCESS = 1 << 23
/** Arrows stand between slices, so what a moment does gets this much room, in microseconds. */
const MOMENT = 1

/**
 * The report's timeline: processes and threads with their lives and blocked calls, kernel objects and goroutines as tracks
 * of their own, events as instants, each signal as an arrow from its sender to its receiver.
 */
export function* traceEvents(report: Report): Iterable<TraceEvent> {
  const zero = BigInt(report.timeline.startNs ?? earliest(report) ?? '0')
  const at = (ns: string) => Number(BigInt(ns) - zero) / 1000
  yield* names(report)
  const tracks = new Map<string, { pid: number; tid: number }>()
  let next = NO_PROCESS
  for (const lane of report.timeline.lanes) {
    const own = numbered(lane, report)
    const track = own ?? { pid: next, tid: next }
    tracks.set(lane.key, track)
    if (!own) {
      yield { ph: 'M', ...track, name: 'process_name', args: { name: lane.label } }
      next++
    }
    for (const span of lane.spans)
      if (span.startNs !== null && span.endNs !== null)
        yield {
          ph: 'X',
          ...track,
          name: span.kind === 'life' ? lane.label : span.text,
          cat: span.kind,
          ts: at(span.startNs),
          dur: Math.max(0, at(span.endNs) - at(span.startNs)),
          args: { text: span.text },
        }
  }
  for (const event of report.timeline.events) {
    const track = (event.lane !== null && tracks.get(event.lane)) || { pid: NO_PROCESS - 1, tid: NO_PROCESS - 1 }
    yield { ph: 'i', ...track, name: event.text, cat: event.kind, ts: at(event.ns), s: event.lane ? 't' : 'g' }
  }
  let id = 0
  for (const signal of report.signals) if (!signal.noise) yield* arrow(signal, at, ++id)
}

function earliest(report: Report): string | null {
  return report.signals.find(s => s.sentNs ?? s.deliveredNs)?.sentNs ?? report.timeline.events[0]?.ns ?? null
}

function* names(report: Report): Iterable<TraceEvent> {
  for (const process of report.processes) {
    const name = process.comm ?? process.argv?.[0] ?? `process ${process.pid}`
    yield { ph: 'M', pid: process.pid, tid: process.pid, name: 'process_name', args: { name } }
    for (const thread of process.threads)
      yield { ph: 'M', pid: process.pid, tid: thread.tid, name: 'thread_name', args: { name: thread.comm ?? name } }
  }
}

/** A lane of a process or thread stands under its own numbers. */
function numbered(lane: Lane, report: Report): { pid: number; tid: number } | null {
  const number = Number(/^(?:pid|tid):(\d+)/.exec(lane.key)?.[1] ?? Number.NaN)
  if (Number.isNaN(number)) return null
  if (lane.kind === 'process') return { pid: number, tid: number }
  const process = report.processes.find(p => p.threads.some(t => t.tid === number))
  return { pid: process?.pid ?? number, tid: number }
}

function* arrow(signal: ReportSignal, at: (ns: string) => number, id: number): Iterable<TraceEvent> {
  const { sender, target } = signal
  const args = { origin: signal.origin, code: signal.code, outcome: signal.outcome, senderBasis: signal.senderBasis }
  const to = { pid: target.pid, tid: signal.deliveredTo ?? target.tid ?? target.pid }
  const from = sender && { pid: sender.pid, tid: sender.tid ?? sender.pid }
  if (from && signal.sentNs !== null)
    yield { ph: 'X', ...from, name: `send ${signal.signal}`, cat: 'signal', ts: at(signal.sentNs), dur: MOMENT, args }
  if (signal.deliveredNs !== null)
    yield {
      ph: 'X',
      ...to,
      name: `${signal.signal} ${signal.outcome}`,
      cat: 'signal',
      ts: at(signal.deliveredNs),
      dur: MOMENT,
      args,
    }
  if (!from || signal.sentNs === null || signal.deliveredNs === null) return
  const flow = { name: signal.signal, cat: 'signal', id }
  yield { ph: 's', ...from, ...flow, ts: at(signal.sentNs) }
  yield { ph: 'f', bp: 'e', ...to, ...flow, ts: Math.max(at(signal.deliveredNs), at(signal.sentNs)) }
}
