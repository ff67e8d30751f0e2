import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { type Ref, refKey } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { unitSetting } from '../../model/unit-settings.js'
import { duration } from '../../model/words.js'
import {
  actorOf,
  livesOf,
  observed,
  processOf,
  SYSTEMD,
  shutdownLink,
  titled,
  type UnitLife,
  who,
} from '../lifecycle-links.js'
import { byResult } from './by-result.js'

/** States in which KillSignal= was sent and is waited for; in others a command of the unit hangs (ExecStop=, ExecStopPost=). */
const DISOBEYED = /^(?:stop|final)-sigterm$/

/** systemd's SIGTERM was not obeyed in time, SIGKILL followed. */
export const stopTimeout: Rule = {
  id: 'kill/stop-timeout',
  severity: 'fatal',
  needs: 'the journal of PID 1 around the stop; a trace or goroutine dump shows why it did not stop',
  summary: "systemd's SIGTERM was not obeyed within TimeoutStopSec=, and SIGKILL followed.",
  explanation:
    'To stop a service systemd sends KillSignal= (SIGTERM) and waits for TimeoutStopSec= (90 s unless set). What is left then gets ' +
    "SIGKILL. The journal says “State 'stop-sigterm' timed out. Killing.” and names each process; the first signal itself is " +
    'never logged.\n\n' +
    'Look for what the process did with SIGTERM: nobody listens for it, its handler waits for work that does not end, or the main ' +
    'process passed it to no child. TimeoutStopFailureMode=abort makes systemd send SIGABRT instead, and a Go program then prints ' +
    'where every goroutine stands (systemd.service(5), systemd.kill(5)).',
  *find(analysis) {
    const byUnit = new Map<string, Finding[]>()
    for (const life of livesOf(analysis)) {
      const timeout = life.events.find(e => e.kind === 'stop-timeout' && DISOBEYED.test(e.detail.state))
      // A watchdog's abort that times out is the watchdog's doing.
      if (!timeout || life.events.some(e => e.kind === 'watchdog')) continue
      const list = byUnit.get(life.unit) ?? []
      list.push(finding(analysis, life, timeout))
      byUnit.set(life.unit, list)
    }
    // A service that never stops in time does so at each stop: the last one stands for all.
    for (const list of byUnit.values()) yield { ...list.at(-1)!, count: list.length }
    yield* byResult('timeout', analysis)
  },
}

/** Why systemd sent KillSignal=: it was asked to stop the unit, a step took too long, or the main process had ended. */
const REASONS: ReadonlySet<LifecycleEvent['kind']> = new Set(['stopping', 'start-timeout', 'runtime-limit'])

interface Course {
  unit: string
  timeout: LifecycleEvent
  /** The last of REASONS before the timeout. */
  reason: LifecycleEvent | null
  /** The end of the main process before the timeout: what ran on was left over. */
  mainEnd: LifecycleEvent | null
  /** ExecStop= hung first, and SIGTERM came only then. */
  slowStop: LifecycleEvent | null
  /** The signal that systemd sent when the time was over, where it names one. */
  killing: LifecycleEvent | null
  /** SIGKILL, where TimeoutStopFailureMode=abort sent another signal first. */
  second: LifecycleEvent | null
  exit: LifecycleEvent | null
  /** systemd is done with the unit: it waits for the group to be empty. */
  ended: LifecycleEvent | null
  /** SIGKILL did not end it either. */
  survived: LifecycleEvent | null
  skipped: boolean
}

