/** Services that ended without a stop and without a word of failure, just after somebody sent them a signal that ends so. */
import type { Analysis } from '../../model/analysis.js'
import type { Finding } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { lastLife } from '../../model/lives.js'
import type { Signal } from '../../model/signal.js'
import { duration } from '../../model/words.js'
import { actorOf, livesOf, observed, type UnitLife } from '../lifecycle-links.js'
import { senderActor, senderName, title } from '../shared.js'
import { askClient, askSender } from './ask-sender.js'

/** What is_clean_exit() in systemd's src/shared/exit-status.c takes for a success; SIGPIPE is nearly always the kernel's own. */
const CLEAN: ReadonlySet<number> = new Set([1, 2, 15])
const SIGHUP = 1
/** A program without a handler dies at once; one with a handler may tidy up. */
const SENT_NS = 5e9
/** A log that counts seconds cuts off their fractions. */
const ROUNDING_NS = 1e9

const BASES: Partial<Record<NonNullable<Signal['senderBasis']>, string>> = {
  audit: 'the audit log',
  tracepoint: 'the kernel’s own signal tracepoint',
  syscall: 'the trace of its call',
  journal: 'the journal',
}

export function* cleanEnds(analysis: Analysis): Generator<Finding> {
  const found = new Map<string, Finding>()
  for (const life of livesOf(analysis)) {
    const end = quietEnd(life)
    const sent = end && sentBefore(end, life.unit, analysis)
    if (end && sent)
      found.set(life.unit, {
        ...finding(life.unit, end, sent, analysis),
        count: (found.get(life.unit)?.count ?? 0) + 1,
      })
  }
  yield* found.values()
}

/** `Deactivated successfully.` of a service that nobody stopped and whose main process no line tells the end of. */
function quietEnd({ unit, events }: UnitLife): LifecycleEvent | null {
  if (!unit.endsWith('.service') || events.some(e => e.kind === 'stopping' || e.kind === 'process-exited')) return null
  const isStarted = events.some(e => e.kind === 'started' && e.detail.job !== 'Finished')
  return isStarted ? (events.find(e => e.kind === 'deactivated') ?? null) : null
}

/** The one signal of this kind that reached a process of the unit just before; null where there is none, or several senders. */
function sentBefore(end: LifecycleEvent, unit: string, analysis: Analysis): Signal | null {
  const unsure = analysis.uncertainty(end.refs[0].source) ?? 0
  const sent = analysis.signals.filter(s => {
    const ns = s.sentNs ?? s.deliveredNs
    if (!CLEAN.has(s.number) || s.sender === null || s.outcome === 'failed' || ns === null || end.ns === null)
      return false
    if (BASES[s.senderBasis ?? 'inferred'] === undefined || s.sender.pid === s.target.pid) return false
    if (analysis.unitByPid?.get(s.target.pid) !== unit || lastLife(analysis, s.target.pid)?.exit) return false
    const slack = unsure + (analysis.uncertainty(s.refs[0].source) ?? 0)
    return end.ns - ns <= SENT_NS + slack && ns - end.ns <= slack + ROUNDING_NS
  })
  return new Set(sent.map(s => `${s.sender!.pid} ${s.target.pid} ${s.number}`)).size === 1 ? sent[0] : null
}

function finding(unit: string, end: LifecycleEvent, sent: Signal, analysis: Analysis): Omit<Finding, 'count'> {
  const { signal, target } = sent
  const from = senderName(sent.sender!)
  const at = sent.sentNs ?? sent.deliveredNs
  const isClient = sent.senderBasis === 'journal'
  const before = at !== null && end.ns! > at ? `${duration(end.ns! - at)} later` : 'Then'
  return {
    rule: 'kill/by-process',
    severity: analysis.victim === null ? 'fatal' : 'warning',
    title: title(
      `${from} sent ${signal} to ${unit}, which ended at once`,
      `${from} sent it ${signal}, and it ended at once`,
    ),
    summary:
      `${from} sent ${signal} to pid ${target.pid}, a process of ${unit}${isClient ? ', on the request of a client' : ''}. ` +
      `${before} systemd logged “${end.text.replace(`${unit}: `, '')}”, as it does for a death by ${signal}: it counts as a success, and Restart=on-failure does not restart. ` +
      'Nobody had asked systemd to stop it.',
    subject: { pid: target.pid, unit },
    chain: [
      {
        text: `${from} sent ${signal} to pid ${target.pid}, as ${BASES[sent.senderBasis!]} says.`,
        status: 'observed',
        refs: sent.refs.slice(0, 2),
        ns: at,
        from: senderActor(sent.sender!),
        to: actorOf(target.pid, null, unit),
        label: signal,
      },
      observed(end, `${before} ${unit} was gone: “${end.text.replace(`${unit}: `, '')}”`),
      {
        text: `That its main process died of ${signal} is not logged: systemd says so only at the level debug.`,
        status: 'inferred',
        refs: [],
      },
    ],
    remedies: [
      isClient ? askClient(0) : askSender(sent, 0),
      ...(sent.number === SIGHUP
        ? [
            {
              title: 'Handle SIGHUP, or do not send it',
              detail:
                'Scripts that rotate logs send SIGHUP for a daemon to open its log anew; a program that has no handler dies of it. Take it and reopen the log, or let logrotate use copytruncate.',
            },
          ]
        : []),
      {
        title: 'See how it ended the next time',
        detail: 'ExecMainCode=2 is “killed”, ExecMainStatus is the number of the signal.',
        code: `systemctl show -p Result,ExecMainCode,ExecMainStatus ${unit}`,
      },
    ],
    ns: end.ns,
  }
}
