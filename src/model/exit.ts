/** The exit statuses of the contract. */
export const Exit = { ok: 0, found: 1, usage: 2, unrecognised: 3, lost: 4, fault: 70 } as const

import type { Severity } from './finding.js'
import type { Report } from './report.js'

export const SEVERITIES: readonly Severity[] = ['fatal', 'error', 'warning', 'note']

/**
 * The status that a finished analysis ends with.
 *
 * @param failOn the mildest severity that the user wants to fail on; null: findings never fail
 */
export function exitStatus(report: Report, failOn: Severity | null): number {
  if (!report.sources.some(s => s.kind !== 'unrecognised')) return Exit.unrecognised
  const limit = failOn === null ? -1 : SEVERITIES.indexOf(failOn)
  if (report.findings.some(f => SEVERITIES.indexOf(f.severity) <= limit)) return Exit.found
  return report.diagnostics.some(d => d.severity !== 'info') ? Exit.lost : Exit.ok
}
