/**
 * What a blocked goroutine waits on, from memory alone: the sudog that the runtime queues for it (runtime/runtime2.go) and
 * the descriptor that the network poller keeps. Pointers are believed only where they point back to the goroutine.
 */
import type { Primitive } from '../../../src/model/goroutine.js'
import type { Memory } from '../memory.js'
import { type Layout, POLL_DESCS } from './layout.js'
import type { GoFrame } from './unwind.js'

/** Functions in whose frame the runtime keeps the pointer that we look for. */
const FRAMES: Readonly<Record<string, 'semaphore' | 'cond' | 'poll'>> = {
  'runtime.semacquire1': 'semaphore',
  'sync.runtime_notifyListWait': 'cond',
  'runtime.netpollblock': 'poll',
  'internal/poll.runtime_pollWait': 'poll',
}
/** The runtime's own frames above a blocked caller are few. */
const DEEPEST = 8
/** Frames of these functions are small; a damaged frame size must not make us scan a whole stack. */
const LARGEST_FRAME = 4096
/** Results and arguments in registers are spilled right above the frame. */
const SPILL = 32
/** gopark, semacquire1 or netpollblock and their callers together. */
const TOP_OF_STACK = 768
const MOST_CASES = 65536
const MOST_QUEUED = 1 << 24

export interface BlockedOn {
  /** Address of the channel, lock, WaitGroup, Cond, poll descriptor or semaphore; 0 where it was not found. */
  object: number
  /** Channels of a select, one for each case that is not nil. */
  channels: number[]
}

interface Seen {
  kind: 'semaphore' | 'cond' | 'poll'
  low: number
  high: number
}

/** Looks at the innermost frames of one goroutine as they are walked, then finds what it is blocked on. */
export class BlockedOnFinder {
  readonly #seen: Seen[] = []
  /** By notifyList: the sudogs queued on it. */
  readonly #lists = new Map<number, Set<number>>()

  constructor(
    readonly memory: Memory,
    readonly layout: Layout,
  ) {}

  /** Forgets the goroutine before. */
  start(): void {
    this.#seen.length = 0
  }

  look(frame: GoFrame, depth: number): void {
    if (depth >= DEEPEST) return
    const kind = FRAMES[frame.fn.name]
    if (kind && frame.fp - frame.sp <= LARGEST_FRAME) this.#seen.push({ kind, low: frame.sp, high: frame.fp + SPILL })
  }

  /** Without a line table: looks at the top of the stack, where the runtime's own frames are. */
  lookAt(sp: number, limit: number): void {
    const high = Math.min(sp + TOP_OF_STACK, limit)
    for (const kind of ['semaphore', 'cond', 'poll'] as const) this.#seen.push({ kind, low: sp, high })
  }

