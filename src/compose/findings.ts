import { confidenceOf, type Finding } from '../model/finding.js'
import type { ReportFinding, ReportVerdict } from '../model/report.js'
import { type Cuts, LIMITS } from './limits.js'
import type { ToTime } from './time.js'

/** Findings as the report has them: confidence counted, times on the epoch, long lists cut. */
export function reportFindings(findings: readonly Finding[], time: ToTime, cuts: Cuts): ReportFinding[] {
  return cuts.first('findings', findings, LIMITS.findings).map(f => ({
    rule: f.rule,
    severity: f.severity,
    confidence: confidenceOf(f.chain),
    title: f.title,
    summary: f.summary,
    subject: f.subject,
    chain: cuts.first(`findings[${f.rule}].chain`, f.chain, LIMITS.links).map(({ text, status, refs, ns, label }) => ({
      text,
      status,
      refs: cuts.first('findings.chain.refs', refs, LIMITS.refs),
      ns: time(ns),
      ...(label !== undefined && { label }),
    })),
    remedies: f.remedies,
    ns: time(f.ns),
    count: f.count ?? 1,
  }))
}

/** The verdict: the chosen finding in short, or what is said where nothing was found. */
export function reportVerdict(
  findings: readonly ReportFinding[],
  chosen: number | null,
  recognised: number,
): ReportVerdict {
  const finding = chosen === null ? undefined : findings[chosen]
  if (finding)
    return {
      rule: finding.rule,
      title: finding.title,
      confidence: finding.confidence,
      summary: finding.summary,
      finding: chosen,
    }
  const nothing = { rule: null, confidence: 'insufficient' as const, finding: null }
  if (recognised === 0)
    return {
      ...nothing,
      title: 'Nothing here could be read as evidence',
      summary: 'None of the inputs is in a format that sigtrace reads; `sigtrace formats` lists those it does.',
    }
  const noted = findings.filter(f => f.severity !== 'note').length
  return {
    ...nothing,
    title: 'Nothing in this evidence died or hangs',
    summary:
      noted > 0
        ? `We saw no death and no hang. ${noted === 1 ? 'One finding is' : `${noted} findings are`} worth a look all the same.`
        : 'We saw no death, no hang and no blocked call that is not an ordinary place to wait.',
  }
}
