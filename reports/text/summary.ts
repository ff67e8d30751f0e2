import pc from 'picocolors'
import type { Confidence, Severity } from '../../src/model/finding.js'
import type { Ref } from '../../src/model/ref.js'
import type { RenderOptions } from '../../src/model/renderer.js'
import type { Report, ReportFinding, ReportLink } from '../../src/model/report.js'
import { alike, timesOf } from '../shared/alike.js'
import { refText } from '../shared/ref-text.js'
import { oneLine } from '../shared/visible.js'

const CONFIDENCE: Record<Confidence, string> = {
  proven: 'proven: every link of the chain was observed',
  likely: 'likely: some links are inferred, none is missing',
  possible: 'possible: links are missing',
  insufficient: 'insufficient evidence',
}
const MARK: Record<ReportLink['status'], string> = { observed: '●', inferred: '○', missing: '✗' }
/** Findings beside the verdict that a summary names; all of them with `verbose`. */
const OTHERS = 6

/** What an engineer wants to read in a terminal: the verdict, its chain, what to change, what is missing. */
export function* summary(report: Report, options: RenderOptions): Iterable<string> {
  const width = Math.max(40, Math.min(options.width, 110))
  const c = pc.createColors(options.color)
  const paint: Record<Severity, (s: string) => string> = { fatal: c.red, error: c.red, warning: c.yellow, note: c.cyan }
  const verdict = report.verdict.finding === null ? null : report.findings[report.verdict.finding]
  yield `\n${c.bold(verdict ? paint[verdict.severity](oneLine(report.verdict.title)) : oneLine(report.verdict.title))}\n`
  if (report.verdict.summary) yield `${wrap(oneLine(report.verdict.summary), width, '')}\n`
  if (verdict) {
    yield `${c.dim(CONFIDENCE[report.verdict.confidence])}\n\n`
    yield* chain(verdict, width, c)
    yield* remedies(verdict, width, c)
  }
  const others = report.findings.filter((_, i) => i !== report.verdict.finding)
  if (others.length > 0) {
    yield `\n${c.bold('Also found')}\n`
    const groups = options.verbose ? others.map(f => [f]) : alike(others)
    const shown = options.verbose ? groups : groups.slice(0, OTHERS)
    for (const group of shown) {
      const [f] = group
      yield wrap(
        `${paint[f.severity](f.severity.padEnd(7))} ${oneLine(f.title)}${often(group)} ${c.dim(`[${f.confidence}]`)}`,
        width,
        '  ',
        10,
      )
      yield '\n'
      if (options.verbose) yield* chain(f, width, c)
    }
    if (shown.length < groups.length) {
      const left = groups.slice(shown.length).reduce((sum, group) => sum + group.length, 0)
      yield `  ${c.dim(`and ${left} more (-v)`)}\n`
    }
  }
  if (report.ruledOut.length > 0) {
    yield `\n${c.bold('Ruled out')}\n`
    for (const r of report.ruledOut)
      yield `${wrap(`${oneLine(r.hypothesis)}: ${oneLine(r.text)}${cite(r.refs, c)}`, width, '  ')}\n`
  }
  if (report.missing.length > 0) {
    yield `\n${c.bold('What would tell more')}\n`
    for (const m of report.missing) {
      yield `${wrap(`${oneLine(m.text)} ${oneLine(m.remedy)}`, width, '  ')}\n`
      if (m.code) yield code(m.code, c)
    }
  }
  yield* read(report, options, c)
}

/** How often: so many findings, or so many cases of one, unless the title says so itself. */
function often([finding, ...more]: readonly ReportFinding[]): string {
  if (more.length > 0) return ` (${more.length + 1} findings)`
  return timesOf(finding) > 1 ? ` (${finding.count} times)` : ''
}

type Colors = ReturnType<typeof pc.createColors>

function* chain(finding: ReportFinding, width: number, c: Colors): Iterable<string> {
  for (const link of finding.chain) {
    const mark =
      link.status === 'observed'
        ? c.green(MARK.observed)
        : link.status === 'inferred'
          ? c.yellow(MARK.inferred)
          : c.red(MARK.missing)
    const word = link.status === 'observed' ? '' : `${link.status}: `
    yield `${wrap(`${mark} ${word}${oneLine(link.text)}${cite(link.refs, c)}`, width, '  ', 4)}\n`
  }
}

function* remedies(finding: ReportFinding, width: number, c: Colors): Iterable<string> {
  if (finding.remedies.length === 0) return
  yield `\n${c.bold('What to change')}\n`
  for (const [n, remedy] of finding.remedies.entries()) {
    yield `${wrap(`${n + 1}. ${oneLine(remedy.title)}. ${oneLine(remedy.detail)}`, width, '  ', 5)}\n`
    if (remedy.code) yield code(remedy.code, c)
  }
}

function* read(report: Report, options: RenderOptions, c: Colors): Iterable<string> {
  const known = report.sources.filter(s => s.kind !== 'unrecognised')
  const lost = report.diagnostics.filter(d => d.severity !== 'info')
  const parts = known.slice(0, options.verbose ? known.length : 6).map(s => `${oneLine(s.path)} (${s.kind})`)
  if (known.length > parts.length) parts.push(`${known.length - parts.length} more`)
  const unknown = report.sources.length - known.length
  if (unknown > 0) parts.push(`${unknown} not recognised`)
  yield `\n${c.dim(`Read: ${parts.join(', ') || 'nothing'}`)}\n`
  if (report.redactions.length > 0)
    yield `${c.dim(
      `Redacted: ${report.redactions
        .map(r => `${r.count} × ${r.name}`)
        .slice(0, 8)
        .join(', ')}`,
    )}\n`
  for (const d of options.verbose ? report.diagnostics : lost.slice(0, 3))
    yield `${c.dim(`${d.severity === 'info' ? 'Note' : 'Not read'}: ${oneLine(d.text)} (${d.count}×, first at ${at(d.first)}) ${oneLine(d.remedy)}`)}\n`
  if (!options.verbose && lost.length > 3) yield `${c.dim(`and ${lost.length - 3} more kinds of loss (-v)`)}\n`
}

function cite(refs: readonly Ref[], c: Colors): string {
  if (refs.length === 0) return ''
  const more = refs.length > 3 ? ` and ${refs.length - 3} more` : ''
  return c.dim(` [${refs.slice(0, 3).map(at).join(', ')}${more}]`)
}

function at(ref: Ref): string {
  return oneLine(refText(ref))
}

function code(text: string, c: Colors): string {
  return `${text
    .split('\n')
    .map(line => `       ${c.cyan(oneLine(line))}`)
    .join('\n')}\n`
}

const ANSI = /\x1b\[[0-9;]*m/g

/** Breaks a paragraph at blanks; `hang` columns in from the second line on. Colours take no room. */
function wrap(text: string, width: number, indent: string, hang = indent.length): string {
  const lines: string[] = []
  let line = indent
  let used = indent.length
  let empty = true
  for (const word of text.split(' ')) {
    const length = word.replace(ANSI, '').length
    if (!empty && used + 1 + length > width) {
      lines.push(line)
      line = ' '.repeat(hang)
      used = hang
      empty = true
    }
    line += empty ? word : ` ${word}`
    used += empty ? length : length + 1
    empty = false
  }
  return [...lines, line].join('\n')
}
