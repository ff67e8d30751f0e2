import type { Renderer } from '../../src/model/renderer.js'

/** The report as one page that loads nothing from anywhere. */
export const html: Renderer = {
  id: 'html',
  title: 'one self-contained page',
  extension: '.html',
  mime: 'text/html; charset=utf-8',
  async *render(report) {
    const { page } = await import('./document.js')
    yield* page(report)
  },
}
