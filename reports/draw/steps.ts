import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'
import { verdictFinding } from '../shared/verdict.js'
import { between, signed } from '../shared/when.js'
import type { Frame } from './frame.js'
import { both, PAINT, type Role, stroke } from './paint.js'
import { Row, TimeScale } from './scale.js'
import { el, px, type Shape } from './shape.js'
import { fit, label, textWidth } from './text.js'

const RADIUS = 8.5
const APART = 20
/** Steps that fall together within so many pixels are drawn again, magnified. */
const TOGETHER = 22
const MOST = 40

interface Step {
  number: number
  ns: number
  label: string
  status: 'observed' | 'inferred' | 'missing'
}

/** The numbered steps of the verdict under the lanes; those that fall together stand on a magnified line below. */
export function drawSteps(
  report: Report,
  frame: Frame,
  scale: TimeScale,
  top: number,
): { shapes: Shape[]; bottom: number } {
  const steps = stepsOf(report, scale)
  if (steps.length === 0) return { shapes: [], bottom: top }
  const cluster = largestCluster(steps, scale)
  const shapes: Shape[] = []
  const apart = steps.filter(step => !cluster.includes(step))
  const y = top + 26
  shapes.push(heading(frame, y, 'Steps of the verdict', ''))
  shapes.push(el('line', { x1: frame.left, x2: frame.right, y1: y, y2: y, ...stroke('line2', 1.25) }))
  if (cluster.length === 0) {
    shapes.push(...circles(apart, scale, y, frame))
    return { shapes, bottom: y + 34 }
  }
  const first = cluster[0].ns
  const last = cluster.at(-1)!.ns
  const x1 = scale.x(first) - 5
  const x2 = scale.x(last) + 5
  // The numbers beside the bundle keep clear of it.
  const clear = new TimeScale(scale.from, scale.to, scale.left, scale.right)
  shapes.push(...circles(apart, clear, y, frame, { from: x1 - RADIUS - 2, to: x2 + RADIUS + 2 }))
  shapes.push(el('rect', { x: x1, y: y - 9, width: x2 - x1, height: 18, rx: 3, ...both('redBack', 'red', 1.25) }))
  const span = Math.max(last - first, 1)
  const pad = span * 0.05
  const lens = new TimeScale(first - pad, last + pad, frame.left, frame.right)
  const lensTop = y + 38
  shapes.push(
    el('path', {
      d: `M${px(x1)} ${y + 9}L${px(x2)} ${y + 9}L${frame.right} ${lensTop}L${frame.left} ${lensTop}Z`,
      fill: PAINT.redBack,
      class: 'f-redBack',
      opacity: '0.7',
    }),
    el('rect', {
      x: frame.left,
      y: lensTop,
      width: frame.right - frame.left,
      height: 68,
      rx: 4,
      ...both('redBack', 'redLine'),
      'fill-opacity': '0.5',
    }),
  )
  const line = lensTop + 34
  const factor =
    ((frame.right - frame.left) / (lens.to - lens.from)) * ((scale.to - scale.from) / (scale.right - scale.left))
  shapes.push(
    heading(frame, line, `Magnified ${factor >= 10 ? Math.round(factor) : factor.toFixed(1)}×`, duration(span)),
  )
  shapes.push(el('line', { x1: frame.left, x2: frame.right, y1: line, y2: line, ...stroke('ink3', 1.25) }))
  shapes.push(...circles(cluster, lens, line, frame))
  const ends = { size: 11, face: 'mono', fill: PAINT.ink3, class: 'f-ink3' } as const
  shapes.push(label(frame.left, lensTop + 84, signed(first), ends))
  shapes.push(label(frame.right, lensTop + 84, signed(last), { ...ends, anchor: 'end' }))
  return { shapes, bottom: lensTop + 90 }
}

function stepsOf(report: Report, scale: TimeScale): Step[] {
  const finding = verdictFinding(report)
  const zero = report.timeline.focus!.zeroNs
  const out: Step[] = []
  for (const [index, link] of (finding?.chain ?? []).entries()) {
    if (link.ns === null) continue
    const ns = between(zero, link.ns)
    if (scale.holds(ns)) out.push({ number: index + 1, ns, label: link.label ?? '', status: link.status })
  }
  return out.sort((a, b) => a.ns - b.ns || a.number - b.number).slice(0, MOST)
}

