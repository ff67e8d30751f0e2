import type { Memory } from '../memory.js'
import type { Layout } from './layout.js'
import type { Range } from './module-data.js'

/** Goroutine states: runtime/runtime2.go `_G…`. */
export const G = {
  idle: 0,
  runnable: 1,
  running: 2,
  syscall: 3,
  waiting: 4,
  dead: 6,
  copystack: 8,
  preempted: 9,
  leaked: 10,
  deadextra: 11,
} as const
export const G_SCAN = 0x1000

/** A process with more goroutines than this has other troubles; a damaged length must not cost hours. */
const MOST_GOROUTINES = 1 << 26
const LARGEST_STACK = 2 ** 31

export interface Slice {
  data: number
  length: number
}

/** Whether the words at an address can be a `runtime.g` in this layout. */
export function looksLikeG(memory: Memory, g: number, layout: Layout): boolean {
  const o = layout.g
  const status = memory.u32(g + o.atomicstatus) & ~G_SCAN
  const goid = memory.u64(g + o.goid)
  const lo = memory.u64(g + o.stack)
  const hi = memory.u64(g + o.stack + 8)
  if (!(goid > 0 && goid < 2 ** 48) || status === G.idle || status > 11 || memory.u8(g + o.waitreason) > 80)
    return false
  // A dead goroutine may have given its stack back. (Zeroed memory is none: every g of the list has had an id.)
  if (lo === 0 && hi === 0) return status === G.dead || status === G.deadextra
  const guard = memory.u64(g + o.stackguard0)
  return (
    hi - lo >= 2048 &&
    hi - lo <= LARGEST_STACK &&
    // The guard lies near the low end, or is one of the marks (stackPreempt, stackFork …) near 2^64.
    ((guard >= lo && guard <= lo + 8192) || guard >= 2 ** 63) &&
    // Stacks are powers of two, thread stacks of cgo excepted; g.m and the stack are aligned pointers.
    lo % 8 === 0 &&
    memory.u64(g + o.m) % 8 === 0
  )
}

/** Reads a slice header {data, len, cap} of pointers to g. Null where its first elements are not g's in this layout. */
export function allgsAt(memory: Memory, addr: number, layout: Layout): Slice | null {
  const data = memory.u64(addr)
  const length = memory.u64(addr + 8)
  const capacity = memory.u64(addr + 16)
  if (!(data > 4096) || data % 8 !== 0 || !(length >= 1 && length <= capacity && capacity <= MOST_GOROUTINES))
    return null
  const seen = new Set<number>()
  const sample = Math.min(length, 64)
  for (let i = 0; i < sample; i++) {
    // First, last and evenly between: a slice of something else that begins with a g is not enough.
    const g = memory.u64(data + Math.floor((i * (length - 1)) / Math.max(1, sample - 1)) * 8)
    if (!looksLikeG(memory, g, layout)) return null
    seen.add(g)
  }
  return seen.size === sample ? { data, length } : null
}

/** Finds `runtime.allgs` among a program's variables without a symbol: the longest slice all of whose elements are g's. */
export function findAllgs(memory: Memory, ranges: readonly Range[], layout: Layout): Slice | null {
  let best: Slice | null = null
  for (const { start, end } of ranges)
    for (let at = Math.ceil(start / 8) * 8; at + 24 <= end; at += 8) {
      const length = memory.u64(at + 8)
      if (!(length >= 1) || length > MOST_GOROUTINES || (best && length <= best.length)) continue
      best = allgsAt(memory, at, layout) ?? best
    }
  return best
}
