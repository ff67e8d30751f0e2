/**
 * The Go line table (.gopclntab): which function a program counter is in, its file and line, what was inlined there and
 * how large the frame is. It survives stripping. Layouts: runtime/symtab.go and debug/gosym of Go 1.2 to 1.27; they
 * differ in the header's magic (Go 1.2, 1.16, 1.18, 1.20).
 */
import type { Memory } from '../memory.js'
import { pcValue } from './pc-value.js'

/** First Go 1.x release that writes the layout. */
export type Variant = 2 | 16 | 18 | 20

const MAGICS: Readonly<Record<number, Variant>> = {
  4294967291: 2,
  4294967290: 16,
  4294967280: 18,
  4294967281: 20,
}

/** `_func.flag`, written since Go 1.17: the outermost frame of a stack; assembly that moves to another stack. */
const TOPFRAME = 1
const SPWRITE = 2
const TOPMOST = new Set(['runtime.goexit', 'runtime.mstart', 'runtime.rt0_go'])
const TOPMOST_BEFORE_FLAGS = new Set(['runtime.mcall', 'runtime.morestack', 'runtime.asmcgocall'])

const LONGEST_NAME = 64 * 1024
const PCDATA_INLTREE = 2
/** Inlining nests at most some tens deep; a damaged tree must not be walked for ever. */
const DEEPEST_INLINING = 64

export interface GoFunction {
  entry: number
  name: string
  /** Bytes of arguments and results on the stack; negative where not known. */
  args: number
  /** Unwinding ends here. */
  top: boolean
  /** Assembly that moves to another stack: its caller cannot be found from the frame size. */
  writesSp: boolean
  /** Offsets of its tables, as in the runtime's `_func`. */
  pcsp: number
  pcfile: number
  pcln: number
  cu: number
  /** Addresses of its PCDATA and FUNCDATA offsets, and how many there are. */
  pcdata: number
  npcdata: number
  funcdata: number
  nfuncdata: number
}

export interface LineInfo {
  func: string
  file: string | null
  line: number | null
  inlined: boolean
  /** The pc that stands for it: where it was called from, for what others were inlined into. */
  at: number
}

export interface PclnTabOptions {
  /** Where the code starts: `moduledata.text`. Only layouts since Go 1.18 need it. */
  text: number
  /** `moduledata.gofunc`: what function data is relative to since Go 1.18; 0 where not known (no inlining then). */
  gofunc: number
  /** Minor version of Go, where known. */
  minor: number | null
}

/** A line table in memory. Every lookup is checked: a damaged table yields null, not nonsense. */
export class PclnTab {
  readonly variant: Variant
  /** Smallest instruction, in bytes: 1 on x86-64, 4 on arm64. */
  readonly quantum: number
  readonly count: number
  /** Index of FUNCDATA_InlTree. */
  readonly inlineTree: number
  readonly #ftab: number
  readonly #names: number
  readonly #cutab: number
  readonly #filetab: number
  readonly #pctab: number
  readonly #funcs: number
  readonly #functions = new Map<number, GoFunction | null>()

  constructor(
    readonly memory: Memory,
    readonly base: number,
    readonly options: PclnTabOptions,
  ) {
    this.variant = MAGICS[memory.u32(base)] ?? 20
    this.quantum = memory.u8(base + 6) || 1
    this.count = memory.u64(base + 8)
    if (this.variant === 2) {
      this.#ftab = base + 16
      this.#names = this.#pctab = this.#funcs = this.#cutab = base
      this.#filetab = base + memory.u32(base + 16 + this.count * 16 + 8)
    } else {
      // nfunc, nfiles, [textStart since 1.18], then where each part starts.
      const parts = base + (this.variant >= 18 ? 32 : 24)
      this.#names = base + memory.u64(parts)
      this.#cutab = base + memory.u64(parts + 8)
      this.#filetab = base + memory.u64(parts + 16)
      this.#pctab = base + memory.u64(parts + 24)
      this.#funcs = this.#ftab = base + memory.u64(parts + 32)
    }
    // FUNCDATA_InlTree was 4 while register pointer maps stood before it (up to Go 1.15).
    this.inlineTree = this.variant < 16 ? 4 : 3
  }

