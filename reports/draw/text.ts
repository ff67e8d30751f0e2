/**
 * Text in pictures. No browser is asked how wide a text is: a table of widths says so, texts are clipped by it, and
 * `textLength` holds every browser and font to it.
 */
import { oneLine } from '../shared/visible.js'
import { type Attrs, el, type Shape } from './shape.js'

export type Face = 'sans' | 'mono'

/** The root of a picture says `sans`; only what differs is said at the text. */
export const FAMILY: Record<Face, string> = {
  sans: 'Inter, "Helvetica Neue", Arial, "Liberation Sans", sans-serif',
  mono: 'ui-monospace, Menlo, Consolas, "Liberation Mono", "DejaVu Sans Mono", monospace',
}

/** Widths of ASCII 32 to 126 in thousandths of the font size: those of Helvetica and Arial, which most fonts follow closely. */
const SANS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
  556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
  722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
  556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
  260, 334, 584,
]
const MONO = 600
const WIDE = 1000
const OTHER = 560
/** Semi-bold text is wider than regular text by about this. */
const BOLD = 1.06

/** Width of a text in pixels. */
export function textWidth(text: string, size: number, face: Face = 'sans', bold = false): number {
  let thousandths = 0
  for (const character of text) thousandths += characterWidth(character.codePointAt(0)!, face)
  return (thousandths * size * (bold && face === 'sans' ? BOLD : 1)) / 1000
}

function characterWidth(code: number, face: Face): number {
  if (code >= 32 && code < 127) return face === 'mono' ? MONO : SANS[code - 32]
  // Combining marks stand over the letter before them.
  if (code >= 0x300 && code <= 0x36f) return 0
  // East Asian wide letters and emoji.
  if ((code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff))
    return WIDE
  if ((code >= 0xff00 && code <= 0xff60) || code >= 0x1f300) return WIDE
  return face === 'mono' ? MONO : OTHER
}

/** The text in one line, shortened with an ellipsis so that it fits into `room` pixels; empty where not even two letters do. */
export function fit(text: string, room: number, size: number, face: Face = 'sans', bold = false): string {
  const line = oneLine(text, 400)
  if (textWidth(line, size, face, bold) <= room) return line
  const letters = [...line]
  let width = textWidth('…', size, face, bold)
  let kept = 0
  for (; kept < letters.length; kept++) {
    width += textWidth(letters[kept], size, face, bold)
    if (width > room) break
  }
  return kept < 2 ? '' : `${letters.slice(0, kept).join('').trimEnd()}…`
}

/** Breaks a text at blanks into at most `most` lines of `room` pixels; the last is shortened where there is more. */
export function lines(
  text: string,
  room: number,
  size: number,
  most: number,
  face: Face = 'sans',
  bold = false,
): string[] {
  const words = oneLine(text, 1200).split(' ').filter(Boolean)
  const out: string[] = []
  let line = ''
  for (const [index, word] of words.entries()) {
    const longer = line === '' ? word : `${line} ${word}`
    if (textWidth(longer, size, face, bold) <= room) {
      line = longer
      continue
    }
    if (line !== '') {
      if (out.length === most - 1)
        return [...out, fit(`${line} ${words.slice(index).join(' ')}`, room, size, face, bold)]
      out.push(line)
    }
    line = textWidth(word, size, face, bold) <= room ? word : fit(word, room, size, face, bold)
  }
  return line === '' ? out : [...out, line]
}

export interface TextStyle {
  size?: number
  face?: Face
  bold?: boolean
  /** Paint for light backgrounds; the class changes it where there is a style sheet. */
  fill: string
  class?: string
  anchor?: 'start' | 'middle' | 'end'
  /** Keeps lines that cross it clear of the letters. */
  halo?: boolean
}

/** A text at a place, held to the width that the layout counted with. */
export function label(x: number, y: number, text: string, style: TextStyle, more: Attrs = {}): Shape {
  const { size = 12, face = 'sans', bold = false, fill, anchor = 'start' } = style
  const line = oneLine(text, 400)
  const width = textWidth(line, size, face, bold)
  return el(
    'text',
    {
      x,
      y,
      fill,
      class: style.halo ? `${style.class ?? ''} s-card` : style.class,
      stroke: style.halo && '#ffffff',
      'stroke-width': style.halo && 4,
      'paint-order': style.halo && 'stroke',
      'font-family': face === 'mono' && FAMILY.mono,
      'font-size': size,
      'font-weight': bold && 600,
      'text-anchor': anchor !== 'start' && anchor,
      textLength: line.length > 1 && width,
      lengthAdjust: line.length > 1 && 'spacingAndGlyphs',
      ...more,
    },
    line,
  )
}
