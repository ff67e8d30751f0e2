import { ownerOf } from '../../src/model/go-frames.js'
import { refKey } from '../../src/model/ref.js'
import type { Report, ReportGroup } from '../../src/model/report.js'
import { counted, duration, grouped } from '../../src/model/words.js'
import { waitsPicture } from '../draw/waits.js'
import { relative } from '../shared/when.js'
import { html, type Markup, picture, prose } from './markup.js'
import { cites, type Part, section, type View } from './view.js'

const MOST = { edges: 60, groups: 80, benign: 60, dumps: 12, frames: 40, ids: 12 }

const CONCLUSION: Record<Report['waits']['conclusion'], [string, string]> = {
  deadlock: [
    'A deadlock.',
    'They wait for each other in a cycle; none of them can go on unless it is broken from outside.',
  ],
  convoy: ['A convoy, not a deadlock.', 'They queue behind a holder that can still run; the graph has no cycle.'],
  orphan: ['Orphans.', 'We saw nobody who could wake them.'],
  none: ['No conclusion.', 'The evidence shows who waits, not who holds.'],
}

/** Who waits on what, drawn and listed, with what follows from it. */
export function waitsPart(view: View): Part | null {
  const { waits } = view.report
  const drawn = waitsPicture(view.report, { prefix: 'wf' })
  if (!drawn) return null
  const [word, meaning] = CONCLUSION[waits.conclusion]
  const items = waits.edges.slice(0, MOST.edges).map(
    edge => html`<li><b>${edge.from}</b> waits for ${edge.on.kind} <code>${edge.on.address}</code>${edge.heldBy !== null && html`, held by <b>${edge.heldBy}</b>`}${edge.status === 'inferred' && html` <em class="inferred">inferred</em>`}${edge.basis !== '' && html` <span class="dim">${prose(edge.basis)}</span>`}${cites(view, edge.refs, 2)}</li>
`,
  )
  const left = waits.edges.length - items.length
  const body = html`<div class="two"><figure>${picture(drawn, 'wf')}</figure><div class="prose"><p><strong>${word}</strong> ${meaning}</p>
<details class="list"${waits.edges.length <= 8 ? html` open` : ''}><summary>${counted(waits.edges.length, 'wait')} in words</summary><ul class="small">${items}</ul>${left > 0 && html`<p class="left">${grouped(left)} more are not listed.</p>`}</details></div></div>`
  return {
    id: 'waits',
    title: 'Who waits on what',
    markup: section('waits', 'Who waits on what', body, html`An arrow means “waits for”. Dashed means inferred.`),
  }
}

/**
 * Goroutines by stack: those that the verdict cites first, then by number; those in their ordinary waiting place folded.
 * Several dumps have a heading each.
 */
export function stacksPart(view: View): Part | null {
  const { groups, snapshots } = view.report.goroutines
  if (groups.length === 0) return null
  const total = groups.reduce((sum, g) => sum + g.count, 0)
  const dated = snapshots.filter(s => s.takenNs !== null).map(s => relative(view.report, s.takenNs))
  const sources = [...new Set(groups.map(group => group.source))]
  const sub = html`${counted(total, 'goroutine')} in ${counted(groups.length, 'group')}${sources.length > 1 && html` of ${counted(sources.length, 'dump')}`}${dated.length > 0 && html`, dumped at ${dated.slice(0, 3).join(', ')}`}. The first frame shown is the user’s own; frames of the runtime and of libraries are dimmed.`
  const cited = new Set(view.verdict?.chain.flatMap(link => link.refs.map(refKey)))
  const room = Math.max(4, Math.floor(MOST.groups / sources.length))
  const dumps = sources.slice(0, MOST.dumps).map((source, index) => {
    const block = dumpBlock(
      view,
      groups.filter(group => group.source === source),
      cited,
      { index, room },
    )
    return sources.length > 1 ? html`<h3>${view.labels.get(source) ?? source}</h3>${block}` : block
  })
  const body = html`<div class="stacks" id="stack-list">${dumps}</div>`
  return { id: 'stacks', title: 'Stacks, grouped', markup: section('stacks', 'Stacks, grouped', body, sub) }
}

