import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'
import { between, signed } from '../shared/when.js'
import type { Frame } from './frame.js'
import { drawLanes } from './lanes.js'
import { PAINT, stroke } from './paint.js'
import { Row, TimeScale } from './scale.js'
import { el, type Picture, px, type Shape } from './shape.js'
import { drawSteps } from './steps.js'
import { fit, label, textWidth } from './text.js'

const WIDE: Omit<Frame, 'prefix'> = { width: 1084, left: 206, right: 1068, narrow: false }
const NARROW: Omit<Frame, 'prefix'> = { width: 364, left: 6, right: 358, narrow: true }
/** A run that is hardly longer than its last moments needs no picture of its own. */
const CONTEXT_FROM = 1.6
/** Moments beside the window that make its edges readable. */
const MARGIN = 0.03

/** The last moments magnified, the whole run above them; null where nothing is dated. */
export function timelinePicture(report: Report, options: { narrow?: boolean; prefix: string }): Picture | null {
  const { timeline } = report
  const { focus } = timeline
  if (!focus) return null
  const frame: Frame = { ...(options.narrow ? NARROW : WIDE), prefix: options.prefix }
  const at = (ns: string) => between(focus.zeroNs, ns)
  const start = at(focus.startNs)
  const end = at(focus.endNs)
  const margin = Math.max((end - start) * MARGIN, 500)
  const scale = new TimeScale(start - margin, end + margin, frame.left, frame.right)
  const shapes: Shape[] = [patterns(frame.prefix)]
  let y = 0

  const runStart = timeline.startNs === null ? start : at(timeline.startNs)
  const runEnd = timeline.endNs === null ? end : at(timeline.endNs)
  if (runEnd - runStart > (end - start) * CONTEXT_FROM)
    y = drawContext(report, frame, scale, { start: runStart, end: runEnd }, shapes)

  const marks = y + 4
  y = drawMarkTexts(report, frame, scale, marks, shapes)
  const top = y
  for (const tick of scale.ticks(frame.narrow ? 84 : 110)) {
    shapes.push(el('line', { x1: tick.x, x2: tick.x, y1: top + 16, y2: '0', ...stroke('line') }))
    const half = textWidth(tick.text, 11, 'mono') / 2
    const x = Math.min(frame.right - half, Math.max(frame.left + half, tick.x))
    shapes.push(
      label(x, top + 11, tick.text, { size: 11, face: 'mono', fill: PAINT.ink3, class: 'f-ink3', anchor: 'middle' }),
    )
  }
  const lanes = drawLanes(report, frame, scale, top + 22)
  // The grid reaches down to where the lanes end, which is only known now.
  for (const shape of shapes) if (shape.attrs.y2 === '0') shape.attrs.y2 = Math.round(lanes.bottom)
  shapes.push(...markLines(report, scale, top, lanes.bottom), ...lanes.shapes)
  const steps = drawSteps(report, frame, scale, lanes.bottom + 6)
  shapes.push(...steps.shapes)
  return {
    width: frame.width,
    height: Math.ceil(steps.bottom + 4),
    title: `Timeline of ${duration(end - start)} up to the ${focus.zeroText}; the lists of this report say the same in words`,
    shapes,
  }
}

function patterns(prefix: string): Shape {
  const hatch = (id: string, paint: 'red' | 'amber', back: 'redBack' | 'amberBack', line: 'redLine' | 'amberLine') =>
    el(
      'pattern',
      {
        id: `${prefix}-${id}`,
        width: 6,
        height: 6,
        patternUnits: 'userSpaceOnUse',
        patternTransform: paint === 'red' ? 'rotate(45)' : 'rotate(-45)',
      },
      el('rect', { width: 6, height: 6, fill: PAINT[back], class: `f-${back}` }),
      el('line', { x1: 0, x2: 0, y1: 0, y2: 6, ...stroke(line, 2.4) }),
    )
  return el(
    'defs',
    {},
    hatch('broken', 'red', 'redBack', 'redLine'),
    hatch('waiting', 'amber', 'amberBack', 'amberLine'),
  )
}

