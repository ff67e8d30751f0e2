import type { Report } from '../../src/model/report.js'
import { UNSEEN } from '../shared/visible.js'

/** The report inside the page is for scripts; a larger one belongs into a file of its own (`--format json`). */
const LARGEST = 512 * 1024

/** The report as JSON that can stand in a `script` element: the whole of it, or without its longest lists, which it says. */
export function embeddedJson(report: Report): string {
  let json = JSON.stringify(report)
  if (json.length > LARGEST) json = JSON.stringify(shortened(report, 100))
  if (json.length > LARGEST) json = JSON.stringify(shortened(report, 10))
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return json.replace(/</g, escaped).replace(UNSEEN, escaped)
}

function shortened(report: Report, most: number): Report {
  const cut = [...report.cut]
  const first = <T>(list: string, items: readonly T[]): T[] => {
    if (items.length > most) cut.push({ list: `${list} (inside the HTML page)`, left: items.length - most })
    return items.slice(0, most)
  }
  const keep = report.verdict.finding ?? 0
  return {
    ...report,
    findings: first('findings', report.findings.slice(0, Math.max(keep + 1, most))),
    signals: first('signals', report.signals),
    processes: first('processes', report.processes).map(p => ({ ...p, threads: p.threads.slice(0, most) })),
    blockedCalls: first('blockedCalls', report.blockedCalls),
    goroutines: {
      snapshots: first('goroutines.snapshots', report.goroutines.snapshots),
      groups: first('goroutines.groups', report.goroutines.groups).map(g => ({ ...g, ids: g.ids.slice(0, most) })),
    },
    waits: { ...report.waits, edges: first('waits.edges', report.waits.edges), cycles: [] },
    timeline: { ...report.timeline, events: first('timeline.events', report.timeline.events) },
    evidence: first('evidence', report.evidence),
    sources: first('sources', report.sources),
    diagnostics: first('diagnostics', report.diagnostics),
    ruledOut: first('ruledOut', report.ruledOut),
    cut,
  }
}
