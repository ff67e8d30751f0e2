import type { Lane, Report, TimelineEvent } from '../../src/model/report.js'
import { grouped } from '../../src/model/words.js'
import { between } from '../shared/when.js'
import type { Frame } from './frame.js'
import { both, fill, PAINT, type Role, stroke } from './paint.js'
import { Row, type TimeScale } from './scale.js'
import { type Attrs, countShapes, el, px, type Shape } from './shape.js'
import { fit, label, textWidth } from './text.js'

const BAR = 14
const ROW = 27
const ROW_NARROW = 36
const HEADING = 20
/** Drawn in one picture; what goes beyond is said in numbers. */
const MOST = { lanes: 40, narrow: 14, spans: 24 }
/** Elements of spans and of marks: with axis, steps and context the whole stays below 1,500. */
const BUDGET = { spans: 700, marks: 420 }

const SECTIONS: { title: string; kinds: readonly Lane['kind'][] }[] = [
  { title: 'Processes and kernel objects', kinds: ['process', 'object', 'kernel'] },
  { title: 'Threads', kinds: ['thread'] },
  { title: 'Goroutines', kinds: ['goroutine'] },
  { title: 'Units', kinds: ['unit'] },
]

/** The lanes that have something in the window, in sections, with what happened on them. */
export function drawLanes(
  report: Report,
  frame: Frame,
  scale: TimeScale,
  top: number,
): { shapes: Shape[]; bottom: number } {
  const zero = report.timeline.focus!.zeroNs
  const events = report.timeline.events.filter(event => event.kind !== 'step' && scale.holds(between(zero, event.ns)))
  const busy = new Set(events.flatMap(event => [event.lane, event.from]))
  const inWindow = report.timeline.lanes.filter(
    lane => busy.has(lane.key) || lane.spans.some(s => inside(s, zero, scale)),
  )
  const shown = inWindow.slice(0, frame.narrow ? MOST.narrow : MOST.lanes)
  const shapes: Shape[] = []
  const places = new Map<string, number>()
  const rows = new Map<string, Row>()
  let y = top
  let left = BUDGET.spans
  for (const { title, kinds } of SECTIONS) {
    const lanes = shown.filter(lane => kinds.includes(lane.kind))
    if (lanes.length === 0) continue
    shapes.push(
      label(frame.narrow ? frame.left : 0, y + 13, title, {
        halo: frame.narrow,
        size: 10.5,
        bold: true,
        fill: PAINT.ink3,
        class: 'f-ink3',
      }),
    )
    y += HEADING
    for (const lane of lanes) {
      const bar = frame.narrow ? y + 16 : y + 5
      const row = new Row()
      places.set(lane.key, bar + BAR / 2)
      rows.set(lane.key, row)
      const drawn = left > 0 ? spans(lane, zero, frame, scale, bar, row) : []
      left -= countShapes(drawn)
      shapes.push(name(lane, frame, bar), ...drawn)
      y += frame.narrow ? ROW_NARROW : ROW
    }
  }
  const lanesLeft = inWindow.length - shown.length + report.timeline.omitted.lanes
  if (lanesLeft > 0) {
    const text = `${grouped(lanesLeft)} more ${lanesLeft === 1 ? 'lane' : 'lanes'} not drawn`
    shapes.push(label(frame.narrow ? frame.left : 0, y + 13, text, { size: 11.5, fill: PAINT.ink3, class: 'f-ink3' }))
    y += HEADING
  }
  const drawn = telling(events)
  // Marks keep their place free of the texts of others.
  for (const event of drawn) {
    const x = scale.x(between(zero, event.ns))
    if (event.lane !== null) rows.get(event.lane)?.take(x - 5, x + 5)
  }
  let room = BUDGET.marks
  for (const event of drawn) {
    if (room <= 0) break
    const marks = mark(event, zero, scale, places, rows)
    room -= countShapes(marks)
    shapes.push(...marks)
  }
  return { shapes, bottom: y + 4 }
}

/** Ends before signals before the rest: where there are too many to draw, the last of these go without. */
function telling(events: readonly TimelineEvent[]): TimelineEvent[] {
  const rank = (kind: string) =>
    kind === 'killed' ? 0 : kind === 'epipe' || kind === 'exited' ? 1 : kind === 'signal' ? 2 : 3
  return [...events].sort((a, b) => rank(a.kind) - rank(b.kind))
}

function inside(span: Lane['spans'][number], zero: string, scale: TimeScale): boolean {
  const start = span.startNs === null ? -Infinity : between(zero, span.startNs)
  const end = span.endNs === null ? Infinity : between(zero, span.endNs)
  return start <= scale.to && end >= scale.from
}

function name(lane: Lane, frame: Frame, bar: number): Shape {
  if (frame.narrow)
    return label(frame.left, bar - 4, fit(lane.label, frame.right - frame.left, 11.5), {
      size: 11.5,
      fill: PAINT.ink,
      class: 'f-ink',
      halo: true,
    })
  const face = lane.kind === 'object' ? 'mono' : 'sans'
  const size = face === 'mono' ? 11.5 : 12.5
  const text = fit(lane.label, frame.left - 16, size, face)
  return el(
    'g',
    {},
    el('title', {}, lane.label.slice(0, 200)),
    label(0, bar + 11, text, { size, face, fill: PAINT.ink, class: 'f-ink' }),
  )
}

