import type { GoroutineSnapshot } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { parseBinary } from './binary.js'
import { Symbols } from './symbols.js'
import { parseText } from './text.js'

/** A profile of a million different stacks is 100 MB; more is no profile that somebody can look at. */
const LIMIT = 512 << 20

/** Reads every profile. Each gives one snapshot; they stand in the order of the inputs. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  const symbols: Symbols[] = []
  const found = new Map<Input, GoroutineSnapshot[]>()
  const into = (input: Input): Sink => {
    const snapshots: GoroutineSnapshot[] = []
    found.set(input, snapshots)
    return Object.create(sink, { snapshots: { value: snapshots } })
  }
  const isText = (input: Input) => input.head[0] === 0x67
  // Binary ones first: they name what the text forms of the same program hide.
  for (const input of [...inputs.filter(i => !isText(i)), ...inputs.filter(isText)]) {
    if (isText(input)) parseText(input, into(input), symbols)
    else if (input.size <= LIMIT) {
      const names = new Symbols()
      await parseBinary(input, into(input), names)
      symbols.push(names)
    } else
      sink.diagnose(
        'pprof.too-large',
        'error',
        'a binary profile of more than 512 MiB was not read',
        { source: input.source.path, offset: 0 },
        'bring the debug=1 text of the same profile',
      )
    sink.progress(input.size)
  }
  for (const input of inputs) sink.snapshots.push(...(found.get(input) ?? []))
}
