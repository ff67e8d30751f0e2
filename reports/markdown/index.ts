import type { Renderer } from '../../src/model/renderer.js'

/** The verdict and its proof, short enough for a ticket. */
export const markdown: Renderer = {
  id: 'markdown',
  title: 'the verdict and its proof for a ticket (Markdown)',
  extension: '.md',
  mime: 'text/markdown; charset=utf-8',
  async *render(report) {
    const { markdownOf } = await import('../shared/markdown.js')
    yield markdownOf(report)
  },
}