/** Inside and outline of a span by what it says; hatching tells them apart without colour. */
function paintOf(lane: Lane, kind: Lane['spans'][number]['kind'], prefix: string): Attrs {
  const hatched = (id: string, role: Role, line: Role): Attrs => ({
    ...both(role, line),
    fill: `url(#${prefix}-${id})`,
    class: `s-${line}`,
  })
  if (kind === 'broken') return hatched('broken', 'redBack', 'redLine')
  if (kind === 'waiting' || kind === 'stopped') return hatched('waiting', 'amberBack', 'amberLine')
  if (kind === 'holding') return both('violetBack', 'violet')
  if (kind === 'blocked') return { ...both('card', 'line2'), 'stroke-dasharray': '4 2' }
  return lane.kind === 'object' || lane.kind === 'unit' ? both('tealBack', 'teal') : both('sunk', 'line2')
}

const TEXT_ROLE: Partial<Record<Lane['spans'][number]['kind'], Role>> = {
  broken: 'red',
  waiting: 'amber',
  stopped: 'amber',
  holding: 'violet',
}

function spans(lane: Lane, zero: string, frame: Frame, scale: TimeScale, bar: number, row: Row): Shape[] {
  const out: Shape[] = []
  const drawn = lane.spans.filter(span => inside(span, zero, scale)).slice(0, MOST.spans)
  // What lasted a shorter time lies over what lasted longer.
  const order = { life: 0, blocked: 1, holding: 2, waiting: 2, stopped: 2, broken: 3 }
  for (const span of [...drawn].sort((a, b) => order[a.kind] - order[b.kind])) {
    const x1 = scale.x(span.startNs === null ? scale.from : between(zero, span.startNs))
    const x2 = Math.max(x1 + 1.5, scale.x(span.endNs === null ? scale.to : between(zero, span.endNs)))
    out.push(
      el(
        'rect',
        { x: x1, y: bar, width: x2 - x1, height: BAR, rx: 3, ...paintOf(lane, span.kind, frame.prefix) },
        span.text !== '' && el('title', {}, span.text.slice(0, 300)),
      ),
    )
    if (span.text === '' || span.kind === 'life') continue
    const bold = span.kind === 'broken'
    const text = fit(span.text, x2 - x1 - 16, 11, 'sans', bold)
    const width = textWidth(text, 11, 'sans', bold)
    if (text === '' || !row.take(x1 + 4, x1 + width + 14)) continue
    const role = TEXT_ROLE[span.kind] ?? 'ink2'
    if (role !== 'ink2')
      out.push(el('rect', { x: x1 + 5, y: bar + 1, width: width + 8, height: BAR - 2, rx: 2, ...fill('card') }))
    out.push(label(x1 + 9, bar + 10.5, text, { size: 11, bold, fill: PAINT[role], class: `f-${role}` }))
  }
  return out
}

/** One event on its lane, with an arrow from the lane that it comes from. */
function mark(
  event: TimelineEvent,
  zero: string,
  scale: TimeScale,
  places: ReadonlyMap<string, number>,
  rows: ReadonlyMap<string, Row>,
): Shape[] {
  const y = event.lane === null ? undefined : places.get(event.lane)
  if (y === undefined || event.kind === 'reader-gone' || event.kind === 'dump') return []
  const x = scale.x(between(zero, event.ns))
  const title = el('title', {}, event.text.slice(0, 300))
  const fromY = event.from === null ? undefined : places.get(event.from)
  if (event.kind === 'killed' || event.kind === 'exited') {
    const role: Role = event.kind === 'killed' ? 'red' : 'ink3'
    const d = `M${px(x - 4.5)} ${px(y - 4.5)}l9 9m0-9l-9 9`
    return [el('path', { d, ...stroke(role, event.kind === 'killed' ? 2.6 : 1.8), 'stroke-linecap': 'round' }, title)]
  }
  if (event.kind === 'signal' || event.kind === 'epipe') {
    const role: Role = event.kind === 'signal' ? 'blue' : 'red'
    const out: Shape[] = []
    if (fromY !== undefined && fromY !== y) {
      const tip = fromY < y ? y - 8 : y + 8
      const head = fromY < y ? -6 : 6
      out.push(
        el('line', { x1: x, x2: x, y1: fromY, y2: tip, ...stroke(role, 1.5) }, title),
        el('path', { d: `M${px(x)} ${px(tip)}l-3.5 ${head}h7z`, ...fill(role) }),
      )
    } else out.push(el('circle', { cx: x, cy: y, r: 3.5, ...fill(role) }, title))
    const name = event.kind === 'epipe' ? 'EPIPE' : event.text.split(' ', 1)[0].slice(0, 12)
    const width = textWidth(name, 10.5, 'mono')
    const row = rows.get(event.lane!)
    const start = [x + 9, x - 9 - width].find(
      s => s > scale.left && s + width < scale.right && row?.take(s - 3, s + width + 3),
    )
    if (start !== undefined)
      out.push(
        el('rect', { x: start - 2, y: y - 6.5, width: width + 4, height: 13, rx: 2, ...fill('card') }),
        label(start, y + 4, name, { size: 10.5, face: 'mono', fill: PAINT[role], class: `f-${role}` }),
      )
    return out
  }
  return [el('path', { d: `M${px(x)} ${px(y - 5)}l5 5l-5 5l-5-5z`, ...both('card', 'ink3', 1.4) }, title)]
}
