import { type Ref, refKey } from '../../src/model/ref.js'
import type { Excerpt } from '../../src/model/report.js'
import { counted, grouped } from '../../src/model/words.js'
import { html, type Markup } from './markup.js'
import { EVIDENCE_ROWS, type Part, section, type View } from './view.js'

/** Longest text of one row. */
const LONGEST = 700

/** The cited lines with their neighbours, source by source, and what rests on each. */
export function evidencePart(view: View): Part | null {
  const shown = view.report.evidence.slice(0, EVIDENCE_ROWS)
  if (shown.length === 0) return null
  const uses = usesOf(view)
  const bySource = new Map<string, Excerpt[]>()
  for (const excerpt of shown) {
    const list = bySource.get(excerpt.ref.source) ?? []
    bySource.set(excerpt.ref.source, list)
    list.push(excerpt)
  }
  const tables = [...bySource].map(([path, excerpts]) => sourceTable(view, path, excerpts, uses))
  const left =
    view.report.evidence.length - shown.length + (view.report.cut.find(c => c.list === 'evidence')?.left ?? 0)
  const body = html`<p class="filter" id="filter-box" hidden><label for="filter">Filter evidence and stacks <kbd>/</kbd></label> <input id="filter" type="search" autocomplete="off" spellcheck="false"> <output id="filter-count" for="filter"></output></p>
${tables}${left > 0 && html`<p class="left">${grouped(left)} more cited lines are not quoted; their places are named.</p>`}`
  const sub = html`Excerpts only; the inputs are not in this file. A mark on the left and bold type show the lines that something rests on.`
  return { id: 'evidence', title: 'Evidence', markup: section('evidence', 'Evidence', body, sub) }
}

function sourceTable(
  view: View,
  path: string,
  excerpts: readonly Excerpt[],
  uses: ReadonlyMap<string, string[]>,
): Markup {
  const source = view.report.sources.find(s => s.path === path)
  const unit = source && source.records > 0 ? ` of ${grouped(source.records)} records` : ''
  const rows: Markup[] = []
  let last: number | undefined
  for (const { ref, id, text, cut, cited } of excerpts) {
    if (last !== undefined && ref.line !== undefined && ref.line > last + 1)
      rows.push(html`<tr class="gap"><td></td><td colspan="2">${counted(ref.line - last - 1, 'line')} left out</td></tr>
`)
    last = ref.line
    const place = ref.line ?? `0x${(ref.offset ?? 0).toString(16)}`
    const by = uses.get(refKey(ref)) ?? []
    rows.push(html`<tr id="${id}"${cited && html` class="cited"`}><td class="ln"><a href="#${id}">${place}</a></td><td class="tx"><code>${text.slice(0, LONGEST)}</code>${(cut || text.length > LONGEST) && html` <span class="dim">(cut)</span>`}</td><td class="by">${by.slice(0, 3).map(name => html`<a href="#${anchorOf(name)}">${name}</a> `)}</td></tr>
`)
  }
  return html`<table class="ev"><caption><b>${view.labels.get(path) ?? path}</b> ${counted(excerpts.length, 'line')}${unit}</caption><colgroup><col class="c-ln"><col><col class="c-by"></colgroup><thead class="vh"><tr><th scope="col">Line</th><th scope="col">Text</th><th scope="col">What rests on it</th></tr></thead><tbody>
${rows}</tbody></table>
`
}

/** `link 3` → `s-3`, `finding 2` → `f-2`. */
function anchorOf(name: string): string {
  const number = name.slice(name.indexOf(' ') + 1)
  return name.startsWith('link') ? `s-${number}` : `f-${number}`
}

/** What rests on each line: the links of the verdict, then the other findings. */
function usesOf(view: View): Map<string, string[]> {
  const uses = new Map<string, string[]>()
  const note = (refs: readonly Ref[], name: string) => {
    for (const ref of refs) {
      const list = uses.get(refKey(ref)) ?? []
      uses.set(refKey(ref), list)
      if (!list.includes(name)) list.push(name)
    }
  }
  const { verdict, report } = view
  for (const [index, link] of (verdict?.chain ?? []).entries()) note(link.refs, `link ${index + 1}`)
  for (const [index, finding] of report.findings.slice(0, 40).entries())
    if (finding !== verdict) for (const link of finding.chain) note(link.refs, `finding ${index + 1}`)
  return uses
}
