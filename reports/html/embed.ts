import type { Report } from '../../src/model/report.js'
import { UNSEEN } from '../shared/visible.js'

/** The report inside the page is for scripts; a larger one belongs into a file of its own (`--format json`). */
const LARGEST = 512 * 1024
/** Rows of one list that are kept, tried one after the other until the text is small enough. */
const STEPS = [Number.POSITIVE_INFINITY, 100, 20, 4]
/** With more rows than this in all it is not worth while to write the whole of it first. */
const MANY_ROWS = 4_000

/** The report as JSON that can stand in a `script` element: the whole of it, or with its longest lists cut, which it says. */
export function embeddedJson(report: Report): string {
  const rows =
    report.signals.length +
    report.processes.length +
    report.evidence.length +
    report.timeline.events.length * 2 +
    report.waits.edges.length +
    report.goroutines.groups.length * 4 +
    report.findings.length * 4
  let json = ''
  for (const most of rows > MANY_ROWS ? STEPS.slice(1) : STEPS) {
    json = JSON.stringify(most === Number.POSITIVE_INFINITY ? report : shortened(report, most))
    if (json.length <= LARGEST) break
  }
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json.replace(/</g, escaped).replace(UNSEEN, escaped)
}

function shortened(report: Report, most: number): Report {
  const cut = [...report.cut]
  const first = <T>(list: string, items: readonly T[], limit = most): T[] => {
    if (items.length > limit) cut.push({ list: `${list} (inside the HTML page)`, left: items.length - limit })
    return items.slice(0, limit)
  }
  const keep = report.verdict.finding ?? 0
  return {
    ...report,
    findings: first('findings', report.findings, Math.max(keep + 1, most)).map(f => ({
      ...f,
      chain: f.chain.slice(0, Math.max(20, most)),
    })),
    signals: first('signals', report.signals),
    processes: first('processes', report.processes).map(p => ({ ...p, threads: p.threads.slice(0, most) })),
    blockedCalls: first('blockedCalls', report.blockedCalls),
    goroutines: {
      snapshots: first('goroutines.snapshots', report.goroutines.snapshots),
      groups: first('goroutines.groups', report.goroutines.groups).map(g => ({
        ...g,
        ids: g.ids.slice(0, most),
        frames: g.frames.slice(0, Math.max(12, most)),
      })),
    },
    waits: { ...report.waits, edges: first('waits.edges', report.waits.edges), cycles: [] },
    timeline: {
      ...report.timeline,
      events: first('timeline.events', report.timeline.events),
      lanes: first('timeline.lanes', report.timeline.lanes).map(lane => ({
        ...lane,
        spans: lane.spans.slice(0, most),
      })),
    },
    redactions: first('redactions', report.redactions),

    evidence: first('evidence', report.evidence),
    sources: first('sources', report.sources),
    diagnostics: first('diagnostics', report.diagnostics),
    ruledOut: first('ruledOut', report.ruledOut),
    cut,
  }
}
