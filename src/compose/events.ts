import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Ref } from '../model/ref.js'
import type { TimelineEvent } from '../model/report.js'
import type { Signal } from '../model/signal.js'
import type { Ns } from '../model/time.js'
import { LIMITS } from './limits.js'
import type { Moment } from './moment.js'
import type { ToTime } from './time.js'

interface Dated {
  ns: Ns
  kind: string
  text: string
  refs: Ref[]
  lane: string | null
  from: string | null
  /** Smaller is kept first. */
  rank: number
}

/**
 * What happened at one moment, in order: the steps of the verdict, signals, ends of processes, broken pipes, words of
 * systemd, dumps, logs. The steps always stay; of the rest what is nearest to time zero. The runtime's own signals are folded.
 */
export function eventsOf(
  analysis: Analysis,
  verdict: Finding | null,
  zero: Moment | null,
  time: ToTime,
): { events: TimelineEvent[]; omitted: number } {
  const all = [
    ...steps(verdict),
    ...ends(analysis),
    ...brokenPipes(analysis),
    ...signals(analysis),
    ...lifecycle(analysis),
    ...dumps(analysis),
    ...logs(analysis),
  ]
  const near = (event: Dated) => Math.abs(event.ns - (zero?.ns ?? 0))
  all.sort((a, b) => a.rank - b.rank || near(a) - near(b))
  const noise = analysis.signals.filter(signal => signal.noise).length
  const kept = all.slice(0, LIMITS.events).sort((a, b) => a.ns - b.ns || a.rank - b.rank)
  const events: TimelineEvent[] = []
  let before: Dated | null = null
  for (const event of kept) {
    const { ns, kind, text, refs, lane, from } = event
    const at = time(ns)
    if (at === null) continue
    const unordered = before !== null && overlap(analysis, before, event)
    events.push({ ns: at, kind, text, refs: refs.slice(0, LIMITS.refs), lane, from, unordered })
    before = event
  }
  return { events, omitted: all.length - kept.length + noise }
}

/** The intervals of two events of different sources overlap, and no cause orders them: the steps of a verdict are ordered by theirs. */
function overlap(analysis: Analysis, a: Dated, b: Dated): boolean {
  const [from, to] = [a.refs[0]?.source, b.refs[0]?.source]
  if (from === undefined || to === undefined || from === to || (a.kind === 'step' && b.kind === 'step')) return false
  return analysis.order({ source: from, ns: a.ns }, { source: to, ns: b.ns }) === 0
}

function* steps(verdict: Finding | null): Generator<Dated> {
  for (const link of verdict?.chain ?? []) {
    if (link.ns == null) continue
    const lane = link.to?.key ?? link.from?.key ?? null
    const from = link.to && link.from && link.to.key !== link.from.key ? link.from.key : null
    yield { ns: link.ns, kind: 'step', text: link.text, refs: link.refs, lane, from, rank: 0 }
  }
}

function* ends(analysis: Analysis): Generator<Dated> {
  for (const process of analysis.processes) {
    if (!process.exit || process.endNs === null) continue
    const name = `${process.comm ?? 'process'} (pid ${process.pid})`
    const { kind, code, signal } = process.exit
    const text =
      kind === 'killed'
        ? `${name} was killed by ${signal ?? 'a signal'}`
        : `${name} exited with ${code ?? 'a status not seen'}`
    yield {
      ns: process.endNs,
      kind: kind === 'killed' ? 'killed' : 'exited',
      text,
      refs: process.exit.refs,
      lane: `pid:${process.pid}`,
      from: null,
      rank: process === analysis.victim ? 1 : 3,
    }
  }
}

function* brokenPipes(analysis: Analysis): Generator<Dated> {
  for (const broken of analysis.brokenPipes) {
    const refs = broken.refs
    if (broken.ns !== null)
      yield {
        ns: broken.ns,
        kind: 'epipe',
        text: `${broken.syscall} to ${broken.fd === null ? (broken.object ?? 'a descriptor') : `fd ${broken.fd}`} by thread ${broken.tid}: EPIPE`,
        refs,
        lane: broken.object ?? `pid:${broken.pid}`,
        from: broken.object === null ? null : `pid:${broken.pid}`,
        rank: 2,
      }
    const peer = broken.peer
    if (peer?.ns != null)
      yield {
        ns: peer.ns,
        kind: 'reader-gone',
        text: `${peer.comm ?? 'process'} (pid ${peer.pid}) gave up the other end (${peer.how})`,
        refs: peer.refs,
        lane: broken.object,
        from: `pid:${peer.pid}`,
        rank: 2,
      }
  }
}

function* signals(analysis: Analysis): Generator<Dated> {
  for (const signal of analysis.signals) {
    const ns = signal.deliveredNs ?? signal.sentNs
    if (signal.noise || ns === null) continue
    yield {
      ns,
      kind: 'signal',
      text: signalText(signal),
      refs: signal.refs,
      lane: `pid:${signal.target.pid}`,
      from: signal.sender && signal.sender.pid !== signal.target.pid ? `pid:${signal.sender.pid}` : null,
      rank: signal.target.pid === analysis.victim?.pid ? 2 : 3,
    }
  }
}

function signalText({ signal, sender, target, outcome, origin }: Signal): string {
  const by = sender
    ? ` from ${sender.comm ?? 'pid'}${sender.comm === null ? '' : ' (pid'} ${sender.pid}${sender.comm === null ? '' : ')'}`
    : origin === 'kernel'
      ? ' from the kernel'
      : ''
  return `${signal}${by} to pid ${target.pid}: ${outcome}`
}

function* lifecycle(analysis: Analysis): Generator<Dated> {
  for (const event of analysis.lifecycle)
    if (event.ns !== null)
      yield {
        ns: event.ns,
        kind: event.kind,
        text: event.text,
        refs: event.refs,
        lane: event.unit === null ? (event.pid === null ? null : `pid:${event.pid}`) : `unit:${event.unit}`,
        from: null,
        rank: event.pid !== null && event.pid === analysis.victim?.pid ? 2 : 4,
      }
}

function* dumps(analysis: Analysis): Generator<Dated> {
  for (const snapshot of analysis.capture.snapshots) {
    const ns = analysis.at(snapshot.source, snapshot.takenNs)
    const ref = { source: snapshot.source, ...(snapshot.line > 0 && { line: snapshot.line }) }
    if (ns !== null)
      yield { ns, kind: 'dump', text: 'Goroutine dump taken', refs: [ref], lane: null, from: null, rank: 1 }
  }
}

function* logs(analysis: Analysis): Generator<Dated> {
  for (const log of analysis.capture.logs) {
    const ns = analysis.at(log.source, log.ns)
    const lane = log.pid === null ? null : `pid:${log.pid}`
    if (ns !== null) yield { ns, kind: log.kind, text: log.text, refs: [log.ref], lane, from: null, rank: 5 }
  }
}
