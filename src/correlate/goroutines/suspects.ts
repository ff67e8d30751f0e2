/**
 * Who could hold a lock that nobody can be named for: not what points to a holder (see holders.ts), but whom the frames do
 * not rule out. A lock is most often a field that is not exported, so whoever holds it has come through its package.
 */
import { ownerOf, packageOf } from '../../model/go-frames.js'
import type { Frame, GoroutineSnapshot } from '../../model/goroutine.js'
import { addTo } from '../../model/multimap.js'
import type { Grouping } from './groups.js'
import { lockingFrame } from './locking-frame.js'
import type { Queue } from './queues.js'
import type { Mention } from './words.js'

/** A method with a pointer receiver. */
export const METHOD = /\.\(\*.+\)\.[^.()]+$/

/** So many goroutines of one place are looked at for one that waits for another lock. */
const PER_PLACE = 64

/** The goroutines of one dump by the packages on their stacks. */
export class Suspects {
  /** Places by package; those that idle where they are meant to are left out. */
  #places = new Map<string, number[]>()
  /** The first rows of each place. */
  #rows: number[][]
  /** Answers of `isSilent`: the same few goroutines are asked for by every queue, and their text has to be read again. */
  #silent = new Map<number, boolean>()

  constructor(
    readonly snapshot: GoroutineSnapshot,
    readonly grouping: Grouping,
  ) {
    const { groups, ofRow } = grouping
    this.#rows = groups.map(() => [])
    for (let row = 0; row < ofRow.length; row++) {
      const rows = this.#rows[ofRow[row]]
      if (rows.length < PER_PLACE) rows.push(row)
    }
    groups.forEach(({ system, idle, frames }, g) => {
      if (system || (idle && idle !== 'sleeps')) return
      for (const pack of new Set(frames.filter(f => ownerOf(f) === 'user').map(f => packageOf(f.func) ?? ''))) {
        addTo(this.#places, pack, g)
      }
    })
  }

  /**
   * Rows, one of each place, that the frames do not rule out as holders: a function of the package in which the waiters
   * call Lock stands on their stack, and they do not wait for this very lock. Goroutine 1 that stands in main.main alone is
   * left out where the lock is taken in methods only: it would have to reach into the struct.
   */
  of({ queue, rows }: Queue, most: number): number[] {
    const { groups } = this.grouping
    const sites = queue.groups.map(g => groups[g].frames[lockingFrame(groups[g].frames)]?.func ?? '')
    const inMethods = sites.every(func => METHOD.test(func))
    const own = new Set(queue.groups)
    // Without an address its waiters may wait for locks of their own, and hold each other's.
    const mine = new Set(queue.address === null && rows.length > 1 ? [] : rows)
    const found = new Set<number>()
    for (const pack of new Set(sites.map(func => packageOf(func) ?? '')))
      for (const g of this.#places.get(pack) ?? []) {
        if (found.size === most) break
        const { main, frames } = groups[g]
        if (inMethods && main && frames.every(f => f.func === 'main.main' || ownerOf(f) !== 'user')) continue
        const row = own.has(g) ? this.#rows[g].find(r => !mine.has(r)) : this.#rows[g][0]
        if (row !== undefined) found.add(row)
      }
    return [...found]
  }

  /**
   * Whether a goroutine may work on objects that its frames do not show: a frame of the user's own is a closure or has no
   * argument words, was inlined, or has words that may be stale.
   *
   *   main.main.func1()   main.touch(...)   main.put(0xc0000140a0, 0x0?)
   */
  isSilent(row: number): boolean {
    let silent = this.#silent.get(row)
    if (silent === undefined) {
      silent = this.snapshot.detail(row).frames.some(f => ownerOf(f) === 'user' && hides(f.args))
      this.#silent.set(row, silent)
    }
    return silent
  }
}

function hides(args: string | undefined): boolean {
  return args === undefined || args === '' || /\?|\.\.\./.test(args)
}

/** A waiter that may have locked what it waits for itself, and whether its frames show that it came past that Lock. */
export interface Relock {
  row: number
  sure: boolean
  /** Its words show the object. */
  sameObject: boolean
  basis: string
}

/**
 * The only one of the waiters that was called, further down its stack, by a method of the very object that holds the lock.
 * null where there is none, or several: a method that locks may well be called by one that does not.
 *
 * @param word the lock or the struct around it
 * @param all mentions of words at or before the lock
 */
export function relockOf(
  queue: Queue,
  snapshot: GoroutineSnapshot,
  word: number,
  all: readonly Mention[],
): Relock | null {
  const { table } = snapshot
  const waiting = new Set(queue.rows)
  const callers = all.filter(
    m => waiting.has(m.row) && m.word === word && m.depth > lockingFrame(table.stacks[table.stack[m.row]].frames),
  )
  const methods = callers.filter(m => m.position === 0 && METHOD.test(m.frame.func))
  const of = methods.length > 0 ? methods : callers
  const [row] = new Set(of.map(m => m.row))
  if (row === undefined || of.some(m => m.row !== row)) return null
  const { frames } = table.stacks[table.stack[row]]
  const lock = frames[lockingFrame(frames)]
  const past = of.find(m => m.frame.func === lock.func && (m.frame.line ?? 0) > (lock.line ?? Number.POSITIVE_INFINITY))
  const outermost = past ?? of.reduce((a, b) => (b.depth > a.depth ? b : a))
  const at = `${outermost.frame.func}${outermost.frame.line === null ? '' : ` (line ${outermost.frame.line})`}`
  return {
    row,
    sure: past !== undefined,
    sameObject: true,
    basis: past
      ? `it came past the same Lock in ${at} before, on the same object 0x${word.toString(16)}`
      : `${at}, which leads to this Lock, works on the same object 0x${word.toString(16)}${outermost.sure ? '' : ' (a word that may be stale)'}`,
  }
}

/**
 * The only waiter of a lock, where its frames alone say that it may have locked it itself: further down its stack stands
 * another method of the type whose method calls Lock. Not where the words show that it works on another object.
 *
 *   main.(*Conf).fill(0xc0000a6108)     calls Lock
 *   main.(*Conf).Get(0xc0000a6108, …)   may have called RLock
 */
export function sameTypeBelow({ rows }: Queue, snapshot: GoroutineSnapshot): Relock | null {
  if (rows.length !== 1) return null
  const { frames } = snapshot.detail(rows[0])
  const at = lockingFrame(frames)
  const lock = frames[at]
  if (lock === undefined || !METHOD.test(lock.func)) return null
  const type = lock.func.slice(0, lock.func.lastIndexOf(').') + 2)
  const caller = frames.findLast(
    (f, depth) => depth > at && METHOD.test(f.func) && f.func.startsWith(type) && mayBeOneObject(f, lock),
  )
  if (!caller) return null
  const where = `${caller.func}${caller.line === null ? '' : ` (line ${caller.line})`}`
  return {
    row: rows[0],
    sure: false,
    sameObject: false,
    basis: `${where}, which leads to this Lock, is a method of the same type; whether it works on the same object the dump does not show`,
  }
}

/** Unless both receivers are shown, and differ. */
function mayBeOneObject(a: Frame, b: Frame): boolean {
  const receiver = ({ args }: Frame) => (args === undefined ? undefined : /^0x[0-9a-f]{4,16}(?=,|$)/.exec(args)?.[0])
  const [x, y] = [receiver(a), receiver(b)]
  return x === undefined || y === undefined || x === y
}
