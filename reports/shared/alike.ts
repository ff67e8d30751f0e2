/** Findings of one title: what they have in common is said once, and what tells them apart beside each. */
import { addTo } from '../../src/model/multimap.js'
import type { ReportFinding } from '../../src/model/report.js'

/** What a finding is about, where its title does not say so: `pid 412`, a unit, a goroutine, or the file that shows it. */
export function whose(finding: ReportFinding): string {
  const { pid, unit, goroutine } = finding.subject
  const source = finding.chain.flatMap(link => link.refs)[0]?.source ?? ''
  const name =
    pid !== undefined ? `pid ${pid}` : (unit ?? (goroutine !== undefined ? `goroutine ${goroutine}` : source))
  return finding.title.includes(name) ? '' : name
}

/** Findings that read the same in one line, together, in the order in which the first of each stands. */
export function alike(findings: readonly ReportFinding[]): ReportFinding[][] {
  const groups = new Map<string, ReportFinding[]>()
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.confidence} ${finding.title}`
    addTo(groups, key, finding)
  }
  return [...groups.values()]
}

/** How many cases a finding stands for; 1 where its title tells that number already. */
export function timesOf({ count, title }: ReportFinding): number {
  return new RegExp(`\\b${count}\\b`).test(title) ? 1 : count
}
