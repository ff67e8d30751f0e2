/** Goroutines that wait for locks, by lock. */
import { type GoroutineSnapshot, PRIMITIVES, type Primitive } from '../../model/goroutine.js'
import { addTo } from '../../model/multimap.js'
import type { LockQueue } from '../../model/waits.js'
import { type Grouping, hex, refOfRow } from './groups.js'

const KINDS: Partial<Record<Primitive, LockQueue['kind']>> = {
  mutex: 'mutex',
  'rwmutex-read': 'rwmutex',
  'rwmutex-write': 'rwmutex',
  once: 'once',
  'fd-lock': 'fd-lock',
}
const IDS = 100
const REFS = 8

/** Kind of lock that a goroutine blocked on a primitive waits for; undefined where it waits for none. */
export function lockKind(primitive: Primitive): LockQueue['kind'] | undefined {
  return KINDS[primitive]
}

/** A queue with the rows that stand in it, which the edges are made of. */
export interface Queue {
  queue: LockQueue
  rows: number[]
  /** Row of the holder; -1 where nobody can be named. */
  holderRow: number
  address: number
}

/**
 * Rows that wait for locks. A server can have 20,000 goroutines that each wait for a lock of their own, so a lock with one
 * waiter costs a number and no more.
 */
export interface Waiting {
  /** Row of the first waiter of each lock, ascending. */
  first: number[]
  /** Where a lock has more than one waiter, all of them, by address. */
  many: Map<number, number[]>
  /** Addresses of the locks, ascending. */
  addresses: Float64Array
  /** Without an address: those of one place (of one package for RWMutexes) together. */
  unknown: Map<string, number[]>
}

export function waitingRows({ table }: GoroutineSnapshot, grouping: Grouping): Waiting {
  const unknown = new Map<string, number[]>()
  const rows: number[] = []
  const kinds = PRIMITIVES.map(p => KINDS[p])
  for (let row = 0; row < table.length; row++) {
    const kind = kinds[table.primitive[row]]
    if (kind === undefined) continue
    if (table.object[row] !== 0) {
      rows.push(row)
      continue
    }
    const group = grouping.ofRow[row]
    const key = kind === 'rwmutex' ? `${kind} ${packageAt(grouping, group)}` : `${kind} ${group}`
    addTo(unknown, key, row)
  }
  const sorted = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) sorted[i] = table.object[rows[i]]
  sorted.sort()
  const many = new Map<number, number[]>()
  for (let i = 1; i < sorted.length; i++) if (sorted[i] === sorted[i - 1]) many.set(sorted[i], [])
  if (many.size === 0) return { first: rows, many, addresses: sorted, unknown }
  const first = rows.filter(row => {
    const all = many.get(table.object[row])
    return all === undefined || all.push(row) === 1
  })
  return { first, many, addresses: sorted.filter((address, i) => address !== sorted[i - 1]), unknown }
}

function packageAt(grouping: Grouping, group: number): string {
  const { frames, userFrame: at } = grouping.groups[group]
  const func = frames[at]?.func ?? ''
  return func.slice(0, func.indexOf('.', func.lastIndexOf('/') + 1))
}

/** The queue of rows that wait for one lock; `address` is 0 where it is not known. */
export function queueOf(
  snapshot: GoroutineSnapshot,
  index: number,
  grouping: Grouping,
  rows: number[],
  address: number,
): Queue {
  const { table } = snapshot
  const queue: LockQueue = {
    snapshot: index,
    source: snapshot.source,
    kind: KINDS[PRIMITIVES[table.primitive[rows[0]]]] ?? 'mutex',
    address: address > 0 ? hex(address) : null,
    readers: 0,
    writers: 0,
    ids: [],
    groups: [],
    waitNs: null,
    candidates: [],
    candidatesLeft: 0,
    holder: null,
    relock: null,
    couldHold: [],
    cycle: -1,
    alike: 0,
    refs: rows.slice(0, REFS).map(row => refOfRow(snapshot, row)),
  }
  const groups = new Set<number>()
  for (const row of rows) {
    const count = table.counts ? table.counts[row] : 1
    if (PRIMITIVES[table.primitive[row]] === 'rwmutex-read') queue.readers += count
    else queue.writers += count
    groups.add(grouping.ofRow[row])
    const wait = table.waitNs[row]
    if (Number.isNaN(wait)) continue
    queue.waitNs ??= { min: wait, max: wait }
    queue.waitNs.min = Math.min(queue.waitNs.min, wait)
    queue.waitNs.max = Math.max(queue.waitNs.max, wait)
  }
  const ids = Float64Array.from(rows.map(row => table.ids[row]).filter(id => id > 0))
  queue.ids = [...ids.sort().subarray(0, IDS)]
  queue.groups = [...groups].slice(0, IDS)
  return { queue, rows, holderRow: -1, address }
}
