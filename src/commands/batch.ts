import { join } from 'node:path'
import { indexPage } from '../../reports/index-page/page.js'
import { capturesBelow } from '../batch/captures.js'
import { analyzeAll } from '../batch/index.js'
import { UsageError } from '../config/errors.js'
import { makeFolder } from '../config/folders.js'
import { loadSettings } from '../config/settings.js'
import { Exit, SEVERITIES } from '../model/exit.js'
import type { Severity } from '../model/finding.js'
import { wholeNumber } from './options.js'
import { print, say, writeOut } from './output.js'

export interface BatchCommand {
  out: string
  jobs?: string
  json?: boolean
  quiet?: boolean
  failOn?: string
  config?: string
  redact: boolean
}

/** `sigtrace batch FOLDER...`: a report for each capture, and an index of them by cause. */
export async function run(paths: string[], options: BatchCommand): Promise<void> {
  const settings = await loadSettings(options.config)
  const jobs = options.jobs === undefined ? null : wholeNumber(options.jobs, '--jobs')
  const captures = capturesBelow(paths)
  try {
    makeFolder(options.out)
  } catch (error) {
    throw new UsageError(`cannot make ${options.out}: ${(error as NodeJS.ErrnoException).code}`)
  }
  const bar = await counter(captures.length, options.quiet ?? false)
  const index = await analyzeAll(captures, {
    out: options.out,
    jobs,
    limits: settings.limits,
    redact: options.redact && settings.redact,
    redactPatterns: settings.redactPatterns,
    done: bar.step,
  })
  bar.stop()
  await writeOut(join(options.out, 'index.html'), pieces(indexPage(index)))
  const json = `${JSON.stringify(index, null, 2)}\n`
  await writeOut(join(options.out, 'index.json'), pieces(json))
  if (options.json) await print(json)
  else if (!options.quiet) {
    for (const g of index.groups)
      await print(`${String(g.count).padStart(6)}  ${g.title}  [${g.rule}, ${g.fingerprint}]\n`)
    const silent = index.rows.filter(r => r.rule === null && r.error === null).length
    if (silent > 0) await print(`${String(silent).padStart(6)}  nothing wrong was found, or nothing could be read\n`)
    for (const row of index.rows) if (row.error !== null) say(`sigtrace: ${row.name}: ${row.error}`)
    say(`index: ${join(options.out, 'index.html')}`)
  }
  process.exitCode = statusOf(
    index.rows.map(r => r.status),
    index.rows.map(r => r.severity),
    options.failOn,
  )
}

/** One bad capture among thousands is a loss, not a failure; a file between them that is no evidence is neither. */
function statusOf(statuses: number[], severities: (Severity | null)[], failOn = 'never'): number {
  if (statuses.length === 0 || statuses.every(s => s === Exit.unrecognised)) return Exit.unrecognised
  const limit = SEVERITIES.indexOf(failOn as Severity)
  if (severities.some(s => s !== null && SEVERITIES.indexOf(s) <= limit)) return Exit.found
  return statuses.some(s => s === Exit.lost || s === Exit.fault) ? Exit.lost : Exit.ok
}

async function counter(total: number, quiet: boolean): Promise<{ step(): void; stop(): void }> {
  if (quiet || !process.stderr.isTTY || total < 2) return { step() {}, stop() {} }
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    stream: process.stderr,
    format: 'analysing {bar} {value}/{total} captures  {eta_formatted} left',
    clearOnComplete: true,
  })
  bar.start(total, 0)
  return { step: () => bar.increment(), stop: () => bar.stop() }
}

async function* pieces(text: string): AsyncIterable<string> {
  yield text
}
