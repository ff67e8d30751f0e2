import type { Report, ReportSignal } from '../../src/model/report.js'
import { counted, duration, grouped } from '../../src/model/words.js'
import { endText } from '../shared/verdict.js'
import { relative } from '../shared/when.js'
import { html, type Markup } from './markup.js'
import { cites, type Part, section, type View } from './view.js'

const MOST = { signals: 150, processes: 150, calls: 80 }

/** Signals, blocked calls, processes and their exit statuses: the facts under the story. */
export function recordPart(view: View): Part | null {
  const blocks = [signalTable(view), callTable(view), processTable(view), statusList(view.report)].filter(
    block => block !== null,
  )
  if (blocks.length === 0) return null
  return {
    id: 'record',
    title: 'Signals and processes',
    markup: section('record', 'Signals and processes', html`${blocks}`),
  }
}

function signalTable(view: View): Markup | null {
  const { signals, cut, victim } = view.report
  const quiet = signals.filter(signal => !signal.noise)
  const noise = signals.filter(signal => signal.noise)
  if (signals.length === 0) return null
  const weight = (s: ReportSignal) => (s.target.pid === victim?.pid ? 0 : 1)
  const shown =
    quiet.length <= MOST.signals ? quiet : [...quiet].sort((a, b) => weight(a) - weight(b)).slice(0, MOST.signals)
  const rows = shown.map(
    s => html`<tr><td class="num">${relative(view.report, s.deliveredNs ?? s.sentNs)}</td><th scope="row">${s.signal}</th><td>${senderText(s)}</td><td>${targetText(s)}</td><td>${outcomeText(s)}</td><td>${cites(view, s.refs, 2)}</td></tr>
`,
  )
  const left = quiet.length - shown.length + (cut.find(c => c.list === 'signals')?.left ?? 0)
  const folded = noise.length + (cut.find(c => c.list === 'signals of the runtime itself')?.left ?? 0)
  return html`<h3 id="signals">Signals</h3>
${rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-labelledby="signals"><table class="t stack"><thead><tr><th scope="col" class="num">When</th><th scope="col">Signal</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Outcome</th><th scope="col">Evidence</th></tr></thead><tbody>${rows}</tbody></table></div>`}
${left > 0 && html`<p class="left">${grouped(left)} more are in the JSON report.</p>`}
${folded > 0 && html`<p class="left">${counted(folded, 'signal')} of the runtime’s own (${kinds(noise)}) folded away.</p>`}
`
}

function kinds(signals: readonly ReportSignal[]): string {
  const counts = new Map<string, number>()
  for (const { signal } of signals) counts.set(signal, (counts.get(signal) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 4)
    .map(([name, count]) => `${name} × ${grouped(count)}`)
    .join(', ')
}

function senderText(s: ReportSignal): string {
  if (s.sender) {
    const name = s.sender.comm === null ? `pid ${s.sender.pid}` : `${s.sender.comm} (pid ${s.sender.pid})`
    return s.senderBasis === null || s.senderBasis === 'syscall' ? name : `${name}, by ${s.senderBasis}`
  }
  if (s.origin === 'kernel' || s.origin === 'terminal' || s.origin === 'timer' || s.origin === 'child')
    return `the kernel${s.origin === 'kernel' ? '' : ` (${s.origin})`}`
  return 'not known'
}

function targetText(s: ReportSignal): string {
  if (s.target.tid !== null && s.target.tid !== s.target.pid) return `thread ${s.target.tid} of pid ${s.target.pid}`
  return s.target.tid === null ? `pid ${s.target.pid}` : `thread ${s.target.tid}`
}

function outcomeText(s: ReportSignal): string {
  const by = s.deliveredTo !== null && s.deliveredTo !== s.target.tid ? ` by thread ${s.deliveredTo}` : ''
  const took = s.sentNs !== null && s.deliveredNs !== null ? Number(BigInt(s.deliveredNs) - BigInt(s.sentNs)) : 0
  const late = took >= 1e6 ? `, ${duration(took)} after it was sent` : ''
  return `${s.outcome}${s.outcome === 'handled' ? by : ''}${late}`
}

function callTable(view: View): Markup | null {
  const { blockedCalls, cut } = view.report
  const telling = blockedCalls.filter(call => !call.usual)
  const usual = blockedCalls.length - telling.length
  if (blockedCalls.length === 0) return null
  const shown = telling.slice(0, MOST.calls)
  const rows = shown.map(
    c => html`<tr><td class="num">${c.durationNs === null ? '' : duration(Number(c.durationNs))}</td><th scope="row"><code>${c.syscall}</code></th><td>${c.object ?? ''}</td><td>thread ${c.tid}${c.tid !== c.pid && html` of pid ${c.pid}`}</td><td>${c.open ? 'had not returned when the evidence ends' : 'returned'}</td><td>${cites(view, c.refs, 2)}</td></tr>
