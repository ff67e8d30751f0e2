/** The links that all rules about a killing signal share: what was tried before, who sent it, how it arrived. */
import type { Analysis } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Process } from '../../model/process.js'
import type { Signal } from '../../model/signal.js'
import { duration } from '../../model/words.js'
import { type Death, FAULTS, isFromItself, isGo, SIGABRT, SIGKILL, SIGPIPE } from '../deaths.js'
import {
  KERNEL,
  nameOf,
  processActor,
  senderActor,
  senderName,
  signalsTo,
  threadActor,
  UNKNOWN_SENDER,
} from '../shared.js'
import { explains } from './by-result.js'
import { isOomVictim } from './oom.js'

const SIGTERM = 15
/** systemd acts on a process this long before it dies of it, at most: between TimeoutStopSec= and the kill. */
const ANNOUNCED_NS = 5e9
/** Words of systemd and the kernel that name who killed: they have rules of their own. */
const KILLERS = new Set(['oom-kill', 'killing', 'watchdog', 'stop-timeout'])

/** Deaths that other rules explain: a write nobody reads, a fault, an abort, a killer that systemd or the kernel names. */
export function isExplainedElsewhere(death: Death, analysis: Analysis): boolean {
  const { cause, number, process } = death
  const ofWrite = cause?.origin === 'kernel' || ((!cause || isFromItself(cause, process)) && isGo(death, analysis))
  if (number === SIGPIPE && ofWrite) return true
  if (FAULTS.has(number) && isFault(cause, process)) return true
  if (number === SIGABRT && isAbort(death)) return true
  // Under another pid: the kernel numbers it as the initial pid namespace does.
  if (number === SIGKILL && !cause?.sender && isOomVictim(process, analysis)) return true
  return announced(death, analysis)
}

/** A fault of the program's own: raised by the kernel, or of which nothing says otherwise. */
export function isFault(cause: Signal | null, process: Process): boolean {
  if (!cause) return true
  return cause.origin === 'kernel' || cause.origin === 'unknown' || isFromItself(cause, process)
}

/** SIGABRT that a program sent itself, or of which nothing says otherwise: nearly all of them are calls of abort(). */
export function isAbort({ cause, process }: Death): boolean {
  return !cause || isFromItself(cause, process) || (cause.origin === 'unknown' && cause.sender === null)
}

/** systemd or the kernel says that it killed it. */
export function announced({ process, ns, cause }: Death, analysis: Analysis): boolean {
  if (cause?.sender && cause.senderBasis === 'syscall') return false
  const unit = analysis.unitByPid?.get(process.pid)
  const { signal } = process.exit ?? {}
  return analysis.lifecycle.some(
    e =>
      (e.detail.apart === undefined || process.endNs === null) &&
      (KILLERS.has(e.kind)
        ? e.pid === process.pid && (e.kind !== 'killing' || isToldWhy(e, analysis))
        : e.kind === 'failed' && unit !== undefined && e.unit === unit && explains(e.result, signal ?? '')) &&
      (ns === null || e.ns === null || Math.abs(ns - e.ns) < ANNOUNCED_NS),
  )
}

/** systemd also says why it kills: SIGTERM was not obeyed, or the watchdog not pinged. Without that line only the kill is known. */
function isToldWhy(killing: LifecycleEvent, analysis: Analysis): boolean {
  return analysis.lifecycle.some(
    e =>
      (e.kind === 'watchdog' || (e.kind === 'stop-timeout' && /-sigterm$/.test(e.detail.state ?? ''))) &&
      e.unit === killing.unit &&
      (e.ns === null || killing.ns === null || Math.abs(e.ns - killing.ns) < WHY_NS),
  )
}

/** From the watchdog's signal to the SIGKILL after it: TimeoutAbortSec=, 90 s unless set. */
const WHY_NS = 600e9

/**
 * A request to end that came before the killing signal, as supervisors do it: SIGTERM, a grace period, SIGKILL.
 * Empty where there was none.
 */
export function earlierRequest(death: Death, analysis: Analysis): Link[] {
  const { process, cause, fatal, number } = death
  if (number !== SIGKILL) return []
  const asked = signalsTo(process, analysis).findLast(
    s => s.number === SIGTERM && s !== cause && !isFromItself(s, process),
  )
  if (!asked) return []
  // SI_USER without a sender: si_pid was 0.
  const outside = asked.code === 'SI_USER' && asked.refs.length > 0 ? ' from outside its pid namespace (si_pid 0)' : ''
  const at = asked.sentNs ?? asked.deliveredNs
  const end = fatal?.sentNs ?? death.ns
  const before = at !== null && end !== null && end > at ? ` ${duration(end - at)} before` : ''
  const effect: Partial<Record<Signal['outcome'], string>> = {
    handled: 'its handler took it, and the process lived on',
    ignored:
      asked.because?.kind === 'no-handler'
        ? 'it has no handler for it and is the first process of its pid namespace'
        : 'it was ignored',
    pending: 'it was blocked',
  }
  return [
    {
      text: `SIGTERM came${before}${asked.sender ? ` from ${senderName(asked.sender)}` : outside}: ${effect[asked.outcome] ?? 'the process lived on'}.`,
      status: 'observed',
      refs: asked.refs,
      ns: at,
      from: asked.sender ? senderActor(asked.sender) : UNKNOWN_SENDER,
      to: processActor(process),
      label: 'SIGTERM',
    },
  ]
}

