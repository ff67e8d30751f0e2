/**
 * Ends of services of which only the result is left: `systemctl show` and `status` print it, and a journal that was cut keeps
 * its last line. `Result=watchdog`, `oom-kill` and `timeout` are systemd's own account of why a service ended.
 */
import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { mayBeWithin } from '../../model/time.js'
import { livesOf, observed, titled, who } from '../lifecycle-links.js'

/** Where systemd says more than the result, the result adds nothing. */
const OWN_ACCOUNTS: ReadonlySet<LifecycleEvent['kind']> = new Set(['watchdog', 'start-timeout', 'runtime-limit'])

/** Lines about one end stand within this time. */
const ONE_END_NS = 5e9

/** The rule of each result, what systemd itself would have written, and what the result says (systemd.exec(5), $SERVICE_RESULT). */
const RESULTS = {
  watchdog: {
    rule: 'kill/watchdog',
    told: 'watchdog',
    title: (name: string) => `systemd's watchdog ended ${name}`,
    means: 'the service did not ping systemd’s watchdog within WatchdogSec=, and systemd ended it',
    title2: 'Find what kept the pinging loop from running',
  },
  'oom-kill': {
    rule: 'kill/oom',
    told: 'oom-kill',
    title: (name: string) => `An out-of-memory killer ended ${name}`,
    means: 'the kernel’s out-of-memory killer or systemd-oomd killed a process of the service',
    title2: 'Look for the killer’s own words',
  },
  timeout: {
    rule: 'kill/stop-timeout',
    told: 'stop-timeout',
    title: (name: string) => `systemd killed ${name}: it did not end in time`,
    means: 'the service did not do in time what systemd waited for, and systemd ended it',
    title2: 'End the program when SIGTERM comes',
  },
} as const

export type Result = keyof typeof RESULTS

/** Whether the result alone explains that a process died of `signal`: a timeout does so for the SIGKILL that SIGTERM precedes. */
export function explains(result: string | null, signal: string): result is Result {
  if (result === 'watchdog') return true
  return (result === 'oom-kill' || result === 'timeout') && signal === 'SIGKILL'
}

/** Findings for units that ended with this result, and about which nothing else tells why; the last of each unit. */
export function* byResult(result: Result, analysis: Analysis): Generator<Finding> {
  const found = new Map<string, Finding>()
  for (const { unit, events } of livesOf(analysis)) {
    if (events.some(e => e.kind === RESULTS[result].told || OWN_ACCOUNTS.has(e.kind))) continue
    const failed = events.findLast(e => e.kind === 'failed' && e.result === result)
    const exit = failed && events.findLast(e => isEnd(e, failed))
    if (!failed || !exit || !explains(result, exit.signal!)) continue
    found.set(unit, { ...finding(result, unit, exit, failed), count: (found.get(unit)?.count ?? 0) + 1 })
  }
  yield* found.values()
}

function isEnd(event: LifecycleEvent, failed: LifecycleEvent): boolean {
  if (event.kind !== 'process-exited' || event.signal === null) return false
  return mayBeWithin(event.ns, failed.ns, ONE_END_NS)
}

function finding(result: Result, unit: string, exit: LifecycleEvent, failed: LifecycleEvent): Finding {
  const { rule, title, means, title2 } = RESULTS[result]
  const name = exit.pid === null ? unit : `${unit} (pid ${exit.pid})`
  const chain: Link[] = [
    observed(failed, `systemd’s result for ${unit} is “${result}”: ${means}.`),
    observed(
      exit,
      `${who(exit.pid, exit.comm, `The ${exit.detail.process ?? 'main'} process`)} died of ${exit.signal}.`,
    ),
    {
      text: `${exit.signal} was what systemd, or the killer that it names, ended it with: the lines that say so are not here.`,
      status: 'inferred',
      refs: [],
    },
  ]
  return {
    rule,
    severity: 'fatal',
    title: titled(title(name)),
    summary: `${unit} ended with result “${result}”: ${means}. Its ${exit.detail.process ?? 'main'} process died of ${exit.signal}. The journal around that moment is not in the evidence.`,
    subject: { ...(exit.pid !== null && { pid: exit.pid }), unit },
    chain,
    remedies: [
      {
        title: title2,
        detail:
          'The journal of the unit and of the kernel around that moment says what systemd waited for and whom it killed.',
        code: `journalctl -b -u ${unit} -o short-precise\njournalctl -b -k -o short-precise`,
      },
    ],
    ns: exit.ns ?? failed.ns,
  }
}
