import type { Confidence, Severity } from './finding.js'

/** One capture of a batch, in a row of the index. */
export interface BatchRow {
  /** Name of the folder or archive below the folder that was given. */
  name: string
  /** File name of its report beside the index; null where there is none. */
  report: string | null
  rule: string | null
  title: string
  severity: Severity | null
  confidence: Confidence
  /** Same death, same fingerprint. */
  fingerprint: string
  victim: string | null
  /** End of the evidence, ns since the epoch; null where nothing is dated. */
  endNs: string | null
  bytes: number
  /** Exit status that `analyze` would have had. */
  status: number
  /** What went wrong with this capture, where something did. */
  error: string | null
}

/** What `sigtrace batch --json` prints. */
export interface BatchIndex {
  schema: 'sigtrace.batch/1'
  tool: { name: 'sigtrace'; version: string }
  /** In the order of their names. */
  rows: BatchRow[]
  /** Deaths that have the same fingerprint, the most frequent first. */
  groups: {
    fingerprint: string
    rule: string | null
    title: string
    severity: Severity | null
    count: number
    names: string[]
  }[]
}

/** Folds rows by fingerprint; rows without a verdict form no group. */
export function groupRows(rows: readonly BatchRow[]): BatchIndex['groups'] {
  const groups = new Map<string, BatchIndex['groups'][number]>()
  for (const { fingerprint, rule, title, severity, name } of rows) {
    if (rule === null) continue
    const known = groups.get(fingerprint)
    if (known) {
      known.count++
      known.names.push(name)
    } else groups.set(fingerprint, { fingerprint, rule, title, severity, count: 1, names: [name] })
  }
  return [...groups.values()].sort((a, b) => b.count - a.count || (a.fingerprint < b.fingerprint ? -1 : 1))
}
