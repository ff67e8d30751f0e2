/** Signals that no traced call sent: the kernel raised them, or somebody outside the trace. */
import type { Signal } from '../../model/signal.js'
import type { TraceSignal } from '../../model/trace.js'
import type { Life } from './life.js'
import type { Moment } from './moment.js'
import type { ProcessTree } from './process-tree.js'
import { codeOf } from './signal-codes.js'
import { because } from './signal-reasons.js'
import { isNoise, OF_A_WRITE, type Source, sourceOf } from './signal-source.js'
import type { SignalStates } from './signal-state.js'

export interface Unsent {
  signal: Signal
  /** Another process sent it, whose call was not met before: it may come yet. */
  stray: boolean
}

/** A delivered signal as its siginfo and the last call of the thread explain it. */
export function unsentSignal(event: TraceSignal, moment: Moment, tree: ProcessTree, states: SignalStates): Unsent {
  const { life, tid } = moment.thread
  const { info, number } = event
  const source = sourceOf(number, info)
  const named = { local: info.pid ?? 0, outer: info.outerPid ?? null, comm: null }
  const found = info.pid === undefined ? null : tree.spaces.find(life, named, moment.seq)
  const bySelf = found?.life === life
  const signal: Signal = {
    number,
    signal: event.signal,
    origin: source.origin,
    code: codeOf(info, number),
    sender: null,
    senderBasis: null,
    target: { pid: life.process.pid, tid: source.origin === 'tgkill' ? tid : null },
    sentNs: null,
    deliveredNs: moment.ns,
    deliveredTo: tid,
    outcome: 'unknown',
    because:
      source.because === null
        ? null
        : because(source.because, 'si_pid is 0: the sender is not in its pid namespace', [moment.ref]),
    noise: isNoise(number, codeOf(info, number), bySelf),
    ...(info.addr !== undefined && { address: info.addr }),
    refs: [moment.ref],
  }
  if (isOfWrite(event, moment, bySelf, states)) {
    raisedForWrite(signal, moment, states)
    return { signal, stray: false }
  }
  nameSender(signal, source, event, moment, found?.life ?? null)
  const { parentDeath } = states.life(life)
  if (parentDeath?.number === number && found !== null && found.life === life.parent && signal.code === 'SI_USER') {
    signal.origin = 'kernel'
    const text = 'it had asked for this signal at its parent’s death (PR_SET_PDEATHSIG)'
    signal.because = because('parent-died', text, [parentDeath.ref])
    return { signal, stray: false }
  }
  if (signal.code === 'SI_USER' && isOfDeadParent(found?.life ?? null, moment)) {
    // The call that asked for it can be older than the log, or of no kind that was recorded.
    signal.origin = 'kernel'
    signal.senderBasis = 'inferred'
    signal.because = because('parent-died', 'it came in the name of its parent after that had ended', [])
    return { signal, stray: true }
  }
  return { signal, stray: source.believed && !bySelf }
}

/** A traced parent that was ending by then, and of which no call is known that sent this: the kernel sends for it. */
function isOfDeadParent(sender: Life | null, { thread: { life }, seq }: Moment): boolean {
  return sender !== null && sender === life.parent && sender.spoke && Math.min(sender.dyingSeq, sender.endSeq) < seq
}

function nameSender(
  signal: Signal,
  source: Source,
  { info }: TraceSignal,
  { thread }: Moment,
  found: Life | null,
): void {
  if (!source.believed) return
  // A number of another namespace is nobody's here.
  const pid = found?.process.pid ?? (thread.life.space.own ? (info.outerPid ?? info.pid!) : (info.outerPid ?? null))
  if (pid === null) return
  signal.sender = { pid, tid: null, comm: found?.process.comm ?? null }
  signal.senderBasis = source.basis
}

/**
 * SIGPIPE and SIGXFSZ with SI_USER and the process's own number are the kernel's. Of a thread whose process is not known that
 * is taken from its last call: a write that has just failed.
 */
function isOfWrite({ number, info }: TraceSignal, { thread }: Moment, bySelf: boolean, states: SignalStates): boolean {
  if (!OF_A_WRITE.has(number) || codeOf(info, number) !== 'SI_USER' || info.pid === undefined) return false
  if (bySelf) return true
  const { life } = thread
  const failed = failedCall(states.thread(thread).last) !== null
  if (life.space.own) return info.pid === life.process.pid || (failed && life.assumed)
  const local = life.threads.find(t => t.tid === life.process.pid)?.local ?? null
  return local === info.pid || (failed && local === null)
}

/** Error of a last call that raises a signal; null for any other call. */
function failedCall(last: ReturnType<SignalStates['thread']>['last']): string | null {
  const error = last?.call.error
  return error === 'EPIPE' || error === 'EFBIG' ? error : null
}

function raisedForWrite(signal: Signal, { thread }: Moment, states: SignalStates): void {
  signal.origin = 'kernel'
  signal.target.tid = thread.tid
  const { last } = states.thread(thread)
  const error = failedCall(last)
  if (!last || error === null) return
  signal.sentNs = last.ns
  signal.refs.unshift(last.ref)
  signal.because = because('failed-write', `${last.call.name} had failed with ${error}`, [last.ref])
}
