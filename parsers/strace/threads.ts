/** What the scanner remembers of each thread: its last call, whether that is still open, whether a signal came last. */
import { ROOM, Table } from './columns.js'
import { DOES, type QuietModule } from './quiet-module.js'

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
} as const

/** What became of the last call. */
export const LAST = { returned: 0, open: 1, died: 2, detached: 3 } as const

/** Places in a thread's part of `last`. */
const LINE = 0
const AT = 1
const SIZE = 2
const NS = 3
const HASH = 4
const PLACES = 5
/** Size of a line and of its leader are one number there. */
const LEAD_UNIT = 65536

export class Threads extends Table {
  tid = new Int32Array(ROOM)
  /** 1: the short way knows what the thread does; the columns of the open call, `lastState` and `is` are not up to date: `settle`. */
  away = new Uint8Array(ROOM)
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
  /** One of `LAST`. */
  lastState = new Uint8Array(ROOM)
  /** One of `IS`; 0 for most threads at most times. */
  is = new Uint8Array(ROOM)
  /** 1: its birth is in the log. */
  born = new Uint8Array(ROOM)
  /** Uses of descriptors that were seen already, by hash. */
  readonly seen: (Set<number> | null)[] = []
  /** The last call of each thread that began, returned or not: `PLACES` numbers for each; line 0 where there was none. */
  #last = new Float64Array(ROOM * PLACES)
  #slots: Int32Array = new Int32Array(ROOM * 4).fill(FREE)
  #usedTid = -1
  /** The thread that was asked for last; -1 where none was. */
  used = -1

  /** The short way, while the log is on it. */
  #quiet: QuietModule | null = null

