import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import { lastLife } from '../../model/lives.js'
import type { Process } from '../../model/process.js'
import { refKey } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { mayBeWithin } from '../../model/time.js'
import { commandLine, counted } from '../../model/words.js'
import { type Death, deathLink, deathsBy, deathsOf, isFromItself, SIGKILL, severityOf, victimName } from '../deaths.js'
import { observed } from '../lifecycle-links.js'
import { nameAndPid, nameOf, senderName, subjectOf, title } from '../shared.js'
import { unitDeathsOf } from '../unit-deaths.js'
import { askClient, askSender } from './ask-sender.js'
import { cleanEnds } from './clean-ends.js'
import { deliveryLinks, earlierRequest, isExplainedElsewhere, senderLink } from './evidence.js'
import { knownSender } from './of-unit.js'
import { unseenEnds } from './unseen-end.js'

export const byProcess: Rule = {
  id: 'kill/by-process',
  severity: 'fatal',
  needs: 'strace of the sender or of the process (its siginfo), tracepoints, killsnoop or the audit log',
  summary: 'A process died of a signal whose sender the evidence names.',
  explanation: `A signal sent with kill, tgkill, sigqueue or pidfd_send_signal arrives with siginfo that names the sending process: si_code SI_USER, SI_TKILL or SI_QUEUE, and si_pid, the process id of the sender as the receiver's pid namespace numbers it. strace prints it in the "---" line. SIGKILL has no such line: it never stops the process for its tracer. There the sender is known only where somebody watched it: strace of the sender, the kernel's signal:signal_generate tracepoint, killsnoop, or the audit log.

What to look for: the kill call that returned 0, or the siginfo; then the delivery and "killed by". Programs that clean up send themselves the same signal again, and so does the Go runtime (two tgkills after the first signal): the sender is that of the first one. siginfo can be forged through rt_sigqueueinfo, so a traced call is worth more than siginfo. A process that asked for PR_SET_PDEATHSIG gets its signal from the kernel when its parent's thread ends; si_pid is then the dead parent.

What to do: find out why the sender sends it: a supervisor's stop, a timeout, a health check, a script's kill or pkill that matches too much.`,
  *find(analysis) {
    for (const death of deathsOf(analysis)) {
      if (!death.cause?.sender || isExplainedElsewhere(death, analysis)) continue
      yield finding(death, death.cause, analysis)
    }
    for (const death of unitDeathsOf(analysis)) {
      const found = knownSender(death, analysis)
      if (found) yield found
    }
    yield* cleanEnds(analysis)
    yield* unseenEnds(analysis)
  },
}

function finding(death: Death, cause: Signal, analysis: Analysis): Finding {
  const { process, signal, number } = death
  const sender = cause.sender!
  const parentDied = cause.because?.kind === 'parent-died'
  const unasked = parentDied && cause.because?.refs.length === 0
  const self = isFromItself(cause, process)
  const name = victimName(process, analysis, self ? null : sender.comm)
  const group = self && isOfGroup(cause, analysis)
  const request = earlierRequest(death, analysis)
  const asked = onRequest(death, analysis)
  const sent = parentDied ? parentLink(cause, process) : senderLink(cause, process)
  const origin = asked
    ? { ...sent, text: `${sent.text.replace(/\.$/, '')}: on a client’s request, as systemctl kill makes one.` }
    : sent
  const down = lastStep(death, analysis)
  const chain = [...(down ? [down] : []), ...request, origin, ...deliveryLinks(death), deathLink(death)]
  return {
    rule: byProcess.id,
    severity: severityOf(process, analysis),
    title: self
      ? title(
          group
            ? `${name} killed itself with ${signal}, which it sent to its whole process group`
            : `${name} killed itself with ${signal}`,
          `${name} killed itself with ${signal}`,
        )
      : parentDied
        ? title(
            ...(unasked
              ? [`${name} was ended by ${signal}, most likely because its parent ${senderName(sender)} died`]
              : [`${name} was ended by ${signal} because its parent ${senderName(sender)} died`]),
            `${name} was ended by ${signal} at its parent’s death`,
          )
        : title(
            `${senderName(sender)} killed ${name} with ${signal}${down ? ' as the machine went down' : asked ? ' on a client’s request' : ''}`,
            `${senderName(sender)} killed ${name} with ${signal}`,
            `pid ${sender.pid} killed ${name} with ${signal}`,
          ),
    summary: group
      ? `${nameAndPid(process)} sent ${signal} to its whole process group, itself included, and died of it. Nobody else sent it a signal that ends a process.${alsoKilled(death, analysis)}`
      : summary(death, cause, self, parentDied, analysis),
    subject: subjectOf(process, analysis, cause.deliveredTo),
    chain,
    remedies: self
      ? []
      : parentDied
        ? [OUTLIVE_PARENT]
        : down
          ? [END_BEFORE]
          : remedies(cause, number, chain.indexOf(origin), asked, analysis),
    ns: death.ns,
  }
}

