import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { addTo } from '../../model/multimap.js'
import type { Rule } from '../../model/rule.js'
import { unitSetting } from '../../model/unit-settings.js'
import { counted, duration } from '../../model/words.js'
import { observed, titled } from '../lifecycle-links.js'

/** systemd gave a unit up because it was started too often. */
export const startLimit: Rule = {
  id: 'systemd/start-limit',
  severity: 'error',
  needs: 'the journal of PID 1 over the last starts of the unit',
  summary: 'A unit was started more often than its start limit allows, and systemd gave it up.',
  explanation:
    'StartLimitBurst= starts (5) within StartLimitIntervalSec= (10 s) are allowed, whoever asks for them; then systemd says “Start ' +
    'request repeated too quickly.” and leaves the unit down, whatever Restart= says (systemd.unit(5)). It depends on no Type=.\n\n' +
    'The limit is never the cause: look at how the process ended each time. The result is “start-limit-hit” only where the ends before ' +
    'were clean (Restart=always and exit status 0, or a death by SIGPIPE or SIGTERM); after failures the last result is repeated.',
  *find(analysis) {
    const units = new Map<string, LifecycleEvent[]>()
    for (const event of analysis.lifecycle) {
      if (event.kind !== 'start-limit' || event.unit === null) continue
      const key = `${event.unit} ${event.detail.host ?? ''}`
      addTo(units, key, event)
    }
    for (const limits of units.values()) yield finding(analysis, limits[0].unit!, limits)
  },
}

function finding(analysis: Analysis, unit: string, limits: readonly LifecycleEvent[]): Finding {
  const limit = limits[0]
  const own = analysis.lifecycle.filter(e => e.unit === unit && e.detail.host === limit.detail.host)
  const before = own.slice(0, own.indexOf(limit))
  const after = own.slice(own.indexOf(limit))
  const ends = before.filter(e => e.kind === 'process-exited' || e.kind === 'deactivated')
  const last = ends.at(-1)
  const failed = after.find(e => e.kind === 'failed' && e.result !== null)
  const starts = before.filter(e => e.kind === 'started' || e.kind === 'starting')
  const cleanly = failed?.result === 'start-limit-hit'
  const chain: Link[] = []
  if (last) {
    const span =
      ends.length > 1 && ends[0].ns !== null && last.ns !== null ? ` within ${duration(last.ns - ends[0].ns)}` : ''
    chain.push({
      text: `It ended ${counted(ends.length, 'time')}${span}, last: ${how(last)}.`,
      status: 'observed',
      refs: ends.slice(-5).flatMap(e => e.refs.slice(0, 1)),
      ns: last.ns,
    })
  } else chain.push({ text: 'How the process ended before is not in the evidence.', status: 'missing', refs: [] })
  chain.push(observed(limit, `systemd refused to start ${unit} again: “Start request repeated too quickly.”`))
  if (failed) chain.push(observed(failed, `${unit} stays down, result “${failed.result}”.`))
  const burst = unitSetting(analysis.capture.units, unit, 'StartLimitBurst')
  const interval = unitSetting(analysis.capture.units, unit, 'StartLimitIntervalSec')
  return {
    rule: startLimit.id,
    severity: 'error',
    title: titled(`systemd gave up ${unit}: started too often${last ? `, each time ${how(last)}` : ''}`),
    summary:
      `${unit} ended again and again${starts.length > 0 ? ` (${counted(starts.length, 'start')} in the evidence)` : ''} and hit its start limit` +
      `${burst ? ` (StartLimitBurst=${burst.value}${interval ? `, StartLimitIntervalSec=${interval.value}` : ''})` : ''}; it stays down until somebody starts it. ` +
      (cleanly
        ? 'The result is “start-limit-hit”: systemd counted every end as a success, so look at what ended the process.'
        : 'The cause is what ended the process each time, not the limit.'),
    subject: { unit },
    chain,
    remedies: [
      {
        title: 'Mend what ends the process; then clear the counter',
        detail: 'The counter is kept until it is reset or the interval is over (systemctl(1)).',
        code: `systemctl reset-failed ${unit} && systemctl start ${unit}`,
      },
      {
        title: 'Wait longer between restarts',
        detail:
          'RestartSec= defaults to 100 ms: five starts take half a second. The limit belongs into [Unit] (systemd.unit(5), systemd.service(5)).',
        code: '[Unit]\nStartLimitIntervalSec=5min\nStartLimitBurst=5\n[Service]\nRestartSec=10s',
      },
    ],
    ns: limit.ns,
    count: limits.length,
  }
}

function how(end: LifecycleEvent): string {
  if (end.kind === 'deactivated') return 'counted as a success'
  if (end.signal !== null) return `killed by ${end.signal}`
  return `exit status ${end.code}${end.detail.status && end.detail.status !== 'n/a' ? ` (${end.detail.status})` : ''}`
}
