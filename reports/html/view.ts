import { type Ref, refKey } from '../../src/model/ref.js'
import type { Report, ReportFinding } from '../../src/model/report.js'
import { citesOf, sourceLabels } from '../shared/cite.js'
import { verdictFinding } from '../shared/verdict.js'
import { html, Markup } from './markup.js'

/** What the sections of the page share: the report, and where each citation leads. */
export interface View {
  report: Report
  verdict: ReportFinding | null
  labels: ReadonlyMap<string, string>
  /** Place of an input → id of the row in the evidence that quotes it. */
  anchors: ReadonlyMap<string, string>
  /** Id of the row of an input in the provenance. */
  sourceId(path: string): string | null
}

/** Most rows of evidence that a page quotes. */
export const EVIDENCE_ROWS = 1_200

export function viewOf(report: Report): View {
  const anchors = new Map<string, string>()
  for (const excerpt of report.evidence.slice(0, EVIDENCE_ROWS)) anchors.set(refKey(excerpt.ref), excerpt.id)
  const sources = new Map(report.sources.slice(0, 500).map((source, index) => [source.path, `src-${index + 1}`]))
  return {
    report,
    verdict: verdictFinding(report),
    labels: sourceLabels(report),
    anchors,
    sourceId: path => sources.get(path) ?? null,
  }
}

/** Citations as links to the quoted lines; beyond `most` they are counted. A place that is not quoted is named without a link. */
export function cites(view: View, refs: readonly Ref[], most = 4): Markup {
  const list = citesOf(refs, view.labels)
  const parts = list.slice(0, most).map(({ label, title, ref }) => {
    const whole = ref.line === undefined && ref.offset === undefined
    const id = whole ? view.sourceId(ref.source) : view.anchors.get(refKey(ref))
    return id
      ? html` <a class="cite" href="#${id}" title="${title}">${label}</a>`
      : html` <span class="cite" title="${title}">${label}</span>`
  })
  if (list.length > most) parts.push(html` <span class="more">and ${list.length - most} more</span>`)
  return new Markup(parts.map(part => part.text).join(''))
}

/** A section of the page with its permalink. */
export function section(id: string, title: string, body: Markup, sub: Markup | null = null): Markup {
  return html`<section id="${id}"><h2>${title}<a class="hash" href="#${id}" aria-label="Link to ${title}">#</a></h2>
${sub && html`<p class="sub">${sub}</p>`}
${body}</section>
`
}

export interface Part {
  id: string
  /** In the list of sections. */
  title: string
  markup: Markup
}
