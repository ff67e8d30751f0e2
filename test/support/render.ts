/** Renders reports in tests. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { renderers } from '../../reports/index.js'
import type { Report } from '../../src/model/report.js'
import { analyze } from '../../src/pipeline/analyze.js'
import { deadlockReport, emptyReport, sigpipeReport, stopTimeoutReport } from './reports.js'

/** The whole output of one format. */
export async function rendered(report: Report, id: string): Promise<string> {
  const renderer = renderers.find(r => r.id === id)
  if (!renderer) throw new Error(`no renderer ${id}`)
  let out = ''
  for await (const piece of renderer.render(report, { color: false, width: 100, verbose: false }))
    out += typeof piece === 'string' ? piece : Buffer.from(piece).toString('utf8')
  return out
}

/** Every sample of the project, analysed, and the reports made by hand; by name. */
export async function allReports(): Promise<[string, Report][]> {
  const out: [string, Report][] = [
    ['a death by SIGPIPE', sigpipeReport()],
    ['a deadlock', deadlockReport()],
    ['a stop timeout', stopTimeoutReport()],
    ['nothing found', emptyReport()],
  ]
  for (const name of readdirSync('samples').sort()) {
    const capture = join('samples', name, 'capture')
    if (existsSync(capture)) out.push([`sample ${name}`, await analyze([capture])])
  }
  return out
}

export const TEXT_NASTIES = [
  '</script><svg onload=alert(1)>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '\x1b[31mred\x1b[0m',
  '\u202Eevil\u202C',
  'nul\0byte',
  'x'.repeat(10_000),
  '<!--',
  ']]>',
  '&amp;&lt;',
  '`code` <b>',
  '\ud800',
  '\u2028line',
  '{{constructor}}',
  '日本語の名前',
]

/** The report with every string that comes from an input replaced by hostile text, a different one for each place. */
export function hostile(report: Report): Report {
  const keep = new Set([
    'schema',
    'id',
    'status',
    'severity',
    'confidence',
    'kind',
    'ns',
    'startNs',
    'endNs',
    'zeroNs',
    'sentNs',
    'deliveredNs',
    'sinceNs',
    'durationNs',
    'takenNs',
    'offsetNs',
    'uncertaintyNs',
    'min',
    'max',
    'conclusion',
    'outcome',
    'origin',
    'primitive',
    'fingerprint',
    'key',
    'lane',
    'from',
    'to',
  ])
  let n = 0
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') return keep.has(key) ? value : `${TEXT_NASTIES[n++ % TEXT_NASTIES.length]} ${value}`
    if (Array.isArray(value)) return value.map(item => walk(item, key))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, k)]))
  }
  const out = walk(report, '') as Report
  // Ids and kinds are ours; who they belong to is not.
  for (const excerpt of out.evidence) excerpt.ref = { ...excerpt.ref }
  return out
}
