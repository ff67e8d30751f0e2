/** The files that were mapped into the process, as call frame information and symbol names are looked up in them. */
import { LineTable } from '../dwarf-lines.js'
import { type Elf, ET_DYN } from '../elf.js'
import type { Memory } from '../memory.js'
import { firstMappings, type Loaded } from '../modules.js'
import { AT, type Notes } from '../notes.js'
import type { Pages } from '../pages.js'
import { FunctionNames } from '../symbols.js'

const PT_GNU_EH_FRAME = 0x6474e550
const PT_LOAD = 1

export interface Module {
  path: string
  start: number
  end: number
  bias: number
  /** Address of .eh_frame_hdr; null where the file has none or it cannot be read. */
  ehFrameHeader: number | null
  /** The file, where it is at hand. */
  file: { elf: Elf; pages: Pages } | null
}

export class Modules {
  readonly #modules: Module[]
  readonly #names = new Map<Module, FunctionNames>()
  readonly #lines = new Map<Module, LineTable>()

  constructor(memory: Memory, notes: Notes, loaded: readonly Loaded[]) {
    const headers = firstMappings(notes.files).map(f => ({ path: f.path, start: f.start }))
    const vdso = notes.auxv.get(AT.sysinfoEhdr)
    if (vdso !== undefined) headers.push({ path: '[vdso]', start: vdso })
    const found = headers.map(h => moduleAt(memory, h.path, h.start)).filter(m => m !== null)
    for (const { binary, bias } of loaded) {
      const { elf, pages, input } = binary
      const known = found.find(
        m => m.bias === bias && elf.segments.some(s => s.type === PT_LOAD && s.vaddr + bias === m.start),
      )
      if (known) known.file = { elf, pages }
      else found.push(moduleOf(input.source.path, elf, pages, bias))
    }
    this.#modules = found.sort((a, b) => a.start - b.start)
  }

  at(pc: number): Module | null {
    return this.#modules.find(m => m.start <= pc && pc < m.end) ?? null
  }

  /** File and line, where the file at hand has debug information. */
  position(pc: number): { file: string; line: number } | null {
    const module = this.at(pc)
    const file = module?.file
    if (!module || !file) return null
    return once(this.#lines, module, () => new LineTable(file.elf, file.pages)).at(pc - module.bias)
  }

  /** `crash`, or `libc.so.6+0x8a3c4` without symbols, or the bare address outside of every file. */
  name(pc: number): string {
    const module = this.at(pc)
    if (module === null) return `0x${pc.toString(16)}`
    const { file } = module
    if (file) {
      const names = once(this.#names, module, () => new FunctionNames(file.elf, file.pages))
      const symbol = names.at(pc - module.bias)
      if (symbol) return symbol.name
    }
    return `${module.path.replace(/^.*\//, '')}+0x${(pc - module.bias).toString(16)}`
  }
}

/** Adds `value` for a key that has none yet. */
function once<K, V>(map: Map<K, V>, key: K, value: () => V): V {
  const known = map.get(key) ?? value()
  map.set(key, known)
  return known
}

/** A module by the ELF header that is mapped at `start`; its end is that of its last segment. */
function moduleAt(memory: Memory, path: string, start: number): Module | null {
  if (memory.u32(start) !== 0x464c457f) return null
  const phoff = memory.u64(start + 32)
  const phnum = memory.u16(start + 56)
  let first = Number.POSITIVE_INFINITY
  let end = 0
  let header: number | null = null
  for (let i = 0; i < Math.min(phnum, 256); i++) {
    const at = start + phoff + i * 56
    const vaddr = memory.u64(at + 16)
    if (memory.u32(at) === PT_LOAD) {
      first = Math.min(first, vaddr - (vaddr % 4096))
      end = Math.max(end, vaddr + memory.u64(at + 40))
    }
    if (memory.u32(at) === PT_GNU_EH_FRAME) header = vaddr
  }
  if (!(end > 0)) return null
  const bias = memory.u16(start + 16) === ET_DYN ? start - first : 0
  return { path, start, end: end + bias, bias, ehFrameHeader: header === null ? null : header + bias, file: null }
}

function moduleOf(path: string, elf: Elf, pages: Pages, bias: number): Module {
  const loads = elf.segments.filter(s => s.type === PT_LOAD)
  const header = elf.segments.find(s => s.type === PT_GNU_EH_FRAME)
  return {
    path,
    start: Math.min(...loads.map(s => s.vaddr)) + bias,
    end: Math.max(...loads.map(s => s.vaddr + s.memsz)) + bias,
    bias,
    ehFrameHeader: header ? header.vaddr + bias : null,
    file: { elf, pages },
  }
}