  /** What the goroutine `g` with this primitive is blocked on. */
  find(g: number, primitive: Primitive): BlockedOn {
    const none = { object: 0, channels: [] }
    switch (primitive) {
      case 'channel-receive':
      case 'channel-send':
      case 'select': {
        const channels = this.#channels(g)
        return { object: channels.length === 1 ? channels[0] : 0, channels }
      }
      case 'netpoll':
        return { object: this.#pollDesc(g), channels: [] }
      case 'cond':
        return { object: this.#cond(g), channels: [] }
      case 'mutex':
      case 'once':
      case 'rwmutex-read':
      case 'rwmutex-write':
      case 'waitgroup':
      case 'fd-lock':
      case 'semaphore': {
        const sudog = this.#sudog(g, 'semaphore')
        return sudog === 0 ? none : { object: this.memory.u64(sudog + this.layout.sudog.elem), channels: [] }
      }
      default:
        return none
    }
  }

  /** `g.waiting`: one sudog for each case, linked by `waitlink`. */
  #channels(g: number): number[] {
    const { memory, layout } = this
    let sudog = memory.u64(g + layout.g.waiting)
    if (sudog > 0 && memory.u64(sudog + layout.sudog.waitlink) === 0) {
      const channel = memory.u64(sudog + layout.sudog.g) === g ? memory.u64(sudog + layout.sudog.c) : 0
      return channel > 0 ? [channel] : []
    }
    const channels = new Set<number>()
    for (let i = 0; i < MOST_CASES && sudog > 0 && memory.u64(sudog + layout.sudog.g) === g; i++) {
      const channel = memory.u64(sudog + layout.sudog.c)
      if (channel > 0) channels.add(channel)
      sudog = memory.u64(sudog + layout.sudog.waitlink)
    }
    return [...channels]
  }

  /** The sudog of a semaphore or Cond lies in no list of the g; its pointer is in the frame that waits. */
  #sudog(g: number, kind: Seen['kind']): number {
    const { memory, layout } = this
    const o = layout.sudog
    for (const pointer of this.#pointers(kind))
      if (
        memory.u64(pointer + o.g) === g &&
        memory.u64(pointer + o.c) === 0 &&
        (kind === 'cond' || !Number.isNaN(memory.u32(memory.u64(pointer + o.elem))))
      )
        return pointer
    return 0
  }

  /**
   * sync.Cond has its notifyList at +16: {wait, notify, lock, head, tail} (runtime/sema.go). A pointer to the lock in it is
   * in the frame too, and one word further on the tail looks like a head: so the tail must be of the list as well.
   */
  #cond(g: number): number {
    const sudog = this.#sudog(g, 'cond')
    if (sudog === 0) return 0
    for (const list of this.#pointers('cond')) {
      const queued = this.#queued(list)
      if (queued.has(sudog) && queued.has(this.memory.u64(list + 24))) return list - 16
    }
    return 0
  }

  #queued(list: number): Set<number> {
    const known = this.#lists.get(list)
    if (known) return known
    const { memory, layout } = this
    const queued = new Set<number>()
    for (let s = memory.u64(list + 16); s > 4096 && s % 8 === 0 && !queued.has(s) && queued.size < MOST_QUEUED; ) {
      // Every element must be a sudog of some goroutine, or this is no list of them.
      if (!(memory.u64(s + layout.sudog.g) > 4096)) break
      queued.add(s)
      s = memory.u64(s + layout.sudog.next)
    }
    this.#lists.set(list, queued)
    return queued
  }

  #pollDesc(g: number): number {
    const { memory } = this
    for (const pointer of this.#pointers('poll'))
      for (const o of [this.layout.pollDesc, ...POLL_DESCS])
        if (
          (memory.u64(pointer + o.rg) === g || memory.u64(pointer + o.wg) === g) &&
          memory.u64(pointer + o.fd) < 2 ** 31
        )
          return pointer
    return 0
  }

  *#pointers(kind: Seen['kind']): Generator<number> {
    for (const seen of this.#seen) {
      if (seen.kind !== kind) continue
      for (let at = seen.low; at < seen.high; at += 8) {
        const pointer = this.memory.u64(at)
        if (pointer > 4096 && pointer % 8 === 0) yield pointer
      }
    }
  }
}

/**
 * The lock, WaitGroup or Cond to which a semaphore word belongs (sync/mutex.go, rwmutex.go, waitgroup.go and
 * internal/poll/fd_mutex.go): the word's distance from the start of the structure.
 *
 * @param behindWriter a RWMutex writer that queues for the Mutex inside the RWMutex
 */
export function ownerOfSemaphore(semaphore: number, primitive: Primitive, behindWriter: boolean): number {
  if (semaphore === 0) return 0
  switch (primitive) {
    case 'mutex':
    case 'once':
      return semaphore - 4
    case 'rwmutex-write':
      return behindWriter ? semaphore - 4 : semaphore - 8
    case 'rwmutex-read':
      return semaphore - 12
    case 'waitgroup':
      // Up to Go 1.17 the semaphore came first where the structure was not aligned to eight bytes.
      return semaphore % 8 === 0 ? semaphore - 8 : semaphore
    case 'fd-lock':
      return semaphore % 8 === 0 ? semaphore - 8 : semaphore - 12
    default:
      return semaphore
  }
}