/** A runtime speaks of a stop just before it sends the signal; kubelet does so before it asks the runtime. */
const RUNTIME_NS = 3e9

/**
 * What the keepers of containers said at the times when this death was asked for and came: dockerd, containerd, CRI-O, the
 * kubelet. Whose container it was their lines say by its id, which a trace does not know.
 */
export function runtimeLinks(death: Death, analysis: Analysis): Link[] {
  const { process, cause, fatal, ns } = death
  const asked = signalsTo(process, analysis).findLast(s => s.number === SIGTERM && s.sender === null)
  const times = [asked?.deliveredNs, cause?.deliveredNs, fatal?.sentNs, ns].filter(t => t !== null && t !== undefined)
  return analysis.lifecycle
    .filter(e => e.kind === 'container-stop' && times.some(t => e.ns !== null && Math.abs(t - e.ns) <= RUNTIME_NS))
    .slice(0, MOST_WORDS)
    .map(e => ({
      text: `${e.detail.by} wrote at that time: “${e.detail.said}”. That it means the container of ${nameOf(process)} is not in the evidence.`,
      status: 'inferred' as const,
      refs: e.refs,
      ns: e.ns,
      from: { key: `runtime:${e.detail.by}`, name: e.detail.by, kind: 'process' as const },
      to: processActor(process),
      label: 'stops a container',
    }))
}

const MOST_WORDS = 4

const CALLS: Partial<Record<Signal['origin'], string>> = {
  kill: 'kill',
  tkill: 'tkill',
  tgkill: 'tgkill',
  sigqueue: 'rt_sigqueueinfo',
  tgsigqueue: 'rt_tgsigqueueinfo',
  pidfd: 'pidfd_send_signal',
}

/** What names the sender of a signal. */
export function senderLink(signal: Signal, process: Process): Link {
  const sender = signal.sender!
  const who = isFromItself(signal, process) ? 'The process itself' : senderName(sender)
  const bases: Partial<Record<NonNullable<Signal['senderBasis']>, string>> = {
    syscall: `called ${CALLS[signal.origin] ?? 'kill'} to send it ${signal.signal}`,
    siginfo: `sent it ${signal.signal}, as the siginfo says (${signal.code ?? 'si_pid'}, si_pid ${sender.pid})`,
    tracepoint: `sent it ${signal.signal}, as the kernel’s own signal tracepoint says`,
    audit: `sent it ${signal.signal}, as the audit log says`,
    journal: `sent it ${signal.signal}, as the journal says`,
    inferred: `sent it ${signal.signal}`,
  }
  return {
    text: `${who} ${bases[signal.senderBasis ?? 'inferred']}.`,
    status: signal.senderBasis === 'inferred' || signal.senderBasis === null ? 'inferred' : 'observed',
    refs: signal.refs.slice(0, 2),
    ns: signal.sentNs ?? signal.deliveredNs,
    from: senderActor(sender),
    to: processActor(process),
    label: `${CALLS[signal.origin] ?? 'sends'} ${signal.signal}`,
  }
}

/** The delivery, and what it met. Empty for SIGKILL, which has none. */
export function deliveryLinks(death: Death): Link[] {
  const { cause, fatal, process } = death
  if (!cause || !fatal || death.number === SIGKILL) return []
  const links: Link[] = []
  if (cause.deliveredTo !== null)
    links.push({
      text: `${cause.signal} was delivered to thread ${cause.deliveredTo}: ${cause === fatal ? 'nothing handled it' : 'its handler ran'}.`,
      status: 'observed',
      refs: cause.refs,
      ns: cause.deliveredNs,
      from: KERNEL,
      to: threadActor(cause.deliveredTo, process),
      label: cause.signal,
    })
  if (cause !== fatal)
    links.push({
      text:
        process.runtime === 'go'
          ? `The Go runtime restored the default action and sent ${fatal.signal} to its own thread (runtime.dieFromSignal).`
          : `${nameOf(process)} sent ${fatal.signal} to itself again, so that its status shows what ended it.`,
      status: 'observed',
      refs: fatal.refs,
      ns: fatal.sentNs ?? fatal.deliveredNs,
      from: processActor(process),
      to: processActor(process),
      label: `${fatal.signal} again`,
    })
  return links
}
