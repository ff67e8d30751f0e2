import type { Renderer } from '../../src/model/renderer.js'
import type { Report } from '../../src/model/report.js'
import type { Picture } from '../draw/shape.js'

/** A renderer of one picture; the drawing and d3-node are loaded when it is asked for. */
function svgOf(id: string, title: string, extension: string, draw: (report: Report) => Promise<Picture>): Renderer {
  return {
    id,
    title,
    extension,
    mime: 'image/svg+xml',
    async *render(report) {
      const { svgDocument } = await import('./d3.js')
      yield await svgDocument(await draw(report))
    },
  }
}

const poster = () => import('../draw/poster.js')

/** The card comes before the others: a file name ending in `.card.svg` asks for it. */
export const svgs: readonly Renderer[] = [
  svgOf(
    'svg-card',
    'the verdict on a card of at most 20 KB, for trackers that refuse pages',
    '.card.svg',
    async report => {
      const { cardPicture } = await import('../draw/card.js')
      return cardPicture(report)
    },
  ),
  svgOf('svg-timeline', 'the timeline', '.timeline.svg', async report => {
    const { timelinePicture } = await import('../draw/timeline.js')
    const { emptyPicture, framed } = await poster()
    const picture = timelinePicture(report, { prefix: 'tl' })
    return picture ? framed(picture) : emptyPicture('Nothing in this evidence is dated; there is no timeline.')
  }),
  svgOf('svg-path', 'the path of the signal', '.path.svg', async report => {
    const { pathPicture } = await import('../draw/path.js')
    const { emptyPicture, framed } = await poster()
    const picture = pathPicture(report)
    return picture ? framed(picture) : emptyPicture('There is no verdict, so there is no path to draw.')
  }),
  svgOf('svg-waits', 'who waits on what', '.waits.svg', async report => {
    const { waitsPicture } = await import('../draw/waits.js')
    const { emptyPicture, framed } = await poster()
    const picture = waitsPicture(report, { prefix: 'wf' })
    return picture ? framed(picture) : emptyPicture('We saw nobody wait for a lock, a channel or a process.')
  }),
  svgOf('svg', 'verdict, timeline, path and waits in one picture', '.svg', async report => {
    const { posterPicture } = await poster()
    return posterPicture(report)
  }),
]
