import type { Finding } from '../model/finding.js'

/** The finding that explains the death or the hang: the first fatal one or error, as `findAll` orders them; null where there is none. */
export function chooseVerdict(findings: readonly Finding[]): Finding | null {
  return findings.find(finding => finding.severity === 'fatal' || finding.severity === 'error') ?? null
}
