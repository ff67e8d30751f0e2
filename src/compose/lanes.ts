import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import { refKey } from '../model/ref.js'
import type { Lane } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { counted, duration } from '../model/words.js'
import { LaneMaker, type Span } from './lane-maker.js'
import { LIMITS } from './limits.js'
import { verdictProcess } from './moment.js'
import { threadLanes } from './threads.js'
import type { ToTime } from './time.js'

/** So few processes are all shown; of more, those that have to do with the case. */
const FEW = 5
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
    objectLanes(analysis, verdict, maker),
    threadLanes(analysis, verdict, actors, maker),
    goroutineLanes(analysis, verdict, focus, maker),
    unitLanes(analysis, verdict, focus, maker),
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

function processLanes(
  analysis: Analysis,
  verdict: Finding | null,
  focus: { startNs: Ns; endNs: Ns } | null,
  actors: ReadonlySet<string | undefined>,
  maker: LaneMaker,
): Lane[] {
  const about = verdictProcess(analysis, verdict)
  const inFocus = (ns: Ns | null) => ns !== null && focus !== null && ns >= focus.startNs && ns <= focus.endNs
  const signalled = new Set<number>()
  for (const { noise, sender, target, sentNs, deliveredNs } of analysis.signals) {
    if (noise || !(focus === null || inFocus(sentNs) || inFocus(deliveredNs))) continue
    signalled.add(target.pid)
    if (sender) signalled.add(sender.pid)
  }
  const weight = (p: Analysis['processes'][number]) =>
    (p === about ? 16 : 0) +
    (actors.has(`pid:${p.pid}`) ? 8 : 0) +
    (inFocus(p.endNs) ? 4 : 0) +
    (inFocus(p.startNs) || signalled.has(p.pid) ? 2 : 0) +
    (p.pid === about?.ppid ? 1 : 0)
  const byKey = new Map<string, Lane>()
  const few = analysis.processes.length <= FEW
  const weighed = analysis.processes.map(process => ({ process, by: weight(process) })).sort((a, b) => b.by - a.by)
  for (const { process, by } of weighed) {
    if (!few && by === 0) continue
    const key = `pid:${process.pid}`
    const name = process.comm ?? (process === about ? verdict?.subject.comm : null) ?? 'pid'
    const lane = byKey.get(key) ?? maker.lane(key, `${name} ${process.pid}`, 'process')
    byKey.set(key, lane)
    const how = process.exit
    const end = !how || process.endNs === null ? '' : how.signal ? `killed by ${how.signal}` : `exit ${how.code ?? '?'}`
    lane.spans.push(maker.span(process.startNs, process.endNs, 'life', end, process.exit?.refs ?? process.refs))
  }
  return [...byKey.values()]
}

/** Pipes and sockets whose other end went away: open until then, broken from then until somebody wrote. */
function objectLanes(analysis: Analysis, verdict: Finding | null, maker: LaneMaker): Lane[] {
  const byKey = new Map<string, Lane>()
  for (const broken of analysis.brokenPipes) {
    if (broken.object === null || byKey.has(broken.object)) continue
    const lane = maker.lane(broken.object, broken.object, 'object')
    byKey.set(broken.object, lane)
    const left = broken.peer ?? goneBy(verdict, broken)
    const gone = left?.ns ?? null
    if (!left || gone === null || broken.ns === null) continue
    const what =
      broken.object.startsWith('pipe:') || broken.object.startsWith('FIFO') ? 'no reader' : 'other end closed'
    lane.spans.push(maker.span(null, gone, 'life', '', left.refs))
    lane.spans.push(
      maker.span(gone, broken.ns, 'broken', `${what} for ${duration(broken.ns - gone)}`, [
        ...left.refs,
        ...broken.refs,
      ]),
    )
  }
  return [...byKey.values()].sort((a, b) => b.spans.length - a.spans.length)
}

/** Where no trace shows who gave up the other end: the link of the verdict that says since when it was gone, if one was observed. */
function goneBy(
  verdict: Finding | null,
  broken: Analysis['brokenPipes'][number],
): { ns: Ns; refs: Span['refs'] } | null {
  for (const { from, to, ns, refs, status } of verdict?.chain ?? [])
    if (to?.key === broken.object && from?.key !== `pid:${broken.pid}` && from?.key !== `tid:${broken.tid}`)
      if (status === 'observed' && ns != null && broken.ns !== null && ns < broken.ns) return { ns, refs }
  return null
}

/** Goroutines that wait for something other than work, by group: from when they began to wait until the dump. */
function goroutineLanes(
  analysis: Analysis,
  verdict: Finding | null,
  focus: { startNs: Ns; endNs: Ns } | null,
  maker: LaneMaker,
): Lane[] {
  const taken = new Map<string, Ns | null>()
  for (const snapshot of analysis.capture.snapshots)
    taken.set(snapshot.source, analysis.at(snapshot.source, snapshot.takenNs))
  const cited = new Set(verdict?.chain.flatMap(link => link.refs.map(refKey)))
  const weight = (group: GoroutineGroup) => (group.refs.some(ref => cited.has(refKey(ref))) ? 1 : 0)
  const byKey = new Map<string, Lane>()
  for (const group of [...analysis.groups].sort((a, b) => weight(b) - weight(a) || b.count - a.count)) {
    const end = taken.get(group.source) ?? null
    if (group.system || group.benign || group.primitive === 'none' || end === null) continue
    if (focus !== null && (end < focus.startNs || end > focus.endNs)) continue
    const start = group.waitNs === null ? null : end - group.waitNs.max
    const key = group.count === 1 ? `goroutine:${group.ids[0]}` : `group:${group.source}:${group.ids[0]}`
    const lane = byKey.get(key) ?? maker.lane(key, goroutineLabel(group), 'goroutine')
    byKey.set(key, lane)
    const span = maker.span(start, end, 'waiting', waitText(group), group.refs.slice(0, 4))
    // The same dump can be in the capture twice, bare and in the journal.
    if (!lane.spans.some(known => known.endNs === span.endNs)) lane.spans.push(span)
  }
  return [...byKey.values()]
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

/** The units of the case, and those of which something is said in the last moments: from start to stop; the time that a stop took is marked. */
function unitLanes(
  analysis: Analysis,
  verdict: Finding | null,
  focus: { startNs: Ns; endNs: Ns } | null,
  maker: LaneMaker,
): Lane[] {
  const about = verdictProcess(analysis, verdict)
  const concerned = new Set(verdict?.subject.unit === undefined ? [] : [verdict.subject.unit])
  for (const { unit, pid, ns } of analysis.lifecycle) {
    if (unit === null) continue
    if (pid !== null && pid === about?.pid) concerned.add(unit)
    if (ns !== null && focus !== null && ns >= focus.startNs && ns <= focus.endNs) concerned.add(unit)
  }
  const byUnit = new Map<string, Analysis['lifecycle']>()
  for (const event of analysis.lifecycle) {
    if (event.unit === null || event.ns === null || !concerned.has(event.unit)) continue
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