/** systemd says that somebody asked it to send just this signal to just this process. */
function onRequest({ process, signal, ns }: Death, analysis: Analysis): boolean {
  return analysis.lifecycle.some(
    e =>
      e.kind === 'client-signal' && e.pid === process.pid && e.signal === signal && mayBeWithin(e.ns, ns, REQUEST_NS),
  )
}

/** systemd-shutdown, which PID 1 is at the end of a shutdown, says that it sends this signal to all that is left. */
function lastStep({ cause, signal, ns }: Death, analysis: Analysis): Link | null {
  if (cause?.sender?.pid !== 1) return null
  const said = analysis.lifecycle.findLast(
    e => e.kind === 'shutdown' && e.signal === signal && mayBeWithin(e.ns, cause.sentNs ?? ns, REQUEST_NS),
  )
  return said
    ? observed(said, `The machine was about to shut down, and PID 1 ended what no unit had ended: “${said.text}”`)
    : null
}

const END_BEFORE: Remedy = {
  title: 'Let a unit stop it before the last step of a shutdown',
  detail:
    'systemd-shutdown ends what is still there when all units are stopped: what KillMode=none or process left behind, what was started outside of any unit, or what had outlived its own stop. In a service of its own it gets SIGTERM and TimeoutStopSec=.',
}

/** A process dies of an unhandled signal at once, a program with a handler can take its time. */
const REQUEST_NS = 10e9

/** One call sent the signal to others as well: kill(0, …). */
function isOfGroup(signal: Signal, analysis: Analysis): boolean {
  const [call] = signal.refs
  return (
    signal.origin === 'kill' &&
    signal.senderBasis === 'syscall' &&
    call !== undefined &&
    analysis.signals.some(s => s !== signal && s.number === signal.number && refKey(s.refs[0]) === refKey(call))
  )
}

/** Who else died of what a process sent that died of its own signal: timeout(1) kills its command first, and then itself. */
function alsoKilled({ process, number }: Death, analysis: Analysis): string {
  const others = deathsBy(process.pid, analysis).filter(d => d.process !== process && d.number === number)
  if (others.length === 0) return ''
  const [first] = others
  const more = others.length > 1 ? ` and ${counted(others.length - 1, 'other')}` : ''
  return ` It sent ${first.signal} to ${nameAndPid(first.process)}${more} as well, which died of it.`
}

const OUTLIVE_PARENT: Remedy = {
  title: 'Let the child outlive the thread that made it',
  detail:
    'The kernel sends the signal when the thread that forked the child ends, not only when its whole process does (prctl(2), PR_SET_PDEATHSIG). Drop it (Go: SysProcAttr.Pdeathsig), or fork from a thread that stays (Go: runtime.LockOSThread).',
  breaks: 0,
}

