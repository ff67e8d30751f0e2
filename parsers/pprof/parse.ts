import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { parseBinary } from './binary.js'
import { parseText } from './text.js'

/** A profile of a million different stacks is 100 MB; more is no profile that somebody can look at. */
const LIMIT = 512 << 20

/** Reads every profile. Each gives one snapshot. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  for (const input of inputs) {
    if (input.head[0] === 0x67) parseText(input, sink)
    else if (input.size <= LIMIT) await parseBinary(input, sink)
    else
      sink.diagnose(
        'pprof.too-large',
        'error',
        'a binary profile of more than 512 MiB was not read',
        { source: input.source.path, offset: 0 },
        'bring the debug=1 text of the same profile',
      )
    sink.progress(input.size)
  }
}