  /** Index of a thread, made when new. */
  of(tid: number): number {
    if (tid === this.#usedTid) return this.used
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = (Math.imul(tid, 0x9e3779b1) >>> 8) & mask
    for (let i = slots[slot]; i !== FREE; i = slots[slot]) {
      if (this.tid[i] === tid) {
        this.#usedTid = tid
        this.used = i
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
    this.is[i] = 0
    this.away[i] = this.#quiet === null ? 0 : 1
    this.openLine[i] = this.openFlags[i] = this.openUse[i] = 0
    this.lastState[i] = LAST.returned
    this.born[i] = 0
    this.#last[i * PLACES + LINE] = 0
    this.seen[i] = null
    this.#slots[slot] = i
    if (this.length * 3 > this.#slots.length) this.#place(this.#slots.length * 2)
    this.#usedTid = tid
    this.used = i
    return i
  }

  protected override makeRoom(room: number): void {
    super.makeRoom(room)
    const larger = new Float64Array(room * PLACES)
    larger.set(this.#last)
    this.#last = larger
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
    const last = this.#last
    const place = i * PLACES
    last[place + LINE] = line
    last[place + AT] = at
    last[place + SIZE] = size * LEAD_UNIT + lead
    last[place + NS] = ns
    last[place + HASH] = hash
  }

  lastLine(i: number): number {
    return this.#last[i * PLACES + LINE]
  }

  lastAt(i: number): number {
    return this.#last[i * PLACES + AT]
  }

  lastSize(i: number): number {
    return Math.floor(this.#last[i * PLACES + SIZE] / LEAD_UNIT)
  }

  lastLead(i: number): number {
    return this.#last[i * PLACES + SIZE] % LEAD_UNIT
  }

  lastNs(i: number): number {
    return this.#last[i * PLACES + NS]
  }

  lastHash(i: number): number {
    return this.#last[i * PLACES + HASH]
  }

  /** Brings the columns of a thread up to date, and keeps them so until it is given away again. */
  settle(i: number): void {
    if (this.away[i] === 0) return
    this.away[i] = 0
    const quiet = this.#quiet!
    const thread = quiet.thread(this.tid[i])
    quiet.functions.leave(this.tid[i])
    // It has done nothing there.
    if (thread === null) return
    if (thread.line !== 0) this.begin(i, thread.line, thread.at, thread.size, thread.lead, thread.ns, thread.hash)
    const waits = thread.does !== DOES.nothing
    this.is[i] = 0
    this.lastState[i] = waits ? LAST.open : LAST.returned
    this.openLine[i] = waits ? this.lastLine(i) : 0
    this.openHash[i] = this.lastHash(i)
    this.openKeep[i] = this.openFlags[i] = 0
    this.openRule[i] = thread.does === DOES.uses ? thread.rule : 0
    this.openUse[i] = thread.does === DOES.uses ? thread.use : 0
  }

  /** Leaves a thread to the short way again, where its columns say nothing unusual. */
  quieten(i: number): void {
    if (this.#quiet === null || this.openLine[i] !== 0 || this.is[i] !== 0 || this.lastState[i] !== LAST.returned)
      return
    this.away[i] = this.#quiet.functions.idle(this.tid[i])
  }

  /** The log takes the short way, which knows no thread yet; most may go along. */
  join(quiet: QuietModule): void {
    this.#quiet = quiet
    for (let i = 0; i < this.length; i++) {
      const quietly = this.openLine[i] === 0 && this.is[i] !== IS.afterSignal && this.lastState[i] === LAST.returned
      if (quietly || this.is[i] === IS.ended) this.away[i] = 1
      else quiet.functions.leave(this.tid[i])
      if (this.born[i] === 1) quiet.functions.bear(this.tid[i])
    }
  }

  /** The short way has no room for further threads: it forgets those that do nothing. */
  refill(): void {
    const quiet = this.#quiet!
    this.part()
    quiet.functions.forgetThreads()
    this.join(quiet)
  }

  /** Takes back all that the short way knows. */
  part(): void {
    if (this.#quiet === null) return
    for (const tid of this.#quiet.tids()) this.settle(this.of(tid))
    for (let i = 0; i < this.length; i++) this.settle(i)
    this.#quiet = null
  }

  /**
   * A thread that is not the leader called execve: it goes on under the leader's number, its own life is over.
   *
   *   > | 22901 +++ superseded by execve in pid 22903 +++
   *   > | 22901 <... execve resumed>) = 0 <0.000860>
   */
  move(from: number, to: number): void {
    this.settle(from)
    this.settle(to)
    const own = this as unknown as Record<string, Int32Array>
    for (const [name, column] of this.columns()) if (name !== 'tid') own[name][to] = column[from]
    for (let k = 0; k < PLACES; k++) this.#last[to * PLACES + k] = this.#last[from * PLACES + k]
    // A new program: what it uses, it uses for the first time.
    this.#forgetUses(to)
    this.born[to] = 0
    this.end(from)
  }

  /** The thread of the line before this one, if a call began there. */
  before(line: number): number {
    const tid = this.#quiet?.lastTid ?? 0
    return tid !== 0 && this.#quiet!.thread(tid)?.line === line - 1 ? this.of(tid) : this.used
  }

  /** The only thread that is in the call with this hash, which some rule keeps; -1 where none or several are. */
  onlyOneIn(hash: number): number {
    let found = -1
    for (let i = 0; i < this.length; i++) {
      if (this.away[i] !== 0 || this.openLine[i] === 0 || this.openHash[i] !== hash) continue
      if (found !== -1) return -1
      found = i
    }
    return found
  }

  /** Ends the life of a thread: a later line under the same number is another thread. */
  end(i: number): void {
    this.settle(i)
    this.openLine[i] = 0
    this.#last[i * PLACES + LINE] = 0
    this.is[i] = IS.ended
    this.born[i] = 0
    this.#forgetUses(i)
  }

  #forgetUses(i: number): void {
    this.seen[i] = null
    this.#quiet?.functions.unsee(this.tid[i])
  }

  /** A thread with this number is born. */
  bear(tid: number): void {
    this.born[this.of(tid)] = 1
    this.#quiet?.functions.bear(tid)
  }

  /** True when this use was not seen before in the thread's life. */
  first(i: number, use: number): boolean {
    let seen = this.seen[i]
    if (seen === null) this.seen[i] = seen = new Set()
    this.#quiet?.functions.see(this.tid[i], use)
    if (seen.has(use)) return false
    seen.add(use)
    return true
  }

  /** A thread that was known by another number. */
  rename(from: number, to: number): void {
    for (let i = 0; i < this.length; i++) if (this.tid[i] === from) this.tid[i] = to
    this.#usedTid = -1
    this.#place(this.#slots.length)
  }
}
