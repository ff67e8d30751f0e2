import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Timeline } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { eventsOf } from './events.js'
import { lanesOf } from './lanes.js'
import { focusWindow, zeroMoment } from './moment.js'
import type { ToTime } from './time.js'

/** The timeline: the whole run, the last moments in it, what lasted (lanes) and what happened (events). */
export function timelineOf(analysis: Analysis, verdict: Finding | null, time: ToTime): Timeline {
  const zero = zeroMoment(analysis, verdict)
  const run = wholeRun(analysis, verdict, zero?.ns ?? null)
  // One moment alone has nothing to draw.
  const focus = zero && run && run.startNs < run.endNs ? focusWindow(analysis, verdict, zero, run.startNs) : null
  const { lanes, omitted: lanesLeft } = lanesOf(analysis, verdict, focus, time)
  const { events, omitted: eventsLeft } = eventsOf(analysis, verdict, zero, time)
  const startNs = time(focus?.startNs)
  const endNs = time(focus?.endNs)
  const zeroNs = time(zero?.ns)
  return {
    startNs: time(run?.startNs),
    endNs: time(run?.endNs),
    reference: analysis.reference,
    events,
    lanes,
    focus:
      startNs !== null && endNs !== null && zeroNs !== null ? { startNs, endNs, zeroNs, zeroText: zero!.text } : null,
    omitted: { events: eventsLeft, lanes: lanesLeft },
  }
}

/**
 * From the first to the last moment of the processes, traces, dumps and of what
 * waits in them; of the journal where there is nothing else.
 */
function wholeRun(analysis: Analysis, verdict: Finding | null, zero: Ns | null): { startNs: Ns; endNs: Ns } | null {
  let startNs = Number.POSITIVE_INFINITY
  let endNs = Number.NEGATIVE_INFINITY
  const see = (ns: Ns | null | undefined) => {
    if (ns == null || Number.isNaN(ns)) return
    if (ns < startNs) startNs = ns
    if (ns > endNs) endNs = ns
  }
  for (const trace of analysis.capture.traces) {
    see(analysis.at(trace.source, trace.firstNs))
    see(analysis.at(trace.source, trace.lastNs))
  }
  for (const process of analysis.processes) {
    see(process.startNs)
    see(process.endNs)
  }
  const taken = new Map<string, Ns | null>()
  for (const snapshot of analysis.capture.snapshots) {
    const ns = analysis.at(snapshot.source, snapshot.takenNs)
    taken.set(snapshot.source, ns)
    see(ns)
  }
  for (const { source, waitNs, system, benign } of analysis.groups) {
    const ns = taken.get(source) ?? null
    if (ns !== null && waitNs !== null && !system && !benign) see(ns - waitNs.max)
  }
  for (const link of verdict?.chain ?? []) see(link.ns)
  see(zero)
  if (startNs >= endNs) for (const event of analysis.lifecycle) see(event.ns)
  return startNs <= endNs ? { startNs, endNs } : null
}
