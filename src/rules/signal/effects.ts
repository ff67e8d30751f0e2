/** Signals that somebody sent and that had no effect, grouped so that a reader sees each case once. */
import type { Analysis } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import { livesOfPid } from '../../model/lives.js'
import type { Process } from '../../model/process.js'
import type { Signal } from '../../model/signal.js'
import { isDuring, nameBeside, processActor, senderActor, senderName, UNKNOWN_SENDER } from '../shared.js'

export interface Effectless {
  process: Process
  signals: Signal[]
}

/** Signals of one outcome that another process sent, by receiver and number. */
export function withoutEffect(analysis: Analysis, fits: (signal: Signal) => boolean): Effectless[] {
  const groups = new Map<string, Effectless>()
  for (const signal of analysis.signals) {
    if (signal.noise || !fits(signal) || !isFromSomebody(signal)) continue
    const process = livesOfPid(analysis, signal.target.pid).findLast(p =>
      isDuring(p, signal.sentNs ?? signal.deliveredNs, 1e6),
    )
    if (!process) continue
    const key = `${signal.number} ${process.pid} ${process.startNs}`
    const group = groups.get(key)
    if (group) group.signals.push(signal)
    else groups.set(key, { process, signals: [signal] })
  }
  return [...groups.values()]
}

/** Sent by a process, or by somebody whose name is not known; not by the kernel, a timer, or the program itself. */
function isFromSomebody(signal: Signal): boolean {
  if (signal.sender) return signal.sender.pid !== signal.target.pid
  return signal.because?.kind === 'outside-namespace' || (signal.origin === 'kill' && signal.code === 'SI_USER')
}

export function sentLink(signal: Signal, process: Process): Link {
  const from = signal.sender ? senderName(signal.sender) : 'Somebody'
  return {
    text: `${from} sent ${signal.signal} to ${nameBeside(process, signal.sender?.comm ?? null)}.`,
    status: 'observed',
    refs: signal.refs,
    ns: signal.sentNs ?? signal.deliveredNs,
    from: signal.sender ? senderActor(signal.sender) : UNKNOWN_SENDER,
    to: processActor(process),
    label: signal.signal,
  }
}

export function senderOf(signal: Signal): string {
  return signal.sender ? senderName(signal.sender) : 'somebody'
}