function dumpBlock(
  view: View,
  groups: readonly ReportGroup[],
  cited: ReadonlySet<string>,
  at: { index: number; room: number },
): Markup {
  const weight = (g: ReportGroup) => (g.refs.some(ref => cited.has(refKey(ref))) ? 1 : 0)
  const telling = groups.filter(g => !g.benign && !g.system).sort((a, b) => weight(b) - weight(a) || b.count - a.count)
  const idle = groups.filter(g => g.benign || g.system).sort((a, b) => b.count - a.count)
  const shown = telling.slice(0, at.room)
  const left = telling.length - shown.length
  const id = `g-${at.index + 1}`
  const idleCount = idle.reduce((sum, g) => sum + g.count, 0)
  const idleShown = idle.slice(0, Math.min(at.room, MOST.benign))
  return html`${shown.map((group, i) => groupDetails(view, group, `${id}-${i + 1}`, at.index + i === 0 && group.frames.length <= 12))}
${left > 0 && html`<p class="left">${grouped(left)} more groups are in the JSON report.</p>`}
${
  idle.length > 0 &&
  html`<details class="idle" id="${id}-idle"><summary><span class="cnt">${grouped(idleCount)}<small>×</small></span> <span class="st">idle or runtime</span> <span class="fr">in ${counted(idle.length, 'group')}, waiting where they are meant to</span></summary>
<div class="inner">${idleShown.map((group, i) => groupDetails(view, group, `${id}-idle-${i + 1}`, false))}${idle.length > idleShown.length && html`<p class="left">${grouped(idle.length - idleShown.length)} more groups are in the JSON report.</p>`}</div></details>`
}`
}

function groupDetails(view: View, group: ReportGroup, id: string, open: boolean): Markup {
  const frames = group.frames.slice(0, MOST.frames)
  const shownFrom = Math.max(group.userFrame, 0)
  const lead = group.frames[shownFrom]
  const callers = group.frames.slice(shownFrom + 1, shownFrom + 3)
  const wait = group.waitNs === null || Number(group.waitNs.max) === 0 ? '' : ` · ${waitText(group.waitNs)}`
  const more = group.count > group.ids.length || group.ids.length > MOST.ids
  const ids = group.ids.slice(0, MOST.ids).join(' ') + (more ? ' …' : '')
  return html`<details id="${id}"${open && html` open`}><summary><span class="cnt">${grouped(group.count)}<small>×</small></span> <span class="st p-${group.primitive}">${group.state === '' ? group.primitive : group.state}${wait}</span> <span class="fr">${lead && html`<b>${shortName(lead.func)}</b> <span>${place(lead)}${callers.map(f => html` ← ${shortName(f.func)}`)}</span>`}</span></summary>
<div class="inner"><p class="dim">${group.object && html`Waits on ${group.object.kind} <code>${group.object.address}</code>. `}${ids !== '' && html`Goroutines ${ids}`}${
    group.labels &&
    html` · labels ${Object.entries(group.labels)
      .slice(0, 8)
      .map(([key, value]) => html`<code>${key}=${value}</code> `)}`
  }${cites(view, group.refs, 3)}</p>
<table class="frames"><thead class="vh"><tr><th scope="col">Function</th><th scope="col">Place</th></tr></thead><tbody>${frames.map((frame, index) => html`<tr class="${index >= shownFrom && ownerOf(frame) === 'user' ? 'own' : 'rt'}"><td>${frame.func}</td><td>${place(frame)}</td></tr>`)}${group.frames.length > frames.length && html`<tr class="rt"><td>${grouped(group.frames.length - frames.length)} more frames</td><td></td></tr>`}${group.createdBy && html`<tr class="rt"><td>created by ${group.createdBy.func}</td><td>${place(group.createdBy)}</td></tr>`}</tbody></table></div></details>
`
}

function waitText({ min, max }: { min: string; max: string }): string {
  const low = duration(Number(min))
  const high = duration(Number(max))
  return low === high ? low : `${low} to ${high}`
}

/** `audit.(*Sink).Record` of `example.com/ingest/audit.(*Sink).Record`. */
function shortName(func: string): string {
  const end = func.search(/[([{]/)
  const slash = func.lastIndexOf('/', end === -1 ? undefined : end)
  return func.slice(slash + 1)
}

function place(frame: { file: string | null; line: number | null }): string {
  if (frame.file === null) return ''
  const file = frame.file.split('/').slice(-2).join('/')
  return frame.line === null ? file : `${file}:${frame.line}`
}
