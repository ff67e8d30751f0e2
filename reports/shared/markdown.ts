import type { Report, ReportFinding, ReportLink } from '../../src/model/report.js'
import { counted } from '../../src/model/words.js'
import { citesOf, sourceLabels } from './cite.js'
import { confidenceText, endText, verdictFinding, victimName, victimProcess } from './verdict.js'
import { oneLine, visible } from './visible.js'
import { moment, relative } from './when.js'

/** A ticket is read on a screen: of long lists so many. */
const MOST = { links: 14, remedies: 3, others: 6, missing: 4, ruledOut: 5, evidence: 12, statuses: 2 }
const MARK: Record<ReportLink['status'], string> = { observed: '', inferred: ' _(inferred)_', missing: ' _(not seen)_' }

/** The report for a ticket: verdict, chain with citations, what to change, the cited lines. Ends with a line end. */
export function markdownOf(report: Report): string {
  const labels = sourceLabels(report)
  const cites = (refs: ReportLink['refs']) => {
    const list = citesOf(refs, labels)
    const more = list.length > 3 ? ` +${list.length - 3}` : ''
    return list.length === 0
      ? ''
      : ` ${list
          .slice(0, 3)
          .map(cite => code(cite.label))
          .join(' ')}${more}`
  }
  const finding = verdictFinding(report)
  const out: string[] = [`### ${escaped(report.verdict.title)}`, '']
  if (report.verdict.summary) out.push(escaped(report.verdict.summary), '')
  if (finding) out.push(...facts(report, finding), '', ...chain(report, finding, cites))
  out.push(...remedies(finding), ...others(report), ...missing(report))
  if (report.ruledOut.length > 0) {
    out.push('**Ruled out**', '')
    for (const suspect of report.ruledOut.slice(0, MOST.ruledOut))
      out.push(`- ${escaped(suspect.hypothesis)}: ${escaped(suspect.text)}${cites(suspect.refs)}`)
    out.push('')
  }
  out.push(...evidence(report, finding, labels), ...foot(report))
  return `${out.join('\n').replace(/\n{3,}/g, '\n\n')}\n`
}

function facts(report: Report, finding: ReportFinding): string[] {
  const rows = [`- **Confidence**: ${confidenceText(finding)}`]
  const name = victimName(report)
  if (name) rows.push(`- **Victim**: ${escaped(name)}`)
  const end = endText(victimProcess(report)?.exit ?? null)
  if (end) rows.push(`- **End**: ${escaped(end)}`)
  const focus = report.timeline.focus
  if (focus) rows.push(`- **Time of ${escaped(focus.zeroText)}**: ${moment(report, focus.zeroNs)}`)
  return rows
}

function chain(report: Report, finding: ReportFinding, cites: (refs: ReportLink['refs']) => string): string[] {
  const out = ['**How we know**', '']
  for (const [index, link] of finding.chain.slice(0, MOST.links).entries()) {
    const at = relative(report, link.ns)
    out.push(`${index + 1}. ${at === '' ? '' : `${at}: `}${escaped(link.text)}${MARK[link.status]}${cites(link.refs)}`)
  }
  if (finding.chain.length > MOST.links) out.push(`${MOST.links + 1}. and ${finding.chain.length - MOST.links} more`)
  return [...out, '']
}

function remedies(finding: ReportFinding | null): string[] {
  if (!finding || finding.remedies.length === 0) return []
  const out = ['**What to change**', '']
  for (const remedy of finding.remedies.slice(0, MOST.remedies)) {
    out.push(`- **${escaped(remedy.title)}**. ${escaped(remedy.detail)}`)
    if (remedy.code) out.push('', ...fence(remedy.code, isDiff(remedy.code) ? 'diff' : ''), '')
  }
  return [...out, '']
}

function others(report: Report): string[] {
  const rest = report.findings.filter((_, index) => index !== report.verdict.finding)
  if (rest.length === 0) return []
  const out = ['**Also found**', '']
  for (const f of rest.slice(0, MOST.others))
    out.push(`- ${f.severity}: ${escaped(f.title)}${f.count > 1 ? ` (${f.count} times)` : ''}`)
  if (rest.length > MOST.others) out.push(`- and ${rest.length - MOST.others} more`)
  return [...out, '']
}

function missing(report: Report): string[] {
  if (report.missing.length === 0) return []
  const out = ['**What would tell more**', '']
  for (const m of report.missing.slice(0, MOST.missing)) {
    out.push(`- ${escaped(m.text)} ${escaped(m.remedy)}`)
    if (m.code) out.push('', ...fence(m.code, 'sh'), '')
  }
  return [...out, '']
}

/** The lines that the verdict rests on, word for word. */
function evidence(report: Report, finding: ReportFinding | null, labels: ReadonlyMap<string, string>): string[] {
  if (!finding) return []
  const wanted = new Set(finding.chain.flatMap(link => link.refs.map(ref => `${ref.source}:${ref.line ?? ref.offset}`)))
  const lines = report.evidence
    .filter(e => e.cited && wanted.has(`${e.ref.source}:${e.ref.line ?? e.ref.offset}`))
    .map(
      e =>
        `${oneLine(labels.get(e.ref.source) ?? e.ref.source, 60)}:${e.ref.line ?? e.ref.offset}  ${oneLine(e.text, 200)}`,
    )
  if (lines.length === 0) return []
  const shown = lines.slice(0, MOST.evidence)
  if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`)
  return ['**Evidence**', '', ...fence(shown.join('\n'), ''), '']
}

function foot(report: Report): string[] {
  const out: string[] = []
  for (const { status, meaning } of report.exitStatuses.slice(0, MOST.statuses))
    out.push(`Exit status ${code(status)}: ${escaped(meaning)}.`)
  out.push(
    `Fingerprint ${code(report.fingerprint)} · ${escaped(`${report.tool.name} ${report.tool.version}`)} · ${counted(report.sources.length, 'input')}`,
  )
  return out
}

export function isDiff(text: string): boolean {
  const lines = text.split('\n')
  return (
    lines.some(line => line.startsWith('+')) || lines.filter(line => line.startsWith('-')).length > lines.length / 2
  )
}

/** Inline text: what Markdown or HTML would act on is escaped; `code` in backticks stays code. */
function escaped(text: string): string {
  return oneLine(text)
    .split(/(`[^`]+`)/)
    .map(part =>
      /^`[^`]+`$/.test(part) ? part : part.replace(/[\\*_[\]<>#|~`]/g, '\\$&').replace(/@(?=\w)/g, '@\u200b'),
    )
    .join('')
}

function code(text: string): string {
  const inner = oneLine(text, 300)
  return inner.includes('`') ? `\`\` ${inner} \`\`` : `\`${inner}\``
}

/** A fenced block whose fence is longer than any run of backticks in it. */
function fence(text: string, language: string): string[] {
  const inner = visible(text)
  const longest = Math.max(2, ...(inner.match(/`+/g) ?? []).map(run => run.length))
  const bar = '`'.repeat(longest + 1)
  return [bar + language, ...inner.split('\n'), bar]
}
