import { withoutAnsi } from '../../src/model/text.js'
import { placeOfHeading, placeOfPath } from './place.js'
import { fitsName, shapeOf, UNUSED } from './shapes.js'

const LINES = 60

/** Score of an input as a copy of something in /proc or as a table of ss, lsof or ps. */
export function sniffProc(head: Uint8Array, path: string): number {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 16 * 1024)).toString('latin1')
  let shaped = 0
  let first = false
  let lines = 0
  let headed = 0
  for (const raw of text.split('\n', LINES)) {
    const line = withoutAnsi(raw.endsWith('\r') ? raw.slice(0, -1) : raw)
    if (line.trim() === '') continue
    lines++
    if (shapeOf(line)) {
      shaped++
      if (lines === 1) first = true
    } else {
      const heading = placeOfHeading(line)
      if (heading?.file) headed++
      if (heading?.rest && heading.file && (shapeOf(heading.rest) || fitsName(heading.file, heading.rest))) shaped++
    }
  }
  if (shaped > 0 && (first || headed > 0)) return 80
  // Some words stand before the first table: a script's echo, a date.
  if (shaped >= 2 || (shaped === 1 && lines <= 10)) return 45
  const place = placeOfPath(path)
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (place.file && lines <= 1 && fitsName(place.file, text)) return 25
  return UNUSED.test(name) && (lines <= LINES || name === 'environ') ? 10 : 0
}
