import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf } from '../../src/model/text.js'
import { unitOfFile } from '../shared/lifecycle/units.js'
import { type Fragment, readUnitText } from './file.js'
import { recognise } from './forms.js'
import { mergeFragments } from './merge.js'
import { readShow } from './show.js'

/** Reads unit files, `systemctl cat` and `systemctl show`. Files of one unit are merged in systemd's order. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  const fragments: Fragment[] = []
  for (const input of inputs) {
    const { source } = input
    if (recognise(input.head, source.path)?.form === 'show') readShow(input, sink)
    else {
      const read = readUnitText(source.path, linesOf(input.chunks()), sink)
      for (const fragment of read) {
        source.records += fragment.directives.length
        fragments.push(fragment)
      }
      const named = read.find(f => f.unit !== null)?.unit
      if (named) source.about.unit = named
    }
    sink.progress(input.size)
  }
  // A file that does not say whose it is: the manifest knows, or the only unit there is.
  const known = new Set(fragments.map(f => f.unit).filter(unit => unit !== null))
  const only = sink.manifest.unit ?? (known.size === 1 ? [...known][0] : null)
  for (const fragment of fragments) fragment.unit ??= unitOfFile(fragment.path) ?? only
  sink.units.push(...mergeFragments(fragments))
}
