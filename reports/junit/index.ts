import type { Renderer } from '../../src/model/renderer.js'

export const junit: Renderer = {
  id: 'junit',
  title: 'findings as test results, for CI (JUnit XML)',
  extension: '.xml',
  mime: 'application/xml',
  async *render(report) {
    const { junitDocument } = await import('./document.js')
    yield junitDocument(report)
  },
}
