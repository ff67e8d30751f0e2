import type { Analysis } from '../../model/analysis.js'
import type { Finding } from '../../model/finding.js'
import type { ProcSnapshot, ProcThread } from '../../model/proc.js'
import type { Ref } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import { signalName } from '../../model/signal-names.js'
import { counted } from '../../model/words.js'
import { nameAndPid, nameBeside, nameOf, subjectOf, title } from '../shared.js'
import { senderOf, sentLink, withoutEffect } from './effects.js'

const LAST_SIGNAL = 64
const SIGKILL = 9

export const pending: Rule = {
  id: 'signal/pending',
  severity: 'warning',
  needs: 'strace of the sender and the receiver, or /proc/PID/status',
  summary: 'A signal that somebody sent was never delivered: it waits, blocked or held up.',
  explanation: `A signal that is blocked stays pending until some thread unblocks it, for ever if none does. A process-directed signal waits as long as every thread blocks it, a thread-directed one as long as its thread does. A process that is stopped (Ctrl-Z, SIGSTOP) or held by a debugger takes nothing but SIGKILL until it goes on, and a thread in an uninterruptible sleep (state D) takes no signal until its call is done.

What to look for: rt_sigprocmask with the signal in its set, and no line that unblocks it; in /proc/PID/status SigBlk, SigPnd (of the thread) and ShdPnd (of the process), bit n-1 for signal n; State T or t, TracerPid. A child inherits the mask of the thread that forked it, and execve keeps it: a program that blocks signals around fork hands its mask on.

What to do: unblock the signal, or take it with sigwait or signalfd if that was the plan. To end the process now only SIGKILL helps.`,
  *find(analysis) {
    const told = new Set<string>()
    for (const { process, signals } of withoutEffect(analysis, s => s.outcome === 'pending')) {
      const [first] = signals
      told.add(`${process.pid} ${first.number}`)
      const blocked = first.because?.kind === 'blocked'
      // Its target ended before it could take the signal: nothing is held up.
      if (!blocked && process.exit !== null) continue
      yield {
        rule: pending.id,
        severity: 'warning',
        title: title(
          `${first.signal} from ${senderOf(first)} never reached ${nameBeside(process, first.sender?.comm ?? null)}: ${blocked ? 'it is blocked' : 'it is still pending'}`,
          `${first.signal} never reached ${nameOf(process)}`,
        ),
        summary: `${senderOf(first)} sent ${first.signal} to ${nameAndPid(process)}, and it was never delivered${blocked ? `: ${first.because!.text}` : ''}. The sender’s call succeeded all the same.`,
        subject: subjectOf(process, analysis, first.target.tid),
        chain: [
          sentLink(first, process),
          blocked
            ? {
                text: `It stayed pending: ${first.because!.text}.`,
                status: first.because!.refs.length > 0 ? 'observed' : 'inferred',
                refs: first.because!.refs,
              }
            : { text: 'Why it was not delivered was not seen.', status: 'missing', refs: [] },
        ],
        remedies: [
          {
            title: `Unblock ${first.signal}, or take it`,
            detail:
              'sigprocmask or pthread_sigmask in one thread is enough for a process-directed signal; sigwait and signalfd take blocked ones.',
            breaks: 1,
          },
        ],
        ns: first.sentNs,
        count: signals.length,
      }
    }
    for (const snapshot of analysis.capture.procs) yield* fromProc(snapshot, analysis, told)
  },
}

/** Pending signals that /proc/PID/status shows. */
function* fromProc(snapshot: ProcSnapshot, analysis: Analysis, told: Set<string>): Generator<Finding> {
  for (let number = 1; number <= LAST_SIGNAL; number++) {
    const bit = 1n << BigInt(number - 1)
    const shared = ((snapshot.shdPnd ?? 0n) & bit) !== 0n
    const threads = snapshot.threads.filter(t => ((t.sigPnd ?? 0n) & bit) !== 0n)
    const key = `${snapshot.pid} ${number}`
    if ((!shared && threads.length === 0) || told.has(key)) continue
    told.add(key)
    yield procFinding(snapshot, number, shared ? snapshot.threads : threads, bit, analysis)
  }
}

