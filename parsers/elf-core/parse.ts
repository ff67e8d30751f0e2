import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import type { Binary } from './binary.js'
import { buildIdsAt, shownId } from './build-id.js'
import { readCore } from './core.js'
import { ET_CORE, ET_DYN, ET_EXEC, kindOf, machineName, readElf } from './elf.js'
import { findBuildInfo } from './go/buildinfo.js'
import { writableRanges } from './go/runtime.js'
import { Memory, piecesOf } from './memory.js'
import { Pages } from './pages.js'

/** Reads all ELF inputs of a capture: the binaries first, so that every core can find its own. */
export async function parse(inputs: readonly Input[], sink: Sink): Promise<void> {
  const binaries: Binary[] = []
  const cores: Input[] = []
  for (const input of inputs) {
    const kind = kindOf(input.head)
    const { path } = input.source
    if (kind.type !== ET_CORE) input.source.kind = 'elf-binary'
    if (!kind.readable)
      sink.diagnose(
        'core.unsupported-elf',
        'loss',
        `${path} is an ELF file of a 32-bit or big-endian machine (${machineName(kind.machine)}); only 64-bit little-endian ones are read.`,
        { source: path, offset: 4 },
        'Look at it with gdb or Delve on a machine of its kind and add the output to the capture.',
      )
    else if (kind.type === ET_CORE) cores.push(input)
    else if (kind.type === ET_EXEC || kind.type === ET_DYN) binaries.push(openBinary(input))
    sink.progress(0)
  }
  for (const input of cores) {
    readCore(input, binaries, sink)
    sink.progress(input.size)
  }
  for (const { input } of binaries) sink.progress(input.size)
}

function openBinary(input: Input): Binary {
  const pages = new Pages(input)
  const elf = readElf(pages)
  const ids = buildIdsAt(pages, 0, false)
  const { about } = input.source
  about.machine = machineName(elf.machine)
  const id = shownId(ids)
  if (id !== null) about['build id'] = id
  const memory = new Memory(piecesOf(elf, pages))
  for (const range of writableRanges({ elf, pages, bias: 0 })) {
    const info = findBuildInfo(memory, range.start, range.end)
    if (info) about['Go version'] = info.version
  }
  input.source.records = elf.segments.length
  return { input, elf, pages, ids }
}
