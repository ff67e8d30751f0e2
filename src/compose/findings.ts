import type { Analysis } from '../model/analysis.js'
import { confidenceOf, type Finding } from '../model/finding.js'
import type { Process } from '../model/process.js'
import type { ReportFinding, ReportVerdict } from '../model/report.js'
import type { Signal } from '../model/signal.js'
import { duration } from '../model/words.js'
import { type Cuts, LIMITS } from './limits.js'
import type { ToTime } from './time.js'
import { unitFailure } from './unit-end.js'
import { whoWaits } from './waiting.js'

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
  about: Process | null,
  analysis: Analysis,
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
  if (analysis.capture.sources.every(source => source.kind === 'unrecognised'))
    return {
      ...nothing,
      title: 'Nothing here could be read as evidence',
      summary: 'None of the inputs is in a format that sigtrace reads; `sigtrace formats` lists those it does.',
    }
  if (about?.exit?.kind === 'killed')
    return {
      ...nothing,
      title: `${about.comm ?? `pid ${about.pid}`} was killed by ${about.exit.signal ?? 'a signal'}; the evidence does not say why`,
      summary: 'We saw the end of the process, and nothing that explains it.',
    }
  const failure =
    about === null || about.exit === null
      ? unitFailure(analysis.lifecycle, analysis.capture.units, analysis.capture.manifest.unit)
      : null
  if (failure) return { ...nothing, title: failure.title, summary: failure.text }
  const noted = findings.filter(f => f.severity !== 'note').length
  const end = ordinaryEnd(about, analysis.signals)
  const waiting = whoWaits(analysis)
  return {
    ...nothing,
    title:
      end?.title ??
      (waiting === null
        ? 'We saw no death and no hang in this evidence'
        : 'We saw no death, and no wait that must be a hang'),
    summary:
      (end === null ? '' : `${end.text} `) +
      (noted > 0
        ? `${noted === 1 ? 'One finding is' : `${noted} findings are`} worth a look all the same.`
        : (waiting ??
          'Every process that ended did so by its own account, and whoever waits does so in an ordinary place.')),
  }
}

/** A signal that was handled so long before the end has something to do with it, as a rule. */
const NEAR_NS = 30e9

/** SIGHUP, SIGINT, SIGQUIT and SIGTERM ask a program to end; so did any signal whose number its status bears (128 + n). */
function asksToEnd(number: number, code: number): boolean {
  return number === 1 || number === 2 || number === 3 || number === 15 || code === 128 + number
}

/** How the process in question ended, where it ended by itself: with which status, and after which signal that it handled. */
function ordinaryEnd(about: Process | null, signals: readonly Signal[]): { text: string; title: string | null } | null {
  if (about?.exit?.kind !== 'exited' || about.exit.code === null) return null
  const name = about.comm ?? (about.pid === 0 ? 'The traced process' : `pid ${about.pid}`)
  const end = about.endNs
  const exited = `${name} exited with status ${about.exit.code}`
  const handled =
    end === null
      ? undefined
      : signals.findLast(
          s =>
            !s.noise &&
            s.outcome === 'handled' &&
            s.origin !== 'child' &&
            s.origin !== 'kernel' &&
            s.target.pid === about.pid &&
            s.deliveredNs !== null &&
            s.deliveredNs <= end &&
            end - s.deliveredNs <= NEAR_NS,
        )
  if (!handled) return { text: `${exited}.`, title: null }
  const { sender } = handled
  const who =
    sender === null
      ? null
      : sender.pid === about.pid
        ? 'itself'
        : sender.comm === null
          ? `pid ${sender.pid}`
          : `${sender.comm} (pid ${sender.pid})`
  const from = who === null ? '' : ` from ${who}`
  return {
    text: `${exited}, ${duration(end! - handled.deliveredNs!)} after ${handled.signal}${from}, which it handled.`,
    title: asksToEnd(handled.number, about.exit.code) ? `${exited} after ${handled.signal}${from}` : null,
  }
}