function courseOf({ unit, events }: UnitLife, timeout: LifecycleEvent): Course {
  const before = events.slice(0, events.indexOf(timeout))
  const after = events.slice(before.length)
  const reason = before.findLast(e => REASONS.has(e.kind)) ?? null
  const mainEnd = before.findLast(e => e.kind === 'process-exited' && e.detail.process === 'main') ?? null
  const killing = after.find(e => e.kind === 'killing') ?? null
  const second =
    killing === null || killing.signal === 'SIGKILL'
      ? null
      : (after.find(e => e.kind === 'killing' && e.signal === 'SIGKILL') ?? null)
  const isEnd = (e: LifecycleEvent) =>
    e.kind === 'process-exited' &&
    (e.signal === 'SIGKILL' || (killing !== null && killing.signal !== 'SIGKILL' && e.detail.process === 'main'))
  const exit = after.find(isEnd) ?? null
  return {
    unit,
    timeout,
    reason,
    mainEnd,
    slowStop: before.findLast(e => e.kind === 'stop-timeout' && e.detail.state === 'stop') ?? null,
    killing,
    second,
    exit,
    ended: after.find(e => e.kind === 'failed' || e.kind === 'deactivated' || e.kind === 'stopped') ?? null,
    survived: exit ? null : (after.find(e => e.kind === 'still-around') ?? null),
    skipped: timeout.detail.action?.startsWith('Skipping') ?? false,
  }
}

function finding(analysis: Analysis, life: UnitLife, timeout: LifecycleEvent): Finding {
  const course = courseOf(life, timeout)
  const { unit, reason, mainEnd, slowStop, killing, second, exit, ended, survived } = course
  const pid = killing?.pid ?? exit?.pid ?? null
  const comm = killing?.comm ?? exit?.comm ?? null
  const process = processOf(analysis, pid, comm, exit?.ns ?? killing?.ns ?? timeout.ns)
  const target = actorOf(pid, comm, unit)
  const asked = [slowStop, reason, mainEnd].find(e => e !== null) ?? null
  const waited = asked?.ns != null && timeout.ns !== null ? timeout.ns - asked.ns : null
  const name = who(pid, comm, unit)
  const limit = unitSetting(analysis.capture.units, unit, 'TimeoutStopSec')
  const stop = stopSignal(analysis, pid, asked ?? timeout, timeout)
  const shutdown = reason?.kind === 'stopping' ? shutdownLink(analysis, reason) : null
  const signal = killing?.signal ?? exit?.signal ?? 'SIGKILL'

  const chain: Link[] = shutdown ? [shutdown] : []
  if (reason) chain.push(observed(reason, reasonText(reason, unit)))
  if (slowStop)
    chain.push(
      observed(slowStop, `Its ExecStop= did not end in time: “${words(slowStop)}” Only then did SIGTERM come.`),
    )
  if (mainEnd)
    chain.push(observed(mainEnd, `Its main process had ended before (${end(mainEnd)}); other processes of it ran on.`))
  if (stop)
    chain.push({
      text: `${stop.signal} from systemd reached ${name}${OUTCOMES[stop.outcome] ?? ''}.`,
      status: 'observed',
      refs: stop.refs,
      ns: stop.deliveredNs ?? stop.sentNs,
      from: SYSTEMD,
      to: target,
      label: stop.signal,
    })
  chain.push(
    observed(
      timeout,
      `${waited === null ? 'After the time for stopping' : `${duration(waited)} later`} it still ran: “${words(timeout)}”`,
    ),
  )
  for (const kill of [killing, second])
    if (kill)
      chain.push(
        observed(kill, `systemd sent ${kill.signal} to ${name}.`, { from: SYSTEMD, to: target, label: kill.signal! }),
      )
  if (exit || process?.exit?.signal === 'SIGKILL')
    chain.push({
      text:
        exit && exit.signal === null
          ? `${name} ended with status ${exit.code}.`
          : `${name} died of ${exit?.signal ?? 'SIGKILL'}.`,
      status: 'observed',
      refs: distinct([...(exit?.refs ?? []), ...(process?.exit?.refs.slice(-1) ?? [])]),
      ns: process?.endNs ?? exit?.ns ?? null,
    })
  else if (survived) chain.push(observed(survived, `Even then it did not end: “${words(survived)}”`))
  else if (killing && ended)
    chain.push({
      text: `It was the end of ${name}: systemd calls a service stopped when none of its processes is left.`,
      status: 'inferred',
      refs: ended.refs,
      ns: ended.ns,
    })
  else if (killing) chain.push({ text: 'That it died of it is not in the evidence.', status: 'missing', refs: [] })

  const fatal = killing !== null || exit !== null
  const inTime = waited === null ? 'in time' : `within ${duration(waited)} of SIGTERM`
  const did = signal === 'SIGKILL' ? 'killed' : 'aborted'
  const whose = mainEnd && pid !== null ? `${name}, left over from ${unit}` : name
  return {
    rule: stopTimeout.id,
    severity: fatal ? 'fatal' : 'error',
    title: titled(
      survived
        ? `${survivors(life, name)} did not end even on SIGKILL`
        : fatal
          ? `systemd ${did} ${whose}: it did not stop ${inTime}`
          : `${unit} did not stop ${inTime}`,
    ),
    summary: [
      summaryOf(course, shutdown !== null, waited, limit && `${limit.key}=${limit.value}`, signal, fatal),
      stop?.outcome === 'ignored'
        ? 'The program ignores SIGTERM.'
        : survived
          ? 'Nothing handles SIGKILL: a process outlives it only where it waits inside the kernel (state D), for a disk, a network file system or a driver.'
          : signal === 'SIGKILL' && fatal
            ? 'SIGKILL cannot be handled: nothing was flushed, closed or logged by the program. The question is why it did not end on SIGTERM.'
            : 'The question is why it did not end on SIGTERM.',
    ].join(' '),
    subject: { ...(pid === null ? {} : { pid }), ...(comm === null ? {} : { comm }), unit },
    chain,
    remedies: remedies(course, stop, process?.runtime === 'go', pid),
    ns: process?.endNs ?? exit?.ns ?? killing?.ns ?? timeout.ns,
  }
}

