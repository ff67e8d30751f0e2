import { refKey } from '../../src/model/ref.js'
import { duration, grouped } from '../../src/model/words.js'
import { PATH_WIDTH, pathHeader, pathRow } from '../draw/path.js'
import { shapeMarkup } from '../draw/shape.js'
import { timelinePicture } from '../draw/timeline.js'
import { between, moment, relative } from '../shared/when.js'
import { html, Markup, picture, prose } from './markup.js'
import { cites, type Part, section, type View } from './view.js'

/** Rows of the list under the timeline. */
const MOST_EVENTS = 120

/** The last moments, drawn and in words. */
export function timelinePart(view: View): Part | null {
  const { report } = view
  const { timeline } = report
  const wide = timelinePicture(report, { prefix: 'tl' })
  if (!wide || !timeline.focus) return null
  const narrow = timelinePicture(report, { prefix: 'tn', narrow: true })
  const length = between(timeline.focus.startNs, timeline.focus.endNs)
  const title = length > 0 ? `The last ${spoken(length)}` : 'Timeline'
  const clocks = report.sources.filter(s => s.clock.domain !== 'none' && s.kind !== 'unrecognised')
  const sub = html`${clocks.length === 1 ? '1 dated input' : `${clocks.length} dated inputs on one clock`}${timeline.reference !== null && html`; ${view.labels.get(timeline.reference) ?? timeline.reference} is the reference`}. Times are relative to ${/^(?:the|this) /.test(timeline.focus.zeroText ?? '') ? '' : 'the '}${timeline.focus.zeroText}${clocks.length > 1 && html`; <a href="#provenance">how the clocks were aligned</a>`}.`
  const body = html`<figure class="tl">${picture(wide, 'wide')}${narrow && html`<div class="narrow" hidden>${picture(narrow, 'small')}</div>`}
<figcaption class="key"><span><i class="k-life"></i>alive</span> <span><i class="k-ok"></i>open, or running as a unit</span> <span><i class="k-blocked"></i>in one system call</span> <span><i class="k-waiting"></i>waiting</span> <span><i class="k-broken"></i>without the other end</span></figcaption></figure>
${eventList(view)}`
  return { id: 'timeline', title, markup: section('timeline', title, body, sub) }
}

/** `44 milliseconds`: the heading says the unit in full. */
function spoken(ns: number): string {
  return duration(ns)
    .replace(/ ms$/, ' milliseconds')
    .replace(/ µs$/, ' microseconds')
    .replace(/ ns$/, ' nanoseconds')
    .replace(/^(\S+) s$/, '$1 seconds')
    .replace(/^1 min$/, 'minute')
    .replace(/^(\d+) min$/, '$1 minutes')
}

function eventList(view: View): Markup {
  const { events, omitted } = view.report.timeline
  const shown = nearest(view, MOST_EVENTS)
  const left = events.length - shown.length + omitted.events
  return html`<details class="list" id="events"><summary>The same in words: ${grouped(shown.length)} ${shown.length === 1 ? 'event' : 'events'}</summary>
<table class="t"><thead><tr><th scope="col" class="num">When</th><th scope="col">What</th></tr></thead><tbody>
${shown.map(
  event => html`<tr><td class="num" title="${moment(view.report, event.ns)}">${event.unordered && html`<abbr title="The clocks are not known well enough to say whether this came before or after the line above">≈</abbr> `}${relative(view.report, event.ns)}</td><td>${prose(event.text)}${cites(view, event.refs, 2)}</td></tr>
`,
)}</tbody></table>
${left > 0 && html`<p class="left">${grouped(left)} more events, most of them the runtime’s own signals, are not listed.</p>`}</details>`
}

/** The events of the last moments first; of the others those nearest to them. In order of time. */
function nearest(view: View, most: number) {
  const { events, focus } = view.report.timeline
  if (events.length <= most || !focus) return events.slice(0, most)
  const far = (ns: string) => {
    const from = between(ns, focus.startNs)
    const to = between(focus.endNs, ns)
    return Math.max(0, from, to)
  }
  const kept = new Set(
    [...events]
      .sort((a, b) => Number(b.kind === 'step') - Number(a.kind === 'step') || far(a.ns) - far(b.ns))
      .slice(0, most),
  )
  return events.filter(event => kept.has(event))
}

/** The verdict's chain, link by link: when, who acts on whom, what it is, and the line that proves it. */
export function pathPart(view: View): Part | null {
  const { report, verdict } = view
  if (!verdict || verdict.chain.length === 0) return null
  const { actors, steps } = report.path
  const drawn = steps.length > 0
  const quotes = new Map(report.evidence.map(excerpt => [refKey(excerpt.ref), excerpt.text]))
  const rows = verdict.chain.map((link, index) => {
    const step = steps.find(s => s.link === index) ?? null
    const ref = link.refs.find(r => quotes.has(refKey(r)))
    const raw = ref && quotes.get(refKey(ref))
    return html`<li id="s-${index + 1}" class="${link.status}"><span class="when">${relative(report, link.ns)}</span> 
${drawn && new Markup(`<span class="draw" aria-hidden="true"><svg width="${PATH_WIDTH}" height="56" font-size="12">${shapeMarkup(pathRow(actors, step, null))}</svg></span>`)}
<span class="n" aria-hidden="true"></span><div class="what"><p class="claim">${link.status === 'inferred' && html`<em class="inferred">Inferred:</em> `}${link.status === 'missing' && html`<em class="missing">Not seen:</em> `}${prose(link.text)}</p>
${raw && html`<code class="raw">${shortened(raw)}</code>`}${cites(view, link.refs)}</div></li>
`
  })
  const head = drawn
    ? html`<div class="path-head" aria-hidden="true"><span class="when">${report.timeline.focus ? `since ${report.timeline.focus.zeroText}` : ''}</span>${picture(pathHeader(actors), 'actors')}<span class="dim">what happened, and the line that proves it</span></div>`
    : ''
  const title = drawn && steps.some(step => SIGNAL.test(step.label)) ? 'Signal path' : 'How we know'
  const sub = html`${verdict.chain.length === 1 ? 'One link' : `${verdict.chain.length} links`}, each with the line it rests on. What was not seen is said.`
  const markup = section(
    'path',
    title,
    html`<div class="path ${drawn ? 'drawn' : 'plain'}">${head}<ol>${rows}</ol></div>`,
    sub,
  )
  return { id: 'path', title, markup }
}

/** A label of a step that is a signal or ends in one. */
const SIGNAL = /^SIG[A-Z]|EPIPE|kill/

/** Prefix of a strace line: the thread and the time, which stand beside it already. */
const STRACE_PREFIX = /^(?:\[pid +\d+\] |\d+ +)?\d{9,11}\.\d{3,9} +/

/** The line as it is quoted beside a link; the whole of it stands in the evidence. */
function shortened(raw: string): string {
  const text = messageOf(raw) ?? raw.replace(STRACE_PREFIX, '')
  return text.length > 240 ? `${text.slice(0, 239)}…` : text
}

/** MESSAGE of a journal entry in JSON; null for anything else. */
function messageOf(raw: string): string | null {
  if (!raw.startsWith('{')) return null
  try {
    const { MESSAGE } = JSON.parse(raw) as { MESSAGE?: unknown }
    return typeof MESSAGE === 'string' ? MESSAGE : null
  } catch {
    return null
  }
}