/** The whole run as one bar: lives of processes, deaths, and the window that is drawn large below. Returns where it ends. */
function drawContext(
  report: Report,
  frame: Frame,
  scale: TimeScale,
  run: { start: number; end: number },
  shapes: Shape[],
): number {
  const whole = new TimeScale(run.start, run.end, frame.left, frame.right)
  const zero = report.timeline.focus!.zeroNs
  const top = frame.narrow ? 22 : 18
  const height = 22
  const text = { size: 12, fill: PAINT.ink3, class: 'f-ink3' }
  if (frame.narrow) shapes.push(label(frame.left, 10, `Whole run: ${duration(run.end - run.start)}`, text))
  else {
    shapes.push(label(0, top + 15, 'Whole run', { size: 13, bold: true, fill: PAINT.ink, class: 'f-ink' }))
    shapes.push(
      label(frame.left - 16, top + 15, duration(run.end - run.start), {
        ...text,
        size: 11.5,
        face: 'mono',
        anchor: 'end',
      }),
    )
    shapes.push(label(frame.left, 10, signed(run.start), { ...text, size: 11, face: 'mono' }))
    shapes.push(label(frame.right, 10, signed(run.end), { ...text, size: 11, face: 'mono', anchor: 'end' }))
  }
  shapes.push(
    el('rect', {
      x: frame.left,
      y: top,
      width: frame.right - frame.left,
      height,
      rx: 3,
      fill: PAINT.sunk,
      class: 'f-sunk',
    }),
  )
  const lives = report.timeline.lanes.filter(lane => lane.kind === 'process' || lane.kind === 'unit').slice(0, 4)
  for (const [index, lane] of lives.entries())
    for (const span of lane.spans.slice(0, 20)) {
      const x1 = whole.x(span.startNs === null ? run.start : between(zero, span.startNs))
      const x2 = whole.x(span.endNs === null ? run.end : between(zero, span.endNs))
      const paint = span.kind === 'life' ? 'teal' : 'amber'
      shapes.push(
        el('rect', {
          x: x1,
          y: top + 4 + index * 4,
          width: Math.max(1, x2 - x1),
          height: 2,
          fill: PAINT[paint],
          class: `f-${paint}`,
        }),
      )
    }
  const windowLeft = whole.x(scale.from)
  const windowRight = Math.max(windowLeft + 3, whole.x(scale.to))
  const bottom = top + height
  shapes.push(
    el('rect', {
      x: windowLeft,
      y: top - 2,
      width: windowRight - windowLeft,
      height: height + 4,
      rx: 2,
      ...stroke('red', 1.5),
    }),
    el('path', {
      d: `M${px(windowLeft)} ${bottom + 2}L${px(windowRight)} ${bottom + 2}L${frame.right} ${bottom + 22}L${frame.left} ${bottom + 22}Z`,
      fill: PAINT.redBack,
      class: 'f-redBack',
      opacity: '0.7',
    }),
  )
  return bottom + 24
}

interface Mark {
  x: number
  text: string
  role: 'red' | 'ink3'
  dashed: boolean
}

/** Moments that concern every lane: time zero, dumps, the reader's going. */
function marksOf(report: Report, scale: TimeScale): Mark[] {
  const { focus, events } = report.timeline
  const marks: Mark[] = [{ x: scale.x(0), text: focus!.zeroText, role: 'red', dashed: false }]
  for (const event of events) {
    if (event.kind !== 'dump' && event.kind !== 'reader-gone') continue
    const ns = between(focus!.zeroNs, event.ns)
    if (!scale.holds(ns) || (ns === 0 && event.kind === 'dump') || marks.length >= 8) continue
    const what = event.kind === 'dump' ? 'goroutine dump' : 'other end given up'
    const text = `${what} · ${signed(ns)}`
    if (marks.some(mark => mark.text === text)) continue
    marks.push({
      x: scale.x(ns),
      text,
      role: event.kind === 'dump' ? 'ink3' : 'red',
      dashed: true,
    })
  }
  return marks
}

function drawMarkTexts(report: Report, frame: Frame, scale: TimeScale, y: number, shapes: Shape[]): number {
  const rows = [new Row(), new Row(), new Row()]
  let used = 0
  for (const mark of marksOf(report, scale)) {
    const text = fit(mark.text, 260, 11.5, 'sans', true)
    const width = textWidth(text, 11.5, 'sans', true)
    const x = Math.min(frame.right - width, Math.max(frame.left, mark.x - width / 2))
    const row = rows.findIndex(r => r.take(x - 6, x + width + 6))
    if (row === -1) continue
    used = Math.max(used, row)
    shapes.push(
      label(x, y + 10 + row * 15, text, {
        size: 11.5,
        bold: true,
        fill: PAINT[mark.role],
        class: `f-${mark.role}`,
      }),
    )
  }
  return y + 18 + used * 15
}

function markLines(report: Report, scale: TimeScale, top: number, bottom: number): Shape[] {
  return marksOf(report, scale).map(({ x, role, dashed }) =>
    el('line', { x1: x, x2: x, y1: top, y2: bottom, ...stroke(role, 1.25), 'stroke-dasharray': dashed && '3 3' }),
  )
}
