/**
 * Walks Go stacks by the frame sizes of the line table, the way the runtime itself does (runtime/traceback.go): no frame
 * pointer, no DWARF, and so stripped programs too.
 */
import { EM_AARCH64 } from '../elf.js'
import type { Memory } from '../memory.js'
import type { GoFunction, PclnTab } from './pclntab.js'

/** Where a walk begins. */
export interface Start {
  pc: number
  sp: number
  /** Link register; NaN where the return address is on the stack. */
  lr: number
  /** The pc is where the processor stood, not a return address: look lines up at it, not before it. */
  exact: boolean
  /** Saved by the scheduler or on entry of a system call: what its function does to the stack pointer came later. */
  saved?: boolean
  /** High end of the stack: nothing beyond it is a frame of it. */
  limit?: number
  /** All registers by name, where they are known: C code needs them. */
  registers?: ReadonlyMap<string, number>
}

/** One physical frame. */
export interface GoFrame {
  fn: GoFunction
  pc: number
  /** The pc to look lines and inlining up with. */
  at: number
  sp: number
  /** Stack pointer of the caller; arguments lie from here (+8 on arm64). */
  fp: number
}

export type End =
  /** The outermost frame was reached. For a signal handler's, `next` is where the kernel put the interrupted registers. */
  | 'top'
  /** Assembly that leaves this stack (`writesSp`): the caller is elsewhere. */
  | 'switch'
  /** The caller is no Go code: C, a signal trampoline, or damage. `next` says where it goes on. */
  | 'foreign'
  /** Too deep, unreadable or without progress. */
  | 'lost'

export interface Walk {
  end: End
  next: Start
}

/** Goroutine stacks may grow to 1 GB: deeper ones than this are cut. */
export const DEEPEST = 1 << 20

/** Calls that the runtime puts on a stack as if the interrupted function had made them. */
const INJECTED = new Set(['runtime.sigpanic', 'runtime.asyncPreempt', 'runtime.debugCallV1', 'runtime.debugCallV2'])

interface Step {
  fn: GoFunction
  delta: number
}

export class Unwinder {
  readonly #steps = new Map<number, Step | null>()
  readonly #linked: boolean

  constructor(
    readonly memory: Memory,
    readonly tab: PclnTab,
    machine: number,
  ) {
    this.#linked = machine === EM_AARCH64
  }

  /** Hands every frame from `start` outwards to `visit`, innermost first; stops where `visit` returns false. */
  walk(start: Start, visit: (frame: GoFrame) => boolean | undefined): Walk {
    const { memory } = this
    const limit = start.limit ?? Number.POSITIVE_INFINITY
    let { pc, sp, lr } = start
    let exact = start.exact
    // A call of a nil function: the pc is 0, and its caller is what matters.
    if (pc === 0) {
      pc = this.#linked && !Number.isNaN(lr) ? lr : memory.u64(sp)
      if (!this.#linked) sp += 8
      lr = Number.NaN
      exact = false
    }
    for (let depth = 0; depth < DEEPEST; depth++) {
      const step = this.#step(pc)
      if (step === null) return { end: 'foreign', next: { pc, sp, lr, exact } }
      const { fn, delta } = step
      const fp = sp + delta + (this.#linked ? 0 : 8)
      // A stack grows down: callers lie above. Only a leaf of arm64 has no frame of its own.
      if (!(fp > sp || (this.#linked && fp === sp)) || fp > limit) return { end: 'lost', next: { pc, sp, lr, exact } }
      const at = exact || pc <= fn.entry ? pc : pc - 1
      if (visit({ fn, pc, at, sp, fp }) === false) return { end: 'top', next: { pc, sp, lr, exact } }
      if (fn.top) return { end: 'top', next: { pc: memory.u64(fp - 8), sp: fp, lr: Number.NaN, exact: false } }
      if (fn.writesSp && !(depth === 0 && start.saved) && fn.name !== 'runtime.cgocallback')
        return { end: 'switch', next: { pc, sp, lr, exact } }
      const back = this.#linked ? (delta === 0 && lr > 0 ? lr : memory.u64(sp)) : memory.u64(fp - 8)
      if (Number.isNaN(back)) return { end: 'lost', next: { pc, sp, lr, exact } }
      if (back === pc && fp === sp) return { end: 'lost', next: { pc, sp, lr, exact } }
      const injected = INJECTED.has(fn.name)
      pc = back
      sp = fp
      lr = Number.NaN
      // Go 1.21 began to look up what asynchronous preemption and debuggers interrupted at the very pc, as it did for faults.
      exact = injected && (fn.name === 'runtime.sigpanic' || (this.tab.options.minor ?? 21) >= 21)
      if (this.#linked && injected) {
        // The handler saved the link register above the faked call's frame.
        const saved = memory.u64(sp)
        sp += 16
        const next = this.#step(pc)
        if (next === null) pc = saved
        else if (next.delta === 0) lr = saved
      }
      if (pc === 0) return { end: 'top', next: { pc, sp, lr, exact } }
    }
    return { end: 'lost', next: { pc, sp, lr, exact } }
  }

  /** Whether a pc is in Go code. */
  isGo(pc: number): boolean {
    return this.#step(pc) !== null
  }

  #step(pc: number): Step | null {
    let step = this.#steps.get(pc)
    if (step === undefined) {
      const fn = this.tab.find(pc)
      step = fn === null ? null : { fn, delta: this.tab.spDelta(fn, pc) }
      this.#steps.set(pc, step)
    }
    return step
  }
}
