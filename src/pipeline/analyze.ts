import { parsers } from '../../parsers/index.js'
import { compose } from '../compose/index.js'
import { correlate } from '../correlate/index.js'
import { openInputs } from '../intake/index.js'
import { emptyCapture } from '../model/capture.js'
import { Diagnostics } from '../model/diagnostic.js'
import type { Report } from '../model/report.js'
import { rules } from '../rules/index.js'
import { findAll } from './find.js'
import { parseInputs } from './parse.js'

export interface AnalyzeOptions {
  /** Told how many more bytes of input have been dealt with. */
  progress?: (bytes: number) => void
}

/** The whole way: from paths to the report. Throws only for paths that cannot be opened at all. */
export async function analyze(paths: readonly string[], options: AnalyzeOptions = {}): Promise<Report> {
  const diagnostics = new Diagnostics()
  const intake = await openInputs(paths, diagnostics)
  try {
    const capture = emptyCapture(intake.name, diagnostics, intake.manifest)
    await parseInputs(intake.inputs, parsers, capture, options.progress ?? (() => {}))
    const analysis = correlate(capture)
    const { findings, failures } = findAll(analysis, rules)
    return compose(analysis, findings, failures)
  } finally {
    await intake.close()
  }
}
