import type { Renderer } from '../../src/model/renderer.js'

export const sarif: Renderer = {
  id: 'sarif',
  title: 'findings for code scanners (SARIF 2.1.0)',
  extension: '.sarif',
  mime: 'application/sarif+json',
  async *render(report) {
    const { sarifLog } = await import('./log.js')
    yield `${JSON.stringify(sarifLog(report), null, 2)}\n`
  },
}