function procFinding(
  snapshot: ProcSnapshot,
  number: number,
  threads: readonly ProcThread[],
  bit: bigint,
  analysis: Analysis,
): Finding {
  const name = snapshot.comm ?? `pid ${snapshot.pid}`
  const signal = signalName(number)
  const refs = threads.flatMap(t => statusRef(t, snapshot)).slice(0, 3)
  const blocked = threads.length > 0 && threads.every(t => t.sigBlk !== null && (t.sigBlk & bit) !== 0n)
  const traced = Boolean(snapshot.tracerPid) || threads.some(t => t.state?.startsWith('t'))
  const stopped = threads.some(t => t.state?.startsWith('T'))
  const asleep = threads.length > 0 && threads.every(t => t.state?.startsWith('D'))
  const place = threads.map(t => t.wchan ?? t.stack[0]).find(name => name && name !== '0')
  // Nothing ends a process that does not even take SIGKILL: that is a hang, in the kernel.
  const hangs = number === SIGKILL && asleep
  const why = blocked
    ? 'every thread blocks it (SigBlk)'
    : traced
      ? `a debugger holds the process${snapshot.tracerPid ? ` (TracerPid ${snapshot.tracerPid})` : ''}`
      : stopped
        ? 'the process is stopped (State T)'
        : asleep
          ? 'its threads are in an uninterruptible sleep (State D)'
          : null
  return {
    rule: pending.id,
    severity: hangs ? 'error' : 'warning',
    title: title(
      `${signal} to ${name} is pending: ${why ?? 'it had not been taken'}`,
      `${signal} to ${name} is pending`,
    ),
    summary: `/proc shows ${signal} pending for ${name}${snapshot.pid === null ? '' : ` (pid ${snapshot.pid})`}${why ? `: ${why}` : ''}. Who sent it /proc does not say.`,
    subject: {
      ...(snapshot.pid !== null && { pid: snapshot.pid }),
      ...(snapshot.comm !== null && { comm: snapshot.comm }),
    },
    chain: [
      {
        text: `${signal} was pending (ShdPnd or SigPnd) in the status of ${counted(threads.length, 'thread')}.`,
        status: refs.length > 0 ? 'observed' : 'inferred',
        refs,
      },
      why
        ? {
            text: `It is not delivered because ${why}${asleep && place ? `, in ${place}` : ''}.`,
            status: refs.length > 0 ? 'observed' : 'inferred',
            refs,
          }
        : {
            text: 'Why it had not been taken does not show: it may have come this moment.',
            status: 'missing',
            refs: [],
          },
    ],
    remedies: [
      {
        title: traced
          ? 'Let the debugger go on or detach'
          : stopped
            ? 'Let the process go on'
            : asleep
              ? 'Find what the kernel waits for'
              : `Unblock ${signal}, or take it`,
        detail:
          traced || stopped
            ? 'Until then nothing but SIGKILL reaches it.'
            : asleep
              ? 'A disk, a network filesystem or a driver owes it an answer; no signal reaches it before. /proc/PID/stack shows where in the kernel it stands.'
              : 'Until some thread unblocks it nothing will happen.',
        ...(stopped && !traced && { code: `kill -CONT ${snapshot.pid ?? 'PID'}` }),
        breaks: 1,
      },
    ],
    ns: analysis.at(snapshot.source, snapshot.ns),
  }
}

function statusRef(thread: ProcThread, _snapshot: ProcSnapshot): Ref[] {
  if (thread.at?.status) return [thread.at.status]
  return thread.refs.status ? [{ source: thread.refs.status, line: 1 }] : []
}
