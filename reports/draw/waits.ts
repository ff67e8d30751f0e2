import type { Report } from '../../src/model/report.js'
import { grouped } from '../../src/model/words.js'
import { both, fill, PAINT, type Role, stroke } from './paint.js'
import { el, type Picture, px, type Shape } from './shape.js'
import { fit, label, textWidth } from './text.js'

type Edge = Report['waits']['edges'][number]

const WIDTH = 760
const WAITER = { x: 0, width: 190 }
const OBJECT = { x: 262, width: 226 }
const HOLDER = { x: 560, width: 199 }
const PILL = 26
const GAP = 8
/** Pills of one object, objects and cycles that are drawn; the rest is said in numbers. */
const MOST = { waiters: 6, objects: 14, cycles: 3, inCycle: 8 }

/** Who waits on what, held by whom: cycles as rings, everything else as rows of three columns; null where nobody waits. */
export function waitsPicture(report: Report, options: { prefix: string }): Picture | null {
  const { edges, cycles, conclusion } = report.waits
  if (edges.length === 0) return null
  const shapes: Shape[] = [arrows(options.prefix)]
  const inCycle = new Set<number>()
  let y = 0
  for (const cycle of cycles.slice(0, MOST.cycles)) {
    if (cycle.length === 0 || cycle.length > MOST.inCycle) continue
    for (const index of cycle) inCycle.add(index)
    y = drawCycle(
      cycle.map(index => edges[index]),
      y,
      options.prefix,
      shapes,
    )
  }
  const rest = edges.filter((_, index) => !inCycle.has(index))
  if (rest.length > 0) y = drawRows(rest, y, options.prefix, shapes)
  const titles = {
    deadlock: 'a cycle, nobody can go on',
    convoy: 'a queue behind a holder that can go on',
    orphan: 'nobody is there to wake them',
    none: 'no conclusion',
  }
  return {
    width: WIDTH,
    height: Math.ceil(y),
    title: `Wait-for graph: ${titles[conclusion]}; the list beside it says the same in words`,
    shapes,
  }
}

function arrows(prefix: string): Shape {
  const head = (role: Role) =>
    el(
      'marker',
      {
        id: `${prefix}-${role}`,
        viewBox: '0 0 8 8',
        refX: 7,
        refY: 4,
        markerWidth: 8,
        markerHeight: 8,
        markerUnits: 'userSpaceOnUse',
        orient: 'auto',
      },
      el('path', { d: 'M0 .5L7.5 4L0 7.5z', ...fill(role) }),
    )
  return el('defs', {}, head('amber'), head('violet'), head('red'))
}

/** The members of a cycle below each other, what each waits for beside it, and the way back on the left. */
function drawCycle(edges: readonly Edge[], top: number, prefix: string, shapes: Shape[]): number {
  const text =
    edges.length === 1 ? 'waits for what it holds itself' : `a cycle of ${edges.length}: each waits for the next`
  shapes.push(label(0, top + 12, text, { size: 12, bold: true, fill: PAINT.red, class: 'f-red' }))
  const rowHeight = 74
  const start = top + 26
  for (const [index, edge] of edges.entries()) {
    const y = start + index * rowHeight
    const back = index === edges.length - 1
    const nextY = back ? start : y + rowHeight
    shapes.push(
      ...box(24, y, 200, 44, 'redBack', 'red', edge.from, 'waits'),
      el('path', { d: `M224 ${y + 22}H290`, ...stroke('red', 1.6), 'marker-end': `url(#${prefix}-red)` }),
      ...box(294, y, 250, 44, 'card', 'line2', edge.on.kind, edge.on.address),
    )
    // From the object to its holder: the next of the cycle, or from the last back to the first.
    const d = back
      ? `M544 ${y + 22}H580V${px(start - 8 + 0)}H124V${start - 2}`
      : `M419 ${y + 44}V${y + 59}H124V${nextY - 2}`
    shapes.push(
      el('path', {
        d,
        ...stroke('violet', 1.5),
        'marker-end': `url(#${prefix}-violet)`,
        'stroke-dasharray': edge.status !== 'observed' && '5 4',
      }),
    )
    const held = edge.status === 'observed' ? 'held by' : 'held by (inferred)'
    if (back) shapes.push(label(588, y + 26, held, { size: 11, fill: PAINT.violet, class: 'f-violet' }))
    else shapes.push(label(428, y + 59, held, { size: 11, fill: PAINT.violet, class: 'f-violet' }))
  }
  return start + edges.length * rowHeight
}