function remedies(cause: Signal, number: number, breaks: number, asked: boolean, analysis: Analysis): Remedy[] {
  if (asked) return [askClient(breaks)]
  const sender = cause.sender!
  const process = lastLife(analysis, sender.pid)
  // A process that has ended can no longer be asked; what is known of it stands in the summary.
  const alive = process?.exit == null
  const ask = askSender(cause, breaks)
  const why: Remedy = {
    ...ask,
    detail: `${ask.detail} kill(2) reaches any process of the same user.`,
    ...(alive && { code: `ps -o pid,ppid,lstart,args -p ${sender.pid}` }),
  }
  if (number !== SIGKILL) return [why]
  return [
    why,
    {
      title: 'Give it time to end by itself first',
      detail: 'SIGKILL cannot be handled: send SIGTERM, wait, and only then SIGKILL.',
    },
  ]
}

/** Longest command line that a sentence has room for. */
const LONGEST_COMMAND = 80

/** What the trace knows of the sender: `rotate-logs was run as "/bin/sh ./rotate-logs" by start (pid 26740).` */
function aboutSender(pid: number, analysis: Analysis): string {
  const process = lastLife(analysis, pid)
  if (!process?.argv) return ''
  const command = commandLine(process.argv)
  const parent = lastLife(analysis, process.ppid)
  const shown = command.length > LONGEST_COMMAND ? `${command.slice(0, LONGEST_COMMAND)}…` : command
  return `${nameOf(process)} was run as \`${shown}\`${parent ? ` by ${nameAndPid(parent)}` : ''}.`
}

/** PR_SET_PDEATHSIG: the kernel sends in the name of the parent that ended. */
function parentLink(cause: Signal, process: Process): Link {
  const refs = cause.because!.refs
  const asked =
    refs.length === 0
      ? 'as it does for who has asked for that (PR_SET_PDEATHSIG); the call that asked is not in the trace, nor one that sent it'
      : 'it had asked for that (PR_SET_PDEATHSIG)'
  return {
    ...senderLink(cause, process),
    text: `The kernel sent it ${cause.signal} because its parent ${senderName(cause.sender!)} had ended: ${asked}.`,
    status: refs.length > 0 ? 'observed' : 'inferred',
    refs: [...refs, ...cause.refs].slice(0, 3),
  }
}

function summary(death: Death, cause: Signal, self: boolean, parentDied: boolean, analysis: Analysis): string {
  const { process, signal, number } = death
  const who = nameAndPid(process)
  if (self)
    return `${who} sent ${signal} to itself and died of it. Nobody else sent it a signal that ends a process.${alsoKilled(death, analysis)}`
  const from = senderName(cause.sender!)
  if (parentDied && cause.because?.refs.length === 0)
    return `${signal} came to ${who} in the name of its parent ${from}, which had ended by then, and no call that sent it is in the trace. So the kernel sends it to who has asked for it with PR_SET_PDEATHSIG.`
  if (parentDied)
    return `${who} had asked the kernel for ${signal} at its parent’s death. Its parent ${from} ended, and the signal came.`
  const known: Partial<Record<NonNullable<Signal['senderBasis']>, string>> = {
    syscall: 'The call that sent it is in the trace.',
    siginfo: `The siginfo of the signal names the sender; ${lastLife(analysis, cause.sender!.pid) ? 'no call of it that names this process is in the trace' : 'the sender itself was not traced'}.`,
    tracepoint: 'The kernel’s signal tracepoint names the sender.',
    audit: 'The audit log names the sender.',
    journal: onRequest(death, analysis)
      ? 'It did so on the request of a client, as systemctl kill makes one; the journal does not say whose.'
      : 'The journal names the sender.',
  }
  return [
    `${from} sent ${signal} to ${who}, which died of it.`,
    known[cause.senderBasis ?? 'inferred'] ?? '',
    aboutSender(cause.sender!.pid, analysis),
    number === SIGKILL ? 'SIGKILL cannot be handled, so the process left nothing behind.' : '',
  ]
    .filter(s => s !== '')
    .join(' ')
}
