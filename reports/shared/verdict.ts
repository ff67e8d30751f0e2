import type { Confidence, Severity } from '../../src/model/finding.js'
import type { Report, ReportFinding, ReportLink } from '../../src/model/report.js'
import { signalNumber } from '../../src/model/signal-names.js'
import { counted } from '../../src/model/words.js'

export function verdictFinding(report: Report): ReportFinding | null {
  return report.verdict.finding === null ? null : (report.findings[report.verdict.finding] ?? null)
}

export const SEVERITY: Record<Severity, string> = { fatal: 'Fatal', error: 'Error', warning: 'Warning', note: 'Note' }
export const CONFIDENCE: Record<Confidence, string> = {
  proven: 'Proven',
  likely: 'Likely',
  possible: 'Possible',
  insufficient: 'Insufficient evidence',
}

/** `Proven: 8 of 8 links observed`, `Possible: 3 of 5 links observed, 1 inferred, 1 missing`. */
export function confidenceText(finding: ReportFinding): string {
  const count = (status: string) => finding.chain.filter(link => link.status === status).length
  const all = finding.chain.length
  if (all === 0) return CONFIDENCE[finding.confidence]
  const parts = [`${count('observed')} of ${counted(all, 'link')} observed`]
  if (count('inferred') > 0) parts.push(`${count('inferred')} inferred`)
  if (count('missing') > 0) parts.push(`${count('missing')} missing`)
  return `${CONFIDENCE[finding.confidence]}: ${parts.join(', ')}`
}

/** `Fatal · signal 13`, `Error`, `Nothing found`: the kicker over the title. */
export function kicker(report: Report): string {
  const finding = verdictFinding(report)
  if (!finding) return report.sources.some(s => s.kind !== 'unrecognised') ? 'Nothing found' : 'Nothing read'
  const exit = victimProcess(report)?.exit
  const number = exit?.signal ? signalNumber(exit.signal) : null
  const how =
    finding.severity !== 'fatal'
      ? ''
      : number !== null
        ? ` · signal ${number}`
        : exit?.code != null
          ? ` · exit ${exit.code}`
          : ''
  return SEVERITY[finding.severity] + how
}

/** The process that the verdict is about, as the report lists it. */
export function victimProcess(report: Report): Report['processes'][number] | null {
  const pid = report.victim?.pid
  if (pid === undefined) return null
  const lives = report.processes.filter(process => process.pid === pid)
  return lives.find(process => process.exit !== null) ?? lives.at(-1) ?? null
}

/** `ingest · pid 21622`, `ingest.service`, or null where nobody is named. */
export function victimName(report: Report): string | null {
  const { victim } = report
  const subject = verdictFinding(report)?.subject
  const parts: string[] = []
  const comm = victim?.comm ?? subject?.comm
  if (comm) parts.push(comm)
  const pid = victim?.pid ?? subject?.pid
  if (pid !== undefined) parts.push(`pid ${pid}`)
  if (subject?.goroutine !== undefined && parts.length === 0) parts.push(`goroutine ${subject.goroutine}`)
  const unit = victim?.unit ?? subject?.unit
  if (unit) parts.push(unit)
  return parts.length === 0 ? null : parts.join(' · ')
}

/** How the process ended, as a reader meets it outside: `killed by SIGPIPE · 141 = 128 + 13`. */
export function endText(exit: Report['processes'][number]['exit']): string | null {
  if (!exit) return null
  if (exit.kind === 'killed' && exit.signal) {
    const number = signalNumber(exit.signal)
    const status = number === null ? '' : ` · ${128 + number} = 128 + ${number}`
    return `killed by ${exit.signal}${exit.coreDumped ? ', core dumped' : ''}${status}`
  }
  if (exit.kind === 'exited') return exit.code === null ? 'exited, status not seen' : `exited with ${exit.code}`
  return 'ended, we did not see how'
}

/** Steps of the strip under the verdict. */
const STRIP = 5

/** The chain in at most five steps: the first and the last that have a label, and some between them, evenly. */
export function stripOf(finding: ReportFinding): { link: ReportLink; index: number }[] {
  const labelled = finding.chain.map((link, index) => ({ link, index })).filter(({ link }) => link.label)
  if (labelled.length <= STRIP) return labelled
  return Array.from({ length: STRIP }, (_, i) => labelled[Math.round((i * (labelled.length - 1)) / (STRIP - 1))])
}
