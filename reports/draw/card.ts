import type { Report } from '../../src/model/report.js'
import { duration } from '../../src/model/words.js'
import {
  confidenceText,
  endText,
  kicker,
  stripOf,
  verdictFinding,
  victimName,
  victimProcess,
} from '../shared/verdict.js'
import { between, moment } from '../shared/when.js'
import { both, fill, PAINT, type Role, stroke } from './paint.js'
import { el, type Picture, type Shape } from './shape.js'
import { fit, label, lines, textWidth } from './text.js'

const WIDTH = 860
const PAD = 28
const ROOM = WIDTH - 2 * PAD

/** The verdict on a card, for trackers that show pictures and refuse pages: at most 20 KB as a file. */
export function cardPicture(report: Report): Picture {
  const head = headerShapes(report, PAD, ROOM)
  const shapes = [...head.shapes]
  let y = head.bottom
  const strip = stripShapes(report, PAD, y, ROOM)
  shapes.push(...strip.shapes)
  y = strip.bottom
  const rows = factRows(report)
  for (const [index, [term, text]] of rows.entries()) {
    const x = PAD + (index % 2) * (ROOM / 2)
    const top = y + Math.floor(index / 2) * 40
    shapes.push(
      label(x, top + 12, term, { size: 11, fill: PAINT.ink3, class: 'f-ink3' }),
      label(x, top + 28, fit(text, ROOM / 2 - 16, 12, 'mono'), {
        size: 12,
        face: 'mono',
        fill: PAINT.ink,
        class: 'f-ink',
      }),
    )
  }
  y += Math.ceil(rows.length / 2) * 40 + 14
  shapes.unshift(el('rect', { x: 0.5, y: 0.5, width: WIDTH - 1, height: y - 1, rx: 12, ...both('card', 'line2') }))
  return { width: WIDTH, height: Math.ceil(y), title: report.verdict.title.slice(0, 200), shapes }
}

/** Kicker, proof, title and summary: what stands over the card and over the whole picture. */
export function headerShapes(report: Report, x: number, room: number): { shapes: Shape[]; bottom: number } {
  const finding = verdictFinding(report)
  const bad = finding !== null && (finding.severity === 'fatal' || finding.severity === 'error')
  const role: Role = bad ? 'red' : finding ? 'amber' : 'ink3'
  const kick = kicker(report).toUpperCase()
  const shapes: Shape[] = [label(x, 36, kick, { size: 11.5, bold: true, fill: PAINT[role], class: `f-${role}` })]
  if (finding) {
    let at = x + textWidth(kick, 11.5, 'sans', true) + 16
    const sure: Role = finding.confidence === 'proven' ? 'teal' : finding.confidence === 'likely' ? 'violet' : 'amber'
    for (const link of finding.chain.slice(0, 16)) {
      const full = link.status === 'observed'
      shapes.push(
        el('rect', {
          x: at + 0.5,
          y: 27.5,
          width: 8,
          height: 8,
          rx: 1.5,
          ...both(full ? sure : 'card', sure, 1.2),
          'stroke-dasharray': link.status === 'missing' && '2 2',
        }),
      )
      at += 11
    }
    shapes.push(
      label(at + 6, 36, confidenceText(finding), { size: 12, bold: true, fill: PAINT[sure], class: `f-${sure}` }),
    )
  }
  let y = 46
  for (const line of lines(report.verdict.title, room, 25, 3, 'sans', true)) {
    y += 31
    shapes.push(label(x, y, line, { size: 25, bold: true, fill: PAINT.ink, class: 'f-ink' }))
  }
  y += 6
  for (const line of lines(report.verdict.summary.replace(/`/g, ''), room, 14, 5)) {
    y += 21
    shapes.push(label(x, y, line, { size: 14, fill: PAINT.ink2, class: 'f-ink2' }))
  }
  return { shapes, bottom: y + 22 }
}

/** The chain in at most five steps, with the time between them. */
function stripShapes(report: Report, x: number, top: number, room: number): { shapes: Shape[]; bottom: number } {
  const finding = verdictFinding(report)
  const steps = finding ? stripOf(finding) : []
  if (steps.length < 2) return { shapes: [], bottom: top }
  const gap = 64
  const width = (room - gap * (steps.length - 1)) / steps.length
  const shapes: Shape[] = []
  for (const [index, { link }] of steps.entries()) {
    const left = x + index * (width + gap)
    const last = index === steps.length - 1 && finding!.severity === 'fatal'
    shapes.push(
      el('rect', {
        x: left,
        y: top,
        width,
        height: 46,
        rx: 7,
        ...both(last ? 'redBack' : 'sunk', last ? 'red' : 'line2'),
      }),
      label(left + width / 2, top + 28, fit(link.label!, width - 12, 13, 'sans', true), {
        size: 13,
        bold: true,
        fill: PAINT[last ? 'red' : 'ink'],
        class: last ? 'f-red' : 'f-ink',
        anchor: 'middle',
      }),
    )
    const next = steps[index + 1]?.link
    if (!next) continue
    const between_ = link.ns !== null && next.ns !== null ? between(link.ns, next.ns) : 0
    const middle = left + width + gap / 2
    shapes.push(
      el('line', {
        x1: left + width + 6,
        x2: left + width + gap - 12,
        y1: top + 28,
        y2: top + 28,
        ...stroke('line2', 1.4),
      }),
      el('path', { d: `M${Math.round(left + width + gap - 5)} ${top + 28}l-8 -4v8z`, ...fill('line2') }),
      label(middle, top + 19, between_ > 0 ? duration(between_) : 'then', {
        size: 10.5,
        face: 'mono',
        fill: PAINT.ink3,
        class: 'f-ink3',
        anchor: 'middle',
      }),
    )
  }
  return { shapes, bottom: top + 64 }
}

function factRows(report: Report): [string, string][] {
  const rows: [string, string][] = []
  const name = victimName(report)
  if (name) rows.push(['Victim', name])
  const end = endText(victimProcess(report)?.exit ?? null)
  if (end) rows.push(['How it ended', end])
  const focus = report.timeline.focus
  if (focus)
    rows.push([
      focus.zeroText === 'death' ? 'Time of death' : `Time of the ${focus.zeroText}`,
      moment(report, focus.zeroNs),
    ])
  rows.push(['Fingerprint', `${report.fingerprint} · ${report.tool.name} ${report.tool.version}`])
  return rows
}
