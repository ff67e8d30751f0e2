/** Analyses one capture in a thread of the pool. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { renderers } from '../../reports/index.js'
import type { Limits, RedactPattern } from '../config/settings.js'
import type { BatchRow } from '../model/batch.js'
import { exitStatus } from '../model/exit.js'
import { analyze } from '../pipeline/analyze.js'

export interface BatchTask {
  name: string
  path: string
  /** Folder for the report. */
  out: string
  limits: Limits
  redact: boolean
  redactPatterns: RedactPattern[]
}

/** Never throws: a capture that cannot be analysed is a row with an `error`. */
export default async function work(task: BatchTask): Promise<BatchRow> {
  try {
    const report = await analyze([task.path], task)
    const html = renderers.find(r => r.id === 'html')!
    const file = `${fileName(task.name)}${html.extension}`
    const pieces = html.render(report, { color: false, width: 100, verbose: false })
    await pipeline(Readable.from(pieces), createWriteStream(join(task.out, file)))
    const finding = report.verdict.finding === null ? null : report.findings[report.verdict.finding]
    return {
      name: task.name,
      report: file,
      rule: report.verdict.rule,
      title: report.verdict.title,
      severity: finding?.severity ?? null,
      confidence: report.verdict.confidence,
      fingerprint: report.fingerprint,
      victim: report.victim ? (report.victim.unit ?? report.victim.comm ?? String(report.victim.pid)) : null,
      endNs: report.timeline.endNs,
      bytes: report.sources.reduce((sum, s) => sum + s.bytes, 0),
      status: exitStatus(report, null),
      error: report.failures.length > 0 ? `${report.failures.length} rules failed` : null,
    }
  } catch (error) {
    return failedRow(task.name, error)
  }
}

/** The row of a capture that could not be analysed at all. */
export function failedRow(name: string, error: unknown): BatchRow {
  const text = error instanceof Error ? error.message : String(error)
  return {
    name,
    report: null,
    rule: null,
    title: 'Could not be analysed',
    severity: null,
    confidence: 'insufficient',
    fingerprint: '',
    victim: null,
    endNs: null,
    bytes: 0,
    status: 70,
    error: text,
  }
}

/** A name that is safe as a file name and as a link; two that had to be changed cannot become the same. */
function fileName(name: string): string {
  const safe = name
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, 200)
  if (safe === name && safe !== 'index') return safe
  return `${safe}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`
}
