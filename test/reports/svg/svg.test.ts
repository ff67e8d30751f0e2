/** SVG files: well-formed, small, legible by themselves, nothing over anything else. */
import { spawnSync } from 'node:child_process'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderers } from '../../../reports/index.js'
import { largeReport } from '../../support/large.js'
import { allReports, hostile, rendered } from '../../support/render.js'

const svg = suite('svg')
const ids = renderers.map(r => r.id).filter(id => id.startsWith('svg'))
const reports = await allReports()
reports.push(['very large', largeReport()], ['hostile names', hostile(reports[0][1])])
const xmllint = spawnSync('xmllint', ['--version']).status === 0
if (!xmllint) console.error('SKIPPED in part: no xmllint here; that the SVG is well-formed was not checked by it')

interface Text {
  x: number
  y: number
  width: number
  height: number
  text: string
}

/** The texts of a document with their boxes, as the layout counted them; groups that are moved are taken into account. */
function texts(document: string): Text[] {
  const out: Text[] = []
  const moves: [number, number][] = [[0, 0]]
  for (const [, closing, tag, attributes, selfClosing, content] of document.matchAll(
    /<(\/?)([a-z]+)\b([^>]*?)(\/?)>([^<]*)/g,
  )) {
    const attribute = (name: string) => new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1]
    if (tag === 'g' || tag === 'svg') {
      if (closing) moves.pop()
      else if (!selfClosing) {
        const [dx, dy] = moves.at(-1)!
        const move = /translate\(([-\d.]+) ([-\d.]+)\)/.exec(attribute('transform') ?? '')
        const nested = tag === 'svg' && moves.length > 1 ? Number(attribute('y') ?? 0) : 0
        moves.push(move ? [dx + Number(move[1]), dy + Number(move[2])] : [dx, dy + nested])
      }
    }
    if (tag !== 'text' || closing) continue
    const [dx, dy] = moves.at(-1)!
    const size = Number(attribute('font-size') ?? 12)
    const width = Number(attribute('textLength') ?? size * 0.6)
    const anchor = attribute('text-anchor')
    const x = Number(attribute('x')) + dx - (anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0)
    out.push({ x, y: Number(attribute('y')) + dy - size * 0.8, width, height: size, text: content })
  }
  return out
}

for (const [name, report] of reports)
  svg(`${name}: well-formed, with its size, its paint and a title, and no text over another or outside`, async () => {
    for (const id of ids) {
      const document = await rendered(report, id)
      if (xmllint) {
        const checked = spawnSync('xmllint', ['--noout', '--nonet', '-'], { input: document })
        assert.is(checked.status, 0, `${id}: ${checked.stderr}`)
      }
      assert.ok(document.startsWith('<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg"'))
      assert.not.match(document, /<(?:script|style|image|foreignObject|a)\b|<[^>]*\s(?:on[a-z]+|(?:xlink:)?href)=/)
      assert.not.match(document, /<(?:rect|text|circle)(?![^>]*\sfill=)/)
      assert.match(document, /<title>[^<]+<\/title>/)
      assert.ok((document.match(/<[a-z]/g)?.length ?? 0) <= 4_500, id)
      const [width, height] = [/ width="([\d.]+)"/, / height="([\d.]+)"/].map(r => Number(r.exec(document)![1]))
      const all = texts(document)
      for (const t of all) {
        const where = `${id}: “${t.text}”`
        assert.ok(t.x >= -1 && t.x + t.width <= width + 1, `${where} at ${t.x} wide ${t.width} of ${width}`)
        assert.ok(t.y >= -1 && t.y + t.height <= height + 2, `${where} at ${t.y} of ${height}`)
      }
      all.sort((a, b) => a.y - b.y)
      for (let i = 0; i < all.length; i++)
        for (let j = i + 1; j < all.length && all[j].y < all[i].y + all[i].height - 3; j++) {
          const [a, b] = [all[i], all[j]]
          const apart = a.x + a.width <= b.x + 1 || b.x + b.width <= a.x + 1
          assert.ok(apart, `${id}: “${a.text}” and “${b.text}” lie over each other`)
        }
    }
  })

svg('the card has at most 20 KB, whatever the report', async () => {
  for (const [name, report] of reports) {
    const card = await rendered(report, 'svg-card')
    assert.ok(Buffer.byteLength(card) <= 20 * 1024, name)
  }
})

svg('the timeline has at most 1,500 elements, whatever the report', async () => {
  for (const [name, report] of reports) {
    const drawn = await rendered(report, 'svg-timeline')
    assert.ok(drawn.match(/<[a-z]/g)!.length <= 1_500, name)
  }
})

svg.run()