/** The longest run of steps of which each is close to the next; only one that would be hard to read and can be magnified. */
function largestCluster(steps: readonly Step[], scale: TimeScale): Step[] {
  let best: Step[] = []
  let run: Step[] = []
  for (const step of steps) {
    const before = run.at(-1)
    if (before && scale.x(step.ns) - scale.x(before.ns) > TOGETHER) run = []
    run = [...run, step]
    if (run.length > best.length) best = run
  }
  if (best.length < 3 || best.at(-1)!.ns === best[0].ns) return []
  const share = (best.at(-1)!.ns - best[0].ns) / (scale.to - scale.from)
  return share < 0.3 ? best : []
}

function heading(frame: Frame, y: number, text: string, second: string): Shape {
  if (frame.narrow)
    return label(frame.left, y - 20, second === '' ? text : `${text}: ${second}`, {
      size: 10.5,
      fill: PAINT.ink3,
      class: 'f-ink3',
    })
  return el(
    'g',
    {},
    label(0, y + 4, text, { size: 12.5, fill: PAINT.ink, class: 'f-ink' }),
    second !== '' &&
      label(frame.left - 16, y + 4, second, {
        size: 11.5,
        face: 'mono',
        fill: PAINT.ink3,
        class: 'f-ink3',
        anchor: 'end',
      }),
  )
}

/** Numbered circles at their moments, moved apart where they would cover each other, with a line to the true place. */
function circles(
  steps: readonly Step[],
  scale: TimeScale,
  y: number,
  frame: Frame,
  keepClear?: { from: number; to: number },
): Shape[] {
  const places = spread(
    steps.map(step => {
      const x = scale.x(step.ns)
      if (!keepClear || x < keepClear.from || x > keepClear.to) return x
      return x - keepClear.from < keepClear.to - x ? keepClear.from : keepClear.to
    }),
    scale.left + RADIUS,
    scale.right - RADIUS,
  )
  const rows = [new Row(), new Row()]
  const out: Shape[] = []
  for (const [index, step] of steps.entries()) {
    const x = places[index]
    const role: Role = step.status === 'observed' ? 'blue' : step.status === 'inferred' ? 'violet' : 'amber'
    const true_ = scale.x(step.ns)
    if (Math.abs(true_ - x) > 1) out.push(el('line', { x1: true_, x2: x, y1: y + 13, y2: y, ...stroke('ink3', 1) }))
    out.push(
      el('circle', {
        cx: x,
        cy: y,
        r: RADIUS,
        ...both('card', role, 1.6),
        'stroke-dasharray': step.status !== 'observed' && '3 2',
      }),
      label(x, y + 3.6, String(step.number), {
        size: 10,
        bold: true,
        fill: PAINT[role],
        class: `f-${role}`,
        anchor: 'middle',
      }),
    )
    const text = fit(step.label, 110, 10.5, 'mono')
    if (text === '' || frame.narrow) continue
    const width = textWidth(text, 10.5, 'mono')
    const start = Math.min(frame.right - 4 - width, Math.max(frame.left + 4, x - width / 2))
    const above = rows[index % 2].take(start - 4, start + width + 4)
      ? index % 2
      : rows[1 - (index % 2)].take(start - 4, start + width + 4)
        ? 1 - (index % 2)
        : -1
    if (above === -1) continue
    out.push(
      label(start, above === 0 ? y - 14 : y + 24, text, {
        size: 10.5,
        face: 'mono',
        fill: PAINT.ink2,
        class: 'f-ink2',
      }),
    )
  }
  return out
}

/** The places at least `APART` from each other, moved as little as one pass each way can. */
function spread(places: readonly number[], left: number, right: number): number[] {
  const apart = places.length < 2 ? 0 : Math.min(APART, (right - left) / (places.length - 1))
  const out = [...places].map(x => Math.min(right, Math.max(left, x)))
  for (let i = 1; i < out.length; i++) out[i] = Math.max(out[i], out[i - 1] + apart)
  if (out.length > 0) out[out.length - 1] = Math.min(out[out.length - 1], right)
  for (let i = out.length - 2; i >= 0; i--) out[i] = Math.min(out[i], out[i + 1] - apart)
  return out
}
