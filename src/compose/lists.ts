import type { Analysis } from '../model/analysis.js'
import type {
  Report,
  ReportBlockedCall,
  ReportGroup,
  ReportProcess,
  ReportSignal,
  ReportSnapshot,
} from '../model/report.js'
import { type Cuts, LIMITS } from './limits.js'
import type { ToTime } from './time.js'

/** Signals in their order; of the runtime's own noise only the first, so that it cannot push out what matters. */
export function signals(analysis: Analysis, time: ToTime, cuts: Cuts): ReportSignal[] {
  const out: ReportSignal[] = []
  let noise = 0
  let others = 0
  for (const signal of analysis.signals) {
    if (signal.noise ? noise++ >= LIMITS.noise : others++ >= LIMITS.signals) continue
    out.push({
      signal: signal.signal,
      number: signal.number,
      origin: signal.origin,
      code: signal.code,
      sender: signal.sender,
      senderBasis: signal.senderBasis,
      target: signal.target,
      sentNs: time(signal.sentNs),
      deliveredNs: time(signal.deliveredNs),
      deliveredTo: signal.deliveredTo,
      outcome: signal.outcome,
      noise: signal.noise,
      refs: signal.refs,
    })
  }
  cuts.add('signals', others - LIMITS.signals)
  cuts.add('signals of the runtime itself', noise - LIMITS.noise)
  return out
}

export function processes(analysis: Analysis, time: ToTime, cuts: Cuts): ReportProcess[] {
  return cuts.first('processes', analysis.processes, LIMITS.processes).map(p => ({
    pid: p.pid,
    ppid: p.ppid,
    comm: p.comm,
    argv: p.argv,
    runtime: p.runtime,
    threads: cuts.first('processes.threads', p.threads, LIMITS.threads).map(({ tid, comm }) => ({ tid, comm })),
    startNs: time(p.startNs),
    endNs: time(p.endNs),
    exit: p.exit && { kind: p.exit.kind, code: p.exit.code, signal: p.exit.signal, coreDumped: p.exit.coreDumped },
    refs: [...new Set([...p.refs, ...(p.exit?.refs ?? [])])].slice(0, LIMITS.refs),
  }))
}

/** Calls that hang come first: open before returned, unusual before usual, longest first. */
export function blockedCalls(analysis: Analysis, time: ToTime, cuts: Cuts): ReportBlockedCall[] {
  const weight = (call: Analysis['blockedCalls'][number]) => (call.usual ? 2 : 0) + (call.open ? 0 : 1)
  const ordered = [...analysis.blockedCalls].sort(
    (a, b) => weight(a) - weight(b) || (b.durationNs ?? 0) - (a.durationNs ?? 0),
  )
  return cuts.first('blockedCalls', ordered, LIMITS.blockedCalls).map(c => ({
    pid: c.pid,
    tid: c.tid,
    syscall: c.syscall,
    object: c.object,
    sinceNs: time(c.sinceNs),
    durationNs: nanoseconds(c.durationNs),
    open: c.open,
    usual: c.usual,
    refs: c.refs.slice(0, LIMITS.refs),
  }))
}

export function snapshots(analysis: Analysis, time: ToTime): ReportSnapshot[] {
  return analysis.capture.snapshots.map(s => ({
    source: s.source,
    format: s.format,
    goVersion: s.goVersion,
    count: s.table.counts ? s.table.counts.reduce((sum, n) => sum + n, 0) : s.table.length,
    takenNs: time(analysis.at(s.source, s.takenNs)),
    truncated: s.truncated,
  }))
}

export function groups(analysis: Analysis, cuts: Cuts): ReportGroup[] {
  return cuts.first('goroutines.groups', analysis.groups, LIMITS.groups).map(g => ({
    source: g.source,
    count: g.count,
    ids: g.ids.slice(0, 100),
    state: g.state,
    primitive: g.primitive,
    object: g.object,
    waitNs: g.waitNs && { min: String(Math.round(g.waitNs.min)), max: String(Math.round(g.waitNs.max)) },
    system: g.system,
    benign: g.benign,
    frames: cuts.first('goroutines.groups.frames', g.frames, LIMITS.frames),
    createdBy: g.createdBy,
    labels: g.labels,
    userFrame: g.userFrame,
    refs: g.refs.slice(0, LIMITS.refs),
  }))
}

/** The wait-for graph; the edges of cycles stay when it is cut. */
export function waits(analysis: Analysis, cuts: Cuts): Report['waits'] {
  const { edges, conclusion, cycles } = analysis.waits
  if (edges.length <= LIMITS.edges) return { edges, conclusion, cycles }
  const inCycle = new Set(cycles.flat())
  const order = [...edges.keys()].sort((a, b) => Number(inCycle.has(b)) - Number(inCycle.has(a)) || a - b)
  const kept = cuts.first('waits.edges', order, LIMITS.edges)
  const place = new Map(kept.map((edge, index) => [edge, index]))
  return {
    edges: kept.map(index => edges[index]),
    conclusion,
    cycles: cycles.filter(c => c.every(e => place.has(e))).map(c => c.map(e => place.get(e)!)),
  }
}

function nanoseconds(ns: number | null): string | null {
  return ns === null ? null : String(Math.round(ns))
}