  /** Whether a line table of a known layout starts at the address. */
  static at(memory: Memory, base: number): boolean {
    const quantum = memory.u8(base + 6)
    const count = memory.u64(base + 8)
    return (
      MAGICS[memory.u32(base)] !== undefined &&
      memory.u16(base + 4) === 0 &&
      (quantum === 1 || quantum === 2 || quantum === 4) &&
      memory.u8(base + 7) === 8 &&
      count > 0 &&
      count < 1 << 28
    )
  }

  /** First address of the first function, and the end of the last. */
  range(): { start: number; end: number } {
    return { start: this.#entry(0), end: this.#entry(this.count) }
  }

  /** The function that covers a program counter; null where none does. */
  find(pc: number): GoFunction | null {
    // Entry `count` closes the table: it holds the end of the last function.
    if (!(pc >= this.#entry(0)) || !(pc < this.#entry(this.count))) return null
    let low = 0
    let high = this.count
    while (low + 1 < high) {
      const middle = (low + high) >>> 1
      if (this.#entry(middle) <= pc) low = middle
      else high = middle
    }
    const offset =
      this.variant < 18 ? this.memory.u64(this.#ftab + low * 16 + 8) : this.memory.u32(this.#ftab + low * 8 + 4)
    const at = this.#funcs + offset
    let known = this.#functions.get(at)
    if (known === undefined) {
      known = this.#read(at)
      this.#functions.set(at, known)
    }
    return known
  }

  /** Whether inlined calls can be told: function data is found without a base before Go 1.18, with `gofunc` since. */
  knowsInlining(): boolean {
    return this.variant < 18 || this.options.gofunc !== 0
  }

  /** Whether functions say where their arguments are to be found: since they travel in registers (Go 1.17). */
  describesArguments(): boolean {
    return this.variant >= 18 || (this.variant === 16 && this.options.minor === 17)
  }

  /** Bytes by which the stack pointer has moved since the function's entry; NaN where the table does not say. */
  spDelta(f: GoFunction, pc: number): number {
    return f.pcsp === 0 ? Number.NaN : (this.#value(f, f.pcsp, pc) ?? Number.NaN)
  }

  /** Value of a PCDATA table at a program counter; -1 where there is none. */
  pcdata(f: GoFunction, table: number, pc: number): number {
    if (table >= f.npcdata) return -1
    const offset = this.memory.u32(f.pcdata + table * 4)
    return offset > 0 ? (this.#value(f, offset, pc) ?? -1) : -1
  }

  /** Address of a FUNCDATA; 0 where there is none. */
  funcdata(f: GoFunction, index: number): number {
    if (index >= f.nfuncdata) return 0
    if (this.variant < 18) return this.memory.u64(f.funcdata + index * 8) || 0
    const offset = this.memory.u32(f.funcdata + index * 4)
    return offset === 0xffffffff || Number.isNaN(offset) || this.options.gofunc === 0 ? 0 : this.options.gofunc + offset
  }

  /** What stands at a program counter: the inlined calls innermost first, then the function itself. */
  lines(f: GoFunction, pc: number): LineInfo[] {
    const lines: LineInfo[] = []
    const tree = this.funcdata(f, this.inlineTree)
    for (let depth = 0; tree !== 0 && depth < DEEPEST_INLINING; depth++) {
      const index = this.pcdata(f, PCDATA_INLTREE, pc)
      if (index < 0) break
      const call = this.inlinedCall(tree, index)
      if (call === null) break
      lines.push({ func: call.func, ...this.position(f, pc), inlined: true, at: pc })
      pc = f.entry + call.parentPc
    }
    lines.push({ func: f.name, ...this.position(f, pc), inlined: false, at: pc })
    return lines
  }

  /**
   * An entry of an inlining tree: who was inlined, the call's place as an offset from the outer function's entry, and
   * whether the name is a whole one of the table (an offset into the middle of a name is no entry's).
   */
  inlinedCall(tree: number, index: number): { func: string; parentPc: number; whole: boolean } | null {
    // 1.20: funcID, pad[3], name, parentPc, startLine. Before: parent i16, funcID, pad, file, line, name, parentPc.
    const at = this.variant >= 20 ? tree + index * 16 + 4 : tree + index * 20 + 12
    const offset = this.memory.i32(at)
    const func = this.name(offset)
    const parentPc = this.memory.i32(at + 4)
    if (func === null || func === '' || !(parentPc >= 0)) return null
    return { func, parentPc, whole: this.memory.u8(this.#names + offset - 1) === 0 }
  }

  /** File and line of a program counter. */
  position(f: GoFunction, pc: number): { file: string | null; line: number | null } {
    const number = f.pcfile === 0 ? null : this.#value(f, f.pcfile, pc)
    const line = f.pcln === 0 ? null : this.#value(f, f.pcln, pc)
    return { file: number === null ? null : this.#file(f, number), line: line !== null && line >= 0 ? line : null }
  }

  /** Function name at an offset of the name table, generic arguments shortened to `[...]` as the runtime prints them. */
  name(offset: number): string | null {
    if (!(offset >= 0)) return null
    const name = this.memory.cstring(this.#names + offset, LONGEST_NAME)
    if (name === null) return null
    const open = name.indexOf('[')
    const close = name.lastIndexOf(']')
    return open === -1 || close < open ? name : `${name.slice(0, open)}[...]${name.slice(close + 1)}`
  }

  #file(f: GoFunction, number: number): string | null {
    if (this.variant === 2) {
      const offset = this.memory.u32(this.#filetab + number * 4)
      return number > 0 && offset > 0 ? this.memory.cstring(this.base + offset, LONGEST_NAME) : null
    }
    const offset = number < 0 ? Number.NaN : this.memory.u32(this.#cutab + (f.cu + number) * 4)
    return offset < 0xffffffff ? this.memory.cstring(this.#filetab + offset, LONGEST_NAME) : null
  }

  #entry(index: number): number {
    return this.variant < 18
      ? this.memory.u64(this.#ftab + index * 16)
      : this.options.text + this.memory.u32(this.#ftab + index * 8)
  }

  #read(at: number): GoFunction | null {
    const { memory, variant } = this
    // entry, then name, args, deferreturn, pcsp, pcfile, pcln, npcdata, [cu since 1.16], [startLine since 1.20], funcID,
    // flag, pad, nfuncdata, the PCDATA offsets, the FUNCDATA (whole pointers before 1.18).
    const rest = at + (variant < 18 ? 8 : 4)
    const last = rest + 28 + (variant >= 16 ? 4 : 0) + (variant >= 20 ? 4 : 0)
    const entry = variant < 18 ? memory.u64(at) : this.options.text + memory.u32(at)
    const name = this.name(memory.i32(rest))
    const npcdata = memory.u32(rest + 24)
    const nfuncdata = memory.u8(last + 3)
    if (name === null || Number.isNaN(entry) || Number.isNaN(nfuncdata) || !(npcdata < 64)) return null
    const flag = variant >= 16 ? memory.u8(last + 1) : 0
    const pcdata = last + 4
    const funcdata = pcdata + npcdata * 4
    return {
      entry,
      name,
      args: memory.i32(rest + 4),
      top: TOPMOST.has(name) || (flag & TOPFRAME) !== 0 || (variant < 18 && TOPMOST_BEFORE_FLAGS.has(name)),
      writesSp: (flag & SPWRITE) !== 0,
      pcsp: memory.u32(rest + 12),
      pcfile: memory.u32(rest + 16),
      pcln: memory.u32(rest + 20),
      cu: variant >= 16 ? memory.u32(rest + 28) : 0,
      pcdata,
      npcdata,
      funcdata: variant < 18 ? Math.ceil(funcdata / 8) * 8 : funcdata,
      nfuncdata,
    }
  }

  #value(f: GoFunction, offset: number, pc: number): number | null {
    return pcValue(this.memory, this.#pctab + offset, f.entry, pc, this.quantum)
  }
}
