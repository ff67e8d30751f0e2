import { oneLine } from '../shared/visible.js'

/**
 * A picture as plain data: elements of SVG with their attributes. Pictures are laid out once, here, and painted twice:
 * into the HTML page by a few lines of string building, which costs nothing to load, and into SVG files through d3-node.
 * d3-node brings a whole DOM, whose loading alone takes longer than an HTML report may take.
 */
export interface Shape {
  tag: string
  attrs: Record<string, string | number>
  children: (Shape | string)[]
}

/** A finished picture. */
export interface Picture {
  width: number
  height: number
  /** What it shows, in a few words, for those who do not see it. */
  title: string
  shapes: Shape[]
}

/** Longest text in a picture, that of titles included. */
const LONGEST = 400

export type Attrs = Record<string, string | number | null | undefined | false>

/** An element. Attributes that are null, undefined or false are left out; numbers are rounded to a tenth of a pixel. */
export function el(tag: string, attrs: Attrs, ...children: (Shape | string | null | false)[]): Shape {
  const kept: Shape['attrs'] = {}
  for (const [name, value] of Object.entries(attrs)) {
    if (value === null || value === undefined || value === false) continue
    kept[name] = typeof value === 'number' ? px(value) : value
  }
  const inside = children.filter((c): c is Shape | string => c !== null && c !== false)
  return { tag, attrs: kept, children: inside.map(c => (typeof c === 'string' ? oneLine(c, LONGEST) : c)) }
}

/** A number as it stands in a path: a tenth of a pixel is enough. */
export function px(value: number): number {
  return Math.round(value * 10) / 10
}

/** Number of elements of a list of shapes, all levels. */
export function countShapes(shapes: readonly (Shape | string)[]): number {
  let count = 0
  for (const shape of shapes) if (typeof shape !== 'string') count += 1 + countShapes(shape.children)
  return count
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text as it stands in HTML and XML, in content and between quotes. */
export function escapeMarkup(text: string): string {
  return text.replace(/[&<>"']/g, character => ESCAPES[character])
}

/** The shapes as markup; the same text is valid inside HTML and as XML. */
export function shapeMarkup(shapes: readonly (Shape | string)[]): string {
  let out = ''
  for (const shape of shapes) {
    if (typeof shape === 'string') {
      out += escapeMarkup(shape)
      continue
    }
    let tag = `<${shape.tag}`
    for (const name of Object.keys(shape.attrs)) tag += ` ${name}="${escapeMarkup(String(shape.attrs[name]))}"`
    out += shape.children.length === 0 ? `${tag}/>` : `${tag}>${shapeMarkup(shape.children)}</${shape.tag}>`
  }
  return out
}
