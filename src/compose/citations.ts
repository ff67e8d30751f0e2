import type { Ref } from '../model/ref.js'
import type { Report } from '../model/report.js'
import type { Citation } from './excerpts.js'

/** Of lists that can be long, the first so many are quoted. */
const FIRST = { findings: 60, refs: 12, signals: 300, processes: 100, groups: 150, calls: 60, edges: 100 }

/** Every citation of the report, most important first: the verdict's own, then by how much rests on them. */
export function* citations(report: Omit<Report, 'evidence' | 'cut'>): Generator<Citation> {
  const verdict = report.verdict.finding
  if (verdict !== null) for (const link of report.findings[verdict].chain) yield* around(link.refs, 2, 2)
  for (const [index, finding] of report.findings.slice(0, FIRST.findings).entries())
    if (index !== verdict) for (const link of finding.chain) yield* around(link.refs.slice(0, FIRST.refs), 1, 1)
  for (const suspect of report.ruledOut) yield* around(suspect.refs.slice(0, FIRST.refs), 0, 0)
  for (const edge of report.waits.edges.slice(0, FIRST.edges)) yield* around(edge.refs.slice(0, FIRST.refs), 0, 2)
  for (const lane of report.timeline.lanes) for (const span of lane.spans) yield* around(span.refs.slice(0, 2), 0, 0)
  for (const group of report.goroutines.groups.slice(0, FIRST.groups)) yield* around(group.refs.slice(0, 2), 0, 2)
  const quiet = report.signals.filter(signal => !signal.noise).slice(0, FIRST.signals)
  for (const signal of quiet) yield* around(signal.refs, 0, 0)
  for (const call of report.blockedCalls.slice(0, FIRST.calls)) yield* around(call.refs, 0, 0)
  for (const process of report.processes.slice(0, FIRST.processes)) yield* around(process.refs, 0, 0)
  for (const diagnostic of report.diagnostics) yield* around([diagnostic.first], 0, 0)
  const { events, focus } = report.timeline
  for (const { ns, kind, refs } of events)
    if (kind !== 'step' && focus && inside(ns, focus)) yield* around(refs.slice(0, 2), 0, 0)
}

function inside(ns: string, { startNs, endNs }: { startNs: string; endNs: string }): boolean {
  return BigInt(ns) >= BigInt(startNs) && BigInt(ns) <= BigInt(endNs)
}

function* around(refs: readonly Ref[], before: number, after: number): Generator<Citation> {
  for (const ref of refs) yield { ref, before, after }
}
