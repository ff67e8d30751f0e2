import { readFileSync, statSync } from 'node:fs'
import { visible } from '../../reports/shared/visible.js'
import { UsageError } from '../config/errors.js'
import { loadSettings, type Settings } from '../config/settings.js'
import { compareReports } from '../diff/index.js'
import { diffText } from '../diff/text.js'
import { Exit } from '../model/exit.js'
import { REPORT_SCHEMA, type Report } from '../model/report.js'
import { analyze } from '../pipeline/analyze.js'
import { print } from './output.js'

export interface DiffCommand {
  json?: boolean
  config?: string
  redact: boolean
}

/** `sigtrace diff BEFORE AFTER`: two captures, or two reports that were saved with --json. */
export async function run(before: string, after: string, options: DiffCommand): Promise<void> {
  const settings = await loadSettings(options.config)
  const redact = options.redact && settings.redact
  const reports = [await reportOf(before, settings, redact), await reportOf(after, settings, redact)]
  const diff = compareReports(reports[0], reports[1])
  await print(options.json ? `${JSON.stringify(diff, null, 2)}\n` : visible(diffText(diff), Number.POSITIVE_INFINITY))
  const empty = reports.some(r => !r.sources.some(s => s.kind !== 'unrecognised'))
  const lost = reports.some(r => r.diagnostics.some(d => d.severity !== 'info'))
  process.exitCode = empty ? Exit.unrecognised : lost ? Exit.lost : Exit.ok
}

/** A saved report is one JSON document with our schema in its first lines; everything else is a capture. */
const SCHEMA_MARK = `"schema": "${REPORT_SCHEMA}"`
const LARGEST_REPORT = 512 * 2 ** 20

async function reportOf(path: string, settings: Settings, redact: boolean): Promise<Report> {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile() && stat.size <= LARGEST_REPORT) {
    const text = readFileSync(path)
    if (text.subarray(0, 200).includes(SCHEMA_MARK)) {
      try {
        return JSON.parse(text.toString('utf8')) as Report
      } catch {
        throw new UsageError(`${path}: a report of sigtrace that is cut or damaged`)
      }
    }
  }
  return analyze([path], { limits: settings.limits, redact, redactPatterns: settings.redactPatterns })
}
