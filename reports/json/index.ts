import type { Renderer } from '../../src/model/renderer.js'

/** The contract itself, indented so that two reports can be compared line by line. */
export const json: Renderer = {
  id: 'json',
  title: 'the report as JSON (sigtrace.report/1, see "sigtrace schema")',
  extension: '.json',
  mime: 'application/json',
  async *render(report) {
    const { jsonPieces } = await import('./pieces.js')
    yield* jsonPieces(report)
  },
}
