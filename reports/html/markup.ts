/** HTML as values: text becomes markup only through `html`, which escapes everything that is not markup already. */
import { escapeMarkup, type Picture, shapeMarkup } from '../draw/shape.js'
import { FAMILY } from '../draw/text.js'
import { oneLine, visible } from '../shared/visible.js'

export class Markup {
  constructor(readonly text: string) {}
}

type Value = Markup | string | number | null | undefined | false | readonly Value[]

/** The template's own text is markup; what is put in is escaped text, markup, a list of both, or nothing. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  let out = parts[0]
  for (let i = 0; i < values.length; i++) out += markupOf(values[i]) + parts[i + 1]
  return new Markup(out)
}

function markupOf(value: Value): string {
  if (value === null || value === undefined || value === false) return ''
  if (value instanceof Markup) return value.text
  if (Array.isArray(value)) return value.map(markupOf).join('')
  return escapeMarkup(oneLine(String(value)))
}

/** A sentence of a finding: `code` in backticks becomes code, everything else is text. */
export function prose(text: string): Markup {
  const parts = oneLine(text).split(/`([^`]+)`/)
  return new Markup(
    parts.map((part, i) => (i % 2 === 1 ? `<code>${escapeMarkup(part)}</code>` : escapeMarkup(part))).join(''),
  )
}

/** Text that keeps its lines, for `pre`. */
export function preformatted(text: string, longest?: number): Markup {
  return new Markup(escapeMarkup(visible(text, longest)))
}

/** A picture in the page. Its paint stands in attributes, so it can be seen without a style sheet. */
export function picture(drawn: Picture, name: string): Markup {
  return new Markup(
    `<svg class="${name}" viewBox="0 0 ${drawn.width} ${drawn.height}" width="${drawn.width}" height="${drawn.height}" ` +
      `font-family="${escapeMarkup(FAMILY.sans)}" font-size="12" role="img" aria-label="${escapeMarkup(oneLine(drawn.title))}">` +
      `${shapeMarkup(drawn.shapes)}</svg>`,
  )
}
