import type { Report, ReportLink } from '../../src/model/report.js'
import { citesOf, sourceLabels } from '../shared/cite.js'
import { verdictFinding } from '../shared/verdict.js'
import { relative } from '../shared/when.js'
import { both, fill, PAINT, type Role, stroke } from './paint.js'
import { el, type Picture, px, type Shape } from './shape.js'
import { fit, label, lines, textWidth } from './text.js'

type Step = Report['path']['steps'][number]
type Actors = Report['path']['actors']

/** Width of the columns of actors. */
export const PATH_WIDTH = 392
const ROLES: Record<string, Role> = {
  kernel: 'blue',
  process: 'ink2',
  thread: 'teal',
  runtime: 'violet',
  object: 'amber',
  unknown: 'ink3',
}

function roleOf(kind: string): Role {
  return ROLES[kind] ?? 'ink3'
}

/** From the edge to the middle of the first and of the last column. */
const EDGE = 46

/** Middle of an actor's column. */
function columnX(index: number, count: number): number {
  return count === 1 ? PATH_WIDTH / 2 : EDGE + (index * (PATH_WIDTH - 2 * EDGE)) / (count - 1)
}

/** The names over the columns, on two lines each. */
export function pathHeader(actors: Actors): Picture {
  const room = actors.length === 1 ? PATH_WIDTH : Math.min(2 * EDGE, (PATH_WIDTH - 2 * EDGE) / (actors.length - 1) - 6)
  const size = actors.length > 6 ? 9.5 : 11.5
  const shapes = actors.flatMap((actor, index) => {
    const role = roleOf(actor.kind)
    const x = columnX(index, actors.length)
    const rows = nameLines(actor.name, room, size)
    return rows.map((row, i) =>
      label(x, 14 + i * 14 + (rows.length === 1 ? 14 : 0), row, {
        size,
        bold: i === 0,
        fill: PAINT[role],
        class: `f-${role}`,
        anchor: 'middle',
      }),
    )
  })
  return { width: PATH_WIDTH, height: 36, title: 'Who acts', shapes }
}

function nameLines(name: string, room: number, size: number): string[] {
  return lines(name.replace(':[', ': [').replace(/ \((pid|tid) (\d+)\)$/, ' $1\u00a0$2'), room, size, 2, 'sans', true)
}

/**
 * The drawing beside one link: the lines of the actors and, where somebody acts on somebody, an arrow. Vertical places
 * are per cent where the row decides its own height (`height` null), pixels where the picture does.
 */
export function pathRow(actors: Actors, step: Step | null, height: number | null): Shape[] {
  const middle = height === null ? '50%' : height / 2
  const out: Shape[] = actors.map((actor, index) => {
    const x = columnX(index, actors.length)
    return el('line', {
      x1: x,
      x2: x,
      y1: 0,
      y2: height ?? '100%',
      ...stroke('line2', 1.2, actor.kind),
      'stroke-dasharray': '3 3',
    })
  })
  if (!step) return out
  const from = actors.findIndex(actor => actor.key === step.from)
  const to = actors.findIndex(actor => actor.key === step.to)
  if (from === -1 || to === -1) return out
  const role: Role = step.status === 'missing' ? 'amber' : roleOf(actors[from].kind)
  const dash = step.status !== 'observed' && '5 3'
  const x1 = columnX(from, actors.length)
  const x2 = columnX(to, actors.length)
  // A nested svg gives the middle of the row as its own zero, whatever the row's height.
  const at = (...shapes: Shape[]) =>
    el('svg', { x: 0, y: middle, width: PATH_WIDTH, height: 1, overflow: 'visible' }, ...shapes)
  const text = (x: number, room: number, anchor: 'middle' | 'start' | 'end') => {
    const shown = fit(step.label, room, 10.5, 'mono')
    if (shown === '') return []
    const width = textWidth(shown, 10.5, 'mono')
    const wanted = anchor === 'middle' ? x - width / 2 : anchor === 'end' ? x - width : x
    const left = Math.min(PATH_WIDTH - 4 - width, Math.max(4, wanted))
    return [
      el('rect', { x: left - 3, y: -17, width: width + 6, height: 13, ...fill('card') }),
      label(left, -7, shown, { size: 10.5, face: 'mono', fill: PAINT[role], class: `f-${role}` }),
    ]
  }
  if (from === to) {
    const side = x1 > PATH_WIDTH - 90 ? -1 : 1
    out.push(
      at(
        el('path', {
          d: `M${px(x1)} -6h${side * 22}v12h${side * -15}`,
          ...stroke(role, 1.5),
          'stroke-dasharray': dash,
        }),
        el('path', { d: `M${px(x1 + side * 2)} 6l${side * 7} -3.5v7z`, ...fill(role) }),
        ...text(x1 + side * 28, side === 1 ? PATH_WIDTH - x1 - 30 : x1 - 30, side === 1 ? 'start' : 'end').map(
          shape => ({ ...shape, attrs: { ...shape.attrs, y: Number(shape.attrs.y) + 11 } }),
        ),
      ),
    )
    return out
  }
  const direction = x2 > x1 ? 1 : -1
  const tip = x2 - direction * 2
  out.push(
    at(
      el('line', { x1, x2: tip - direction * 6, y1: 0, y2: 0, ...stroke(role, 1.5), 'stroke-dasharray': dash }),
      el('path', { d: `M${px(tip)} 0l${-direction * 8} -3.7v7.4z`, ...fill(role) }),
      el('circle', { cx: x1, cy: 0, r: 2.6, ...fill(role) }),
      ...text((x1 + x2) / 2, Math.max(150, Math.abs(x2 - x1) - 12), 'middle'),
    ),
  )
  return out
}

