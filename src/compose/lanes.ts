import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Lane } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { counted, duration } from '../model/words.js'
import { LIMITS } from './limits.js'
import { verdictProcess } from './moment.js'
import type { ToTime } from './time.js'

type Span = Lane['spans'][number]

/** Of each sort of lane at most so many, so that one sort cannot push out the others. */
const MOST = { processes: 14, threads: 12, objects: 6, goroutines: 10, units: 4 }

export interface Lanes {
  lanes: Lane[]
  omitted: number
}

/** What changes and lasts, as lanes: processes and their threads, pipes and sockets, goroutines, units. Most telling first. */
export function lanesOf(
  analysis: Analysis,
  verdict: Finding | null,
  focus: { startNs: Ns; endNs: Ns } | null,
  time: ToTime,
): Lanes {
  const maker = new LaneMaker(time)
  const actors = new Set((verdict?.chain ?? []).flatMap(link => [link.from?.key, link.to?.key]))
  const sorts = [
    processLanes(analysis, verdict, focus, actors, maker),
    objectLanes(analysis, maker),
    threadLanes(analysis, verdict, actors, maker),
    goroutineLanes(analysis, maker),
    unitLanes(analysis, maker),
  ]
  const limits = [MOST.processes, MOST.objects, MOST.threads, MOST.goroutines, MOST.units]
  const lanes: Lane[] = []
  let omitted = 0
  for (const [index, sort] of sorts.entries()) {
    lanes.push(...sort.slice(0, limits[index]))
    omitted += Math.max(0, sort.length - limits[index])
  }
  let spans = 0
  for (const lane of lanes) {
    lane.spans = lane.spans.slice(0, Math.max(1, Math.min(40, LIMITS.spans - spans)))
    spans += lane.spans.length
  }
  return { lanes: lanes.slice(0, LIMITS.lanes), omitted: omitted + Math.max(0, lanes.length - LIMITS.lanes) }
}

/** Makes lanes and spans with times of the report. */
class LaneMaker {
  constructor(readonly time: ToTime) {}

  lane(key: string, label: string, kind: Lane['kind'], spans: Span[] = []): Lane {
    return { key, label, kind, spans }
  }

  span(startNs: Ns | null, endNs: Ns | null, kind: Span['kind'], text: string, refs: Span['refs']): Span {
    return { startNs: this.time(startNs), endNs: this.time(endNs), kind, text, refs: refs.slice(0, LIMITS.refs) }
  }
}

function processLanes(
  analysis: Analysis,
  verdict: Finding | null,
  focus: { startNs: Ns; endNs: Ns } | null,
  actors: ReadonlySet<string | undefined>,
  maker: LaneMaker,
): Lane[] {
  const about = verdictProcess(analysis, verdict)
  const senders = new Set(analysis.signals.filter(s => !s.noise).flatMap(s => (s.sender ? [s.sender.pid] : [])))
  const inFocus = (ns: Ns | null) => ns !== null && focus !== null && ns >= focus.startNs && ns <= focus.endNs
  const weight = (p: Analysis['processes'][number]) =>
    (p === about ? 16 : 0) +
    (actors.has(`pid:${p.pid}`) ? 8 : 0) +
    (inFocus(p.endNs) ? 4 : 0) +
    (senders.has(p.pid) ? 2 : 0) +
    (p.pid === about?.ppid ? 1 : 0)
  const byKey = new Map<string, Lane>()
  for (const process of [...analysis.processes].sort((a, b) => weight(b) - weight(a))) {
    const key = `pid:${process.pid}`
    const lane = byKey.get(key) ?? maker.lane(key, `${process.comm ?? 'process'} ${process.pid}`, 'process')
    byKey.set(key, lane)
    const how = process.exit
    const end = !how || process.endNs === null ? '' : how.signal ? `killed by ${how.signal}` : `exit ${how.code ?? '?'}`
    lane.spans.push(maker.span(process.startNs, process.endNs, 'life', end, process.exit?.refs ?? process.refs))
  }
  return [...byKey.values()]
}

/** Pipes and sockets whose other end went away: open until then, broken from then until somebody wrote. */
function objectLanes(analysis: Analysis, maker: LaneMaker): Lane[] {
  const byKey = new Map<string, Lane>()
  for (const broken of analysis.brokenPipes) {
    if (broken.object === null || byKey.has(broken.object)) continue
    const lane = maker.lane(broken.object, broken.object, 'object')
    byKey.set(broken.object, lane)
    const gone = broken.peer?.ns ?? null
    if (gone === null || broken.ns === null) continue
    const what =
      broken.object.startsWith('pipe:') || broken.object.startsWith('FIFO') ? 'no reader' : 'other end closed'
    lane.spans.push(maker.span(null, gone, 'life', '', broken.peer!.refs))
    lane.spans.push(
      maker.span(gone, broken.ns, 'broken', `${what} for ${duration(broken.ns - gone)}`, [
        ...broken.peer!.refs,
        ...broken.refs,
      ]),
    )
  }
  return [...byKey.values()].sort((a, b) => b.spans.length - a.spans.length)
}