/** The end of a process can be known from the very line of systemd. */
function distinct(refs: readonly Ref[]): Ref[] {
  return [...new Map(refs.map(ref => [refKey(ref), ref])).values()]
}

/** systemd names everybody whom it kills, but not who is still there after that. */
function survivors({ unit, events }: UnitLife, name: string): string {
  const killed = new Set(events.filter(e => e.kind === 'killing').map(e => e.pid))
  return killed.size > 1 ? `Processes of ${unit}` : name
}

/** systemd's words without the name of the unit. */
function words({ text, unit }: LifecycleEvent): string {
  return unit === null ? text : text.replace(`${unit}: `, '')
}

function end(event: LifecycleEvent): string {
  return event.signal === null ? `status ${event.code}` : `killed by ${event.signal}`
}

function reasonText(reason: LifecycleEvent, unit: string): string {
  if (reason.kind === 'stopping') return `systemd began to stop ${unit}.`
  return reason.kind === 'start-timeout'
    ? `${unit} was not started in time: “${words(reason)}”`
    : `${unit} had run as long as RuntimeMaxSec= allows: “${words(reason)}”`
}

function summaryOf(
  { unit, reason, mainEnd, killing, survived, skipped }: Course,
  isShutdown: boolean,
  waited: number | null,
  limit: string | null,
  signal: string,
  fatal: boolean,
): string {
  const why =
    reason?.kind === 'start-timeout'
      ? `The ${reason.detail.step} step of ${unit} took too long, so systemd asked it to end`
      : reason?.kind === 'runtime-limit'
        ? `${unit} had run its time, so systemd asked it to stop`
        : reason === null && mainEnd
          ? `The main process of ${unit} had ended, and systemd asked the rest of it to end`
          : `systemd asked ${unit} to stop${isShutdown ? ', as it did with everything: the machine was going down. It' : ''}`
  const wait = `${isShutdown && reason?.kind === 'stopping' ? ' waited' : ', waited'}${waited === null ? '' : ` ${duration(waited)}`}${limit === null ? '' : ` (${limit})`}`
  const then = survived
    ? `sent ${killing?.signal ?? 'SIGKILL'}, which did not end it either`
    : fatal
      ? `sent ${signal}`
      : skipped
        ? 'sent no SIGKILL, as SendSIGKILL=no has it'
        : 'gave up'
  return `${why}${wait}, and ${then}.`
}

