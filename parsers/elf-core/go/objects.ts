/** Channels, locks and descriptors that goroutines are blocked on, read from memory. */
import type { GoObject, Primitive } from '../../../src/model/goroutine.js'
import type { Memory } from '../memory.js'
import { type Layout, POLL_DESCS } from './layout.js'

/** Times in nanoseconds are read up to what a double holds exactly. */
const RWMUTEX_MAX_READERS = 1 << 30
const MOST_QUEUED = 1 << 24
const MOST_TIMERS = 1000

const KINDS: Partial<Record<Primitive, GoObject['kind']>> = {
  mutex: 'mutex',
  once: 'mutex',
  'rwmutex-read': 'rwmutex',
  'rwmutex-write': 'rwmutex',
  waitgroup: 'waitgroup',
  cond: 'cond',
  netpoll: 'netpoll',
  semaphore: 'semaphore',
  'fd-lock': 'semaphore',
  sleep: 'timer',
}

/** Collects the objects of a snapshot; each is read once, whoever waits on it. */
export class GoObjects {
  readonly #objects = new Map<GoObject['kind'], Map<number, GoObject>>()
  #timers = 0

  constructor(
    readonly source: string,
    readonly memory: Memory,
    readonly layout: Layout,
    readonly now: number,
  ) {}

  list(): GoObject[] {
    return [...this.#objects.values()].flatMap(byAddress => [...byAddress.values()])
  }

  /** A channel with everybody who is queued on it, by the channel's own queues. */
  channel(address: number): void {
    if (this.#objects.get('channel')?.has(address)) return
    const { memory, layout } = this
    const o = layout.hchan
    const length = memory.u64(address + o.qcount)
    const capacity = memory.u64(address + o.dataqsiz)
    if (!(length <= capacity)) return
    this.#add('channel', address, () => ({
      state: {
        len: length,
        cap: capacity,
        closed: memory.u32(address + o.closed) !== 0,
        elemSize: memory.u16(address + o.elemsize),
      },
      waiters: this.#queue(address + o.recvq),
      senders: this.#queue(address + o.sendq),
    }))
  }

  /** Puts a goroutine among the waiters of what it is blocked on. */
  waiter(primitive: Primitive, address: number, id: number, g: number): void {
    const kind = KINDS[primitive]
    if (kind === undefined || address === 0) return
    this.#add(kind, address, () => ({
      state: this.#state(primitive, address, g),
      waiters: [],
      senders: [],
    }))?.waiters.push(id)
  }

  /** The timer that wakes a sleeping goroutine; returns its address, 0 where there is none. */
  timer(g: number, id: number): number {
    const { memory, layout } = this
    const address = memory.u64(g + layout.g.timer)
    if (!(address > 0)) return 0
    const when =
      layout.g.sleepWhen === undefined ? memory.u64(address + layout.timer.when) : memory.u64(g + layout.g.sleepWhen)
    if (!(when > 0 && when < 2 ** 62)) return 0
    if (this.#timers++ < MOST_TIMERS)
      this.#add('timer', address, () => ({
        state: { when, ...(Number.isNaN(this.now) ? {} : { inNs: when - this.now }) },
        waiters: [id],
        senders: [],
      }))
    return address
  }

  #state(primitive: Primitive, address: number, g: number): GoObject['state'] {
    const { memory } = this
    switch (primitive) {
      case 'mutex':
      case 'once':
        return mutexState(memory.u32(address))
      case 'rwmutex-read':
      case 'rwmutex-write': {
        const count = memory.i32(address + 16)
        return {
          readers: count < 0 ? count + RWMUTEX_MAX_READERS : count,
          writerPending: count < 0,
          readersBeforeWriter: memory.i32(address + 20),
          writerLocked: mutexState(memory.u32(address)).locked,
        }
      }
      case 'waitgroup': {
        // Counter in the upper half, waiters in the lower (its top bit marks a synctest bubble since Go 1.25).
        const word = address % 8 === 0 ? address : address + 4
        return { counter: memory.i32(word + 4), waiters: memory.u32(word) & 0x7fffffff }
      }
      case 'cond':
        return { nextTicket: memory.u32(address + 16), notified: memory.u32(address + 20) }
      case 'netpoll': {
        const candidates = [this.layout.pollDesc, ...POLL_DESCS]
        const o = candidates.find(c => memory.u64(address + c.rg) === g || memory.u64(address + c.wg) === g)
        if (!o) return {}
        return { fd: memory.u64(address + o.fd), waitsFor: memory.u64(address + o.rg) === g ? 'read' : 'write' }
      }
      case 'fd-lock':
        // internal/poll.FD: the lock, then Sysfd.
        return { fd: memory.u64(address + 16) }
      default:
        return { value: memory.u32(address) }
    }
  }

  #add(
    kind: GoObject['kind'],
    address: number,
    read: () => Pick<GoObject, 'state' | 'waiters' | 'senders'>,
  ): GoObject | undefined {
    let byAddress = this.#objects.get(kind)
    if (byAddress === undefined) this.#objects.set(kind, (byAddress = new Map()))
    let object = byAddress.get(address)
    if (object === undefined) {
      const offset = this.memory.offsetInCore(address)
      object = { address, kind, ...read(), refs: offset === null ? [] : [{ source: this.source, offset }] }
      byAddress.set(address, object)
    }
    return object
  }

  /** Ids of the goroutines of a `waitq {first, last}`, in the order in which they will be served. */
  #queue(waitq: number): number[] {
    const { memory, layout } = this
    const ids: number[] = []
    const seen = new Set<number>()
    for (let s = memory.u64(waitq); s > 4096 && !seen.has(s) && seen.size < MOST_QUEUED; ) {
      seen.add(s)
      const id = memory.u64(memory.u64(s + layout.sudog.g) + layout.g.goid)
      if (!(id > 0)) break
      ids.push(id)
      s = memory.u64(s + layout.sudog.next)
    }
    return ids
  }
}

/** Bits of a Mutex (sync/mutex.go): 1 locked, 2 woken, 4 starving, and the number of waiters above. */
function mutexState(word: number): { locked: boolean; woken: boolean; starving: boolean; waiters: number } {
  return { locked: (word & 1) !== 0, woken: (word & 2) !== 0, starving: (word & 4) !== 0, waiters: word >>> 3 }
}
