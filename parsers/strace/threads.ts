/** What the scanner remembers of each thread: its last call, whether that is still open, whether a signal came last. */
import { ROOM, Table } from './columns.js'

const FREE = -1

/** Whether the open call of a thread is kept. */
export const OPEN = {
  /** Its result decides. */
  undecided: 0,
  keep: 1,
  /** Not a call at all: the number of a thread that was dying could not be read. */
  ghost: 2,
} as const

export const IS = {
  /** The line before was a signal or a stop. */
  afterSignal: 1,
  /** Its end was seen, and nothing of a new life under the same number. */
  ended: 2,
  /** What came before is not known here; its lines are left to who knows (`pieces.ts`). */
  unknown: 4,
} as const

/** What became of the last call. */
export const LAST = { returned: 0, open: 1, died: 2, detached: 3 } as const

export class Threads extends Table {
  tid = new Int32Array(ROOM)
  /** Line of the call that has begun and not returned; 0 where there is none. Unless it is a ghost, it is the last call. */
  openLine = new Uint32Array(ROOM)
  openHash = new Int32Array(ROOM)
  /** How its name is kept, one of `KEEP`; and one of `OPEN`. */
  openRule = new Uint8Array(ROOM)
  openKeep = new Uint8Array(ROOM)
  /** `FLAG`s that its row will have. */
  openFlags = new Uint8Array(ROOM)
  /** Which descriptor it uses, by hash; 0 where that does not matter. */
  openUse = new Int32Array(ROOM)
  /** The last call that began, returned or not; line 0 where there was none. */
  lastLine = new Uint32Array(ROOM)
  lastAt = new Float64Array(ROOM)
  lastSize = new Uint32Array(ROOM)
  lastLead = new Uint16Array(ROOM)
  lastNs = new Float64Array(ROOM)
  lastHash = new Int32Array(ROOM)
  /** One of `LAST`. */
  lastState = new Uint8Array(ROOM)
  /** `IS` bits; 0 for most threads at most times. */
  is = new Uint8Array(ROOM)
  /** 1: its birth is in the log, or in this part of it. */
  born = new Uint8Array(ROOM)
  /** Uses of descriptors that were seen already, by hash. */
  readonly seen: (Set<number> | null)[] = []
  #slots: Int32Array = new Int32Array(ROOM * 4).fill(FREE)
  #lastTid = -1
  #last = 0

  /** @param newIs what a new thread's `is` is */
  constructor(readonly newIs: number) {
    super()
  }

  /** Forgets all threads; the room stays. */
  clear(): void {
    this.length = 0
    this.seen.length = 0
    this.#slots.fill(FREE)
    this.#lastTid = -1
  }

  /** Index of a thread, made when new. */
  of(tid: number): number {
    if (tid === this.#lastTid) return this.#last
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (Math.imul(tid, 0x9e3779b1) >>> 8) & mask
    for (let i = slots[slot]; i !== FREE; i = slots[slot]) {
      if (this.tid[i] === tid) {
        this.#lastTid = tid
        this.#last = i
        return i
      }
      slot = (slot + 1) & mask
    }
    return this.#add(tid, slot)
  }

  #add(tid: number, slot: number): number {
    const i = this.length++
    if (i === this.tid.length) this.makeRoom(i * 2)
    this.tid[i] = tid
    this.is[i] = this.newIs
    this.openLine[i] = 0
    this.openFlags[i] = 0
    this.openUse[i] = 0
    this.lastLine[i] = 0
    this.lastState[i] = 0
    this.born[i] = 0
    this.seen[i] = null
    this.#slots[slot] = i
    if (this.length * 3 > this.#slots.length) this.#place(this.#slots.length * 2)
    this.#lastTid = tid
    this.#last = i
    return i
  }

  #place(size: number): void {
    const slots = new Int32Array(size).fill(FREE)
    const mask = size - 1
    for (let i = 0; i < this.length; i++) {
      let slot = (Math.imul(this.tid[i], 0x9e3779b1) >>> 8) & mask
      while (slots[slot] !== FREE) slot = (slot + 1) & mask
      slots[slot] = i
    }
    this.#slots = slots
  }

  /** A call begins. */
  begin(i: number, line: number, at: number, size: number, lead: number, ns: number, hash: number): void {
    this.lastLine[i] = line
    this.lastAt[i] = at
    this.lastSize[i] = size
    this.lastLead[i] = lead
    this.lastNs[i] = ns
    this.lastHash[i] = hash
  }

  /**
   * A thread that is not the leader called execve: it goes on under the leader's number, its own life is over.
   *
   *   > | 22901 +++ superseded by execve in pid 22903 +++
   *   > | 22901 <... execve resumed>) = 0 <0.000860>
   */
  move(from: number, to: number): void {
    const own = this as unknown as Record<string, Int32Array>
    for (const [name, column] of this.columns()) if (name !== 'tid') own[name][to] = column[from]
    // A new program: what it uses, it uses for the first time.
    this.seen[to] = null
    this.born[to] = 0
    this.end(from)
  }

  /** Takes over the state of thread `from` of another table; `last`: its last call too. */
  adopt(part: Threads, from: number, t: number, last: boolean): void {
    const own = this as unknown as Record<string, Int32Array>
    for (const [name, column] of part.columns())
      if (name !== 'tid' && (last || !name.startsWith('last'))) own[name][t] = column[from]
    if (part.is[from] === IS.ended) this.seen[t] = null
  }

  /** The only thread that is in the call with this hash; -1 where none or several are. */
  onlyOneIn(hash: number): number {
    let found = -1
    for (let i = 0; i < this.length; i++) {
      if (this.openLine[i] === 0 || this.openHash[i] !== hash) continue
      if (found !== -1) return -1
      found = i
    }
    return found
  }

  /** Ends the life of a thread: a later line under the same number is another thread. */
  end(i: number): void {
    this.openLine[i] = 0
    this.lastLine[i] = 0
    this.is[i] = IS.ended
    this.born[i] = 0
    this.seen[i] = null
  }

  /** True when this use was not seen before in the thread's life. */
  first(i: number, use: number): boolean {
    let seen = this.seen[i]
    if (seen === null) this.seen[i] = seen = new Set()
    if (seen.has(use)) return false
    seen.add(use)
    return true
  }

  /** A thread that was known by another number. */
  rename(from: number, to: number): void {
    for (let i = 0; i < this.length; i++) if (this.tid[i] === from) this.tid[i] = to
    this.#lastTid = -1
    this.#place(this.#slots.length)
  }
}
