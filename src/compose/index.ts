import type { Analysis } from '../model/analysis.js'
import { confidenceOf, type Finding } from '../model/finding.js'
import { REPORT_SCHEMA, type Report, type ReportFinding } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { epochString } from '../model/time.js'
import { VERSION } from '../version.js'

/** Turns an analysis and its findings into the report: plain data, everything a renderer shows. */
export function compose(analysis: Analysis, findings: readonly Finding[], failures: Report['failures']): Report {
  const time = (ns: Ns | null | undefined) => epochString(analysis.origin, ns ?? null)
  const { capture } = analysis
  const reportFindings: ReportFinding[] = findings.map(f => ({
    rule: f.rule,
    severity: f.severity,
    confidence: confidenceOf(f.chain),
    title: f.title,
    summary: f.summary,
    subject: f.subject,
    chain: f.chain.map(({ text, status, refs, ns, label }) => ({
      text,
      status,
      refs,
      ns: time(ns),
      ...(label && { label }),
    })),
    remedies: f.remedies,
    ns: time(f.ns),
    count: f.count ?? 1,
  }))
  const first = reportFindings.findIndex(f => f.severity === 'fatal' || f.severity === 'error')
  const verdict = reportFindings[first]
  return {
    schema: REPORT_SCHEMA,
    tool: { name: 'sigtrace', version: VERSION },
    capture: capture.name,
    command: null,
    verdict: verdict
      ? {
          rule: verdict.rule,
          title: verdict.title,
          confidence: verdict.confidence,
          summary: verdict.summary,
          finding: first,
        }
      : { rule: null, title: 'Nothing wrong was found', confidence: 'insufficient', summary: '', finding: null },
    fingerprint: '',
    victim: analysis.victim ? { pid: analysis.victim.pid, comm: analysis.victim.comm, unit: null } : null,
    path: { actors: [], steps: [] },
    findings: reportFindings,
    ruledOut: analysis.ruledOut,
    missing: [],
    exitStatuses: [],
    signals: analysis.signals.map(s => ({ ...s, sentNs: time(s.sentNs), deliveredNs: time(s.deliveredNs) })),
    processes: analysis.processes.map(p => ({
      pid: p.pid,
      ppid: p.ppid,
      comm: p.comm,
      argv: p.argv,
      runtime: p.runtime,
      threads: p.threads.map(({ tid, comm }) => ({ tid, comm })),
      startNs: time(p.startNs),
      endNs: time(p.endNs),
      exit: p.exit && { kind: p.exit.kind, code: p.exit.code, signal: p.exit.signal, coreDumped: p.exit.coreDumped },
      refs: p.refs,
    })),
    blockedCalls: analysis.blockedCalls.map(c => ({
      ...c,
      sinceNs: time(c.sinceNs),
      durationNs: c.durationNs === null ? null : String(Math.round(c.durationNs)),
    })),
    goroutines: {
      snapshots: capture.snapshots.map(s => ({
        source: s.source,
        format: s.format,
        goVersion: s.goVersion,
        count: s.table.counts ? s.table.counts.reduce((sum, n) => sum + n, 0) : s.table.length,
        takenNs: time(analysis.at(s.source, s.takenNs)),
        truncated: s.truncated,
      })),
      groups: analysis.groups.map(g => ({
        ...g,
        waitNs: g.waitNs && { min: String(g.waitNs.min), max: String(g.waitNs.max) },
      })),
    },
    waits: analysis.waits,
    timeline: {
      startNs: null,
      endNs: null,
      reference: analysis.reference,
      events: [],
      lanes: [],
      focus: null,
      omitted: { events: 0, lanes: 0 },
    },
    evidence: [],
    sources: capture.sources
      .filter(s => !s.derivedFrom)
      .map(s => ({
        path: s.path,
        kind: s.kind,
        sha256: s.sha256,
        bytes: s.bytes,
        records: s.records,
        skipped: capture.diagnostics
          .of(s.path)
          .filter(d => d.severity === 'loss')
          .map(({ code, count, first, remedy }) => ({ code, count, first, remedy })),
        clock: {
          domain: s.clock.domain,
          offsetNs: s.alignment.offsetNs === null ? null : String(Math.round(s.alignment.offsetNs)),
          uncertaintyNs: s.alignment.uncertaintyNs === null ? null : String(Math.round(s.alignment.uncertaintyNs)),
          basis: s.alignment.basis,
        },
        about: s.about,
      })),
    diagnostics: capture.diagnostics.list(),
    redactions: [],
    unredacted: false,
    cut: [],
    failures,
  }
}
