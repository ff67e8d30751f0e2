/** Findings about services whose end only systemd tells of, for the rules about killing signals. */
import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import { type Setting, unitSetting } from '../../model/unit-settings.js'
import { duration } from '../../model/words.js'
import { FAULTS, SIGABRT, SIGKILL, SIGPIPE } from '../deaths.js'
import { actorOf, observed, SYSTEMD, shutdownLink } from '../lifecycle-links.js'
import { senderActor, senderName, title, UNKNOWN_SENDER } from '../shared.js'
import { type UnitDeath, unitDeathLinks, which } from '../unit-deaths.js'
import { askSender } from './ask-sender.js'

type Made = Omit<Finding, 'rule' | 'severity' | 'subject' | 'ns' | 'count'>

/** systemd or a witness names who ended it; null where neither does. */
export function knownSender(death: UnitDeath, analysis: Analysis): Finding | null {
  const made =
    death.deadline?.kind === 'reload-timeout'
      ? atReload(death)
      : death.deadline
        ? atDeadline(death, analysis)
        : death.sent
          ? bySender(death)
          : death.configured
            ? byItsUnit(death, death.configured, analysis)
            : null
  return made && finished('kill/by-process', death, made)
}

/** Nobody names a sender, and the signal is not one that a program raises by what it does. */
export function unknownSender(death: UnitDeath, analysis: Analysis): Finding | null {
  const { unit, signal, number } = death
  if (death.deadline || death.sent || death.configured || FAULTS.has(number) || number === SIGABRT) return null
  const notes: Partial<Record<number, string>> = {
    [SIGPIPE]:
      'SIGPIPE is nearly always the kernel’s own, for a write that nobody reads; what it wrote is not in the evidence.',
    [SIGKILL]: `systemd names each process before it kills it, and the OOM killer writes into the kernel log${hasKernelLines(analysis) ? '' : ', of which no line is here'}: neither claims this one.`,
  }
  return finished('kill/unknown-sender', death, {
    title: title(
      `${unit} was killed by ${signal}; we did not see who sent it`,
      `killed by ${signal}; we did not see who sent it`,
    ),
    summary: [
      `systemd saw the ${which(death)} of ${unit} die of ${signal}, and nothing in this evidence names who sent it.`,
      notes[number] ?? '',
    ]
      .filter(text => text !== '')
      .join(' '),
    chain: [
      {
        text: `Who sent ${signal} was not recorded.`,
        status: 'missing',
        refs: [],
        ns: death.ns,
        from: UNKNOWN_SENDER,
        to: actorOf(null, null, unit),
        label: signal,
      },
      ...unitDeathLinks(death),
    ],
    remedies: [
      {
        title: 'Record who sends signals',
        detail: 'The kernel’s tracepoint names sender and receiver of every signal, SIGKILL included.',
        code: "perf record -e 'signal:signal_generate' -a -o signals.data\n# or: auditctl -a always,exit -F arch=b64 -S kill,tkill,tgkill,pidfd_send_signal -k sig",
        breaks: 0,
      },
    ],
  })
}

/** A signal that programs raise by what they do: only its end is known. */
export function raisedByItself(rule: 'crash/fault' | 'crash/abort', death: UnitDeath): Finding {
  const { unit, signal } = death
  const usual =
    rule === 'crash/abort'
      ? 'That is what abort() ends with, which is the usual reason'
      : 'The kernel makes this signal for an instruction that fails, which is the usual reason'
  const what = rule === 'crash/abort' ? 'who raised it' : 'what raised it'
  return finished(rule, death, {
    title: title(`${unit} died of ${signal}: ${what} was not recorded`, `${unit} died of ${signal}`),
    summary: `systemd saw the ${which(death)} of ${unit} die of ${signal}. ${usual}; kill(2) can send it too, and this evidence does not tell which it was.`,
    chain: [
      { text: `The ${signal} itself was not recorded, only the end.`, status: 'missing', refs: [] },
      ...unitDeathLinks(death),
    ],
    remedies: [
      {
        title: 'Look at the core',
        detail: 'Its first thread is the one that took the signal (systemd-coredump(8)).',
        code: `coredumpctl info ${unit}`,
        breaks: 0,
      },
    ],
  })
}

