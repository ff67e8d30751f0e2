import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { mayBeWithin } from '../../model/time.js'
import { unitSetting } from '../../model/unit-settings.js'
import { duration } from '../../model/words.js'
import { type Death, deathLink, deathsOf, SIGKILL, SIGPIPE, severityOf, victimName } from '../deaths.js'
import { KERNEL, nameAndPid, processActor, signalsTo, subjectOf, title, UNKNOWN_SENDER } from '../shared.js'
import { unitDeathsOf } from '../unit-deaths.js'
import { deliveryLinks, earlierRequest, isExplainedElsewhere, runtimeLinks } from './evidence.js'
import { unknownSender as ofUnit } from './of-unit.js'
import { isFromOutside } from './outside-namespace.js'

export const unknownSender: Rule = {
  id: 'kill/unknown-sender',
  severity: 'fatal',
  needs: 'strace of the process, or its exit status',
  summary: 'A process died of a signal, and no evidence names a process that sent it.',
  explanation: `A traced process shows who sent a signal by its siginfo, but not always. SIGKILL has no "---" line at all: strace shows only "killed by SIGKILL", and the parent CLD_KILLED. Behind it can stand a process that was not traced, the out-of-memory killer, systemd (stop timeout, watchdog), systemd-oomd, cgroup.kill, an endpoint-security agent, the end of the first process of a pid namespace, or RLIMIT_CPU. Other signals come from the kernel itself: SIGINT, SIGQUIT and SIGHUP from a terminal (SI_KERNEL), SIGALRM, SIGVTALRM and SIGPROF from a timer, SIGXCPU and SIGXFSZ from a limit, SIGSYS from a seccomp filter.

What to look for: the siginfo code (SI_KERNEL, SI_TIMER, SYS_SECCOMP); the kernel log and memory.events of the cgroup for an OOM kill; the journal for "Killing process" and "timed out"; a SIGTERM some seconds earlier, whose sender is usually the same.

What to do: record once more with a witness that names senders. The kernel's tracepoint signal:signal_generate (perf, bpftrace), killsnoop, or an audit rule on kill, tkill, tgkill and pidfd_send_signal.`,
  *find(analysis) {
    for (const death of deathsOf(analysis)) {
      if (death.cause?.sender || isExplainedElsewhere(death, analysis)) continue
      if (death.cause && isFromOutside(death.cause)) continue
      yield finding(death, analysis)
    }
    for (const death of unitDeathsOf(analysis)) {
      const found = ofUnit(death, analysis)
      if (found) yield found
    }
  },
}

interface Maker {
  short: string
  text: string
  /** No line says so; it follows from how the process ended. */
  inferred?: boolean
}

/** Who it was where no process sent it, in words for a title and for a link; null where nothing is known. */
function maker(cause: Signal | null, number: number): Maker | null {
  if (!cause) return null
  if (cause.because?.kind === 'namespace-init-died')
    return {
      short: 'the first process of its pid namespace had ended',
      text: 'The kernel killed it because the first process of its pid namespace had ended (pid_namespaces(7))',
    }
  if (cause.because?.kind === 'forbidden-call')
    return {
      short: 'a call that seccomp forbids',
      text: `The kernel ended it by ${cause.signal}: ${cause.because.text}`,
      inferred: true,
    }
  switch (cause.origin) {
    case 'terminal':
      if (cause.because?.kind === 'orphaned-group')
        return {
          short: 'its process group was orphaned, or its terminal went',
          text: `The kernel sent it SIGHUP (SI_KERNEL): ${cause.because.text}`,
        }
      return number === 1
        ? {
            short: 'its terminal went away',
            text: 'The kernel sent it SIGHUP for its terminal (SI_KERNEL): the terminal was closed or its session’s leader ended',
          }
        : {
            short: 'from its terminal',
            text: `The kernel’s terminal driver sent ${cause.signal} (SI_KERNEL): ${KEYS[number] ?? 'a key on the terminal'}`,
          }
    case 'timer':
      return {
        short: 'its own timer ran out',
        text: `A timer of its own ran out and raised ${cause.signal} (${cause.code}): alarm, setitimer or timer_settime`,
      }
    case 'kernel': {
      // Of a call that the program itself had wanted to be told of (prctl PR_SET_SYSCALL_USER_DISPATCH) no filter knows.
      const reason = cause.code === 'SYS_USER_DISPATCH' ? undefined : KERNEL_REASONS[number]
      return {
        short: reason ?? 'raised by the kernel',
        text: `The kernel raised ${cause.signal} (${cause.code ?? 'no code seen'})${reason ? `: ${reason}` : ''}`,
      }
    }
  }
  return null
}

