/** A Go runtime in a core: its version, line table, structure layout and the list of all goroutines. */
import { goMinor } from '../../shared/wait-reasons.js'
import { type Elf, PF_W, PT_LOAD, sectionOf } from '../elf.js'
import type { Memory } from '../memory.js'
import type { Pages } from '../pages.js'
import { lookUp } from '../symbols.js'
import { allgsAt, findAllgs, type Slice } from './all-goroutines.js'
import { type BuildInfo, buildInfoAt, findBuildInfo, findVersion } from './buildinfo.js'
import { structsFromDwarf } from './dwarf-structs.js'
import { allLayouts, type Layout, layoutFor } from './layout.js'
import { findGofunc, findModuleData, type ModuleData, moduleDataAt, type Range } from './module-data.js'
import { PclnTab } from './pclntab.js'

/** An ELF file that the process had mapped, at hand or not, and where. */
export interface Program {
  elf: Elf
  pages: Pages
  /** What to add to an address of the file to get one of the process. */
  bias: number
}

export interface GoRuntime {
  info: BuildInfo | null
  minor: number | null
  tab: PclnTab | null
  module: ModuleData | null
  layout: Layout
  /** Where the layout comes from: the binary's DWARF, the table of this version, or the nearest that fits. */
  layoutBasis: 'dwarf' | 'table' | 'nearest'
  allgs: Slice | null
  /** Addresses of the runtime's variables, for what the symbol table still has. */
  symbols: Map<string, number>
}

const VARIABLES = [
  'runtime.allgs',
  'runtime.sched',
  'runtime.firstmoduledata',
  'runtime.pclntab',
  'runtime.text',
  'go:func.*',
  'go.func.*',
]

/** Looks for a Go runtime in a program whose file is at hand. Null where it is not a Go program. */
export function findGoRuntime(memory: Memory, program: Program): GoRuntime | null {
  const { elf, pages, bias } = program
  const symbols = new Map<string, number>()
  for (const [name, symbol] of lookUp(elf, pages, VARIABLES)) symbols.set(name, symbol.value + bias)
  const base = lineTable(memory, program, symbols)
  const section = sectionOf(elf, '.go.buildinfo')
  const writable = writableRanges(program).flatMap(r => memory.runs(r.start, r.end))
  const info =
    (section && buildInfoAt(memory, section.addr + bias)) ??
    writable.map(r => findBuildInfo(memory, r.start, r.end)).find(found => found !== null) ??
    (base === null ? null : versionOnly(memory, writable))
  if (base === null && info === null) return null
  const minor = goMinor(info?.version ?? null)
  const module = base === null ? null : findModule(memory, base, symbols, writable)
  let tab: PclnTab | null = null
  if (base !== null) {
    const text = module?.text ?? symbols.get('runtime.text') ?? (sectionOf(elf, '.text')?.addr ?? 0) + bias
    const named = symbols.get('go:func.*') ?? symbols.get('go.func.*')
    const gofunc = named ?? (module ? findGofunc(memory, module, base, minor) : 0)
    tab = new PclnTab(memory, base, { text, gofunc, minor })
  }
  const variables = module ? memory.runs(module.variables.start, module.variables.end) : writable
  return findGoroutines(memory, { info, minor, tab, module, symbols }, program, variables)
}

function versionOnly(memory: Memory, writable: readonly Range[]): BuildInfo | null {
  const version = writable.map(r => findVersion(memory, r.start, r.end)).find(found => found !== null)
  return version === undefined || version === null ? null : { version, modules: '' }
}

/**
 * Looks for a Go runtime in the variables that a core holds, without its binary: the build information and the list of
 * goroutines are there, the line table is not.
 */
export function findGoRuntimeAlone(memory: Memory, ranges: readonly Range[]): GoRuntime | null {
  const info = ranges.map(r => findBuildInfo(memory, r.start, r.end)).find(found => found !== null) ?? null
  if (info === null) return null
  const found = { info, minor: goMinor(info.version), tab: null, module: null, symbols: new Map<string, number>() }
  return findGoroutines(memory, found, null, ranges)
}

function findGoroutines(
  memory: Memory,
  found: Pick<GoRuntime, 'info' | 'minor' | 'tab' | 'module' | 'symbols'>,
  program: Program | null,
  ranges: readonly Range[],
): GoRuntime {
  const table = layoutFor(found.minor)
  const dwarf = program && structsFromDwarf(program.elf, program.pages, table.layout)
  const own: { layout: Layout; basis: GoRuntime['layoutBasis'] }[] = []
  if (dwarf) own.push({ layout: dwarf, basis: 'dwarf' })
  if (table.exact) own.push({ layout: table.layout, basis: 'table' })
  const symbol = found.symbols.get('runtime.allgs')
  const listIn = (layout: Layout) =>
    (symbol !== undefined && allgsAt(memory, symbol, layout)) || findAllgs(memory, ranges, layout)
  for (const { layout, basis } of own) {
    const allgs = listIn(layout)
    if (allgs) return { ...found, layout, layoutBasis: basis, allgs }
  }
  // Several layouts can pass as far as the list goes: the right one also leads to code where code must be.
  let best: GoRuntime = { ...found, layout: table.layout, layoutBasis: 'nearest', allgs: null }
  let bestScore = 0
  for (const layout of [table.layout, ...allLayouts()]) {
    const allgs = listIn(layout)
    const score = allgs ? 1 + codePointers(memory, allgs, layout, found.tab) : 0
    if (score > bestScore) best = { ...best, layout, allgs }
    bestScore = Math.max(score, bestScore)
  }
  return best
}

/** How many of the first goroutines have a start and a creator in the program's code, by this layout. */
function codePointers(memory: Memory, allgs: Slice, layout: Layout, tab: PclnTab | null): number {
  let score = 0
  for (let i = 0; tab && i < Math.min(allgs.length, 64); i++) {
    const g = memory.u64(allgs.data + i * 8)
    if (tab.find(memory.u64(g + layout.g.startpc))) score++
    if (tab.find(memory.u64(g + layout.g.gopc))) score++
    if (tab.find(memory.u64(g + layout.g.sched + layout.gobuf.pc))) score++
  }
  return score
}

function lineTable(memory: Memory, { elf, bias }: Program, symbols: Map<string, number>): number | null {
  const section = sectionOf(elf, '.gopclntab') ?? sectionOf(elf, '.data.rel.ro.gopclntab')
  const candidates = [symbols.get('runtime.pclntab'), section && section.addr + bias]
  for (const base of candidates) if (base !== undefined && PclnTab.at(memory, base)) return base
  if (elf.sections.length > 0) return null
  // Without section headers: the magic, at the alignment of a line table, in what is not written to.
  for (const s of elf.segments) {
    if (s.type !== PT_LOAD || s.flags & PF_W) continue
    const end = s.vaddr + bias + s.present
    for (let at = s.vaddr + bias; at < end; at += 32)
      if (memory.u32(at) >= 0xfffffff0 && PclnTab.at(memory, at)) return at
  }
  return null
}

function findModule(
  memory: Memory,
  base: number,
  symbols: Map<string, number>,
  writable: readonly Range[],
): ModuleData | null {
  const named = symbols.get('runtime.firstmoduledata')
  return (named !== undefined && moduleDataAt(memory, named, base)) || findModuleData(memory, base, writable)
}

/** Addresses of what a program may write to, its zeroed variables included. */
export function writableRanges({ elf, bias }: Program): Range[] {
  return elf.segments
    .filter(s => s.type === PT_LOAD && s.flags & PF_W)
    .map(s => ({ start: s.vaddr + bias, end: s.vaddr + bias + s.memsz }))
}
