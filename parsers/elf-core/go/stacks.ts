import type { Frame, Stack } from '../../../src/model/goroutine.js'
import type { GoroutineTableBuilder } from '../../shared/goroutine-table.js'
import type { PclnTab } from './pclntab.js'
import type { End, GoFrame, Start, Unwinder } from './unwind.js'

/** Names physical frames, each pc once. */
export class StackNamer {
  readonly #frames = new Map<number, Frame[]>()

  constructor(readonly tab: PclnTab) {}

  /** The frame and what was inlined in it, innermost first. */
  frames(frame: GoFrame): Frame[] {
    let known = this.#frames.get(frame.at)
    if (known === undefined) {
      known = this.tab.lines(frame.fn, frame.at).map(l => ({
        func: l.func,
        file: l.file,
        line: l.line,
        pc: frame.pc,
        ...(l.inlined ? { inlined: true } : {}),
      }))
      this.#frames.set(frame.at, known)
    }
    return known
  }

  /** Who created a goroutine: the go statement before `gopc`, named without regard to inlining as the runtime does. */
  createdBy(gopc: number): Frame | null {
    const fn = gopc > 0 ? this.tab.find(gopc) : null
    if (fn === null) return null
    const at = gopc > fn.entry ? gopc - this.tab.quantum : gopc
    return { func: fn.name, ...this.tab.position(fn, at), pc: gopc }
  }
}

/** Frames of one stack that are kept: the innermost and the outermost ones, where there are more. */
const INNERMOST = 150
const OUTERMOST = 106

/** A stack as it is kept: without its middle where it is deep. */
export function withoutMiddle<T>(frames: readonly T[]): { kept: readonly T[]; elided: boolean } {
  const elided = frames.length > INNERMOST + OUTERMOST
  return { kept: elided ? [...frames.slice(0, INNERMOST), ...frames.slice(-OUTERMOST)] : frames, elided }
}

const BASE = 2 ** 26

/**
 * Turns walks into stacks of a table. Thousands of goroutines stand in the same place: a stack is a path in a tree of
 * program counters, and is only named when it is met for the first time.
 */
export class StackInterner {
  readonly #pcs = new Map<number, number>()
  readonly #frames: GoFrame[] = []
  readonly #nodes = new Map<number, number>()
  readonly #stacks = new Map<number, number>()
  readonly #path: number[] = []

  constructor(
    readonly unwinder: Unwinder,
    readonly namer: StackNamer,
    readonly builder: GoroutineTableBuilder,
  ) {}

  /** Walks from `start` and returns the stack's index in the builder. `visit` sees the first frames as they come. */
  stack(start: Start, gopc: number, visit?: (frame: GoFrame, depth: number) => void): { index: number; end: End } {
    const path = this.#path
    path.length = 0
    let node = 0
    const { end } = this.unwinder.walk(start, frame => {
      visit?.(frame, path.length)
      let pc = this.#pcs.get(frame.at)
      if (pc === undefined) {
        pc = this.#frames.push(frame)
        this.#pcs.set(frame.at, pc)
      }
      path.push(pc)
      node = this.#child(node, pc)
    })
    node = this.#child(node, this.#created(gopc))
    let index = this.#stacks.get(node)
    if (index === undefined) {
      index = this.builder.stack(this.#named(path, gopc))
      this.#stacks.set(node, index)
    }
    return { index, end }
  }

  #child(node: number, step: number): number {
    const key = node * BASE + step
    let child = this.#nodes.get(key)
    if (child === undefined) {
      child = this.#nodes.size + 1
      this.#nodes.set(key, child)
    }
    return child
  }

  /** A creator as a step of the tree, apart from the frames' own. */
  #created(gopc: number): number {
    return BASE / 2 + (this.#createdIndex.get(gopc) ?? this.#addCreator(gopc))
  }

  readonly #createdIndex = new Map<number, number>()
  #addCreator(gopc: number): number {
    const index = this.#createdIndex.size
    this.#createdIndex.set(gopc, index)
    return index
  }

  #named(path: readonly number[], gopc: number): Stack {
    const { kept, elided } = withoutMiddle(path)
    return {
      frames: kept.flatMap(pc => this.namer.frames(this.#frames[pc - 1])),
      createdBy: this.namer.createdBy(gopc),
      elided,
    }
  }
}
