/** The runtime's layout as the binary's own DWARF states it. */
import { readStructs } from '../dwarf.js'
import type { Elf } from '../elf.js'
import type { Pages } from '../pages.js'
import type { Layout } from './layout.js'

const STRUCTS: Readonly<Record<keyof Layout, string>> = {
  g: 'runtime.g',
  gobuf: 'runtime.gobuf',
  m: 'runtime.m',
  sudog: 'runtime.sudog',
  hchan: 'runtime.hchan',
  pollDesc: 'runtime.pollDesc',
  timer: 'runtime.timer',
}

/** Since Go 1.26 these are pairs, of which the second word is the address (runtime2.go maybeTraceablePtr). */
const PAIRED = 'runtime.maybeTraceablePtr'

/**
 * Takes the offsets that DWARF has over those of `table`; null where the binary has none for `runtime.g`. Fields that
 * DWARF does not name keep the table's offset.
 */
export function structsFromDwarf(elf: Elf, pages: Pages, table: Layout): Layout | null {
  const wanted = new Map<string, string[]>([[PAIRED, ['vu']]])
  for (const key of Object.keys(STRUCTS) as (keyof Layout)[]) wanted.set(STRUCTS[key], Object.keys(table[key]))
  const structs = readStructs(elf, pages, wanted)
  if (!structs?.has(STRUCTS.g)) return null
  const merge = <K extends keyof Layout>(key: K): Layout[K] => {
    const fields = structs.get(STRUCTS[key])
    if (!fields) return table[key]
    const merged = Object.entries(table[key]).map(([name, offset]) => [name, fields.get(name) ?? offset])
    return Object.fromEntries(merged) as Layout[K]
  }
  const sudog = merge('sudog')
  const second = structs.get(PAIRED)?.get('vu')
  return {
    g: merge('g'),
    gobuf: merge('gobuf'),
    m: merge('m'),
    sudog: second === undefined ? sudog : { ...sudog, elem: sudog.elem + second, c: sudog.c + second },
    hchan: merge('hchan'),
    pollDesc: merge('pollDesc'),
    timer: merge('timer'),
  }
}
