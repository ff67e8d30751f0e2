import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { unitSetting } from '../../model/unit-settings.js'
import { duration } from '../../model/words.js'
import { actorOf, livesOf, observed, processOf, SYSTEMD, titled, type UnitLife, who } from '../lifecycle-links.js'
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

function finding(analysis: Analysis, life: UnitLife, timeout: LifecycleEvent): Finding {
  const { unit, events } = life
  const after = events.slice(events.indexOf(timeout))
  const stopping = events.find(e => e.kind === 'stopping')
  const killing = after.find(e => e.kind === 'killing' && e.signal === 'SIGKILL')
  const exit = after.find(e => e.kind === 'process-exited' && e.signal === 'SIGKILL')
  const pid = killing?.pid ?? exit?.pid ?? null
  const comm = killing?.comm ?? exit?.comm ?? null
  const process = processOf(analysis, pid, comm, exit?.ns ?? killing?.ns ?? timeout.ns)
  const target = actorOf(pid, comm, unit)
  const waited = stopping?.ns != null && timeout.ns !== null ? timeout.ns - stopping.ns : null
  const name = who(pid, comm, unit)
  const limit = unitSetting(analysis.capture.units, unit, 'TimeoutStopSec')
  const stop = stopSignal(analysis, pid, stopping ?? timeout, timeout)

  const chain: Link[] = []
  if (stopping) chain.push(observed(stopping, `systemd began to stop ${unit}.`))
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
      `${waited === null ? 'After the time for stopping' : `${duration(waited)} later`} it still ran: “State '${timeout.detail.state}' timed out.”`,
    ),
  )
  if (killing)
    chain.push(observed(killing, `systemd sent SIGKILL to ${name}.`, { from: SYSTEMD, to: target, label: 'SIGKILL' }))
  if (exit || process?.exit?.signal === 'SIGKILL')
    chain.push({
      text: `${name} died of SIGKILL.`,
      status: 'observed',
      refs: [...(exit?.refs ?? []), ...(process?.exit?.refs.slice(-1) ?? [])],
      ns: process?.endNs ?? exit?.ns ?? null,
    })
  else if (killing) chain.push({ text: 'That it died of it is not in the evidence.', status: 'missing', refs: [] })

  const fatal = killing !== undefined || exit !== undefined
  const inTime = waited === null ? 'in time' : `within ${duration(waited)} of SIGTERM`
  return {
    rule: stopTimeout.id,
    severity: fatal ? 'fatal' : 'error',
    title: titled(fatal ? `systemd killed ${name}: it did not stop ${inTime}` : `${unit} did not stop ${inTime}`),
    summary:
      `systemd asked ${unit} to stop, waited${waited === null ? '' : ` ${duration(waited)}`}` +
      `${limit ? ` (${limit.key}=${limit.value})` : ''}, and ${fatal ? 'sent SIGKILL' : 'gave up'}. ` +
      (stop?.outcome === 'ignored'
        ? 'The program ignores SIGTERM.'
        : 'SIGKILL cannot be handled: nothing was flushed, closed or logged by the program. The question is why it did not end on SIGTERM.'),
    subject: { ...(pid === null ? {} : { pid }), ...(comm === null ? {} : { comm }), unit },
    chain,
    remedies: remedies(stop, process?.runtime === 'go'),
    ns: process?.endNs ?? exit?.ns ?? killing?.ns ?? timeout.ns,
  }
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
        !['SIGCONT', 'SIGKILL', 'SIGHUP'].includes(s.signal) &&
        inTime(s.deliveredNs ?? s.sentNs),
    ) ?? null
  )
}

function remedies(stop: Signal | null, isGo: boolean): Remedy[] {
  return [
    {
      title: 'End the program when SIGTERM comes',
      detail:
        stop?.outcome === 'ignored'
          ? 'SIGTERM is ignored in this process. Listen for it and end in bounded time.'
          : 'Listen for SIGTERM, stop taking work, and put a limit of your own on the rest, shorter than TimeoutStopSec=.',
      ...(isGo
        ? { code: 'ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)\ndefer stop()' }
        : {}),
    },
    {
      title: 'Let systemd abort it first, to see where it hangs',
      detail:
        'TimeoutStopFailureMode=abort sends SIGABRT before SIGKILL: a Go program prints all goroutines, others leave a core (systemd.service(5), since 246).',
      code: '[Service]\nTimeoutStopFailureMode=abort',
    },
    {
      title: 'Give it the time that it needs',
      detail: 'Only where stopping is known to take long and to end (systemd.service(5)).',
      code: '[Service]\nTimeoutStopSec=5min',
    },
  ]
}
