/** Every goroutine of a core: who it is, where it stands, what it waits for. */
import {
  type Frame,
  type GoroutineDetail,
  GoroutineFlag,
  type GoroutineTable,
  PRIMITIVES,
} from '../../../src/model/goroutine.js'
import { GoroutineTableBuilder } from '../../shared/goroutine-table.js'
import { waitReason } from '../../shared/wait-reasons.js'
import { EM_AARCH64 } from '../elf.js'
import type { Memory } from '../memory.js'
import { type Registers, registerText } from '../registers.js'
import { G, G_SCAN } from './all-goroutines.js'
import { argumentsOf } from './arguments.js'
import { BlockedOnFinder, ownerOfSemaphore } from './blocked-on.js'
import { labelsAt } from './labels.js'
import type { Layout } from './layout.js'
import type { GoObjects } from './objects.js'
import type { GoRuntime } from './runtime.js'
import { StackInterner, StackNamer, withoutMiddle } from './stacks.js'
import { DEEPEST, type Start, Unwinder } from './unwind.js'

const STATUS: Readonly<Record<number, string>> = {
  [G.runnable]: 'runnable',
  [G.running]: 'running',
  [G.syscall]: 'syscall',
  [G.waiting]: 'waiting',
  [G.copystack]: 'copystack',
  [G.preempted]: 'preempted',
  [G.leaked]: 'leaked',
}

/** Words of a `runtime.g`, by the layout. */
export interface GoroutineWords {
  address: number
  id: number
  status: number
  stackLow: number
  stackHigh: number
  /** Address of the `runtime.m` it runs on; 0 for none. */
  m: number
}

/** Reads one g. */
export function goroutineAt(memory: Memory, address: number, layout: Layout): GoroutineWords {
  const o = layout.g
  return {
    address,
    id: memory.u64(address + o.goid),
    status: memory.u32(address + o.atomicstatus) & ~G_SCAN,
    stackLow: memory.u64(address + o.stack),
    stackHigh: memory.u64(address + o.stack + 8),
    m: memory.u64(address + o.m) || 0,
  }
}

/** Where a goroutine that is not running goes on: what the scheduler, or the entry of its system call, saved. */
export function savedStart(memory: Memory, g: GoroutineWords, layout: Layout): Start {
  const o = layout.g
  const common = { exact: false, saved: true, limit: g.stackHigh }
  const syscallSp = memory.u64(g.address + o.syscallsp)
  if (syscallSp > 0) return { pc: memory.u64(g.address + o.syscallpc), sp: syscallSp, lr: Number.NaN, ...common }
  const sched = g.address + o.sched
  const { pc, sp, lr } = layout.gobuf
  return { pc: memory.u64(sched + pc), sp: memory.u64(sched + sp), lr: memory.u64(sched + lr), ...common }
}

/** The thread that a goroutine's m is, and where the goroutine stands on its own stack by the thread's registers. */
export type RunningOn = (g: GoroutineWords) => { tid: number; start: Start | null; registers: Registers | null } | null

/** A detailed stack is for reading: deeper ones are cut. */
const MOST_DETAILED = 256

export interface Goroutines {
  table: GoroutineTable
  /** Reads a row again: frames with arguments, and registers of what a thread was running. */
  detail(row: number): GoroutineDetail
  /** Rows whose stack ended before its outermost frame. */
  cut: number[]
  /** Entries of the list that could not be read, or are no goroutines. */
  unreadable: number
}

/**
 * Reads the list of all goroutines.
 *
 * @param running where a goroutine that a thread is running stands, from the thread's registers; null where unknown
 * @param now nanotime of the end, NaN where unknown: gives how long each has waited
 * @param objects is told what each waits on
 */
