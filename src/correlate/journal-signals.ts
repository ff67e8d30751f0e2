/**
 * Signals that the journal tells of: systemd names a process before it kills it, says what it sends at a client's request,
 * daemons say from whom a signal came, the kernel reports what its OOM killer did. They name senders of SIGKILL, of which a
 * trace shows none, and stand alone where there is no trace.
 */
import type { Analysis } from '../model/analysis.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import { livesOfPid } from '../model/lives.js'
import type { Signal } from '../model/signal.js'
import { signalNumber } from '../model/signal-names.js'
import { joinSignals } from './witness/join.js'

/** systemd logs a line and sends the signal right after it; a busy machine can take a while to deliver it. */
const SLACK_NS = 1e9
/** A death this near to the signal is the signal's doing. */
const DEATH_NS = 5e9

/** Joins the signals that the journal names with those that are known. */
export function addJournalSignals(analysis: Analysis): void {
  const told = analysis.lifecycle.map(event => signalOf(event, analysis)).filter(signal => signal !== null)
  if (told.length === 0) return
  const unsure = (s: Signal) => analysis.uncertainty(s.refs[0].source) ?? 0
  joinSignals(analysis.signals, told, (a, b) => unsure(a) + unsure(b) + SLACK_NS)
  const time = (s: Signal) => s.sentNs ?? s.deliveredNs ?? Number.POSITIVE_INFINITY
  analysis.signals.sort((a, b) => time(a) - time(b) || 0)
}

function signalOf(event: LifecycleEvent, analysis: Analysis): Signal | null {
  const { kind, pid, signal, ns, refs, detail } = event
  const number = signal === null ? null : signalNumber(signal)
  if (pid === null || number === null) return null
  // Of quite another time than the life of that pid that the capture shows: it was not sent to that one.
  if (detail.apart !== undefined && livesOfPid(analysis, pid).some(p => p.endNs !== null)) return null
  if (kind === 'killing' || kind === 'client-signal')
    return told(event, number, analysis, 'kill', {
      pid: Number(detail.byPid ?? 1),
      // In the last step of a shutdown PID 1 is another program.
      comm: detail.by ?? 'systemd',
    })
  if (kind === 'signal-received') {
    const sender = { pid: Number(detail.senderPid), comm: detail.senderComm === 'n/a' ? null : detail.senderComm }
    // SIGCHLD from the children of PID 1 says nothing about anybody's death.
    if (number === 17) return null
    return { ...told(event, number, analysis, 'kill', sender), outcome: 'handled', deliveredNs: ns, sentNs: null, refs }
  }
  if (kind === 'oom-kill') return told(event, number, analysis, 'kernel', null)
  return null
}

function told(
  event: LifecycleEvent,
  number: number,
  analysis: Analysis,
  origin: Signal['origin'],
  sender: { pid: number; comm: string | null } | null,
): Signal {
  const { pid, ns, signal } = event
  const lives = pid === null ? [] : livesOfPid(analysis, pid)
  const end = lives.find(
    p => p.exit !== null && (ns === null || p.endNs === null || (p.endNs >= ns - SLACK_NS && p.endNs - ns <= DEATH_NS)),
  )?.exit
  const died = end?.signal === signal
  // Go catches SIGABRT and SIGQUIT, dumps and exits with status 2: an exit right after the signal is its handler's.
  const handled = end?.kind === 'exited' && end.code !== 0
  return {
    number,
    signal: signal!,
    origin,
    code: null,
    sender: sender && { pid: sender.pid, tid: null, comm: sender.comm },
    senderBasis: sender ? 'journal' : null,
    target: { pid: pid!, tid: null },
    sentNs: ns,
    deliveredNs: null,
    deliveredTo: null,
    outcome: died ? 'killed' : handled ? 'handled' : 'unknown',
    noise: false,
    refs: event.refs,
  }
}
