import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Report } from '../../src/model/report.js'
import { counted } from '../../src/model/words.js'
import { escapeMarkup } from '../draw/shape.js'
import { markdownOf } from '../shared/markdown.js'
import { moment } from '../shared/when.js'
import { changesPart, missingPart, ruledOutPart } from './advice.js'
import { embeddedJson } from './embed.js'
import { evidencePart } from './evidence.js'
import { html, Markup } from './markup.js'
import { provenancePart } from './provenance.js'
import { pathPart, timelinePart } from './story.js'
import { recordPart } from './tables.js'
import { othersPart, verdictPart } from './verdict.js'
import { type Part, type View, viewOf } from './view.js'
import { stacksPart, waitsPart } from './waiting.js'

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M1 9h4l2-6 3 10 2-4h3' fill='none' stroke='%23b42318' stroke-width='2'/%3E%3C/svg%3E"

/** Parts of the style sheet, in the order in which they hold. */
const STYLES = ['colours', 'base', 'frame', 'verdict', 'story', 'lists', 'record', 'pictures', 'media']

function asset(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), 'utf8')
}

/**
 * The page: one file that loads nothing. It says everything without its style sheet and without its script, because hosts
 * such as Jenkins run neither; its own content security policy allows exactly the two.
 */
export function* page(report: Report): Iterable<string> {
  const style = STYLES.map(name => asset(`style/${name}.css`)).join('')
  const script = asset('page.js')
  const view = viewOf(report)
  const parts = [
    verdictPart(view),
    othersPart(view),
    timelinePart(view),
    pathPart(view),
    waitsPart(view),
    stacksPart(view),
    changesPart(view),
    missingPart(view),
    ruledOutPart(view),
    recordPart(view),
    evidencePart(view),
    provenancePart(view),
    markdownPart(report),
  ].filter((part): part is Part => part !== null)
  yield head(report, style, script)
  yield bar(report).text
  yield rail(view, parts).text
  yield '<main id="main">\n'
  for (const part of parts) yield part.markup.text
  yield footer(report).text
  yield '</main></div>\n'
  yield `<script type="application/json" id="sigtrace-report">${embeddedJson(report)}</script>\n`
  yield `<script>${script}</script>\n</body></html>\n`
}

function head(report: Report, style: string, script: string): string {
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const policy = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; img-src data:; base-uri 'none'; form-action 'none'`
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${report.tool.name} ${report.tool.version}">
<title>${report.verdict.title} · sigtrace</title>
<link rel="icon" href="${ICON}">
`.text
  }<style>${style}</style>\n</head>\n`
}

function bar(report: Report): Markup {
  const zero = report.timeline.focus?.zeroNs
  return html`<body>
<a class="skip" href="#main">Skip to the verdict</a>
<header class="bar"><span class="brand"><svg width="22" height="16" viewBox="0 0 22 16" aria-hidden="true"><path class="s-red" d="M1 9h5l2.4-7 3.6 12 2.2-5H17" fill="none" stroke="#b42318" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round"/><path class="s-ink3" d="M18.2 6.2l3 5.6m0-5.6l-3 5.6" fill="none" stroke="#5f666d" stroke-width="1.6" stroke-linecap="round"/></svg>sigtrace</span>
<span class="cap">${report.capture} · ${counted(report.sources.length, 'input')}${zero !== undefined && html` · ${moment(report, zero).replace(/\.\d{6}/, '')}`}</span>
<span class="tools" hidden><button id="b-md" class="main" type="button">Copy as Markdown <kbd>m</kbd></button><button id="b-theme" type="button">Theme <kbd>t</kbd></button><button id="b-print" type="button">Print</button></span></header>
<div class="page">
`
}

function rail(view: View, parts: readonly Part[]): Markup {
  const { report } = view
  const read = report.sources.filter(source => source.kind !== 'unrecognised')
  const byKind = new Map<string, { records: number; lost: number }>()
  for (const source of read) {
    const sum = byKind.get(source.kind) ?? { records: 0, lost: 0 }
    byKind.set(source.kind, sum)
    sum.records += source.records
    sum.lost += source.skipped.reduce((total, s) => total + s.count, 0)
  }
  const coverage = [...byKind]
    .slice(0, 8)
    .map(([kind, { records, lost }]) => html`<div><dt>${kind}</dt><dd>${share(records, lost)}</dd></div>`)
  return html`<nav class="rail" aria-label="Sections"><ol>${parts.map(part => html`<li><a href="#${part.id}">${part.title}</a></li>`)}</ol>
${coverage.length > 0 && html`<p class="cov-h">Read</p><dl class="cov">${coverage}</dl>`}</nav>
`
}

function share(records: number, lost: number): string {
  if (lost === 0) return records === 0 ? 'read' : 'all of it'
  const part = (100 * records) / Math.max(1, records + lost)
  return `${part >= 99.95 ? '>99.9' : part.toFixed(1)} %`
}

/** What the button copies, and what can be copied by hand where no script runs. */
function markdownPart(report: Report): Part {
  const markup = html`<section id="markdown"><details class="list"><summary>This report as Markdown, for a ticket</summary>
<pre class="code" id="md" tabindex="0">
${new Markup(escapeMarkup(markdownOf(report)))}</pre></details></section>
`
  return { id: 'markdown', title: 'As Markdown', markup }
}

function footer(report: Report): Markup {
  return html`<footer><p>${report.tool.name} ${report.tool.version}${report.command !== null && html` · <code>${report.command}</code>`} · fingerprint <code>${report.fingerprint}</code></p>
<p>This file loads nothing. Keys: <kbd>m</kbd> copy as Markdown, <kbd>t</kbd> theme, <kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> next and previous section.</p></footer>
`
}