export function readGoroutines(
  memory: Memory,
  machine: number,
  runtime: GoRuntime,
  running: RunningOn,
  now: number,
  objects: GoObjects,
): Goroutines {
  const { layout, allgs, tab, minor } = runtime
  const builder = new GoroutineTableBuilder(allgs?.length ?? 1)
  const unwinder = tab && new Unwinder(memory, tab, machine)
  const namer = tab && new StackNamer(tab)
  const interner = unwinder && namer && new StackInterner(unwinder, namer, builder)
  const addresses: number[] = []
  const cut: number[] = []
  const blocked = new BlockedOnFinder(memory, layout)
  const labelSets = new Map<number, Record<string, string> | null>()
  let unreadable = 0
  for (let i = 0; i < (allgs?.length ?? 0); i++) {
    const address = memory.u64(allgs!.data + i * 8)
    const g = goroutineAt(memory, address, layout)
    if (g.status === G.dead || g.status === G.deadextra || g.status === G.idle) continue
    const word = STATUS[g.status]
    if (word === undefined || !(g.id > 0)) {
      unreadable++
      continue
    }
    const o = layout.g
    const reason = memory.u8(address + o.waitreason)
    const waits = g.status === G.waiting || g.status === G.leaked
    const state = waits && reason > 0 ? reasonText(reason, minor) : word
    const { thread, start } = whereIs(memory, g, layout, running)
    const gopc = memory.u64(address + o.gopc)
    blocked.start()
    if (!interner) blocked.lookAt(start.sp, g.stackHigh)
    const walked = interner
      ? interner.stack(start, gopc, (frame, depth) => blocked.look(frame, depth))
      : { index: builder.stack(nakedStack(memory, start, layout, g, gopc)), end: 'top' as const }
    const since = memory.u64(address + o.waitsince)
    const labels = labelsOf(memory, memory.u64(address + o.labels), minor, labelSets)
    const parent = o.parentGoid === undefined ? 0 : memory.u64(address + o.parentGoid)
    const object = waits ? objectOf(builder, walked.index, state, g, blocked, objects) : 0
    const row = builder.add({
      id: g.id,
      stack: walked.index,
      state,
      object,
      flags:
        (memory.u64(address + o.lockedm) > 0 ? GoroutineFlag.locked : 0) |
        (g.status === G.leaked ? GoroutineFlag.leaked : 0),
      thread: thread?.tid ?? -1,
      parent: parent || 0,
      waitNs: (waits || g.status === G.syscall) && since > 0 && now >= since ? now - since : Number.NaN,
      offset: memory.offsetInCore(address) ?? 0,
      ...(labels ? { labels } : {}),
    })
    addresses.push(address)
    if (walked.end === 'lost' || walked.end === 'foreign') cut.push(row)
  }
  const table = builder.finish()
  const detail = (row: number): GoroutineDetail => {
    const { frames, createdBy } = table.stacks[table.stack[row]]
    if (!unwinder || !namer || row >= addresses.length) return { frames: [...frames], createdBy, registers: null }
    const { thread, start } = whereIs(memory, goroutineAt(memory, addresses[row], layout), layout, running)
    return {
      frames: framesWithArguments(memory, unwinder, namer, start, machine),
      createdBy,
      registers: thread?.registers ? registerText(thread.registers) : null,
    }
  }
  return { table, detail, cut, unreadable }
}

/** The thread of a goroutine, and where it stands: by the thread's registers if it runs, else as it was saved. */
function whereIs(memory: Memory, g: GoroutineWords, layout: Layout, running: RunningOn) {
  const thread = g.m > 0 ? running(g) : null
  const live = g.status === G.running ? (thread?.start ?? null) : null
  return { thread, start: live ?? savedStart(memory, g, layout) }
}

function framesWithArguments(
  memory: Memory,
  unwinder: Unwinder,
  namer: StackNamer,
  start: Start,
  machine: number,
): Frame[] {
  const frames: Frame[] = []
  unwinder.walk(start, frame => {
    const args = argumentsOf(memory, namer.tab, frame, machine === EM_AARCH64 ? 8 : 0)
    for (const f of namer.frames(frame)) frames.push({ ...f, args: f.inlined ? '...' : args })
    return frames.length < MOST_DETAILED
  })
  return frames
}

/** Finds what a waiting goroutine is blocked on, and notes it there. */
function objectOf(
  builder: GoroutineTableBuilder,
  stack: number,
  state: string,
  g: GoroutineWords,
  blocked: BlockedOnFinder,
  objects: GoObjects,
): number {
  const primitive = PRIMITIVES[builder.primitive(builder.state(state), stack)]
  if (primitive === 'sleep') return objects.timer(g.address, g.id)
  const found = blocked.find(g.address, primitive)
  for (const channel of found.channels) objects.channel(channel)
  const semaphore = primitive !== 'cond' && primitive !== 'netpoll' && found.channels.length === 0
  const object = semaphore
    ? ownerOfSemaphore(
        found.object,
        primitive,
        builder.frames(stack).some(f => f.func.endsWith('(*Mutex).lockSlow')),
      )
    : found.object
  objects.waiter(primitive, object, g.id, g.address)
  return object
}

function reasonText(reason: number, minor: number | null): string {
  return (minor === null ? null : waitReason(reason, minor)) ?? `unknown wait reason ${reason}`
}

function labelsOf(
  memory: Memory,
  pointer: number,
  minor: number | null,
  known: Map<number, Record<string, string> | null>,
): Record<string, string> | null {
  if (!(pointer > 0)) return null
  let labels = known.get(pointer)
  if (labels === undefined) {
    labels = labelsAt(memory, pointer, minor)
    known.set(pointer, labels)
  }
  return labels
}

/** Without a line table only program counters are left: the saved one and, by frame pointers, those of its callers. */
function nakedStack(memory: Memory, start: Start, layout: Layout, g: GoroutineWords, gopc: number) {
  const pcs = [start.pc]
  let bp = memory.u64(g.address + layout.g.sched + layout.gobuf.bp)
  while (pcs.length < DEEPEST && bp > start.sp && bp < g.stackHigh) {
    const pc = memory.u64(bp + 8)
    const next = memory.u64(bp)
    if (!(pc > 0)) break
    pcs.push(pc)
    if (!(next > bp)) break
    bp = next
  }
  const frame = (pc: number) => ({ func: `0x${pc.toString(16)}`, file: null, line: null, pc })
  const { kept, elided } = withoutMiddle(pcs)
  return { frames: kept.map(frame), createdBy: gopc > 0 ? frame(gopc) : null, elided }
}