/** The time that a unit may take to start or to run was over, and systemd says so. */
function atDeadline(death: UnitDeath, analysis: Analysis): Made {
  const { unit, signal } = death
  const event = death.deadline!
  const isStart = event.kind === 'start-timeout'
  const step = event.detail.step ?? 'start'
  const key = isStart ? 'TimeoutStartSec' : 'RuntimeMaxSec'
  const limit = unitSetting(analysis.capture.units, unit, key)
  const words = event.text.replace(`${unit}: `, '')
  const setting = limit ? `${key}=${limit.value}` : `${key}=`
  return {
    title: isStart
      ? title(
          `systemd ended ${unit} with ${signal}: its ${step} step took too long`,
          `systemd ended it with ${signal}: its ${step} step took too long`,
        )
      : title(
          `systemd ended ${unit} with ${signal}: its time to run was over`,
          `systemd ended it with ${signal}: its time to run was over`,
        ),
    summary: isStart
      ? `The ${step} step of ${unit} was not over within ${setting}. systemd sent ${signal}, of which the ${which(death)} died. The question is what it waited for.`
      : `${unit} had run for the time that ${setting} allows. systemd sent ${signal}, of which the ${which(death)} died.`,
    chain: [
      observed(event, `systemd ended it by ${signal}: “${words}”`, {
        from: SYSTEMD,
        to: actorOf(null, null, unit),
        label: signal,
      }),
      ...unitDeathLinks(death),
    ],
    remedies: isStart
      ? [
          {
            title: 'Find what the start waits for',
            detail:
              'Type=notify waits for READY=1, Type=forking for the parent to exit, Type=oneshot for the command to end (systemd.service(5)). A type that the program does not fit never gets ready.',
            breaks: 0,
          },
        ]
      : [
          {
            title: 'Let it run as long as it needs',
            detail: 'RuntimeMaxSec= ends a service at that age, however well it runs (systemd.service(5)).',
            breaks: 0,
          },
        ],
  }
}

/** Only the command of ExecReload= was ended: the service itself runs on. */
function atReload(death: UnitDeath): Made {
  const { unit, signal } = death
  const event = death.deadline!
  return {
    title: title(
      `systemd ended the reload of ${unit} with ${signal}: it took too long`,
      `systemd ended its reload with ${signal}: it took too long`,
    ),
    summary: `ExecReload= of ${unit} was not over within TimeoutStartSec=, and systemd ended its process with ${signal}. The service itself goes on, with what it had loaded before.`,
    chain: [
      observed(event, `systemd ended the ${which(death)}: “${event.text.replace(`${unit}: `, '')}”`, {
        from: SYSTEMD,
        to: actorOf(null, null, unit),
        label: signal,
      }),
      observed(death.exit, `The ${which(death)} of ${unit} died of ${signal}.`),
    ],
    remedies: [
      {
        title: 'Find what ExecReload= waits for',
        detail:
          'A reload that waits for the service to answer hangs with it. Sending a signal alone is over at once, but then nobody knows when the reload is done (systemd.service(5)).',
        breaks: 0,
      },
    ],
  }
}

