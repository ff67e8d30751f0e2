/** The symbol table of an ELF file (.symtab, else .dynsym): elf(5). */
import { type Elf, type Section, sectionOf } from './elf.js'
import type { Pages } from './pages.js'

const ENTRY = 24
const STT_FUNC = 2
const STT_GNU_IFUNC = 10
/** Larger string tables are left alone, for the sake of memory; stripped programs do without them as well. */
const LONGEST = 96 * 1024 * 1024

export interface ElfSymbol {
  name: string
  /** Address as in the file, without the load bias. */
  value: number
  size: number
}

/** Values of just these symbols; names that the table lacks are absent. Reads the table once, builds no index of it. */
export function lookUp(elf: Elf, pages: Pages, names: readonly string[]): Map<string, ElfSymbol> {
  const found = new Map<string, ElfSymbol>()
  const table = tableOf(elf, '.symtab')
  if (!table || table.strings.size > LONGEST) return found
  const text = pages.bytes(table.strings.offset, table.strings.size)
  const byOffset = new Map<number, string>()
  for (const name of names) {
    const at = text.indexOf(`\0${name}\0`, 0, 'latin1')
    if (at !== -1) byOffset.set(at + 1, name)
  }
  if (byOffset.size === 0) return found
  const bytes = pages.bytes(table.symbols.offset, table.symbols.size)
  for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
    const name = byOffset.get(bytes.readUInt32LE(at))
    // Section index 0: the symbol is only wanted here, not defined.
    if (name === undefined || found.has(name) || bytes.readUInt16LE(at + 6) === 0) continue
    found.set(name, { name, value: u64(bytes, at + 8), size: u64(bytes, at + 16) })
    if (found.size === byOffset.size) break
  }
  return found
}

/** Functions by address, for naming program counters of C code. */
export class FunctionNames {
  readonly #starts: Float64Array
  readonly #symbols: ElfSymbol[]

  constructor(elf: Elf, pages: Pages) {
    const symbols: ElfSymbol[] = []
    for (const name of ['.symtab', '.dynsym']) {
      const table = tableOf(elf, name)
      if (!table || table.strings.size > LONGEST) continue
      const text = pages.bytes(table.strings.offset, table.strings.size)
      const bytes = pages.bytes(table.symbols.offset, table.symbols.size)
      for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
        const type = bytes[at + 4] & 15
        if (type !== STT_FUNC && type !== STT_GNU_IFUNC) continue
        const value = u64(bytes, at + 8)
        if (value === 0 || bytes.readUInt16LE(at + 6) === 0) continue
        const start = bytes.readUInt32LE(at)
        const end = text.indexOf(0, start)
        symbols.push({ name: text.toString('utf8', start, end === -1 ? start : end), value, size: u64(bytes, at + 16) })
      }
      if (symbols.length > 0) break
    }
    this.#symbols = symbols.sort((a, b) => a.value - b.value)
    this.#starts = Float64Array.from(this.#symbols, s => s.value)
  }

  /** The function that holds an address of the file; null where none does. */
  at(addr: number): ElfSymbol | null {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#starts[middle] <= addr) low = middle + 1
      else high = middle
    }
    const symbol = this.#symbols[low - 1]
    // Hand-written assembly often has no size: then the nearest start below is the best that can be said.
    return symbol && (symbol.size === 0 || addr < symbol.value + symbol.size) ? symbol : null
  }
}

function tableOf(elf: Elf, name: string): { symbols: Section; strings: Section } | null {
  const symbols = sectionOf(elf, name)
  const strings = symbols && elf.sections[symbols.link]
  return symbols && strings ? { symbols, strings } : null
}

function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 4294967296
}