function runtimesIn(links: readonly Link[]): string {
  return [...new Set(links.map(l => l.from!.name))].join(' and ')
}

const KEYS: Record<number, string> = { 2: 'Ctrl-C', 3: 'Ctrl-\\', 20: 'Ctrl-Z' }
const KERNEL_REASONS: Record<number, string> = {
  24: 'its CPU time limit was used up (RLIMIT_CPU)',
  25: 'a file grew beyond RLIMIT_FSIZE',
  29: 'a descriptor set to O_ASYNC became ready',
  31: 'its seccomp filter forbids the call',
}

const SIGSYS = 31

/** What the kernel's audit record says of this death: which call it was. */
function forbiddenCall({ process, ns }: Death, analysis: Analysis): LifecycleEvent | null {
  return (
    analysis.lifecycle.findLast(
      e =>
        e.kind === 'seccomp' && e.pid === process.pid && e.detail.syscall !== undefined && mayBeWithin(e.ns, ns, 5e9),
    ) ?? null
  )
}

function callName({ detail }: LifecycleEvent): string {
  return detail.call ?? `number ${detail.syscall}`
}

function withCall(made: Maker | null, forbidden: LifecycleEvent | null): Maker | null {
  if (!made || !forbidden) return made
  const call = callName(forbidden)
  return {
    ...made,
    short: `its seccomp filter forbids the call ${call}`,
    text: made.text.replace(/forbids the call$/, `forbids the call ${call}`),
  }
}

/** A filter of systemd's is the unit's; of others only whoever set it knows. */
function filterRemedies(forbidden: LifecycleEvent | null, analysis: Analysis): Remedy[] {
  if (!forbidden) return []
  const unit = analysis.unitByPid?.get(forbidden.pid!) ?? null
  // Where nothing names its unit, the only one in the capture is meant.
  const { units } = analysis.capture
  const isOne = new Set(units.map(u => u.unit)).size === 1
  const set = units.filter(u => (unit === null ? isOne : u.unit === unit))
  const filter = set.map(u => unitSetting([u], u.unit, 'SystemCallFilter')).find(setting => setting !== null)
  const call = forbidden.detail.call
  return [
    {
      title: call
        ? `Allow ${call} in the filter, if the program needs it`
        : 'Find the call, and allow it in the filter',
      detail: filter
        ? `The unit has SystemCallFilter=${filter.value}; a further line adds to it. SystemCallErrorNumber=EPERM makes a forbidden call fail instead of ending the process (systemd.exec(5)).`
        : 'The filter is what SystemCallFilter= of its unit, the profile of its container, or the program itself has set (seccomp(2)).',
      ...(filter && { code: `[Service]\nSystemCallFilter=${call ?? '@GROUP'}\n# or: SystemCallErrorNumber=EPERM` }),
      breaks: 0,
    },
  ]
}

/** The kernel sends SIGXCPU every second of CPU time from the soft limit on, and SIGKILL at the hard one (setrlimit(2)). */
const SIGXCPU = 24
const CPU_LIMIT_NS = 10e9

