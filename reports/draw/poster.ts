import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'
import { between } from '../shared/when.js'
import { headerShapes } from './card.js'
import { both, PAINT } from './paint.js'
import { pathPicture } from './path.js'
import { el, type Picture } from './shape.js'
import { label } from './text.js'
import { timelinePicture } from './timeline.js'
import { waitsPicture } from './waits.js'

const WIDTH = 1148
const PAD = 32

/** Everything that the report draws, one under the other: verdict, timeline, path, waits. */
export function posterPicture(report: Report): Picture {
  const header = headerShapes(report, PAD, WIDTH - 2 * PAD - 160)
  const shapes = [...header.shapes]
  let y = header.bottom
  const focus = report.timeline.focus
  const length = focus ? between(focus.startNs, focus.endNs) : 0
  const parts: [string, Picture | null][] = [
    [length > 0 ? `The last ${duration(length)}` : 'Timeline', timelinePicture(report, { prefix: 'tl' })],
    [report.path.steps.length > 0 ? 'The path, step by step' : 'How we know', pathPicture(report)],
    ['Who waits on what', waitsPicture(report, { prefix: 'wf' })],
  ]
  for (const [title, picture] of parts) {
    if (!picture) continue
    shapes.push(
      label(PAD, y + 22, title, { size: 16, bold: true, fill: PAINT.ink, class: 'f-ink' }),
      el('g', { transform: `translate(${PAD} ${y + 40})` }, ...picture.shapes),
    )
    y += 40 + picture.height + 28
  }
  const foot = `fingerprint ${report.fingerprint} · ${report.tool.name} ${report.tool.version}`
  shapes.push(label(PAD, y + 8, foot, { size: 11, face: 'mono', fill: PAINT.ink3, class: 'f-ink3' }))
  y += 28
  shapes.unshift(el('rect', { x: 0.5, y: 0.5, width: WIDTH - 1, height: y - 1, ...both('card', 'line') }))
  return { width: WIDTH, height: Math.ceil(y), title: report.verdict.title.slice(0, 200), shapes }
}

/** A single picture with a margin and a background of its own, to stand alone. */
export function framed(picture: Picture): Picture {
  const margin = 24
  const width = picture.width + 2 * margin
  const height = picture.height + 2 * margin
  return {
    ...picture,
    width,
    height,
    shapes: [
      el('rect', { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 8, ...both('card', 'line') }),
      el('g', { transform: `translate(${margin} ${margin})` }, ...picture.shapes),
    ],
  }
}

/** Said where there is nothing to draw. */
export function emptyPicture(text: string): Picture {
  return framed({
    width: 520,
    height: 40,
    title: text,
    shapes: [label(0, 24, text, { size: 14, fill: PAINT.ink2, class: 'f-ink2' })],
  })
}
