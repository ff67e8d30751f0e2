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

/** Words of moduledata at which `gofunc` stands: Go 1.18, 1.20, and those after it for what newer ones may insert. */
const GOFUNC_WORDS = [38, 40, 39, 41, 42, 43, 44, 45, 46]

/**
 * `moduledata.gofunc`, the base of function data since Go 1.18, found by trying: with the right one the inlining trees of
 * the program's functions name functions and places inside them. 0 where none fits.
 */
export function findGofunc(memory: Memory, module: ModuleData, base: number, minor: number | null): number {
  const words = minor !== null && minor >= 20 ? GOFUNC_WORDS.slice(1) : GOFUNC_WORDS
  let best = 0
  let bestScore = 0
  for (const word of words) {
    const gofunc = memory.u64(module.address + word * 8)
    if (!(gofunc > 0)) continue
    const score = treesThatFit(new PclnTab(memory, base, { text: module.text, gofunc, minor }))
    if (score > bestScore) {
      best = gofunc
      bestScore = score
    }
    if (score >= 8) break
  }
  return best
}

/** How many of a sample of functions have an inlining tree that makes sense, less those whose tree does not. */
function treesThatFit(tab: PclnTab): number {
  const { start, end } = tab.range()
  let score = 0
  for (let i = 0; i < 400 && score < 8; i++) {
    const f = tab.find(start + Math.floor(((end - start) * i) / 400))
    const tree = f ? tab.funcdata(f, 3) : 0
    if (!f || tree === 0) continue
    const call = tab.inlinedCall(tree, 0)
    const own = call !== null && /^[\w./\-%·*()[\]{}]+\.[\w.·*()[\]-]+$/u.test(call.func)
    score += own && tab.find(f.entry + call.parentPc) === f ? 1 : -1
  }
  return score
}
