/** What the scanner remembers of each thread: its open call, its last call, whether a signal came last. */
import { grown } from './columns.js'

const START = 64
const FREE = -1

export const OPEN = {
  /** Its result decides whether it is kept. */
  undecided: 0,
  keep: 1,
  /** Not a call at all: the number of a thread that was dying could not be read. */
  ghost: 2,
} as const

/** What became of the last call. */
export const LAST = { returned: 0, open: 1, died: 2, detached: 3 } as const

export class Threads {
  count = 0
  tid = new Int32Array(START)
  /** The call that has begun and not returned; line 0 where there is none. */
  openLine = new Uint32Array(START)
  openAt = new Float64Array(START)
  openSize = new Uint32Array(START)
  openLead = new Uint32Array(START)
  openNs = new Float64Array(START)
  openHash = new Int32Array(START)
  /** How its name is kept, one of `KEEP`; and one of `OPEN`. */
  openRule = new Uint8Array(START)
  openKeep = new Uint8Array(START)
  /** Which descriptor it uses, by hash; 0 where that does not matter. */
  openUse = new Int32Array(START)
  /** The last call that began, returned or not; line 0 where there was none. */
  lastLine = new Uint32Array(START)
  lastAt = new Float64Array(START)
  lastSize = new Uint32Array(START)
  lastLead = new Uint32Array(START)
  lastNs = new Float64Array(START)
  lastHash = new Int32Array(START)
  /** One of `LAST`. */
  lastState = new Uint8Array(START)
  /** 1: the line before was a signal or a stop. */
  afterSignal = new Uint8Array(START)
  /** 1: its end was seen, and nothing of a new life under the same number. */
  ended = new Uint8Array(START)
  /** Uses of descriptors that were seen already, by hash. */
  seen: (Set<number> | null)[] = []
  #slots = new Int32Array(START * 4).fill(FREE)
  #lastTid = -1
  #last = 0

  /** Index of a thread, made when new. */
  of(tid: number): number {
    if (tid === this.#lastTid) return this.#last
    const mask = this.#slots.length - 1
    let slot = Math.imul(tid, 0x9e3779b1) >>> 8
    for (slot &= mask; ; slot = (slot + 1) & mask) {
      const i = this.#slots[slot]
      if (i === FREE) break
      if (this.tid[i] === tid) {
        this.#lastTid = tid
        this.#last = i
        return i
      }
    }
    const i = this.count++
    if (i === this.tid.length) this.#grow()
    this.tid[i] = tid
    this.seen[i] = null
    this.#slots[slot] = i
    if (this.count * 3 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    this.#lastTid = tid
    this.#last = i
    return i
  }

  /** A call begins. */
  begin(i: number, line: number, at: number, size: number, lead: number, ns: number, hash: number): void {
    this.lastLine[i] = line
    this.lastAt[i] = at
    this.lastSize[i] = size
    this.lastLead[i] = lead
    this.lastNs[i] = ns
    this.lastHash[i] = hash
    this.lastState[i] = LAST.open
  }

  /** Its first half ended the line. */
  open(i: number, line: number, at: number, size: number, lead: number, ns: number, hash: number): void {
    this.openLine[i] = line
    this.openAt[i] = at
    this.openSize[i] = size
    this.openLead[i] = lead
    this.openNs[i] = ns
    this.openHash[i] = hash
  }

  /**
   * A thread that is not the leader called execve: it goes on under the leader's number, its own life is over.
   *
   *   > | 22901 +++ superseded by execve in pid 22903 +++
   *   > | 22901 <... execve resumed>) = 0 <0.000860>
   */
  move(from: number, to: number): void {
    if (this.openLine[from] !== 0) {
      const { openLine, openAt, openSize, openLead, openNs, openHash } = this
      this.open(to, openLine[from], openAt[from], openSize[from], openLead[from], openNs[from], openHash[from])
      this.openRule[to] = this.openRule[from]
      this.openKeep[to] = this.openKeep[from]
      this.openUse[to] = this.openUse[from]
    }
    if (this.lastLine[from] !== 0) {
      const { lastLine, lastAt, lastSize, lastLead, lastNs, lastHash } = this
      this.begin(to, lastLine[from], lastAt[from], lastSize[from], lastLead[from], lastNs[from], lastHash[from])
      this.lastState[to] = this.lastState[from]
    }
    this.ended[to] = 0
    this.end(from)
  }

  /** As `move`, where the log does not say who it was (`-e quiet=superseded`): the only thread with an open execve. */
  inheritExecve(to: number, execve: number): void {
    let from = -1
    for (let i = 0; i < this.count; i++) {
      if (this.openLine[i] === 0 || this.openHash[i] !== execve) continue
      if (from !== -1) return
      from = i
    }
    if (from !== -1) this.move(from, to)
  }

  /** Ends the life of a thread: a later line under the same number is another thread. */
  end(i: number): void {
    this.openLine[i] = 0
    this.lastLine[i] = 0
    this.afterSignal[i] = 0
    this.ended[i] = 1
    this.seen[i] = null
  }

  /** True when this use was not seen before in the thread's life. */
  first(i: number, use: number): boolean {
    const seen = this.seen[i] ?? (this.seen[i] = new Set())
    if (seen.has(use)) return false
    seen.add(use)
    return true
  }

  rename(from: number, to: number): void {
    for (let i = 0; i < this.count; i++) if (this.tid[i] === from) this.tid[i] = to
    this.#lastTid = -1
    this.#rehash(this.#slots.length)
  }

  #rehash(size: number): void {
    const slots = new Int32Array(size).fill(FREE)
    const mask = slots.length - 1
    for (let i = 0; i < this.count; i++) {
      let slot = (Math.imul(this.tid[i], 0x9e3779b1) >>> 8) & mask
      while (slots[slot] !== FREE) slot = (slot + 1) & mask
      slots[slot] = i
    }
    this.#slots = slots
  }

  #grow(): void {
    this.tid = grown(this.tid)
    this.openLine = grown(this.openLine)
    this.openAt = grown(this.openAt)
    this.openSize = grown(this.openSize)
    this.openLead = grown(this.openLead)
    this.openNs = grown(this.openNs)
    this.openHash = grown(this.openHash)
    this.openRule = grown(this.openRule)
    this.openKeep = grown(this.openKeep)
    this.openUse = grown(this.openUse)
    this.lastLine = grown(this.lastLine)
    this.lastAt = grown(this.lastAt)
    this.lastSize = grown(this.lastSize)
    this.lastLead = grown(this.lastLead)
    this.lastNs = grown(this.lastNs)
    this.lastHash = grown(this.lastHash)
    this.lastState = grown(this.lastState)
    this.afterSignal = grown(this.afterSignal)
    this.ended = grown(this.ended)
  }
}
