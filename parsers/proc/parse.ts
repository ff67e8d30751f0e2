import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf } from '../../src/model/text.js'
import { Collector } from './collect.js'
import { machineOf, nameSyscalls } from './machine.js'
import { placeOfPath } from './place.js'
import { Reader } from './read.js'
import { UNUSED } from './shapes.js'

/** Longest line that is read: a cmdline can have 2 MB, but nobody reads them. */
const LINE_LIMIT = 64 * 1024

/** Reads all files of /proc and all tables of ss, lsof and ps of a capture into snapshots and sockets. */
export async function parseProc(inputs: readonly Input[], sink: Sink): Promise<void> {
  const collector = new Collector()
  for (const input of inputs) {
    const name = input.source.path.slice(input.source.path.lastIndexOf('/') + 1)
    if (!UNUSED.test(name)) readInput(input, collector, sink)
    sink.progress(input.size)
  }
  const snapshots = collector.finish(draft => {
    const at = [...draft.threads.values()].flatMap(t => Object.values(t.at))[0]
    sink.diagnose(
      'proc.no-pid',
      'loss',
      'Files of /proc that do not say which process they are of.',
      at ?? { source: draft.source, line: 1 },
      'Keep the files of one process in a folder of its own, with its status or stat.',
    )
  })
  nameSyscalls(snapshots, machineOf(snapshots))
  sink.procs.push(...snapshots)
}

function readInput(input: Input, collector: Collector, sink: Sink): void {
  const path = input.source.path
  const reader = new Reader(path, placeOfPath(path), collector, sink)
  let lines = 0
  for (const { line, text, cut } of linesOf(input.chunks(), LINE_LIMIT)) {
    if (cut)
      sink.diagnose(
        'proc.long-line',
        'loss',
        `Lines of more than ${LINE_LIMIT / 1024} KiB were cut.`,
        { source: path, line },
        'Copy the file again without joining its lines.',
      )
    reader.line(text, line)
    lines = line
  }
  reader.end()
  input.source.records = lines
}
