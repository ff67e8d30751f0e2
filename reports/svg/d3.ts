/**
 * Paints a picture through d3-node into an SVG document of its own. This is the one file that imports d3-node, and it is
 * loaded only when an SVG file is asked for: the DOM behind it takes half a second to load.
 */
import type { D3Node } from 'd3-node'
import type { Picture, Shape } from '../draw/shape.js'
import { FAMILY } from '../draw/text.js'
import { oneLine } from '../shared/visible.js'

/** The picture as a well-formed XML document that is legible by itself: no style sheet, no script, nothing to load. */
export async function svgDocument(picture: Picture): Promise<string> {
  const { D3Node } = await import('d3-node')
  const d3n = new D3Node()
  const svg = d3n.createSVG(picture.width, picture.height, {
    viewBox: `0 0 ${picture.width} ${picture.height}`,
    'font-family': FAMILY.sans,
    'font-size': 12,
    role: 'img',
  })
  svg.append('title').text(oneLine(picture.title))
  for (const shape of picture.shapes) paint(svg, shape)
  // outerHTML would be HTML: it leaves < in attributes as it is, which XML forbids.
  const xml = new d3n.window.XMLSerializer().serializeToString(svg.node()!)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`
}

type Selection = ReturnType<D3Node['createSVG']>

function paint(parent: Selection, shape: Shape): void {
  const element = parent.append(shape.tag)
  // Classes are for the page's style sheet; here there is none.
  for (const [name, value] of Object.entries(shape.attrs)) if (name !== 'class') element.attr(name, value)
  for (const child of shape.children) {
    if (typeof child === 'string') element.text(child)
    else paint(element, child)
  }
}