const OUTCOMES: Record<string, string> = {
  handled: ': its handler ran, and the process lived on',
  ignored: ': it was ignored',
  pending: ': it stayed pending',
}

/** The signal with which systemd began, where a trace of the process shows it arrive. */
function stopSignal(analysis: Analysis, pid: number | null, from: LifecycleEvent, to: LifecycleEvent): Signal | null {
  if (pid === null) return null
  const inTime = (ns: number | null) =>
    ns === null || from.ns === null || to.ns === null || (ns >= from.ns - 1e9 && ns <= to.ns)
  return (
    analysis.signals.find(
      s =>
        s.target.pid === pid &&
        s.sender?.pid === 1 &&
        s.senderBasis !== 'journal' &&
        !['SIGCONT', 'SIGKILL', 'SIGHUP'].includes(s.signal) &&
        inTime(s.deliveredNs ?? s.sentNs),
    ) ?? null
  )
}

function remedies(course: Course, stop: Signal | null, isGo: boolean, pid: number | null): Remedy[] {
  const { reason, mainEnd, killing, survived, skipped } = course
  const list: Remedy[] = []
  // More time, another signal or a handler are no help to what waits in the kernel.
  if (survived)
    return [
      {
        title: 'Find what it waits for in the kernel',
        detail:
          'SIGKILL takes effect when that wait is over. Its kernel stack and the kernel log (“blocked for more than … seconds”) name the disk, the mount or the driver.',
        code: `cat /proc/${pid ?? 'PID'}/wchan /proc/${pid ?? 'PID'}/stack\ndmesg -T | grep -A 20 'blocked for more than'`,
      },
    ]
  if (reason?.kind === 'start-timeout')
    list.push({
      title: 'Find what the start waits for',
      detail:
        'Type=notify waits for READY=1, Type=forking for the parent to exit, Type=oneshot for the command to end (systemd.service(5)). A type that the program does not fit never gets ready.',
    })
  if (mainEnd)
    list.push({
      title: 'Let the main process end its children before it ends',
      detail:
        'Pass SIGTERM on to them, and wait for them, before the main process itself ends; or make them end on SIGTERM, which systemd sends to all that is left (KillMode=control-group, systemd.kill(5)).',
    })
  else
    list.push({
      title: 'End the program when SIGTERM comes',
      detail:
        stop?.outcome === 'ignored'
          ? 'SIGTERM is ignored in this process. Listen for it and end in bounded time.'
          : 'Listen for SIGTERM, stop taking work, and put a limit of your own on the rest, shorter than TimeoutStopSec=.',
      ...(isGo
        ? { code: 'ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)\ndefer stop()' }
        : {}),
    })
  if (skipped)
    list.push({
      title: 'Let systemd kill what does not end',
      detail: 'SendSIGKILL=no leaves processes behind that SIGTERM does not end (systemd.kill(5)).',
      code: '[Service]\nSendSIGKILL=yes',
    })
  if (killing === null || killing.signal === 'SIGKILL')
    list.push({
      title: 'Let systemd abort it first, to see where it hangs',
      detail:
        'TimeoutStopFailureMode=abort sends SIGABRT before SIGKILL: a Go program prints all goroutines, others leave a core (systemd.service(5), since 246).',
      code: '[Service]\nTimeoutStopFailureMode=abort',
    })
  list.push({
    title: 'Give it the time that it needs',
    detail: 'Only where stopping is known to take long and to end (systemd.service(5)).',
    code: '[Service]\nTimeoutStopSec=5min',
  })
  return list
}
