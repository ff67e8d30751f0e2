import type { Report, ReportFinding, ReportLink, ReportSignal } from '../../src/model/report.js'
import { commandLine, counted, duration, grouped } from '../../src/model/words.js'
import { timesOf, whose } from '../shared/alike.js'
import { confidenceText, endText, kicker, stripOf, victimName, victimProcess } from '../shared/verdict.js'
import { between, moment, relative } from '../shared/when.js'
import { html, type Markup, prose } from './markup.js'
import { cites, type Part, type View } from './view.js'

/** Findings that are seen at once, that are in the list at all, and links of each. */
const MOST = { unfolded: 6, others: 40, links: 40 }

/** The first screen: what happened, how sure that is, in how many steps, to whom. */
export function verdictPart(view: View): Part {
  const { report, verdict } = view
  const markup = html`<section id="verdict" class="${tone(verdict)}">
<p class="kicker"><span>${kicker(report)}</span>${verdict && proof(verdict)}</p>
<h1>${report.verdict.title}</h1>
${
  report.verdict.summary !== '' &&
  html`<p class="lede">${prose(report.verdict.summary)}${
    verdict &&
    cites(
      view,
      verdict.chain.flatMap(link => link.refs.slice(0, 2)),
      6,
    )
  }</p>`
}
${verdict && strip(report, verdict)}
${facts(view)}
</section>
`
  return { id: 'verdict', title: 'Verdict', markup }
}

function tone(verdict: ReportFinding | null): string {
  if (!verdict) return 'calm'
  return verdict.severity === 'fatal' || verdict.severity === 'error' ? 'bad' : 'fair'
}

/** One square for each link: full, outlined, crossed. The words beside it say the same. */
export function proof(finding: ReportFinding): Markup {
  const squares = finding.chain.slice(0, 24).map(link => html`<b class="${link.status}"></b>`)
  return html` <span class="proof ${finding.confidence}"><i aria-hidden="true">${squares}</i>${confidenceText(finding)}</span>`
}

/** The chain in at most five steps, with the time between them. */
function strip(report: Report, verdict: ReportFinding): Markup | null {
  const chosen = stripOf(verdict)
  if (chosen.length < 2) return null
  const items = chosen.map(({ link, index }, i) => {
    const next = chosen[i + 1]?.link
    const gap = next && link.ns !== null && next.ns !== null ? between(link.ns, next.ns) : null
    const last = i === chosen.length - 1 && report.verdict.rule !== null && verdict.severity === 'fatal'
    return html`<li class="${last ? 'end' : link.status}"><a href="#s-${index + 1}"><strong>${link.label}</strong> <span>${short(link.text)}</span></a>${next && html` <em>${gap !== null && gap > 0 ? duration(gap) : 'then'}</em>`}</li>
`
  })
  return html`<ol class="strip" aria-label="The chain in short">${items}</ol>`
}

