/**
 * `runtime.moduledata`: where a Go program's code, data and line table lie. Stripping leaves it; its first word points to
 * the line table, which finds it again. Field offsets: runtime/symtab.go of each release.
 */
import type { Memory } from '../memory.js'
import { PclnTab } from './pclntab.js'

export interface ModuleData {
  address: number
  text: number
  etext: number
  /** From the first to past the last byte of variables: noptrdata, data, bss, noptrbss. */
  variables: { start: number; end: number }
}

export interface Range {
  start: number
  end: number
}

/** Reads the moduledata at an address; null where the address holds none of this line table. */
export function moduleDataAt(memory: Memory, addr: number, pclntab: number): ModuleData | null {
  if (memory.u64(addr) !== pclntab) return null
  // pcHeader and five slices came in Go 1.16; before, three slices.
  for (const words of [20, 10]) {
    const at = (index: number) => memory.u64(addr + (words + index) * 8)
    const [minpc, maxpc, text, etext] = [at(0), at(1), at(2), at(3)]
    // noptrdata, data, bss and noptrbss: each a start and an end. An external linker puts them in an order of its own.
    const bounds = Array.from({ length: 8 }, (_, i) => at(4 + i))
    const paired = bounds.every((value, i) => i % 2 === 0 || bounds[i - 1] <= value)
    const start = Math.min(...bounds)
    const end = Math.max(...bounds)
    if (paired && start > 0 && end - start < 2 ** 40 && minpc < maxpc && text <= minpc && maxpc <= etext + 1)
      return { address: addr, text, etext, variables: { start, end } }
  }
  return null
}

/** Looks for the moduledata in the given runs of writable memory: a word that points to the line table. */
export function findModuleData(memory: Memory, pclntab: number, ranges: readonly Range[]): ModuleData | null {
  const wanted = Buffer.alloc(8)
  wanted.writeBigUInt64LE(BigInt(pclntab))
  for (const { start, end } of ranges) {
    const piece = 1024 * 1024
    for (let at = start; at < end; at += piece) {
      const bytes = memory.bytes(at, Math.min(piece, end - at))
      for (let i = bytes.indexOf(wanted); i !== -1; i = bytes.indexOf(wanted, i + 1)) {
        const found = (at + i) % 8 === 0 ? moduleDataAt(memory, at + i, pclntab) : null
        if (found) return found
      }
    }
  }
  return null
}

/**
 * Words of moduledata among which `gofunc` is looked for. It was at 38 in Go 1.18, at 40 from 1.20 on, and has moved on as
 * fields were put before it.
 */
const GOFUNC_FIRST = 37
const GOFUNC_LAST = 60
/** Functions looked at, and inlining trees that are enough to judge by. */
const SAMPLE = 400
const ENOUGH_TREES = 100

/**
 * `moduledata.gofunc`, the base of function data since Go 1.18, found by trying: with the right one the inlining trees of
 * the program's functions name functions, and places inside the function that they belong to. 0 where none does.
 */
export function findGofunc(memory: Memory, module: ModuleData, base: number, minor: number | null): number {
  let best = 0
  let most = 0
  for (let word = GOFUNC_FIRST; word <= GOFUNC_LAST; word++) {
    const gofunc = memory.u64(module.address + word * 8)
    if (!(gofunc > 4096)) continue
    const { good, bad } = judgeTrees(new PclnTab(memory, base, { text: module.text, gofunc, minor }))
    if (good <= most || bad > good / 20) continue
    best = gofunc
    most = good
  }
  return best
}

/** How many of a sample of functions have an inlining tree that makes sense, and how many one that does not. */
function judgeTrees(tab: PclnTab): { good: number; bad: number } {
  const { start, end } = tab.range()
  let good = 0
  let bad = 0
  for (let i = 0; i < SAMPLE && good + bad < ENOUGH_TREES; i++) {
    const f = tab.find(start + Math.floor(((end - start) * i) / SAMPLE))
    const tree = f ? tab.funcdata(f, tab.inlineTree) : 0
    if (!f || tree === 0) continue
    const call = tab.inlinedCall(tree, 0)
    // Zeroes would name the first function at the entry: a call is somewhere behind the entry.
    const fits = call?.whole && call.parentPc > 0 && tab.find(f.entry + call.parentPc) === f
    if (fits) good++
    else bad++
  }
  return { good, bad }
}