/** SIGKILL of a process that the kernel had told that its CPU time was used up. */
function atCpuLimit({ process, number, ns }: Death, analysis: Analysis): (Maker & { warning: Signal }) | null {
  if (number !== SIGKILL) return null
  const warning = signalsTo(process, analysis).findLast(s => s.number === SIGXCPU && s.origin === 'kernel')
  const at = warning?.deliveredNs ?? null
  if (!warning || at === null || ns === null || ns - at > CPU_LIMIT_NS) return null
  return {
    short: 'most likely its CPU time limit',
    text: `SIGXCPU had told it ${duration(ns - at)} before that its CPU time was used up; at the hard limit (RLIMIT_CPU) the kernel sends SIGKILL`,
    inferred: true,
    warning,
  }
}

function finding(death: Death, analysis: Analysis): Finding {
  const { process, signal, number, cause } = death
  const name = victimName(process, analysis)
  const limit = cause?.sender ? null : atCpuLimit(death, analysis)
  const forbidden = number === SIGSYS && cause?.origin === 'kernel' ? forbiddenCall(death, analysis) : null
  const made = limit ?? withCall(maker(cause, number), forbidden)
  const origin: Link = made
    ? {
        text: `${made.text}.`,
        status: made.inferred ? 'inferred' : 'observed',
        refs: [
          ...(limit?.warning.refs ?? []),
          ...(forbidden?.refs ?? []),
          ...(cause?.because?.refs ?? []),
          ...(cause?.refs ?? []),
        ].slice(0, 3),
        ns: cause?.sentNs ?? cause?.deliveredNs ?? death.ns,
        from: KERNEL,
        to: processActor(process),
        label: signal,
      }
    : {
        text:
          number === SIGKILL
            ? 'Who sent SIGKILL was not recorded: it has no siginfo line, and no traced process sent it.'
            : `Who sent ${signal} was not recorded.`,
        status: 'missing',
        refs: [],
        ns: cause?.sentNs ?? cause?.deliveredNs ?? death.ns,
        from: UNKNOWN_SENDER,
        to: processActor(process),
        label: signal,
      }
  const request = earlierRequest(death, analysis)
  const runtime = made ? [] : runtimeLinks(death, analysis)
  const chain = [...request, ...runtime, origin, ...deliveryLinks(death), deathLink(death)]
  return {
    rule: unknownSender.id,
    severity: severityOf(process, analysis),
    title: made
      ? title(`${name} died of ${signal}: ${made.short}`, `${name} died of ${signal}`)
      : title(
          `${name} was killed by ${signal}; we did not see who sent it`,
          `killed by ${signal}; we did not see who sent it`,
        ),
    summary: made
      ? `${nameAndPid(process)} died of ${signal}. ${made.text}.${made.inferred ? '' : ' No process sent it.'}`
      : [
          `${nameAndPid(process)} was killed by ${signal}, and nothing in this evidence names who sent it.`,
          request.length > 0 ? request[0].text : '',
          runtime.length > 0 ? `${runtimesIn(runtime)} stopped a container at that time, which can be its own.` : '',
          number === SIGPIPE
            ? 'SIGPIPE is nearly always the kernel’s own, for a write that nobody reads; the writes of this process are not in the trace.'
            : '',
          number === SIGKILL && runtime.length === 0
            ? 'strace of the victim cannot show the sender of a SIGKILL: the OOM killer, systemd, a container runtime or any process of the same user could have sent it.'
            : '',
        ]
          .filter(s => s !== '')
          .join(' '),
    subject: subjectOf(process, analysis, cause?.deliveredTo),
    chain,
    remedies: made
      ? filterRemedies(forbidden, analysis)
      : [
          {
            title: 'Record who sends signals',
            detail: 'The kernel’s tracepoint names sender and receiver of every signal, SIGKILL included.',
            code: "perf record -e 'signal:signal_generate' -a -o signals.data\n# or: auditctl -a always,exit -F arch=b64 -S kill,tkill,tgkill,pidfd_send_signal -k sig",
            breaks: request.length + runtime.length,
          },
          ...(number === SIGKILL
            ? [
                {
                  title: 'Look for an OOM kill',
                  detail: 'The kernel log and memory.events of the cgroup say so (oom_kill).',
                  code: 'dmesg -T | grep -i -E "oom|killed process"',
                },
              ]
            : []),
        ],
    ns: death.ns,
  }
}
