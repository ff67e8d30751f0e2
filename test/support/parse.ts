/** Parses files that a test writes down, and stops before anything is correlated. */
import { parsers } from '../../parsers/index.js'
import { openInputs } from '../../src/intake/index.js'
import { type Capture, emptyCapture } from '../../src/model/capture.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import { parseInputs } from '../../src/pipeline/parse.js'
import { type Files, inFolder } from './analyze.js'

/** What the parsers read from a capture that holds just these files. */
export function parseFiles(files: Files): Promise<Capture> {
  return inFolder(files, async folder => {
    const diagnostics = new Diagnostics()
    const intake = await openInputs([folder], diagnostics)
    try {
      const capture = emptyCapture(intake.name, diagnostics, intake.manifest)
      await parseInputs(intake.inputs, parsers, capture, () => {})
      return capture
    } finally {
      await intake.close()
    }
  })
}
