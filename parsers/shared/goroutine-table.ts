/** Builds a GoroutineTable row by row: columns that grow, stacks and states that are kept once. */
import { isSystemStack } from '../../src/model/go-frames.js'
import {
  type Frame,
  GoroutineFlag,
  type GoroutineTable,
  type Primitive,
  type Stack,
} from '../../src/model/goroutine.js'
import { bareState, isSystemReason, primitiveIndex, primitiveOf } from './primitive.js'

/** One goroutine, or one record of a profile. What is left out is unknown. */
export interface GoroutineRow {
  /** Goroutine id; 0 where the form has none. */
  id: number
  /** Index that `stack()` gave. */
  stack: number
  /** Status or wait reason as printed; qualifiers such as `(leaked)` are cut off (set the flag). */
  state: string
  /** Index that `state()` gave for it, where the caller has kept it: then `state` is not looked at. */
  stateIndex?: number
  /** Goroutines that the row stands for, in profiles. */
  count?: number
  waitNs?: number
  line?: number
  offset?: number
  object?: number
  thread?: number
  parent?: number
  /** `GoroutineFlag` bits; `system` is added where the stack or the reason shows it. */
  flags?: number
  labels?: Record<string, string>
  /** Id of the synctest group or bubble. */
  bubble?: number
  /** Where the caller knows better than state and frames do. */
  primitive?: Primitive
}

export interface GoroutineColumns {
  ids: Float64Array
  lines: Uint32Array
  parents: Float64Array
}

interface Kind {
  /** Index into PRIMITIVES. */
  primitive: number
  flags: number
}

const OVERFLOW = 'unknown wait reason'

export class GoroutineTableBuilder {
  #length = 0
  #capacity: number
  #columns: Columns
  #stacks: Stack[] = []
  #states: string[] = []
  #stackIndex = new Map<string, number>()
  #stateIndex = new Map<string, number>()
  /** By stack: 1 system, 0 not. */
  #system: number[] = []
  #systemState: boolean[] = []
  /** By pair of state and stack; only pairs that occur. */
  #kinds = new Map<number, Kind>()
  #labels = new Map<number, Record<string, string>>()
  #bubbles = new Map<number, number>()
  /** Only profiles count, only binary sources have offsets. */
  #counts: Uint32Array<ArrayBuffer> | null = null
  #offsets: Float64Array<ArrayBuffer> | null = null
  /** Few sources tell of threads. */
  #threads: Int32Array<ArrayBuffer> | null = null

  constructor(capacity = 64) {
    this.#capacity = capacity
    this.#columns = newColumns(capacity)
  }

  /** Rows so far. */
  get length(): number {
    return this.#length
  }

  /** Goroutine id of a row. */
  id(row: number): number {
    return this.#columns.ids[row]
  }

  /** Index of a stack; equal stacks (functions, files, lines, creator, elided) share one. */
  stack(stack: Stack): number {
    const key = `${stack.elided ? 1 : 0}\n${stack.createdBy ? frameKey(stack.createdBy) : ''}\n${stack.frames.map(frameKey).join('\n')}`
    let index = this.#stackIndex.get(key)
    if (index === undefined) {
      index = this.#stacks.push(stack) - 1
      this.#stackIndex.set(key, index)
      this.#system.push(isSystemStack(stack.frames, stack.createdBy) ? 1 : 0)
    }
    return index
  }

  /** Frames of a stack that was added. */
  frames(stack: number): readonly Frame[] {
    return this.#stacks[stack].frames
  }

