import type { Input } from '../../src/model/input.js'
import type { UnitFile } from '../../src/model/lifecycle.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf, utf8 } from '../../src/model/text.js'
import { emitState } from '../shared/lifecycle/state.js'
import { unitOfFile } from '../shared/lifecycle/units.js'

/**
 * Reads `systemctl show`: effective properties, one per line, units apart by an empty line. A value may go on over several
 * lines (Environment= of some releases); such lines have no `Name=` at their start.
 */
export function readShow(input: Input, sink: Sink): void {
  const { source } = input
  let directives: UnitFile['directives'] = []
  const close = () => {
    if (directives.length === 0) return
    const value = (key: string) => directives.find(d => d.key === key)?.value
    const unit = value('Id') ?? unitOfFile(source.path) ?? nameIn(source.path) ?? sink.manifest.unit ?? ''
    const file: UnitFile = { source: source.path, unit, form: 'show', directives }
    sink.units.push(file)
    emitState(source, file, sink)
    // The manager's own properties name the release.
    const version = /^(?:systemd )?(\d{3})\b/.exec(value('Version') ?? '')
    if (version) source.about.systemd = version[1]
    source.about.unit ??= unit
    directives = []
  }
  for (const { line, text } of linesOf(input.chunks())) {
    if (text.trim() === '') {
      close()
      continue
    }
    const equals = /^[A-Z][A-Za-z0-9]{0,63}=/.exec(text)?.[0].length
    if (equals === undefined) continue
    // `systemctl show` repeats Id first in some releases only: a second Type or Id is a new unit.
    const key = text.slice(0, equals - 1)
    if (key === 'Id' && directives.some(d => d.key === 'Id')) close()
    directives.push({ section: '', key, value: utf8(text.slice(equals)), ref: { source: source.path, line } })
    source.records++
  }
  close()
}

/** `ingest.service.show`, `show-ingest.service.txt`: the unit in a file name. */
function nameIn(path: string): string | null {
  return (
    /([\w@:\\-][\w.@:\\-]{0,200}?\.(?:service|socket|timer|mount|scope))\b/.exec(
      path.slice(path.lastIndexOf('/') + 1),
    )?.[1] ?? null
  )
}
