import type { Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { assumption, caseSetting, caseUnits, typeOf } from '../case-units.js'
import { titled } from '../lifecycle-links.js'
import { CLEAN_SIGNALS } from '../systemd/clean-exit-masks-signal.js'

/** Values of Restart= that react to failures but not to clean exits (the table in systemd.service(5)). */
const FAILURES_ONLY = /^on-(?:failure|abnormal|abort|watchdog)$/

/** Restart= of the unit will not restart it after SIGPIPE, because that counts as a clean exit. */
export const restartMissesSigpipe: Rule = {
  id: 'unit/restart-misses-sigpipe',
  severity: 'warning',
  needs: 'the unit file (or systemctl show), and the death of its process by SIGPIPE, SIGHUP, SIGINT or SIGTERM',
  summary:
    'Restart=on-failure and its kin do not restart after SIGPIPE (or HUP, INT, TERM): systemd counts it as a clean exit.',
  explanation:
    'The table under Restart= in systemd.service(5) has a column “Clean exit code or signal”: exit status 0 and the signals SIGHUP, SIGINT, ' +
    'SIGTERM and SIGPIPE. Only always and on-success restart then. (For Type=oneshot only exit status 0 is clean.)\n\n' +
    'RestartForceExitStatus=SIGPIPE adds the signal to what restarts, whatever Restart= says, and keeps the difference between a death ' +
    'and a stop. Better still is that the program does not die of its log: see sigpipe/go-stdio.',
  *find(analysis) {
    for (const of of caseUnits(analysis)) {
      const { unit, death, events, process } = of
      if (!death || !CLEAN_SIGNALS.has(death.signal) || typeOf(of) === 'oneshot') continue
      // Only SIGPIPE is never what somebody wanted; the others are often a stop by hand.
      if (death.signal !== 'SIGPIPE') continue
      const restart = caseSetting(of, 'Restart')
      if (!restart || !FAILURES_ONLY.test(restart.value)) continue
      const forced = caseSetting(of, 'RestartForceExitStatus')
      if (forced && /(?:^|\s)(?:SIG)?PIPE(?:\s|$)|(?:^|\s)13(?:\s|$)/.test(forced.value)) continue
      const again = events.some(
        e =>
          e.kind === 'restart' && (e.ns === null || death.ns === null || (e.ns >= death.ns && e.ns < death.ns + 60e9)),
      )
      if (again) continue
      const deactivated = events.findLast(e => e.kind === 'deactivated')
      const chain: Link[] = [
        ...assumption(of),
        { text: `The process of ${unit} died of ${death.signal}.`, status: 'observed', refs: death.refs, ns: death.ns },
        { text: `${unit} has Restart=${restart.value}.`, status: 'observed', refs: [restart.ref] },
      ]
      if (deactivated)
        chain.push({
          text: 'systemd counted it as a success and scheduled no restart.',
          status: 'observed',
          refs: deactivated.refs,
          ns: deactivated.ns,
        })
      else
        chain.push({
          text: `${death.signal} is a clean exit for systemd, and Restart=${restart.value} reacts to failures only (systemd.service(5)).`,
          status: 'inferred',
          refs: [restart.ref],
        })
      yield {
        rule: restartMissesSigpipe.id,
        severity: 'warning',
        title: titled(`Restart=${restart.value} of ${unit} does not restart after ${death.signal}`),
        summary:
          `${unit} died of ${death.signal} and was meant to be restarted, but systemd takes this signal for a clean exit. ` +
          'So it stays down, without an entry that calls it failed.',
        subject: { unit, ...(process ? { pid: process.pid } : {}), ...(process?.comm ? { comm: process.comm } : {}) },
        chain,
        remedies: [
          {
            title: 'Add the signal to what restarts',
            detail: 'RestartForceExitStatus= takes exit statuses and signal names (systemd.service(5)).',
            code: `[Service]\nRestart=${restart.value}\nRestartForceExitStatus=SIGPIPE`,
            breaks: chain.findIndex(l => l.text.includes('Restart=')),
          },
          {
            title: 'Or restart after every end',
            detail: 'Restart=always restarts after clean exits too, but not after systemctl stop.',
            code: '[Service]\nRestart=always\nRestartSec=5s',
            breaks: chain.findIndex(l => l.text.includes('Restart=')),
          },
        ],
        ns: death.ns,
      }
    }
  },
}
