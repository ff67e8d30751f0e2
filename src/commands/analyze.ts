import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { renderers } from '../../reports/index.js'
import { UsageError } from '../config/errors.js'
import { loadSettings, type Settings } from '../config/settings.js'
import { didYouMean } from '../config/suggest.js'
import { exitStatus } from '../model/exit.js'
import type { Severity } from '../model/finding.js'
import type { Renderer, RenderOptions } from '../model/renderer.js'
import type { Report } from '../model/report.js'
import { analyze } from '../pipeline/analyze.js'
import { duration, type StatedOptions, statedManifest } from './options.js'
import { print, say, writeOut } from './output.js'
import { progressBar } from './progress.js'

export interface AnalyzeCommand extends StatedOptions {
  format?: string
  out?: string
  json?: boolean
  since?: string
  failOn?: string
  quiet?: boolean
  verbose?: boolean
  config?: string
  redact: boolean
  color: boolean
}

const DEFAULT_NAME = 'sigtrace-report'
/** Formats that a person reads in a terminal or a script reads from a pipe; the others are files by nature. */
const TO_STDOUT = new Set(['text', 'json', 'markdown', 'sarif', 'junit', 'trace-event', 'otlp'])

/** `sigtrace analyze PATH...` */
export async function run(paths: string[], options: AnalyzeCommand): Promise<void> {
  const settings = await loadSettings(options.config)
  const targets = targetsOf(options, settings)
  const sinceNs = options.since === undefined ? null : duration(options.since, '--since')
  const wanted = options.failOn ?? settings.failOn ?? 'never'
  const redact = options.redact && settings.redact
  const bar = await progressBar(options.quiet ?? false)
  let report: Report
  try {
    report = await analyze(paths, {
      ...bar,
      manifest: statedManifest(options),
      limits: settings.limits,
      redact,
      redactPatterns: settings.redactPatterns,
    })
  } finally {
    bar.stop()
  }
  if (sinceNs !== null) report = await waitingSince(report, sinceNs)
  const render = renderOptions(options)
  for (const { renderer, file } of targets) {
    const pieces = renderer.render(report, render)
    if (file === '-') for await (const piece of pieces) await print(piece)
    else await writeOut(file, pieces)
  }
  if (!options.quiet) {
    if (!redact) say('sigtrace: secrets were left in the report (--no-redact); read it before you pass it on')
    if (targets.every(t => t.file !== '-') && targets.every(t => t.renderer.id !== 'text'))
      for await (const piece of find('text').render(report, render)) await print(piece)
    messages(report, targets, options)
  }
  process.exitCode = exitStatus(report, wanted === 'never' ? null : (wanted as Severity))
}

interface Target {
  renderer: Renderer
  /** Path, or `-` for standard output. */
  file: string
}

/** What is to be written where. */
function targetsOf(options: AnalyzeCommand, settings: Settings): Target[] {
  if (options.json && options.format) throw new UsageError('--json and --format exclude each other')
  const out = options.out ?? settings.out ?? undefined
  if (options.json) return [{ renderer: find('json'), file: out ?? '-' }]
  const asked = options.format?.split(',').map(f => f.trim()) ?? null
  const wanted = [...new Set(asked ?? settings.formats ?? [formatOf(out) ?? 'html'])].map(find)
  if (out === '-' && wanted.length > 1) throw new UsageError('--out - takes one format')
  const folder = out !== undefined && out !== '-' && (wanted.length > 1 || isFolder(out))
  return wanted.map(renderer => {
    if (folder) return { renderer, file: join(out, DEFAULT_NAME + renderer.extension) }
    if (out !== undefined) return { renderer, file: out }
    // `--format X > file` is meant for the pipe; a page on a terminal helps nobody.
    const piped = wanted.length === 1 && asked !== null && (TO_STDOUT.has(renderer.id) || !process.stdout.isTTY)
    return { renderer, file: piped ? '-' : DEFAULT_NAME + renderer.extension }
  })
}

function isFolder(path: string): boolean {
  return path.endsWith('/') || (existsSync(path) && statSync(path).isDirectory())
}

/** The format that a file name asks for: `report.md`. */
function formatOf(out: string | undefined): string | null {
  return (out && renderers.find(r => out.endsWith(r.extension))?.id) ?? null
}

function find(id: string): Renderer {
  const renderer = renderers.find(r => r.id === id)
  if (renderer) return renderer
  const ids = renderers.map(r => r.id)
  throw new UsageError(`unknown format ${id}${didYouMean(id, ids) || ` (known: ${ids.join(', ')})`}`)
}

function renderOptions(options: AnalyzeCommand): RenderOptions {
  const forced = process.env.FORCE_COLOR !== undefined && process.env.FORCE_COLOR !== '0'
  const color = options.color && !process.env.NO_COLOR && (forced || (process.stdout.isTTY ?? false))
  return { color, width: process.stdout.columns ?? 100, verbose: options.verbose ?? false }
}

/** What was not read, what failed, and where the report lies: on standard error. */
function messages(report: Report, targets: readonly Target[], options: AnalyzeCommand): void {
  for (const d of report.diagnostics)
    if (d.severity === 'error' || (options.verbose && d.severity === 'loss'))
      say(`sigtrace: ${d.first.source}: ${d.text}${d.count > 1 ? ` (${d.count} times)` : ''} ${d.remedy}`)
  const unknown = report.sources.filter(s => s.kind === 'unrecognised')
  if (report.sources.length === 0) say('sigtrace: there is no file to read')
  else if (unknown.length === report.sources.length)
    say(
      `sigtrace: nothing was recognised in ${unknown.length === 1 ? unknown[0].path : `${unknown.length} files`}; "sigtrace formats" lists what is read`,
    )
  for (const f of report.failures) say(`sigtrace: rule ${f.rule} failed (${f.text}); the other rules stand`)
  for (const { file } of targets) if (file !== '-') say(`report: ${file}`)
}

/** Keeps the goroutine groups that have waited at least this long. */
async function waitingSince(report: Report, ns: number): Promise<Report> {
  const groups = report.goroutines.groups.filter(g => g.waitNs !== null && Number(g.waitNs.max) >= ns)
  return { ...report, goroutines: { ...report.goroutines, groups } }
}