`,
  )
  const left = telling.length - shown.length + (cut.find(c => c.list === 'blockedCalls')?.left ?? 0)
  return html`<h3 id="calls">Calls that lasted</h3>
${rows.length > 0 && html`<div class="scroll" tabindex="0" role="region" aria-labelledby="calls"><table class="t stack"><thead><tr><th scope="col" class="num">For</th><th scope="col">Call</th><th scope="col">On</th><th scope="col">Who</th><th scope="col">Outcome</th><th scope="col">Evidence</th></tr></thead><tbody>${rows}</tbody></table></div>`}
${left > 0 && html`<p class="left">${grouped(left)} more are in the JSON report.</p>`}
${usual > 0 && html`<p class="left">${counted(usual, 'thread')} in an ordinary waiting place (epoll_wait, futex of a parked thread, wait4) folded away.</p>`}
`
}

function processTable(view: View): Markup | null {
  const { processes, victim, cut } = view.report
  if (processes.length === 0) return null
  const rank = (p: Report['processes'][number]) => (p.pid === victim?.pid ? 0 : p.exit?.kind === 'killed' ? 1 : 2)
  const shown =
    processes.length <= MOST.processes
      ? processes
      : [...processes].sort((a, b) => rank(a) - rank(b)).slice(0, MOST.processes)
  const rows = shown.map(
    p => html`<tr${p.pid === victim?.pid && html` class="victim"`}><td class="num">${p.pid}</td><th scope="row">${p.comm ?? 'name not seen'}</th><td>${p.runtime === 'go' && 'Go, '}${counted(p.threads.length, 'thread')}</td><td class="num">${relative(view.report, p.startNs)}</td><td class="num">${relative(view.report, p.endNs)}</td><td>${endText(p.exit) ?? 'alive when the evidence ends'}</td><td>${cites(view, p.refs, 2)}</td></tr>
`,
  )
  const left = processes.length - shown.length + (cut.find(c => c.list === 'processes')?.left ?? 0)
  return html`<h3 id="processes">Processes</h3>
<div class="scroll" tabindex="0" role="region" aria-labelledby="processes"><table class="t stack"><thead><tr><th scope="col" class="num">Pid</th><th scope="col">Name</th><th scope="col">Runtime</th><th scope="col" class="num">First seen</th><th scope="col" class="num">Ended</th><th scope="col">How</th><th scope="col">Evidence</th></tr></thead><tbody>${rows}</tbody></table></div>
${left > 0 && html`<p class="left">${counted(left, 'more process', 'more processes')} in the JSON report.</p>`}
`
}

function statusList(report: Report): Markup | null {
  if (report.exitStatuses.length === 0) return null
  return html`<h3 id="exits">Exit statuses, explained</h3>
<dl class="exits">${report.exitStatuses.map(({ status, meaning }) => html`<div><dt><code>${status}</code></dt><dd>${meaning}</dd></div>`)}</dl>
`
}
