/** The index of a batch: which deaths happened how often, and a link to every report. One file, no script. */
import { createHash } from 'node:crypto'
import type { BatchIndex, BatchRow } from '../../src/model/batch.js'
import { oneLine } from '../shared/visible.js'

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; --line: #8884; --quiet: #666; --bad: #b3261e; --warn: #8a5a00 }
@media (prefers-color-scheme: dark) { :root { --quiet: #aaa; --bad: #ff8a80; --warn: #ffca70 } }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.5rem }
.scroll { overflow-x: auto }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums } .fatal, .error { color: var(--bad) } .warning { color: var(--warn) } .quiet { color: var(--quiet) }
code { font-size: .85em } a { color: inherit }
@media print { body { max-width: none; margin: 0 } }
`

/** @returns a whole HTML document */
export function indexPage(index: BatchIndex): string {
  const hash = createHash('sha256').update(STYLE).digest('base64')
  const found = index.rows.filter(r => r.rule !== null).length
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${hash}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${index.rows.length} captures – sigtrace</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${index.rows.length} captures, ${found} with a cause, ${index.groups.length} different ${index.groups.length === 1 ? 'one' : 'ones'}</h1>
<h2>Causes, the most frequent first</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Causes">
<table>
<thead><tr><th scope="col">Times</th><th scope="col">What happened</th><th scope="col">Fingerprint</th><th scope="col">Captures</th></tr></thead>
<tbody>
${index.groups.map(group => causeRow(group, index.rows)).join('\n')}
</tbody>
</table>
</div>
<h2>All captures</h2>
<div class="scroll" tabindex="0" role="region" aria-label="All captures">
<table>
<thead><tr><th scope="col">Capture</th><th scope="col">Verdict</th><th scope="col">Confidence</th><th scope="col">Process</th><th scope="col">Evidence until</th></tr></thead>
<tbody>
${index.rows.map(captureRow).join('\n')}
</tbody>
</table>
</div>
</main>
<footer class="quiet"><p>${index.tool.name} ${escapeHtml(index.tool.version)}</p></footer>
</body>
</html>
`
}

/** Links that a cause names before it says how many more there are. */
const LINKS = 8

function causeRow(group: BatchIndex['groups'][number], rows: readonly BatchRow[]): string {
  const reports = new Map(rows.map(r => [r.name, r.report]))
  const links = group.names.slice(0, LINKS).map(name => link(name, reports.get(name) ?? null))
  const more = group.names.length > LINKS ? ` <span class="quiet">and ${group.names.length - LINKS} more</span>` : ''
  return `<tr><td class="n">${group.count}</td><td class="${group.severity ?? ''}">${escapeHtml(group.title)}</td><td><code>${escapeHtml(group.fingerprint)}</code></td><td>${links.join(', ')}${more}</td></tr>`
}

/** Clocks without a date count from the epoch, or from the first event: what they say is no date. */
const DATED_NS = 365n * 86_400n * 1_000_000_000n

function captureRow(row: BatchRow): string {
  const verdict = row.error === null ? escapeHtml(row.title) : `${escapeHtml(row.title)}: ${escapeHtml(row.error)}`
  const end =
    row.endNs === null || BigInt(row.endNs) < DATED_NS
      ? ''
      : new Date(Number(BigInt(row.endNs) / 1_000_000n))
          .toISOString()
          .replace('T', ' ')
          .replace(/\.\d+Z$/, ' UTC')
  return `<tr><th scope="row">${link(row.name, row.report)}</th><td class="${row.severity ?? ''}">${verdict}</td><td>${row.rule === null ? '' : row.confidence}</td><td>${escapeHtml(row.victim ?? '')}</td><td>${end}</td></tr>`
}

function link(name: string, report: string | null): string {
  return report === null ? escapeHtml(name) : `<a href="${encodeURIComponent(report)}">${escapeHtml(name)}</a>`
}

function escapeHtml(text: string): string {
  return oneLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
