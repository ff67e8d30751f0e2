import type { UnitFile } from '../../src/model/lifecycle.js'
import type { Sink } from '../../src/model/parser.js'
import { utf8 } from '../../src/model/text.js'
import { unitOfFile } from '../shared/lifecycle/units.js'

/** Longer values are cut; systemd itself reads lines of up to 1 MiB. */
const LONGEST_VALUE = 1 << 20

/** One file of a unit: the unit file itself or a drop-in. */
export interface Fragment {
  source: string
  /** Where it lies on the machine it comes from, as far as the input says: `/etc/systemd/system/a.service.d/x.conf`. */
  path: string
  unit: string | null
  /** Several files in one text, as `systemctl cat` prints them: already in systemd's order. */
  ordered: boolean
  directives: UnitFile['directives']
}

/**
 * Reads the text of a unit file, or of several under the headers of `systemctl cat`.
 *
 *   > | # /etc/systemd/system/a.service
 *         ^ a file begins
 *   > | ExecStart=/bin/sh -c 'sleep 1; \
 *                                      ^ goes on in the next line
 */
export function readUnitText(source: string, lines: Iterable<{ line: number; text: string }>, sink: Sink): Fragment[] {
  const fragments: Fragment[] = []
  let section = ''
  let current: Fragment | null = null
  let held: { parts: string[]; size: number; line: number } | null = null
  let atTop = true

  const begin = (path: string, ordered: boolean) => {
    current = { source, path, unit: unitOfFile(path), ordered, directives: [] }
    fragments.push(current)
    section = ''
  }

  for (const { line, text: raw } of lines) {
    const text = held === null ? raw.trim() : raw.trimEnd()
    const header = /^# (\/\S+)$/.exec(text)
    if (header && unitOfFile(header[1]) !== null) {
      begin(header[1], true)
      held = null
      continue
    }
    if (/^[#;]/.test(text.trimStart())) continue
    if (text === '' && held === null) continue
    if (!current) begin(source, false)
    atTop = false
    if (text.endsWith('\\')) {
      held ??= { parts: [], size: 0, line }
      held.size += text.length
      if (held.size < LONGEST_VALUE) held.parts.push(text.slice(0, -1).trim())
      continue
    }
    const first: number = held === null ? line : held.line
    const whole: string = held === null ? text : [...held.parts, text.trim()].join(' ')
    held = null
    const named = /^\[([^\]]{1,64})\]$/.exec(whole)
    if (named) {
      section = named[1]
      continue
    }
    const equals = whole.indexOf('=')
    const place = { source, line: first }
    if (equals <= 0 || section === '') {
      sink.diagnose(
        'units.not-an-assignment',
        'info',
        section === ''
          ? 'A line before the first section; systemd ignores it.'
          : 'A line without “=”; systemd ignores it.',
        place,
        'Write Key=value under a [Section].',
      )
      continue
    }
    current!.directives.push({
      section,
      key: utf8(whole.slice(0, equals).trimEnd()),
      value: utf8(whole.slice(equals + 1).trimStart()),
      ref: place,
    })
  }
  if (atTop) return []
  return fragments
}