const ROW_TOP = 10
/** Room for the time at the left: `−1 min 30 s`. */
const TIME_WIDTH = 92
const WIDTH = 1084

/** The whole path as one picture: time, actors and arrows, and in words what happened, with its citations. */
export function pathPicture(report: Report): Picture | null {
  const finding = verdictFinding(report)
  if (!finding || finding.chain.length === 0) return null
  const labels = sourceLabels(report)
  const { actors } = report.path
  const drawn = actors.length > 0
  const textX = TIME_WIDTH + (drawn ? PATH_WIDTH : 0) + 46
  const shapes: Shape[] = drawn
    ? [el('g', { transform: `translate(${TIME_WIDTH} 0)` }, ...pathHeader(actors).shapes)]
    : []
  let y = drawn ? 44 : 0
  for (const [index, link] of finding.chain.entries()) {
    const step = report.path.steps.find(s => s.link === index) ?? null
    const texts = lines(link.text, WIDTH - textX, 13, 3)
    const cites = citesOf(link.refs, labels)
      .map(cite => cite.label)
      .slice(0, 3)
      .join('  ')
    const height = Math.max(46, ROW_TOP * 2 + texts.length * 17 + (cites === '' ? 0 : 16))
    shapes.push(
      el('line', { x1: 0, x2: WIDTH, y1: y, y2: y, ...stroke('line', 1) }),
      label(TIME_WIDTH - 12, y + height / 2 + 4, relative(report, link.ns), {
        size: 11.5,
        face: 'mono',
        fill: PAINT.ink3,
        class: 'f-ink3',
        anchor: 'end',
      }),
      el('g', { transform: `translate(${TIME_WIDTH} ${px(y)})` }, ...pathRow(actors, step, height)),
      ...linkText(link, index + 1, texts, cites, { x: textX, y, height }),
    )
    y += height
  }
  return { width: WIDTH, height: Math.ceil(y + 6), title: 'The path of the signal, step by step', shapes }
}

function linkText(
  link: ReportLink,
  number: number,
  texts: readonly string[],
  cites: string,
  box: { x: number; y: number; height: number },
): Shape[] {
  const { x, y, height } = box
  const role: Role = link.status === 'observed' ? 'blue' : link.status === 'inferred' ? 'violet' : 'amber'
  const out = [
    el('circle', {
      cx: x - 22,
      cy: y + height / 2,
      r: 10,
      ...both('card', role, 1.4),
      'stroke-dasharray': link.status !== 'observed' && '3 2',
    }),
    label(x - 22, y + height / 2 + 4, String(number), {
      size: 11,
      bold: true,
      fill: PAINT[role],
      class: `f-${role}`,
      anchor: 'middle',
    }),
    ...texts.map((text, i) => label(x, y + ROW_TOP + 12 + i * 17, text, { size: 13, fill: PAINT.ink, class: 'f-ink' })),
  ]
  if (cites !== '')
    out.push(
      label(x, y + ROW_TOP + 12 + texts.length * 17, fit(cites, WIDTH - x, 11, 'mono'), {
        size: 11,
        face: 'mono',
        fill: PAINT.blue,
        class: 'f-blue',
      }),
    )
  return out
}