  /** Index of a status or wait reason. */
  state(state: string): number {
    const known = this.#stateIndex.get(state)
    if (known !== undefined) return known
    const bare = bareState(state)
    let index = this.#stateIndex.get(bare)
    if (index === undefined) {
      // The column is 16 bits wide; a text that makes up reasons without end gets one word for the rest.
      if (this.#states.length >= 0xffff && bare !== OVERFLOW) return this.state(OVERFLOW)
      index = this.#states.push(bare) - 1
      this.#systemState.push(isSystemReason(bare))
      this.#stateIndex.set(bare, index)
    }
    if (this.#stateIndex.size < 0x1ffff) this.#stateIndex.set(state, index)
    return index
  }

  /** What state and stack say of the primitive, as an index into PRIMITIVES. */
  primitive(state: number, stack: number): number {
    return this.kind(state, stack).primitive
  }

  /** What state and stack say of a goroutine. */
  kind(state: number, stack: number): Kind {
    const key = stack * 0x10000 + state
    let known = this.#kinds.get(key)
    if (known === undefined) {
      known = {
        primitive: primitiveIndex(primitiveOf(this.#states[state], this.#stacks[stack].frames)),
        flags: this.#system[stack] === 1 || this.#systemState[state] ? GoroutineFlag.system : 0,
      }
      this.#kinds.set(key, known)
    }
    return known
  }

  /** Adds a row; returns its index. */
  add(row: GoroutineRow): number {
    const at = this.#length
    if (at === this.#capacity) this.#resize(at < 1 << 16 ? at * 4 : at * 2)
    this.#length++
    const columns = this.#columns
    const state = row.stateIndex ?? this.state(row.state)
    columns.ids[at] = row.id
    if (row.count !== undefined && row.count !== 1) this.#counts ??= new Uint32Array(this.#capacity).fill(1)
    if (this.#counts !== null) this.#counts[at] = row.count ?? 1
    columns.stack[at] = row.stack
    columns.state[at] = state
    columns.waitNs[at] = row.waitNs ?? Number.NaN
    columns.lines[at] = row.line ?? 0
    if (row.offset !== undefined) this.#offsets ??= new Float64Array(this.#capacity)
    if (this.#offsets !== null) this.#offsets[at] = row.offset ?? 0
    columns.object[at] = row.object ?? 0
    if (row.thread !== undefined) this.#threads ??= new Int32Array(this.#capacity).fill(-1)
    if (this.#threads !== null) this.#threads[at] = row.thread ?? -1
    columns.parent[at] = row.parent ?? 0
    const kind = this.kind(state, row.stack)
    columns.flags[at] = (row.flags ?? 0) | kind.flags
    if (row.labels !== undefined) this.#labels.set(at, row.labels)
    if (row.bubble !== undefined) this.#bubbles.set(at, row.bubble)
    columns.primitive[at] = row.primitive === undefined ? kind.primitive : primitiveIndex(row.primitive)
    return at
  }

  /**
   * Adds rows of which nobody knows counts, offsets or threads, with their ids, lines and creators. Returns the columns:
   * the others are left to the caller.
   *
   * @param row the first of the columns that is taken, and `to` the one after the last
   */
  addMany({ ids, lines, parents }: GoroutineColumns, row: number, to: number): Columns {
    const at = this.#length
    this.#length += to - row
    if (this.#length > this.#capacity) this.#resize(Math.max(this.#length, this.#capacity * 2))
    const columns = this.#columns
    columns.ids.set(ids.subarray(row, to), at)
    columns.lines.set(lines.subarray(row, to), at)
    columns.parent.set(parents.subarray(row, to), at)
    this.#threads?.fill(-1, at, this.#length)
    return columns
  }

  /** Takes back the rows after the first `length`. */
  cut(length: number): void {
    this.#length = length
  }

  /** Gives a row another stack, where a better one turned up. */
  setStack(row: number, stack: number): void {
    const columns = this.#columns
    columns.stack[row] = stack
    const { primitive, flags } = this.kind(columns.state[row], stack)
    columns.primitive[row] = primitive
    columns.flags[row] |= flags
  }

  /** The table; the builder must not be used any more. */
  finish(): GoroutineTable {
    const n = this.#length
    const { ids, stack, state, waitNs, lines, object, parent, flags, primitive } = this.#columns
    return {
      length: n,
      ids: cut(ids, n),
      counts: this.#counts === null ? null : cut(this.#counts, n),
      stack: cut(stack, n),
      state: cut(state, n),
      waitNs: cut(waitNs, n),
      lines: cut(lines, n),
      offsets: this.#offsets === null ? null : cut(this.#offsets, n),
      object: cut(object, n),
      thread: this.#threads === null ? null : cut(this.#threads, n),
      parent: cut(parent, n),
      flags: cut(flags, n),
      labels: this.#labels,
      bubbles: this.#bubbles,
      states: this.#states,
      stacks: this.#stacks,
      primitive: cut(primitive, n),
    }
  }

  /** Makes room for so many rows at once, where it can be foreseen. */
  reserve(rows: number): void {
    if (rows > this.#capacity) this.#resize(rows)
  }

  #resize(size: number): void {
    this.#capacity = size
    const old = this.#columns
    this.#columns = newColumns(size)
    for (const name of Object.keys(old) as (keyof Columns)[]) this.#columns[name].set(old[name])
    if (this.#counts !== null) this.#counts = enlarge(this.#counts, new Uint32Array(size).fill(1))
    if (this.#offsets !== null) this.#offsets = enlarge(this.#offsets, new Float64Array(size))
    if (this.#threads !== null) this.#threads = enlarge(this.#threads, new Int32Array(size).fill(-1))
  }
}

export type Columns = ReturnType<typeof newColumns>

function newColumns(capacity: number) {
  return {
    ids: new Float64Array(capacity),
    stack: new Uint32Array(capacity),
    state: new Uint16Array(capacity),
    waitNs: new Float64Array(capacity),
    lines: new Uint32Array(capacity),
    object: new Float64Array(capacity),
    parent: new Float64Array(capacity),
    flags: new Uint8Array(capacity),
    primitive: new Uint8Array(capacity),
  }
}

function enlarge<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from)
  return to
}

/** The first `n`. A large column is handed over as it is: memory that was never touched costs nothing. */
function cut<
  T extends { length: number; slice(start: number, end: number): T; subarray(start: number, end: number): T },
>(column: T, n: number): T {
  return column.length > 1 << 12 ? column.subarray(0, n) : column.slice(0, n)
}

function frameKey(frame: Frame): string {
  return `${frame.func}\t${frame.file ?? ''}\t${frame.line ?? ''}`
}
