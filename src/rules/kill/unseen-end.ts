/** A SIGKILL that a witness saw sent, where nothing in the capture shows how its target ended. */
import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import { livesOfPid } from '../../model/lives.js'
import { addTo } from '../../model/multimap.js'
import type { Signal } from '../../model/signal.js'
import { counted, duration } from '../../model/words.js'
import { SIGKILL } from '../deaths.js'
import { processActor, senderActor, senderName, title } from '../shared.js'
import { unitDeathsOf } from '../unit-deaths.js'
import { askSender } from './ask-sender.js'

const SIGTERM = 15

/**
 * SIGKILL can be neither handled nor blocked nor ignored (signal(7)): who was sent one with success has ended, though only the
 * sending was seen. Each sender once: its last kill, with a count.
 */
export function* unseenEnds(analysis: Analysis): Generator<Finding> {
  // A death that the journal tells of and that this signal is already taken for is not told twice.
  const told = new Set(unitDeathsOf(analysis).map(death => death.sent))
  const bySender = new Map<number, Signal[]>()
  for (const signal of analysis.signals) {
    if (!isSeenKill(signal) || told.has(signal)) continue
    if (livesOfPid(analysis, signal.target.pid).some(p => p.exit !== null)) continue
    addTo(bySender, signal.sender!.pid, signal)
  }
  for (const list of bySender.values()) yield finding(list, analysis)
}

/** A witness of the kernel saw it sent with success, by somebody else, to one process. */
function isSeenKill({ number, sender, senderBasis, outcome, target }: Signal): boolean {
  return (
    number === SIGKILL &&
    sender !== null &&
    (senderBasis === 'audit' || senderBasis === 'tracepoint') &&
    outcome === 'unknown' &&
    target.pid > 1 &&
    sender.pid !== target.pid
  )
}

function finding(signals: readonly Signal[], analysis: Analysis): Finding {
  const signal = signals.at(-1)!
  const { pid } = signal.target
  const comm = targetName(signal, analysis)
  const unit = analysis.unitByPid?.get(pid)
  const victim = { pid, comm, argv: null }
  const name = comm === null ? `pid ${pid}` : `${comm} (pid ${pid})`
  const from = senderName(signal.sender!)
  const at = signal.sentNs ?? signal.deliveredNs
  const asked = askedBefore(signal, analysis)
  const isOther = analysis.victim !== null && analysis.victim.pid !== pid
  return {
    rule: 'kill/by-process',
    // A death that was seen is the case; one that follows from a call stands behind it.
    severity: isOther || unitDeathsOf(analysis).length > 0 ? 'warning' : 'fatal',
    title: title(`${from} killed ${name} with SIGKILL`, `pid ${signal.sender!.pid} killed ${name} with SIGKILL`),
    summary: `${from} sent SIGKILL to ${name}, and the kernel reported success. SIGKILL cannot be handled, blocked or ignored, so that was its end, if it had not ended before; the end itself was not recorded.${signals.length > 1 ? ` It sent SIGKILL to ${counted(signals.length - 1, 'other')} as well.` : ''}`,
    subject: { pid, ...(comm !== null && { comm }), ...(unit !== undefined && { unit }) },
    chain: [
      ...asked,
      {
        text: `${from} sent SIGKILL to ${name}, as ${signal.senderBasis === 'audit' ? 'the audit log' : 'a tracer of the kernel'} says.`,
        status: 'observed',
        refs: signal.refs.slice(0, 2),
        ns: at,
        from: senderActor(signal.sender!),
        to: processActor(victim),
        label: 'SIGKILL',
      },
      {
        text: `${name} died of it: SIGKILL cannot be handled, blocked or ignored.`,
        status: 'inferred',
        refs: [],
      },
    ],
    remedies: [askSender(signal, asked.length)],
    ns: at,
    count: signals.length,
  }
}

/** SIGTERM, a grace period, SIGKILL: as supervisors do it. Empty where no SIGTERM was seen. */
function askedBefore(kill: Signal, analysis: Analysis): Link[] {
  const at = kill.sentNs ?? kill.deliveredNs
  const asked = analysis.signals.findLast(
    s =>
      s.number === SIGTERM &&
      s.target.pid === kill.target.pid &&
      s.outcome !== 'failed' &&
      s.sentNs !== null &&
      at !== null &&
      s.sentNs < at &&
      at - s.sentNs <= GRACE_NS,
  )
  if (!asked || at === null) return []
  return [
    {
      text: `SIGTERM came ${duration(at - asked.sentNs!)} before${asked.sender ? ` from ${senderName(asked.sender)}` : ''}.`,
      status: 'observed',
      refs: asked.refs.slice(0, 2),
      ns: asked.sentNs,
    },
  ]
}

/** No supervisor waits longer before it kills, as a rule. */
const GRACE_NS = 3600e9

/** What a witness calls the target: audit's ocomm, a tracepoint's comm. */
function targetName({ target }: Signal, analysis: Analysis): string | null {
  const process = livesOfPid(analysis, target.pid).at(-1)
  if (process?.comm) return process.comm
  return analysis.capture.witnesses.find(w => w.target.pid === target.pid && w.target.comm)?.target.comm ?? null
}
