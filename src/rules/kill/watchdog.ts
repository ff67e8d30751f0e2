import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { Ref } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import { duration } from '../../model/words.js'
import { actorOf, livesOf, observed, processOf, SYSTEMD, titled, type UnitLife, who } from '../lifecycle-links.js'
import { byResult } from './by-result.js'

/** systemd's watchdog timed out. */
export const watchdog: Rule = {
  id: 'kill/watchdog',
  severity: 'fatal',
  needs: 'the journal of PID 1; the dump or core that WatchdogSignal= leaves shows where the program stood',
  summary: "The service did not ping systemd's watchdog within WatchdogSec=, and systemd ended it.",
  explanation:
    'A service with WatchdogSec= must call sd_notify("WATCHDOG=1") within that time, again and again. When it does not, systemd logs ' +
    '“Watchdog timeout (limit …)!” and sends WatchdogSignal= (SIGABRT), then after TimeoutAbortSec= SIGKILL; the result is ' +
    '“watchdog” (systemd.service(5)).\n\n' +
    'A C program dies of SIGABRT and can leave a core. A Go program catches it, prints all goroutines and exits with status 2: the dump ' +
    'in the journal is the best evidence there is. Look for what the goroutine that should ping was waiting for. A unit that sets ' +
    'WatchdogSec= for a program that never pings is killed after each start.',
  *find(analysis) {
    const byUnit = new Map<string, Finding[]>()
    for (const life of livesOf(analysis)) {
      if (!life.events.some(e => e.kind === 'watchdog')) continue
      const list = byUnit.get(life.unit) ?? []
      list.push(finding(analysis, life))
      byUnit.set(life.unit, list)
    }
    for (const list of byUnit.values()) yield { ...list.at(-1)!, count: list.length }
    yield* byResult('watchdog', analysis)
  },
}

function finding(analysis: Analysis, { unit, events }: UnitLife): Finding {
  const timeout = events.find(e => e.kind === 'watchdog')!
  const after = events.slice(events.indexOf(timeout))
  const killing = after.find(e => e.kind === 'killing')
  const exit = after.find(e => e.kind === 'process-exited' && e.detail.process === 'main')
  const failed = after.find(e => e.kind === 'failed' && e.result === 'watchdog')
  const pid = killing?.pid ?? exit?.pid ?? null
  const comm = killing?.comm ?? exit?.comm ?? null
  const process = processOf(analysis, pid, comm, exit?.ns ?? timeout.ns)
  const name = who(pid, comm, unit)
  const limit = timeout.detail.limit
  const signal = killing?.signal ?? 'SIGABRT'
  const target = actorOf(pid, comm, unit)
  const dump = dumpOf(analysis, pid, unit)

  const chain: Link[] = [
    observed(timeout, `${unit} sent no WATCHDOG=1 for ${limit ?? 'its WatchdogSec='}: systemd's watchdog timed out.`),
  ]
  if (killing)
    chain.push(observed(killing, `systemd sent ${signal} to ${name}.`, { from: SYSTEMD, to: target, label: signal }))
  const stubborn = signal === 'SIGKILL' ? undefined : after.find(e => e.kind === 'killing' && e.signal === 'SIGKILL')
  if (stubborn && stubborn.ns !== null && killing?.ns != null)
    chain.push(
      observed(stubborn, `${duration(stubborn.ns - killing.ns)} later it still ran, and systemd sent SIGKILL.`, {
        from: SYSTEMD,
        to: target,
        label: 'SIGKILL',
      }),
    )
  if (dump)
    chain.push({
      text: 'The Go runtime caught it and printed all goroutines into the journal.',
      status: 'observed',
      refs: [dump],
    })
  if (exit)
    chain.push(
      observed(
        exit,
        exit.signal !== null
          ? `${name} died of ${exit.signal}.`
          : `${name} ended with status ${exit.code}${dump ? ', as Go does after such a dump' : ''}.`,
        { ns: process?.endNs ?? exit.ns },
      ),
    )
  if (failed) chain.push(observed(failed, `systemd counts it as failed, result “watchdog”.`))
  if (!exit && !failed)
    chain.push({ text: 'How the process ended is not in the evidence.', status: 'missing', refs: [] })

  return {
    rule: watchdog.id,
    severity: 'fatal',
    title: titled(`systemd's watchdog ended ${name}: no ping for ${limit ?? 'WatchdogSec='}`),
    summary:
      `${unit} must tell systemd at least every ${limit ?? 'WatchdogSec='} that it is alive, and did not. ` +
      `systemd sent ${signal} to end it. ` +
      (dump
        ? 'The dump that it left shows what each goroutine was doing at that moment.'
        : 'Why it did not ping is to be found in the program.'),
    subject: { ...(pid === null ? {} : { pid }), ...(comm === null ? {} : { comm }), unit },
    chain,
    remedies: [
      {
        title: 'Find what kept the pinging loop from running',
        detail: dump
          ? 'The goroutine dump in the journal was taken at the timeout: look at the goroutine that calls sd_notify, and at locks it needs.'
          : 'Keep a core or a goroutine dump of the next timeout: WatchdogSignal=SIGABRT is the default, LimitCORE=infinity lets the core be written.',
      },
      {
        title: 'Ping at half the interval, from the loop that does the work',
        detail:
          'sd_notify("WATCHDOG=1") every WATCHDOG_USEC/2 (sd_watchdog_enabled(3)). Without NotifyAccess= pings from child processes are not heard.',
      },
      {
        title: 'Set WatchdogSec= only for programs that ping',
        detail: 'A program without sd_notify is ended after every WatchdogSec= (systemd.service(5)).',
        code: '[Service]\nWatchdogSec=30s\nNotifyAccess=main',
      },
    ],
    ns: process?.endNs ?? exit?.ns ?? killing?.ns ?? timeout.ns,
  }
}

/** First line of the goroutine dump that this process wrote into the journal. */
function dumpOf(analysis: Analysis, pid: number | null, unit: string): Ref | null {
  for (const { derivedFrom, kind } of analysis.capture.sources) {
    if (!derivedFrom || kind === 'unrecognised' || derivedFrom.lines.length === 0) continue
    if (derivedFrom.unit === unit || (pid !== null && derivedFrom.pid === pid))
      return { source: derivedFrom.source, ...derivedFrom.lines[0] }
  }
  return null
}
