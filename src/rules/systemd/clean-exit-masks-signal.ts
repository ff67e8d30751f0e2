import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Rule } from '../../model/rule.js'
import type { Ns } from '../../model/time.js'
import { assumption, caseSetting, caseUnits, typeOf, type UnitCase } from '../case-units.js'
import { observed, titled, who } from '../lifecycle-links.js'

/** Deaths that systemd counts as a clean exit for every Type= but oneshot (systemd.service(5), SuccessExitStatus=; is_clean_exit() in exit-status.c). */
export const CLEAN_SIGNALS: ReadonlySet<string> = new Set(['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGPIPE'])

/** systemd acts on a death within this time. */
const SOON_NS = 10e9

/** systemd counted death by HUP, INT, TERM or PIPE as success, so nothing was logged and nothing restarted. */
export const cleanExitMasksSignal: Rule = {
  id: 'systemd/clean-exit-masks-signal',
  severity: 'warning',
  needs:
    'the death of a service by SIGHUP, SIGINT, SIGTERM or SIGPIPE (trace, systemctl show), and the journal of PID 1 or the state of the unit',
  summary:
    'systemd counted death by HUP, INT, TERM or PIPE as success: nothing was logged as failed, nothing restarted.',
  explanation:
    'For every Type= except oneshot systemd treats an exit by SIGHUP, SIGINT, SIGTERM or SIGPIPE as clean (systemd.service(5), under ' +
    'SuccessExitStatus=). The line “Main process exited, code=killed, status=13/PIPE” is then logged at debug level only, with “ (success)”; what is left in ' +
    'the journal is “Deactivated successfully.” (before 246: “Succeeded.”). The unit is inactive, Result=success, and Restart=on-failure does not restart.\n\n' +
    'So a service that vanishes while the journal says nothing is a sign of just these signals. systemctl show -p ExecMainCode,ExecMainStatus tells: ' +
    'code 2 is “killed”, status 13 is SIGPIPE.',
  *find(analysis) {
    for (const of of caseUnits(analysis)) {
      const found = finding(analysis, of)
      if (found) yield found
    }
  },
}

function finding(analysis: Analysis, of: UnitCase): Finding | null {
  const { unit, death, process, events } = of
  if (!death || !CLEAN_SIGNALS.has(death.signal) || !/\.service$/.test(unit)) return null
  if (typeOf(of) === 'oneshot' || events.some(e => e.detail.job === 'Finished')) return null
  const after = (e: LifecycleEvent) =>
    death.ns === null || e.ns === null || (e.ns >= death.ns - 1e6 && e.ns <= death.ns + SOON_NS)
  // Ended because systemd was asked to stop it: nothing is masked.
  if (wasStopped(analysis, of)) return null
  if (events.some(e => (e.kind === 'failed' || e.kind === 'restart') && after(e))) return null
  if (events.some(e => e.kind === 'started' && e.ns !== null && death.ns !== null && e.ns > death.ns && after(e)))
    return null

  const deactivated = events.findLast(e => e.kind === 'deactivated' && after(e))
  const said = events.findLast(e => e.kind === 'process-exited' && e.signal === death.signal && after(e))
  const result = caseSetting(of, 'Result')
  const name = who(process?.pid ?? said?.pid ?? null, process?.comm ?? said?.comm ?? null, unit)
  const chain: Link[] = [
    ...assumption(of),
    { text: `${name} died of ${death.signal}.`, status: 'observed', refs: death.refs, ns: death.ns },
  ]
  if (said?.detail.success !== undefined)
    chain.push(observed(said, `systemd logged the death at debug level, as “(success)”.`))
  if (deactivated)
    chain.push(observed(deactivated, `systemd logged only “${deactivated.text.replace(`${unit}: `, '')}”`))
  if (result?.value === 'success')
    chain.push({ text: `The state of ${unit} is Result=success.`, status: 'observed', refs: [result.ref] })
  if (!said?.detail.success && !deactivated && result?.value !== 'success') {
    const covers = analysis.capture.journals.some(j => j.entries.some(e => e.unit === unit))
    const absent = journaldAbsent(analysis, death.ns)
    chain.push({
      text: covers
        ? `No line of systemd about the end of ${unit} is in the journal: for systemd ${death.signal} is a clean exit, and clean exits are not logged as failures${absent ? '; journald was not running then either' : ''}.`
        : `For systemd ${death.signal} is a clean exit (systemd.service(5)); the journal of PID 1 is not in the evidence.`,
      status: 'inferred',
      refs: absent?.refs ?? [],
    })
  }
  const restart = caseSetting(of, 'Restart')
  if (restart && !/^(?:always|on-success)$/.test(restart.value))
    chain.push({
      text: `Restart=${restart.value} restarts after failures only; after a clean exit it does not.`,
      status: 'observed',
      refs: [restart.ref],
    })
  return {
    rule: cleanExitMasksSignal.id,
    severity: 'warning',
    title: titled(`systemd counts the death of ${unit} by ${death.signal} as a success`),
    summary:
      `${name} was killed by ${death.signal}, which systemd takes for a clean exit. ` +
      'It logs no failure, OnFailure= does not run, and Restart=on-failure does not restart. ' +
      'Alerts on failed units stay silent too.',
    subject: {
      ...(process ? { pid: process.pid } : {}),
      ...(process?.comm ? { comm: process.comm } : {}),
      unit,
    },
    chain,
    remedies: [
      {
        title: 'Restart it after these signals too',
        detail:
          'RestartForceExitStatus= restarts whatever Restart= says; Restart=always restarts after every end that was not asked for (systemd.service(5)).',
        code: `[Service]\nRestart=on-failure\nRestartForceExitStatus=${death.signal}`,
      },
      {
        title: 'Look at the status, not at the result',
        detail:
          'ExecMainCode=2 is “killed”, ExecMainStatus is the number of the signal; both are kept after a clean exit.',
        code: `systemctl show -p Result,ExecMainCode,ExecMainStatus ${unit}`,
      },
    ],
    ns: death.ns,
  }
}

/** The stop of journald that the moment lies behind, if it had not come back by then. */
function journaldAbsent(analysis: Analysis, ns: Ns | null): LifecycleEvent | null {
  if (ns === null) return null
  const last = analysis.lifecycle.findLast(
    e => (e.kind === 'journald-stopped' || e.kind === 'journald-started') && e.ns !== null && e.ns <= ns,
  )
  return last?.kind === 'journald-stopped' ? last : null
}

/** systemd stopped it itself, or its signal came from PID 1. */
function wasStopped(analysis: Analysis, { death, process, events }: UnitCase): boolean {
  const last = events.findLast(
    e =>
      (e.kind === 'stopping' || e.kind === 'started') &&
      (death!.ns === null || e.ns === null || e.ns <= death!.ns + 1e9),
  )
  if (last?.kind === 'stopping') return true
  return (
    process !== null &&
    analysis.signals.some(s => s.target.pid === process.pid && s.signal === death!.signal && s.sender?.pid === 1)
  )
}
