import type { Remedy } from '../../src/model/finding.js'
import { counted } from '../../src/model/words.js'
import { escapeMarkup } from '../draw/shape.js'
import { isDiff } from '../shared/markdown.js'
import { visible } from '../shared/visible.js'
import { html, Markup, preformatted, prose } from './markup.js'
import { shownFindings } from './verdict.js'
import { cites, type Part, section, type View } from './view.js'

const MOST = { others: 12, ruledOut: 30 }

/** What to change, the verdict's remedies first, then those of the other findings. */
export function changesPart(view: View): Part | null {
  const { report, verdict } = view
  const own = verdict?.remedies ?? []
  const known = new Set(own.map(remedy => remedy.title))
  const shown = new Set(shownFindings(report))
  const others: { remedy: Remedy; finding: number }[] = []
  for (const [index, finding] of report.findings.entries())
    for (const remedy of finding.remedies)
      if (shown.has(index) && finding.severity !== 'note' && !known.has(remedy.title)) {
        known.add(remedy.title)
        others.push({ remedy, finding: index })
      }
  if (own.length + others.length === 0) return null
  const cards = [
    ...own.map((remedy, index) =>
      card(
        remedy,
        verdict && remedy.breaks !== undefined && remedy.breaks < verdict.chain.length
          ? html`Breaks <a href="#s-${remedy.breaks + 1}">link ${remedy.breaks + 1}</a> of the chain`
          : html`For the verdict`,
        index === 0,
      ),
    ),
    ...others
      .slice(0, MOST.others)
      .map(({ remedy, finding }) =>
        card(remedy, html`For another <a href="#f-${finding + 1}">finding</a>`, own.length === 0 && finding === 0),
      ),
  ]
  const sub = own.length > 0 ? html`In order of effect.` : html`For the findings beside the verdict.`
  return {
    id: 'changes',
    title: 'What to change',
    markup: section('changes', 'What to change', html`<div class="fixes">${cards}</div>`, sub),
  }
}

function card(remedy: Remedy, about: Markup, main: boolean): Markup {
  return html`<div class="fix${main ? ' main' : ''}"><p class="about">${about}</p><h3>${prose(remedy.title)}</h3><p>${prose(remedy.detail)}</p>${remedy.code && codeBlock(remedy.code)}</div>
`
}

/** A command or a diff; added and removed lines differ by their sign, their mark and their colour. */
function codeBlock(code: string): Markup {
  if (!isDiff(code)) return html`<pre class="code" tabindex="0">${preformatted(code)}</pre>`
  const rows = visible(code)
    .split('\n')
    .map(line => {
      const tag = line.startsWith('+') ? 'ins' : line.startsWith('-') ? 'del' : 'span'
      return `<${tag}>${escapeMarkup(line)}</${tag}>`
    })
  return html`<pre class="code diff" tabindex="0">${new Markup(rows.join('\n'))}</pre>`
}

/** What was not in the evidence, and the command that would have put it there. */
export function missingPart(view: View): Part | null {
  const { missing } = view.report
  if (missing.length === 0) return null
  const items = missing.map(
    m => html`<li><p><strong>${prose(m.text)}</strong> ${prose(m.remedy)}</p>${m.code && codeBlock(m.code)}</li>
`,
  )
  return {
    id: 'missing',
    title: 'What is missing',
    markup: section(
      'missing',
      'What is missing',
      html`<ul class="missing">${items}</ul>`,
      html`It would have told more; this is how to get it next time.`,
    ),
  }
}

/** The usual suspects and the evidence against each. */
export function ruledOutPart(view: View): Part | null {
  const { ruledOut } = view.report
  if (ruledOut.length === 0) return null
  const rows = ruledOut.slice(0, MOST.ruledOut).map(
    suspect => html`<tr><th scope="row">${prose(suspect.hypothesis)}</th><td>${prose(suspect.text)}${cites(view, suspect.refs)}</td></tr>
`,
  )
  const left = ruledOut.length - rows.length
  const body = html`<table class="t wide"><thead><tr><th scope="col">Hypothesis</th><th scope="col">Evidence against it</th></tr></thead><tbody>${rows}</tbody></table>${left > 0 && html`<p class="left">${counted(left, 'more hypothesis', 'more hypotheses')} in the JSON report.</p>`}`
  return {
    id: 'ruled-out',
    title: 'Ruled out',
    markup: section('ruled-out', 'Ruled out', body, html`What it was not, and how we know.`),
  }
}