function drawRows(edges: readonly Edge[], top: number, prefix: string, shapes: Shape[]): number {
  const byObject = new Map<string, Edge[]>()
  for (const edge of edges) {
    const key = `${edge.on.kind}\0${edge.on.address}\0${edge.heldBy}`
    const list = byObject.get(key) ?? []
    byObject.set(key, list)
    list.push(edge)
  }
  const heading = { size: 10.5, bold: true, fill: PAINT.ink3, class: 'f-ink3' }
  shapes.push(
    label(0, top + 12, 'Waiting', heading),
    label(OBJECT.x, top + 12, 'On', heading),
    label(HOLDER.x, top + 12, 'Held by', heading),
  )
  let y = top + 22
  const objects = [...byObject.values()].sort((a, b) => b.length - a.length)
  for (const list of objects.slice(0, MOST.objects)) {
    const pills = list.length > MOST.waiters ? MOST.waiters + 1 : list.length
    const height = Math.max(48, pills * (PILL + GAP) - GAP)
    const middle = y + height / 2
    let pillY = middle - (pills * (PILL + GAP) - GAP) / 2
    for (let i = 0; i < pills; i++) {
      const more = i === MOST.waiters
      const text = more ? `${grouped(list.length - MOST.waiters)} more` : list[i].from
      shapes.push(
        el('rect', {
          x: WAITER.x + 0.5,
          y: pillY,
          width: WAITER.width,
          height: PILL,
          rx: 13,
          ...both('amberBack', 'amberLine', 1.2),
        }),
        label(WAITER.x + WAITER.width / 2, pillY + 17, fit(text, WAITER.width - 20, 12, 'mono'), {
          size: 12,
          face: 'mono',
          fill: PAINT.amber,
          class: 'f-amber',
          anchor: 'middle',
        }),
        el('path', {
          d: `M${WAITER.x + WAITER.width + 1} ${px(pillY + PILL / 2)}C${OBJECT.x - 36} ${px(pillY + PILL / 2)} ${OBJECT.x - 40} ${px(middle)} ${OBJECT.x - 4} ${px(middle)}`,
          ...stroke('amber', 1.5),
          'marker-end': `url(#${prefix}-amber)`,
        }),
      )
      pillY += PILL + GAP
    }
    const { on, heldBy, status } = list[0]
    shapes.push(...box(OBJECT.x, middle - 22, OBJECT.width, 44, 'card', 'line2', on.kind, on.address))
    const known = heldBy !== null
    shapes.push(
      el('path', {
        d: `M${OBJECT.x + OBJECT.width + 2} ${px(middle)}H${HOLDER.x - 4}`,
        ...stroke(known ? 'violet' : 'line2', 1.5),
        'marker-end': known && `url(#${prefix}-violet)`,
        'stroke-dasharray': (!known || status !== 'observed') && '5 4',
      }),
      ...box(
        HOLDER.x,
        middle - 22,
        HOLDER.width,
        44,
        known ? 'violetBack' : 'card',
        known ? 'violet' : 'line2',
        heldBy ?? 'not known',
        known ? (status === 'observed' ? 'observed' : 'inferred') : 'the evidence does not say',
      ),
    )
    y += height + 22
  }
  if (objects.length > MOST.objects) {
    shapes.push(
      label(0, y + 8, `${grouped(objects.length - MOST.objects)} more objects not drawn`, {
        size: 11.5,
        fill: PAINT.ink3,
        class: 'f-ink3',
      }),
    )
    y += 20
  }
  return y
}

function box(
  x: number,
  y: number,
  width: number,
  height: number,
  inside: Role,
  outside: Role,
  first: string,
  second: string,
): Shape[] {
  const mono = textWidth(first, 12.5, 'sans', true) > width - 24 ? 11 : 12.5
  return [
    el(
      'rect',
      { x: x + 0.5, y, width, height, rx: 8, ...both(inside, outside, 1.2) },
      el('title', {}, `${first} ${second}`.slice(0, 200)),
    ),
    label(x + 14, y + 19, fit(first, width - 24, mono, 'sans', true), {
      size: mono,
      bold: true,
      fill: PAINT.ink,
      class: 'f-ink',
    }),
    label(x + 14, y + 35, fit(second, width - 24, 11, 'mono'), {
      size: 11,
      face: 'mono',
      fill: PAINT.ink3,
      class: 'f-ink3',
    }),
  ]
}
