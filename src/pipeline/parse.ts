import { MemoryInput } from '../intake/input.js'
import type { Capture } from '../model/capture.js'
import type { Input } from '../model/input.js'
import { addTo } from '../model/multimap.js'
import type { Parser, Sink } from '../model/parser.js'
import { noClock, unaligned } from '../model/source.js'

/** Text can be lifted out of text that was lifted out (a dump in a JSON message in a journal); not for ever. */
const DERIVE_DEPTH = 3

/** Gives every input to the parser that knows it best and collects what they read into the capture. */
export async function parseInputs(
  inputs: readonly Input[],
  parsers: readonly Parser[],
  capture: Capture,
  progress: (bytes: number) => void,
): Promise<void> {
  let round = inputs
  for (let depth = 0; depth <= DERIVE_DEPTH && round.length > 0; depth++) {
    const derived: Input[] = []
    const won = new Map<Parser, Input[]>()
    for (const input of round) {
      capture.sources.push(input.source)
      const parser = choose(input, parsers, capture.manifest.kinds[input.source.path])
      if (!parser) continue
      input.source.kind = parser.id
      addTo(won, parser, input)
    }
    for (const parser of parsers) {
      const list = won.get(parser)
      if (list) await parser.parse(list, sinkFor(capture, derived, progress))
    }
    round = derived
  }
}

function choose(input: Input, parsers: readonly Parser[], stated: string | undefined): Parser | null {
  if (stated !== undefined) return parsers.find(p => p.id === stated) ?? null
  let best: Parser | null = null
  let bestScore = 0
  for (const parser of parsers) {
    const score = parser.sniff(input.head, input.source.path)
    if (score > bestScore) {
      best = parser
      bestScore = score
    }
  }
  return best
}

function sinkFor(capture: Capture, derived: Input[], progress: (bytes: number) => void): Sink {
  return {
    manifest: capture.manifest,
    traces: capture.traces,
    snapshots: capture.snapshots,
    crashes: capture.crashes,
    journals: capture.journals,
    lifecycle: capture.lifecycle,
    units: capture.units,
    procs: capture.procs,
    sockets: capture.sockets,
    witnesses: capture.witnesses,
    cores: capture.cores,
    logs: capture.logs,
    diagnose: (code, severity, text, first, remedy, count = 1) =>
      capture.diagnostics.add(code, severity, text, first, remedy, count),
    progress,
    derive(name, bytes, parent, lines, about = {}) {
      const from = capture.sources.find(s => s.path === parent)
      derived.push(
        new MemoryInput(
          {
            path: name,
            kind: 'unrecognised',
            bytes: bytes.length,
            sha256: from?.sha256 ?? '',
            records: 0,
            clock: noClock(),
            alignment: unaligned(),
            about: {},
            derivedFrom: { source: parent, lines, ...about },
          },
          bytes,
        ),
      )
    },
  }
}
