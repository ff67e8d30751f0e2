import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Input } from '../model/input.js'
import { REPORT_SCHEMA, type Report } from '../model/report.js'
import { VERSION } from '../version.js'
import { citations } from './citations.js'
import { excerpts } from './excerpts.js'
import { exitStatuses } from './exits.js'
import { reportFindings, reportVerdict } from './findings.js'
import { fingerprint } from './fingerprint.js'
import { Cuts, LIMITS } from './limits.js'
import * as lists from './lists.js'
import { missingEvidence } from './missing.js'
import { verdictProcess } from './moment.js'
import { parentsOf, toParents } from './parents.js'
import { signalPath } from './path.js'
import { reportDiagnostics, reportSources } from './sources.js'
import { toTime } from './time.js'
import { timelineOf } from './timeline.js'

export interface Conclusions {
  findings: readonly Finding[]
  /** The finding that explains the death or the hang; null where none does. */
  verdict: Finding | null
  failures: Report['failures']
}

export interface ComposeOptions {
  /** The inputs, to quote the cited lines from. */
  inputs?: readonly Input[]
  /** The command that makes the report again. */
  command?: string | null
}

/** Turns an analysis and what was concluded from it into the report: plain data, everything a renderer shows. */
export function compose(analysis: Analysis, concluded: Conclusions, options: ComposeOptions = {}): Report {
  const { capture } = analysis
  const { verdict } = concluded
  const cuts = new Cuts()
  const time = toTime(analysis.origin)
  const parents = parentsOf(capture.sources)
  const diagnostics = reportDiagnostics(capture.diagnostics.list(), parents)
  const ordered = keptFirst(concluded.findings, verdict)
  const findings = reportFindings(ordered, time, cuts)
  const chosen = verdict === null ? null : ordered.indexOf(verdict)
  const about = verdictProcess(analysis, verdict)
  const unit = verdict?.subject.unit ?? null
  const report = toParents<Omit<Report, 'evidence' | 'cut'>>(
    {
      schema: REPORT_SCHEMA,
      tool: { name: 'sigtrace', version: VERSION },
      capture: capture.name,
      command: options.command ?? null,
      verdict: reportVerdict(findings, chosen, about, analysis),
      fingerprint: fingerprint(verdict, analysis),
      victim: about ? { pid: about.pid, comm: about.comm ?? verdict?.subject.comm ?? null, unit } : null,
      path: signalPath(verdict, time),
      findings,
      ruledOut: analysis.ruledOut,
      missing: missingEvidence(analysis, verdict, diagnostics),
      exitStatuses: exitStatuses(analysis, verdict),
      signals: lists.signals(analysis, time, cuts),
      processes: lists.processes(analysis, time, cuts),
      blockedCalls: lists.blockedCalls(analysis, time, cuts),
      goroutines: { snapshots: lists.snapshots(analysis, time), groups: lists.groups(analysis, cuts) },
      waits: lists.waits(analysis, cuts),
      timeline: timelineOf(analysis, verdict, time),
      sources: reportSources(capture, diagnostics),
      diagnostics,
      redactions: [],
      unredacted: false,
      failures: concluded.failures,
    },
    parents,
  )
  const evidence = excerpts(citations(report), options.inputs ?? [], capture.sources, cuts)
  return { ...report, evidence, cut: cuts.list() }
}

/** The findings in their order, but never with the verdict among those that are cut. */
function keptFirst(findings: readonly Finding[], verdict: Finding | null): readonly Finding[] {
  if (verdict === null || findings.indexOf(verdict) < LIMITS.findings) return findings
  return [verdict, ...findings.filter(finding => finding !== verdict)]
}
