import type { Analysis } from '../model/analysis.js'
import { type Confidence, confidenceOf, type Finding, type Severity } from '../model/finding.js'
import type { Rule } from '../model/rule.js'

export interface Found {
  findings: Finding[]
  /** Rules that threw: a fault of ours, said in the report; the rest still stands. */
  failures: { rule: string; text: string }[]
}

const SEVERITIES: readonly Severity[] = ['fatal', 'error', 'warning', 'note']
const CONFIDENCES: readonly Confidence[] = ['proven', 'likely', 'possible', 'insufficient']

/** Runs every rule. Findings come out worst and surest first, then in the order of the registry. */
export function findAll(analysis: Analysis, rules: readonly Rule[]): Found {
  const findings: Finding[] = []
  const failures: Found['failures'] = []
  for (const rule of rules) {
    try {
      for (const finding of rule.find(analysis)) findings.push(finding)
    } catch (error) {
      failures.push({ rule: rule.id, text: error instanceof Error ? error.message : String(error) })
    }
  }
  const order = new Map(rules.map((rule, index) => [rule.id, index]))
  const rank = (f: Finding) =>
    SEVERITIES.indexOf(f.severity) * 1e6 +
    CONFIDENCES.indexOf(confidenceOf(f.chain)) * 1e4 +
    (order.get(f.rule) ?? 9999)
  findings.sort((a, b) => rank(a) - rank(b))
  return { findings, failures }
}
