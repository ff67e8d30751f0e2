/** Which argument of a function that calls Lock leads to the lock: the struct that holds it, most often the receiver. */
import { ownerOf } from '../../model/go-frames.js'
import type { Frame, GoroutineSnapshot } from '../../model/goroutine.js'
import { lockingFrame } from './locking-frame.js'
import { METHOD } from './suspects.js'
import type { Mention } from './words.js'

/** Locks that goroutines with one frame were seen to wait for, and the distances from each of its arguments to them. */
interface Site {
  locks: Set<number>
  /** By position of the argument: the locks by their distance from it. */
  distances: Map<number, Map<number, Set<number>>>
}

/**
 * What the waiters of a dump show of the structs around the locks. A lock lies at one distance from the start of the
 * struct that holds it, so an argument whose distance to the lock differs between two waiters with the same frame is not
 * that struct, however near it lies: on the heap small structs of one kind lie side by side.
 *
 *   main.dine(0xc00009c940, 0xc00009c950, …)   waits for 0xc00009c958
 *   main.dine(0xc00009c960, 0xc00009c940, …)   waits for 0xc00009c948
 *                           ^ always 8 before the lock
 */
export class LockContainers {
  #sites = new Map<string, Site>()

  constructor(
    readonly snapshot: GoroutineSnapshot,
    mentions: ReadonlyMap<number, readonly Mention[]>,
  ) {
    for (const [lock, all] of mentions)
      for (const mention of all) if (this.#isOfWaiter(mention, lock)) this.#add(mention, lock)
  }

  /**
   * The word that stands for the struct around a lock.
   *
   * @param all mentions of words before the lock, where nobody shows its own address
   * @returns 0 where no argument can be told to be that struct
   */
  of(lock: number, all: readonly Mention[]): number {
    const sure = all.filter(m => m.sure)
    const waiters = sure.filter(m => this.#isOfWaiter(m, lock))
    const constant = nearest(waiters.filter(m => this.#isConstant(m)))
    if (constant > 0) return constant
    const locking = waiters.filter(m => m.depth === this.#lockingFrame(m))
    if (locking.some(m => (this.#sites.get(siteOf(m.frame))?.locks.size ?? 0) > 1)) return 0
    const receivers = locking.filter(m => m.position === 0 && METHOD.test(m.frame.func))
    // The standard library works on objects of its own, which lie on the heap among the program's.
    const near = (some: readonly Mention[]) => nearest(some.filter(m => ownerOf(m.frame) !== 'standard'))
    return nearest(receivers) || near(sure) || near(all)
  }

  #isOfWaiter({ row, sure }: Mention, lock: number): boolean {
    return sure && this.snapshot.table.object[row] === lock
  }

  #lockingFrame({ row }: Mention): number {
    const { table } = this.snapshot
    return lockingFrame(table.stacks[table.stack[row]].frames)
  }

  #add({ frame, position, word }: Mention, lock: number): void {
    if (word === lock) return
    const key = siteOf(frame)
    const site = this.#sites.get(key) ?? { locks: new Set(), distances: new Map() }
    this.#sites.set(key, site)
    site.locks.add(lock)
    const distances = site.distances.get(position) ?? new Map<number, Set<number>>()
    site.distances.set(position, distances)
    const locks = distances.get(lock - word)
    if (locks) locks.add(lock)
    else distances.set(lock - word, new Set([lock]))
  }

  /** The argument lies at one distance from the locks of all waiters that show it, and of two locks at least. */
  #isConstant({ frame, position }: Mention): boolean {
    const distances = [...(this.#sites.get(siteOf(frame))?.distances.get(position)?.values() ?? [])]
    return distances.length === 1 && distances[0].size > 1
  }
}

function siteOf({ func, line }: Frame): string {
  return `${func}:${line}`
}

/** The nearest before the lock, as structs of one size lie side by side: the one before holds another lock. */
function nearest(some: readonly Mention[]): number {
  return some.reduce((max, m) => Math.max(max, m.word), 0)
}