function short(text: string): string {
  const plain = text.replace(/`/g, '')
  if (plain.length <= 70) return plain
  return `${plain.slice(0, plain.lastIndexOf(' ', 68) > 30 ? plain.lastIndexOf(' ', 68) : 68)}…`
}

function facts(view: View): Markup {
  const { report, verdict } = view
  const process = victimProcess(report)
  const rows: [string, Markup | string][] = []
  const name = victimName(report)
  if (name) rows.push([report.victim || verdict?.subject.pid !== undefined ? 'Victim' : 'Seen in', name])
  const end = endText(process?.exit ?? null)
  if (end) rows.push(['How it ended', end])
  const sender = killer(report)
  if (sender) rows.push(['Signal sent by', sender])
  const focus = report.timeline.focus
  if (focus)
    rows.push([
      focus.zeroText === 'death' ? 'Time of death' : `Time of the ${focus.zeroText}`,
      moment(report, focus.zeroNs),
    ])
  if (process?.startNs && process.endNs)
    rows.push(['It had run for', duration(between(process.startNs, process.endNs))])
  const place = codePlace(report, verdict)
  if (place) rows.push(['Place in the code', place])
  const versions = [
    ...new Set(report.goroutines.snapshots.map(s => s.goVersion).filter((v): v is string => v !== null)),
  ]
  const goroutines = report.goroutines.snapshots.reduce((sum, s) => sum + s.count, 0)
  if (goroutines > 0) versions.push(counted(goroutines, 'goroutine'))
  if (versions.length > 0) rows.push(['Go', versions.slice(-4).join(' · ')])
  if (process?.argv && process.argv.length > 1) rows.push(['Command line', commandLine(process.argv).slice(0, 160)])
  rows.splice(7)
  rows.push(['Fingerprint', html`<span title="The same death has the same fingerprint">${report.fingerprint}</span>`])
  return html`<dl class="facts">${rows.map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>`
}

/**
 * Who sent the signal that ended the victim. A program that re-raises what it caught (the Go runtime does) sends itself
 * the last one; what counts is who sent the first.
 */
function killer(report: Report): string | null {
  const pid = report.victim?.pid
  const toVictim = report.signals.filter(s => s.target.pid === pid)
  const fatal = toVictim.find(s => s.outcome === 'killed')
  if (!fatal) return null
  const own = (s: ReportSignal) => s.sender?.pid === pid
  const first = own(fatal) ? (toVictim.find(s => s.number === fatal.number && !own(s)) ?? fatal) : fatal
  const again = first === fatal ? '' : ', re-raised by itself'
  if (own(first)) return 'the process itself'
  if (first.sender)
    return `${first.sender.comm === null ? '' : `${first.sender.comm} · `}pid ${first.sender.pid}${again}`
  return first.origin === 'kernel' ? `the kernel${again}` : null
}

/** The user's own frame of the first goroutines that the verdict cites. */
function codePlace(report: Report, verdict: ReportFinding | null): string | null {
  const cited = new Set(verdict?.chain.flatMap(link => link.refs.map(ref => `${ref.source}:${ref.line}`)))
  const group = report.goroutines.groups.find(
    g => g.userFrame >= 0 && g.refs.some(ref => cited.has(`${ref.source}:${ref.line}`)),
  )
  const frame = group?.frames[group.userFrame]
  if (!frame?.file) return null
  return `${frame.file.split('/').slice(-2).join('/')}${frame.line === null ? '' : `:${frame.line}`}`
}

/** Indexes of the findings that the page lists beside the verdict. */
export function shownFindings(report: Report): number[] {
  return [...report.findings.keys()].filter(index => index !== report.verdict.finding).slice(0, MOST.others)
}

/** Every finding but the verdict, each with its own chain and remedies. */
export function othersPart(view: View): Part | null {
  const { report } = view
  const shown = shownFindings(report).map(index => ({ finding: report.findings[index], index }))
  if (shown.length === 0) return null
  const left = report.findings.length - (view.verdict ? 1 : 0) - shown.length
  const markup = html`<section id="findings"><h2>${view.verdict ? 'Also found' : 'Findings'}<a class="hash" href="#findings" aria-label="Link to these findings">#</a></h2>
<p class="sub">${view.verdict ? 'None of them is needed for the verdict.' : 'Nothing here ended or stopped a process.'} Each opens to its own proof.</p>
<div class="finds">${shown.slice(0, MOST.unfolded).map(({ finding, index }) => findingDetails(view, finding, index))}</div>
${shown.length > MOST.unfolded && html`<details class="list"><summary>${grouped(shown.length - MOST.unfolded)} more</summary><div class="finds">${shown.slice(MOST.unfolded).map(({ finding, index }) => findingDetails(view, finding, index))}</div></details>`}
${left > 0 && html`<p class="left">${grouped(left)} more are in the JSON report.</p>`}
</section>
`
  return { id: 'findings', title: view.verdict ? 'Also found' : 'Findings', markup }
}

const SEVERITY_WORD = { fatal: 'Fatal', error: 'Error', warning: 'Warning', note: 'Note' }

function findingDetails(view: View, finding: ReportFinding, index: number): Markup {
  const alike = view.report.findings.filter(f => f.title === finding.title).length > 1
  const name = alike ? whose(finding) : ''
  const times = timesOf(finding) > 1 ? html` <span class="dim">(${grouped(finding.count)} times)</span>` : ''
  return html`<details id="f-${index + 1}"><summary><span class="sev ${finding.severity}">${SEVERITY_WORD[finding.severity]}</span> <span>${prose(finding.title)}${times}${name !== '' && html` <span class="dim">${name}</span>`}</span></summary>
<div class="body">${finding.summary !== '' && html`<p>${prose(finding.summary)}</p>`}
<p class="dim">${confidenceText(finding)} · rule <code>${finding.rule}</code></p>
<ol class="links">${finding.chain.slice(0, MOST.links).map(link => chainItem(view, link))}</ol>
${finding.remedies.length > 0 && html`<ul class="small">${finding.remedies.map(r => html`<li><strong>${prose(r.title)}</strong> ${prose(r.detail)}</li>`)}</ul>`}
</div></details>
`
}

function chainItem(view: View, link: ReportLink): Markup {
  const at = relative(view.report, link.ns)
  const word =
    link.status === 'observed'
      ? ''
      : link.status === 'inferred'
        ? html`<em class="inferred">Inferred:</em> `
        : html`<em class="missing">Not seen:</em> `
  return html`<li>${word}${prose(link.text)}${at !== '' && html` <span class="dim">${at}</span>`}${cites(view, link.refs)}</li>`
}
