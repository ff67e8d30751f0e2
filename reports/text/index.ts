import type { Renderer } from '../../src/model/renderer.js'

export const text: Renderer = {
  id: 'text',
  title: 'summary for a terminal',
  extension: '.txt',
  mime: 'text/plain; charset=utf-8',
  async *render(report, options) {
    const { summary } = await import('./summary.js')
    yield* summary(report, options)
  },
}
