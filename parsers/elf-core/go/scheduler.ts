/** Threads and what they run: the runtime's m's (runtime/runtime2.go), matched to the core's threads by `m.procid`. */
import type { Memory } from '../memory.js'
import type { CoreThread, Notes } from '../notes.js'
import type { Registers } from '../registers.js'
import { type GoroutineWords, goroutineAt, type RunningOn, savedStart } from './goroutines.js'
import type { GoRuntime } from './runtime.js'
import { StackNamer } from './stacks.js'
import { type NativeWalk, startOf, type ThreadStack, threadStack } from './thread-stack.js'
import { Unwinder } from './unwind.js'

/** `sched.lastpoll` follows goidgen (runtime/runtime2.go, schedt); it is 0 while a thread sleeps in the poll. */
const LASTPOLL = 8

/** 104 days since boot fit a double to the nanosecond; anything beyond is no time. */
function exactTime(ns: number): number {
  return ns > 0 && ns < 2 ** 53 ? ns : 0
}

export class Scheduler {
  readonly #threads: Map<number, CoreThread>
  /** By thread: the m. */
  readonly #ms = new Map<number, number>()
  readonly #stacks = new Map<number, ThreadStack>()
  readonly #go: { unwinder: Unwinder; namer: StackNamer } | null

  constructor(
    readonly memory: Memory,
    readonly machine: number,
    readonly notes: Notes,
    readonly runtime: GoRuntime | null,
    readonly native: NativeWalk,
  ) {
    this.#threads = new Map(notes.threads.map(t => [t.tid, t]))
    this.#go = runtime?.tab
      ? { unwinder: new Unwinder(memory, runtime.tab, machine), namer: new StackNamer(runtime.tab) }
      : null
    if (runtime) this.#findMs(runtime)
  }

  /** Id of the goroutine that a thread runs; null where none or unknown. */
  goroutineOf(tid: number): number | null {
    const curg = this.curg(tid)
    return curg && curg.id > 0 ? curg.id : null
  }

  /** The thread of a goroutine's m, and where the goroutine stands on its own stack by the thread's registers. */
  running: RunningOn = g => {
    if (!this.runtime) return null
    const tid = this.memory.u64(g.m + this.runtime.layout.m.procid)
    if (!(tid > 0)) return null
    const thread = this.#threads.get(tid)
    if (!thread) return { tid, start: null, registers: null }
    const on = (r: Registers) => r.sp > g.stackLow && r.sp <= g.stackHigh
    const registers = [thread.registers, ...this.threadStack(thread).interruptions].find(on)
    const start = registers ? { ...startOf(registers), limit: g.stackHigh } : null
    return { tid, start, registers: registers ?? null }
  }

  /** The whole stack of a thread. */
  threadStack(thread: CoreThread): ThreadStack {
    let stack = this.#stacks.get(thread.tid)
    if (stack === undefined) {
      stack = threadStack(this.memory, this.machine, thread.registers, this.#go, this.native, () => {
        const curg = this.curg(thread.tid)
        return curg && this.runtime ? savedStart(this.memory, curg, this.runtime.layout) : null
      })
      this.#stacks.set(thread.tid, stack)
    }
    return stack
  }

  /**
   * The latest moment that the core knows of, in nanotime (CLOCK_MONOTONIC): the runtime's last poll of the network, or the
   * last time that the collector noted a goroutine as waiting. The process died then or later. NaN where neither is there.
   */
  now(): number {
    const { memory, runtime } = this
    if (!runtime) return Number.NaN
    const sched = runtime.symbols.get('runtime.sched')
    let latest = sched === undefined ? 0 : exactTime(memory.u64(sched + LASTPOLL))
    for (let i = 0; i < (runtime.allgs?.length ?? 0); i++)
      latest = Math.max(
        latest,
        exactTime(memory.u64(memory.u64(runtime.allgs!.data + i * 8) + runtime.layout.g.waitsince)),
      )
    return latest > 0 ? latest : Number.NaN
  }

  /** The goroutine that a thread's m runs, or ran when it went to the system stack; null where none or unknown. */
  curg(tid: number): GoroutineWords | null {
    const m = this.#ms.get(tid)
    if (m === undefined || !this.runtime) return null
    const curg = this.memory.u64(m + this.runtime.layout.m.curg)
    return curg > 0 ? goroutineAt(this.memory, curg, this.runtime.layout) : null
  }

  /** Every m that a goroutine names. */
  #findMs(runtime: GoRuntime): void {
    const { memory } = this
    for (let i = 0; i < (runtime.allgs?.length ?? 0); i++) {
      const m = memory.u64(memory.u64(runtime.allgs!.data + i * 8) + runtime.layout.g.m)
      if (m > 0) this.#ms.set(memory.u64(m + runtime.layout.m.procid), m)
    }
  }
}