/** A stop of a unit that has KillSignal= or an ExecStop= that sends just this signal. */
function byItsUnit(death: UnitDeath, setting: Setting, analysis: Analysis): Made {
  const { unit, signal, stopping, failed } = death
  const isSetting = setting.key === 'KillSignal'
  const shutdown = shutdownLink(analysis, stopping!)
  const told = `${setting.key}=${setting.value}`
  const counts = failed ? ' systemd does not count it as a clean end.' : ''
  const remedies: Remedy[] = [
    {
      title: 'Stop it with a signal that it can handle',
      detail:
        death.number === SIGKILL
          ? `Without ${setting.key}= systemd sends SIGTERM, and SIGKILL only after TimeoutStopSec=: the program can save what it has and end cleanly (systemd.kill(5)).`
          : 'SIGTERM is what systemd sends unless told otherwise, and a death by it counts as clean (systemd.kill(5)).',
      code: isSetting ? '[Service]\nKillSignal=SIGTERM' : '[Service]\nExecStop=',
    },
  ]
  if (death.number !== SIGKILL)
    remedies.push({
      title: 'Tell systemd that this is a clean end',
      detail: 'SuccessExitStatus= adds to the signals that are no failure (systemd.service(5)).',
      code: `[Service]\nSuccessExitStatus=${signal}`,
    })
  return {
    title: title(
      isSetting
        ? `systemd stopped ${unit} with ${signal}, as its KillSignal= says`
        : `${unit} was killed by ${signal} of its own ExecStop=`,
      isSetting ? `systemd stopped it with ${signal}, as KillSignal= says` : `killed by ${signal} of its own ExecStop=`,
    ),
    summary:
      `${shutdown ? `The machine was going down, and systemd stopped ${unit}` : `systemd was asked to stop ${unit}`}. ` +
      (isSetting
        ? `The unit says ${told}, and its ${which(death)} died of that signal.`
        : `The unit's ${told} sends ${signal}, of which its ${which(death)} died.`) +
      counts,
    chain: [
      ...(shutdown ? [shutdown] : []),
      observed(stopping!, `systemd began to stop ${unit}.`),
      {
        text: `Its unit says ${told}.`,
        status: 'observed',
        refs: [setting.ref],
        from: SYSTEMD,
        to: actorOf(null, null, unit),
        label: signal,
      },
      ...(isSetting
        ? []
        : [{ text: 'That it was this command that sent it was not recorded.', status: 'inferred' as const, refs: [] }]),
      ...unitDeathLinks(death),
    ],
    remedies,
  }
}

/** A witness saw somebody send just this signal at just this time. */
function bySender(death: UnitDeath): Made {
  const { unit, signal, number, isOfUnit } = death
  const sent = death.sent!
  const from = senderName(sent.sender!)
  const target = `pid ${sent.target.pid}`
  const at = sent.sentNs ?? sent.deliveredNs
  const before = at !== null && death.ns !== null && death.ns > at ? `, ${duration(death.ns - at)} before` : ' when'
  const same: Link = isOfUnit
    ? { text: `${target} is a process of ${unit}: taken for its ${which(death)}.`, status: 'inferred', refs: [] }
    : { text: `That ${target} was the ${which(death)} of ${unit} is not in the evidence.`, status: 'missing', refs: [] }
  return {
    title: title(
      isOfUnit ? `${from} killed ${unit} with ${signal}` : `${from} sent a ${signal} when ${unit} died of one`,
      isOfUnit ? `${from} killed it with ${signal}` : `${from} sent a ${signal} when it died of one`,
    ),
    summary:
      `${from} sent ${signal} to ${target}${before} the ${which(death)} of ${unit} died of that signal. ` +
      (isOfUnit
        ? 'The journal knows that pid as one of the unit’s.'
        : 'No other such signal was seen at that time, but nothing says whose pid that was.') +
      (number === SIGKILL ? ' SIGKILL cannot be handled, so the process left nothing behind.' : ''),
    chain: [
      {
        text: `${from} sent ${signal} to ${target}, as ${BASES[sent.senderBasis ?? ''] ?? 'the trace'} says.`,
        status: 'observed',
        refs: sent.refs.slice(0, 2),
        ns: at,
        from: senderActor(sent.sender!),
        to: actorOf(null, null, unit),
        label: signal,
      },
      same,
      ...unitDeathLinks(death),
    ],
    remedies: [askSender(sent, 0)],
  }
}

const BASES: Record<string, string> = {
  audit: 'the audit log',
  tracepoint: 'the kernel’s own signal tracepoint',
  journal: 'the journal',
  syscall: 'the trace of its call',
}

function finished(rule: string, death: UnitDeath, made: Made): Finding {
  return { ...made, rule, severity: death.severity, subject: { unit: death.unit }, ns: death.ns, count: death.count }
}

function hasKernelLines(analysis: Analysis): boolean {
  return analysis.capture.journals.some(j => j.entries.some(e => e.transport === 'kernel' || e.identifier === 'kernel'))
}
