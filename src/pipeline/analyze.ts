import { parsers } from '../../parsers/index.js'
import { compose } from '../compose/index.js'
import { DEFAULT_LIMITS, type Limits, type RedactPattern } from '../config/settings.js'
import { correlate } from '../correlate/index.js'
import { openInputs } from '../intake/index.js'
import { emptyCapture, type Manifest } from '../model/capture.js'
import { Diagnostics } from '../model/diagnostic.js'
import type { Report } from '../model/report.js'
import { shellQuoted } from '../model/words.js'
import { redact } from '../redact/index.js'
import { rules } from '../rules/index.js'
import { findAll } from './find.js'
import { parseInputs } from './parse.js'
import { chooseVerdict } from './verdict.js'

export interface AnalyzeOptions {
  /** Told how many more bytes of input have been dealt with. */
  progress?: (bytes: number) => void
  /** Told once how many bytes of input there are. */
  started?: (bytes: number) => void
  /** What the user states about the capture; goes before `capture.toml`. */
  manifest?: Partial<Manifest>
  limits?: Limits
  /** False where the user wants secrets to stay in the report. */
  redact?: boolean
  /** The user's own patterns of what is secret. */
  redactPatterns?: readonly RedactPattern[]
}

/**
 * The whole way: from paths to the report, secrets replaced.
 *
 * @throws UsageError for a path that does not exist and for a `capture.toml` that cannot be understood
 */
export async function analyze(paths: readonly string[], options: AnalyzeOptions = {}): Promise<Report> {
  const diagnostics = new Diagnostics()
  const intake = await openInputs(paths, diagnostics, options.limits ?? DEFAULT_LIMITS)
  try {
    options.started?.(intake.inputs.reduce((sum, input) => sum + input.size, 0))
    const capture = emptyCapture(intake.name, diagnostics, merge(intake.manifest, options.manifest ?? {}))
    await parseInputs(intake.inputs, parsers, capture, options.progress ?? (() => {}))
    const analysis = correlate(capture)
    const { findings, failures } = findAll(analysis, rules)
    await intake.hashed()
    const report = compose(
      analysis,
      { findings, failures, verdict: chooseVerdict(findings, analysis) },
      { inputs: intake.inputs, command: commandOf(capture.name, options) },
    )
    return options.redact === false ? { ...report, unredacted: true } : redact(report, options.redactPatterns ?? [])
  } finally {
    intake.close()
  }
}

/** The command that makes the report again, from the folder in which the capture lies. */
function commandOf(name: string, { redact }: AnalyzeOptions): string {
  const path = /^[\w./@%+=:,-]+$/.test(name) ? name : shellQuoted(name)
  return `sigtrace analyze ${path}${redact === false ? ' --no-redact' : ''}`
}

function merge(manifest: Manifest, stated: Partial<Manifest>): Manifest {
  return {
    ...manifest,
    ...stated,
    offsets: { ...manifest.offsets, ...stated.offsets },
    kinds: { ...manifest.kinds, ...stated.kinds },
  }
}
