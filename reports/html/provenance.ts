import type { Report, ReportSource } from '../../src/model/report.js'
import { byteSize, counted, duration, grouped } from '../../src/model/words.js'
import { html, type Markup, prose } from './markup.js'
import { cites, type Part, section, type View } from './view.js'

const MOST = { sources: 120, diagnostics: 60, redactions: 60 }

/** The inputs and how they were read: hashes, coverage, clocks; what was lost; what was replaced; what was cut. */
export function provenancePart(view: View): Part {
  const { report } = view
  const known = report.sources.filter(s => s.kind !== 'unrecognised')
  const unknown = report.sources.filter(s => s.kind === 'unrecognised')
  const body = html`${known.length > 0 && sourceTable(view, known)}
${unknown.length > 0 && html`<details class="list"><summary>${counted(unknown.length, 'input')} not recognised</summary><ul class="small">${unknown.slice(0, MOST.sources).map(s => html`<li id="${view.sourceId(s.path) ?? ''}"><code>${s.path}</code> ${byteSize(s.bytes)}</li>`)}</ul>${unknown.length > MOST.sources && html`<p class="left">and ${grouped(unknown.length - MOST.sources)} more</p>`}</details>`}
${diagnosticList(view)}${redactionList(report)}${cutList(report)}${failureList(report)}`
  return {
    id: 'provenance',
    title: 'Provenance',
    markup: section('provenance', 'Provenance', body, html`Made from these files, which were only read.`),
  }
}

function sourceTable(view: View, sources: readonly ReportSource[]): Markup {
  const rows = sources.slice(0, MOST.sources).map(source => {
    const lost = source.skipped.reduce((sum, s) => sum + s.count, 0)
    const about = Object.entries(source.about)
      .slice(0, 6)
      .map(([key, value]) => `${key}: ${value.slice(0, 120)}`)
      .join(' · ')
    return html`<tr id="${view.sourceId(source.path) ?? ''}"><th scope="row"><code>${source.path}</code>${about !== '' && html`<br><span class="dim">${about}</span>`}</th><td>${source.kind}</td><td class="num">${byteSize(source.bytes)}</td><td class="num">${grouped(source.records)} read${lost > 0 && html`, <strong>${grouped(lost)} lost</strong>`}</td><td>${clockText(view.report, source)}</td><td><code class="sha">${source.sha256 === '' ? 'not hashed' : source.sha256}</code></td></tr>
`
  })
  const left = sources.length - rows.length
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Inputs"><table class="t stack"><thead><tr><th scope="col">Input</th><th scope="col">Read as</th><th scope="col" class="num">Size</th><th scope="col" class="num">Records</th><th scope="col">Clock, offset and what it rests on</th><th scope="col">SHA-256</th></tr></thead><tbody>${rows}</tbody></table></div>
${left > 0 && html`<p class="left">${counted(left, 'more input')} in the JSON report.</p>`}`
}

function clockText(report: Report, { path, clock }: ReportSource): string {
  if (clock.domain === 'none') return 'nothing in it is dated'
  if (path === report.timeline.reference) return `${clock.domain}: the reference`
  if (clock.offsetNs === null) return `${clock.domain}: ${clock.basis}`
  const offset = Number(clock.offsetNs)
  const error = clock.uncertaintyNs === null ? '' : ` ± ${duration(Number(clock.uncertaintyNs))}`
  return `${clock.domain}, ${offset > 0 ? '+' : ''}${offset === 0 ? '0' : duration(offset)}${error}: ${clock.basis}`
}

function diagnosticList(view: View): Markup | null {
  const { diagnostics } = view.report
  if (diagnostics.length === 0) return null
  const order = { error: 0, loss: 1, info: 2 }
  const word = { error: 'Not read', loss: 'Lost', info: 'Note' }
  const sorted = [...diagnostics].sort((a, b) => order[a.severity] - order[b.severity])
  const items = sorted.slice(0, MOST.diagnostics).map(
    d => html`<li><b>${word[d.severity]}:</b> ${prose(d.text)}${d.count > 1 && html` <span class="dim">(${grouped(d.count)} times)</span>`} ${prose(d.remedy)}${cites(view, [d.first], 1)} <code class="dim">${d.code}</code></li>
`,
  )
  const left = sorted.length - items.length
  return html`<h3 id="reading">How the inputs were read</h3><ul class="small">${items}</ul>${left > 0 && html`<p class="left">${counted(left, 'more remark')} in the JSON report.</p>`}
`
}

function redactionList(report: Report): Markup {
  if (report.unredacted)
    return html`<h3 id="redaction">Redaction</h3><p><strong>Nothing was redacted</strong>, because <code>--no-redact</code> was given: this page may hold secrets.</p>
`
  const { redactions } = report
  if (redactions.length === 0)
    return html`<h3 id="redaction">Redaction</h3><p>Nothing in these excerpts looked like a secret.</p>
`
  const total = redactions.reduce((sum, r) => sum + r.count, 0)
  const left = redactions.length - MOST.redactions
  return html`<h3 id="redaction">Redaction</h3><p>${counted(total, 'place')} replaced by ${counted(redactions.length, 'name')}; the same secret has the same name everywhere.</p>
<ul class="small columns">${redactions.slice(0, MOST.redactions).map(r => html`<li><code>${r.name}</code> ${r.kind}, ${counted(r.count, 'time')}</li>`)}</ul>${left > 0 && html`<p class="left">and ${grouped(left)} more</p>`}
`
}

function cutList(report: Report): Markup | null {
  if (report.cut.length === 0) return null
  return html`<h3 id="cut">Left out to keep this readable</h3><ul class="small">${report.cut.slice(0, 30).map(c => html`<li>${c.list}: ${grouped(c.left)} more</li>`)}</ul>
`
}

function failureList(report: Report): Markup | null {
  if (report.failures.length === 0) return null
  return html`<h3 id="failures">Rules that failed</h3><p>A fault of sigtrace; everything else on this page stands.</p><ul class="small">${report.failures.slice(0, 20).map(f => html`<li><code>${f.rule}</code> ${f.text}</li>`)}</ul>
`
}