/** Threads that act in the verdict or sit in a call; threads in their ordinary waiting place share one lane per process. */
function threadLanes(
  analysis: Analysis,
  verdict: Finding | null,
  actors: ReadonlySet<string | undefined>,
  maker: LaneMaker,
): Lane[] {
  const about = verdictProcess(analysis, verdict)
  const byKey = new Map<string, { lane: Lane; weight: number }>()
  const parked = new Map<number, { threads: Set<number>; calls: Set<string>; since: Ns | null; refs: Span['refs'] }>()
  for (const process of analysis.processes)
    for (const thread of process.threads) {
      const key = `tid:${thread.tid}`
      if (!actors.has(key) || byKey.has(key)) continue
      const lane = maker.lane(key, `${thread.comm ?? process.comm ?? 'thread'} ${thread.tid}`, 'thread', [
        maker.span(thread.startNs ?? process.startNs, thread.endNs ?? process.endNs, 'life', '', []),
      ])
      byKey.set(key, { lane, weight: 4 })
    }
  for (const call of analysis.blockedCalls) {
    const key = `tid:${call.tid}`
    if (call.usual && !byKey.has(key)) {
      if (!call.open) continue
      const fold = parked.get(call.pid) ?? { threads: new Set(), calls: new Set(), since: call.sinceNs, refs: [] }
      parked.set(call.pid, fold)
      fold.threads.add(call.tid)
      fold.calls.add(call.syscall)
      if (call.sinceNs !== null && (fold.since === null || call.sinceNs < fold.since)) fold.since = call.sinceNs
      fold.refs.push(...call.refs.slice(0, 1))
      continue
    }
    const known = byKey.get(key) ?? { lane: maker.lane(key, `thread ${call.tid}`, 'thread'), weight: 0 }
    byKey.set(key, known)
    if (call.pid === about?.pid && !call.usual) known.weight += 2
    const end = call.durationNs !== null && call.sinceNs !== null ? call.sinceNs + call.durationNs : null
    const what = call.object === null ? call.syscall : `${call.syscall} ${call.object}`
    known.lane.spans.push(maker.span(call.sinceNs, call.open ? null : end, 'blocked', what, call.refs))
  }
  const folded = [...parked]
    .filter(([pid]) => pid === about?.pid)
    .map(([pid, { threads, calls, since, refs }]) =>
      maker.lane(`parked:${pid}`, counted(threads.size, 'thread'), 'thread', [
        maker.span(since, null, 'blocked', `parked in ${[...calls].sort().slice(0, 4).join(', ')}`, refs),
      ]),
    )
  return [...[...byKey.values()].sort((a, b) => b.weight - a.weight).map(({ lane }) => lane), ...folded]
}

/** Goroutines that wait for something other than work, by group: from when they began to wait until the dump. */
function goroutineLanes(analysis: Analysis, maker: LaneMaker): Lane[] {
  const taken = new Map<string, Ns | null>()
  for (const snapshot of analysis.capture.snapshots)
    taken.set(snapshot.source, analysis.at(snapshot.source, snapshot.takenNs))
  const lanes: Lane[] = []
  for (const group of analysis.groups) {
    const end = taken.get(group.source) ?? null
    if (group.system || group.benign || end === null) continue
    const start = group.waitNs === null ? null : end - group.waitNs.max
    const key = group.count === 1 ? `goroutine:${group.ids[0]}` : `group:${group.source}:${group.ids[0]}`
    lanes.push(
      maker.lane(key, goroutineLabel(group), 'goroutine', [
        maker.span(start, end, 'waiting', waitText(group), group.refs.slice(0, 4)),
      ]),
    )
  }
  return lanes
}

function goroutineLabel(group: GoroutineGroup): string {
  if (group.count === 1) return `goroutine ${group.ids[0]}`
  return counted(group.count, 'goroutine')
}

function waitText(group: GoroutineGroup): string {
  const place = group.frames[group.userFrame]?.func
  const where = place === undefined ? '' : ` in ${place.slice(place.lastIndexOf('/') + 1)}`
  return `${group.state}${where}`
}

/** Units from start to stop; the time that a stop took is marked. */
function unitLanes(analysis: Analysis, maker: LaneMaker): Lane[] {
  const byUnit = new Map<string, Analysis['lifecycle']>()
  for (const event of analysis.lifecycle) {
    if (event.unit === null || event.ns === null) continue
    const list = byUnit.get(event.unit) ?? []
    byUnit.set(event.unit, list)
    list.push(event)
  }
  const lanes: Lane[] = []
  for (const [unit, events] of byUnit) {
    const lane = maker.lane(`unit:${unit}`, unit, 'unit')
    let up: { ns: Ns | null; refs: Span['refs'] } | null = null
    let stopping: { ns: Ns; refs: Span['refs'] } | null = null
    for (const event of events) {
      const ns = event.ns!
      if (event.kind === 'starting' || event.kind === 'started') up ??= { ns, refs: event.refs }
      else if (event.kind === 'stopping') stopping ??= { ns, refs: event.refs }
      else if (event.kind === 'stopped' || event.kind === 'deactivated' || event.kind === 'failed') {
        if (stopping)
          lane.spans.push(
            maker.span(stopping.ns, ns, 'stopped', `stopping for ${duration(ns - stopping.ns)}`, [
              ...stopping.refs,
              ...event.refs,
            ]),
          )
        if (up || !stopping)
          lane.spans.unshift(maker.span(up?.ns ?? null, stopping?.ns ?? ns, 'life', '', up?.refs ?? event.refs))
        up = null
        stopping = null
      }
    }
    if (stopping) lane.spans.push(maker.span(stopping.ns, null, 'stopped', 'stopping', stopping.refs))
    else if (up) lane.spans.push(maker.span(up.ns, null, 'life', '', up.refs))
    lanes.push(lane)
  }
  return lanes.sort((a, b) => b.spans.length - a.spans.length)
}
