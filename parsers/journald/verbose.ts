import { linesOf, utf8 } from '../../src/model/text.js'
import { KEPT_FIELDS } from '../shared/journal/entry.js'
import { META_LINE, VERBOSE_HEAD } from '../shared/journal/shapes.js'

export type VerbosePiece =
  | { type: 'entry'; line: number; fields: Record<string, string>; messageLine: number }
  | { type: 'stray'; line: number }

/** Longer values are cut; a journal may hold whole cores. */
const LONGEST_VALUE = 16 * 1024 * 1024

/**
 * Entries of `journalctl -o verbose`: the stamp and the cursor, which carries both clocks, then a field per line. The lines
 * of a value after its first are indented to its column.
 *
 *   > | Tue 2026-11-24 00:13:30.018045 UTC [s=fc06738e…;i=30c8;b=c5b69120…;m=bb4df543;t=660fa9483c527;x=4c9d06b3…]
 *   > |     MESSAGE=multi
 *   > |             line
 *                   ^
 */
export function* verboseEntriesOf(chunks: Iterable<Uint8Array>): Generator<VerbosePiece> {
  let fields: Record<string, string> | null = null
  let begin = 0
  let messageLine = 0
  let name: string | null = null
  let indent = ''
  let values: string[] = []
  let size = 0

  const put = () => {
    if (fields && name !== null && KEPT_FIELDS.has(name)) {
      const value = utf8(values.join('\n'))
      if (!(name in fields)) fields[name] = value
      else fields[name] += `\n${value}`
    }
    name = null
    values = []
    size = 0
  }

  for (const { line, text } of linesOf(chunks)) {
    if (VERBOSE_HEAD.test(text)) {
      put()
      if (fields) yield { type: 'entry', line: begin, fields, messageLine }
      fields = { __CURSOR: text.slice(text.indexOf('[s=') + 1, text.lastIndexOf(']')) }
      begin = line
      messageLine = line
      continue
    }
    const field = /^ {4}([A-Z_][A-Z0-9_]{0,63})=/.exec(text)
    if (field && fields) {
      put()
      name = field[1]
      if (name === 'MESSAGE') messageLine = line
      indent = ' '.repeat(field[0].length)
      values = [text.slice(field[0].length)]
      continue
    }
    if (name !== null && text.startsWith(indent)) {
      size += text.length
      if (size < LONGEST_VALUE) values.push(text.slice(indent.length))
      continue
    }
    if (text.trim() === '' || META_LINE.test(utf8(text.slice(0, 200)))) continue
    yield { type: 'stray', line }
  }
  put()
  if (fields) yield { type: 'entry', line: begin, fields, messageLine }
}
