/**
 * Which goroutine the evidence points to as the holder of a lock. Go records no owner, so every answer is inferred but for
 * locks inside the standard library, which are held wherever a goroutine stands in the call that takes them.
 */
import { ownerOf, userFrame } from '../../model/go-frames.js'
import { type Frame, type GoroutineSnapshot, PRIMITIVES } from '../../model/goroutine.js'
import type { HolderCandidate, LockQueue } from '../../model/waits.js'
import { doing } from './doing.js'
import { type Grouping, hex, refOfRow } from './groups.js'
import { lockKind, type Queue } from './queues.js'
import { type Mention, type Mentions, wordsOf } from './words.js'

const CANDIDATES = 5

/** How well the evidence supports that a goroutine holds the lock; only from `NAMED` on can it be named. */
const INSIDE = 6
const EXACT = 5
const CONTAINED = 4
const EXACT_STALE = 3
const SAME_FUNCTION = 2
const NAMED = SAME_FUNCTION
const WEAK = 1

interface Supported {
  row: number
  support: number
  basis: string
  /** The library's own code holds the lock wherever the goroutine stands: no inference is needed. */
  certain: boolean
}

/** Fills in who may hold the lock of a queue, and who does where one alone is pointed to. */
export function findHolder(
  queue: Queue,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
  mentions: Mentions,
  past: PastTheLock,
): void {
  const all = mentions.of.get(queue.address) ?? []
  const below = past.of(queue)
  if (all.length === 0 && below.length === 0) return
  const waiting = new Set(queue.rows)
  const base = baseOf(queue, snapshot, all, waiting)
  const best = new Map<number, Supported>()
  let sampled = false
  for (const mention of all) {
    if (mention.word !== base || waiting.has(mention.row)) continue
    sampled ||= mentions.sampled.has(grouping.ofRow[mention.row])
    const found = support(mention, queue, snapshot, grouping, all, waiting)
    const known = best.get(mention.row)
    if (!known || found.support > known.support) best.set(mention.row, found)
  }
  for (const found of below) if (!best.has(found.row)) best.set(found.row, found)
  const ranked = [...best.values()].sort((a, b) => b.support - a.support || a.row - b.row)
  const top = ranked[0]
  const alone = top !== undefined && top.support >= NAMED && ranked[1]?.support !== top.support
  queue.queue.candidates = ranked.slice(0, CANDIDATES).map(s => candidate(s, snapshot, grouping))
  queue.queue.candidatesLeft = Math.max(0, ranked.length - CANDIDATES)
  // Of a place that was only sampled, further goroutines may show the lock as well.
  if (alone && !sampled) {
    queue.queue.holder = queue.queue.candidates[0]
    queue.holderRow = top.row
  }
}

/**
 * The word that stands for the lock: its own address where any goroutine shows it, else the receiver of the method that
 * the waiters call Lock in, else the nearest word before it. The nearest, as structs of the same size lie side by side on
 * the heap: the one before holds another lock.
 */
function baseOf(
  queue: Queue,
  { table }: GoroutineSnapshot,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): number {
  if (all.some(m => m.word === queue.address)) return queue.address
  const nearest = (some: readonly Mention[]) => some.reduce((max, m) => Math.max(max, m.word), 0)
  const sure = all.filter(m => m.sure)
  const receivers = sure.filter(
    m => waiting.has(m.row) && m.position === 0 && m.depth === lockingFrame(table.stacks[table.stack[m.row]].frames),
  )
  return nearest(receivers) || nearest(sure) || nearest(all)
}

/**
 * Goroutines that stand further down in the very function in which waiters call Lock: whatever its arguments, on the same
 * object they are past that Lock. One of the waiters can be such: it locks again what it has locked.
 */
export class PastTheLock {
  #byGroup = new Map<string, Supported[]>()

  constructor(readonly grouping: Grouping) {}

  of({ queue }: Queue): Supported[] {
    return queue.groups.flatMap(waiting => {
      // A place whose goroutines wait for different locks: which of them was passed cannot be told.
      if (queue.address !== null && this.grouping.groups[waiting].object === null) return []
      const others = queue.groups.filter(g => g !== waiting)
      const key = `${queue.kind} ${waiting} ${others.join(' ')}`
      const known = this.#byGroup.get(key) ?? [...this.#find(queue, waiting, others)]
      this.#byGroup.set(key, known)
      return known
    })
  }

  *#find(queue: LockQueue, waiting: number, others: readonly number[]): Generator<Supported> {
    const { groups, ofRow } = this.grouping
    const { frames } = groups[waiting]
    const lock = frames[lockingFrame(frames)]
    if (!lock || lock.line === null || ownerOf(lock) !== 'user') return
    const { func, line } = lock
    for (const [g, group] of groups.entries()) {
      if (g === waiting || group.system || group.count !== 1 || (group.idle && group.idle !== 'sleeps')) continue
      const from = others.includes(g) ? lockingFrame(group.frames) + 1 : 0
      const past = group.frames.find(
        (f, depth) => depth >= from && f.func === func && isPast(queue, group.frames, depth, line),
      )
      if (!past) continue
      const basis =
        queue.kind === 'once'
          ? 'it is inside the function that this call of Do runs'
          : `it is past the Lock in ${func} (line ${past.line}), in which the others wait (line ${line})`
      yield { row: ofRow.indexOf(g), support: queue.kind === 'once' ? INSIDE : SAME_FUNCTION, basis, certain: false }
    }
  }
}

/** Below the Lock by its line; for a Once, called by the very Do in which the others wait. */
function isPast({ kind }: LockQueue, frames: readonly Frame[], depth: number, line: number): boolean {
  if (kind === 'once')
    return frames[depth].line === line && frames.slice(0, depth).some(f => /^sync\.\(\*Once\)\.do/i.test(f.func))
  return (frames[depth].line ?? 0) > line
}

function support(
  mention: Mention,
  queue: Queue,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): Supported {
  const { row, frame, sure, word } = mention
  const group = grouping.groups[grouping.ofRow[row]]
  const at = `${frame.func}${frame.line === null ? '' : ` (line ${frame.line})`}`
  const made = (level: number, basis: string, certain = false): Supported => ({ row, support: level, basis, certain })
  if (queue.queue.kind === 'once' && /^sync\.\(\*Once\)\.(?:doSlow|Do)$/.test(frame.func))
    return made(INSIDE, 'it is inside the function that this Once runs', sure)
  if (
    queue.queue.kind === 'fd-lock' &&
    (group.primitive === 'syscall' || group.primitive === 'netpoll') &&
    /\.\(\*FD\)\./.test(frame.func)
  )
    return made(INSIDE, `it is inside ${frame.func} of the same file, which is locked for the length of the call`, sure)
  if (group.idle && group.idle !== 'sleeps')
    return made(WEAK, `${hex(word)} is an argument of ${at}, but it ${group.idle}`)
  if (notThereYet(mention, snapshot, all, waiting))
    return made(WEAK, `${hex(word)} is an argument of ${at}, which has not come to that lock yet`)
  if (!sure) {
    const stale = `the word ${hex(word)} stands among the arguments of ${at}, though it may be stale`
    return made(word === queue.address ? EXACT_STALE : WEAK, stale)
  }
  // The waiters call Lock in the same function, on the same parameter: who stands deeper in it has got past the Lock.
  const locks = all.filter(
    m =>
      waiting.has(m.row) && m.sure && m.frame.func === frame.func && m.word === word && m.position === mention.position,
  )
  if (locks.length > 0 && locks.every(m => (m.frame.line ?? Number.POSITIVE_INFINITY) < (frame.line ?? 0)))
    return made(INSIDE, `it is past the Lock in ${at}, with the same argument ${hex(word)}`)
  if (word === queue.address) return made(EXACT, `the lock's own address is an argument of ${at}`)
  return made(CONTAINED, `${hex(word)}, the object that holds the lock, is an argument of ${at}`)
}

/**
 * A goroutine that waits for a lock itself holds at most what it locked before. It has not come to this one yet where the
 * word stands after that of the lock it waits for among the arguments of the very frame that waits (locks are taken in the
 * order of parameters), or where others wait for this lock in the same function at a later line.
 */
function notThereYet(
  mention: Mention,
  { table }: GoroutineSnapshot,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): boolean {
  const { row, frame, position, depth } = mention
  if (lockKind(PRIMITIVES[table.primitive[row]]) === undefined) return false
  if (depth !== lockingFrame(table.stacks[table.stack[row]].frames)) return false
  const own = table.object[row]
  const ownPosition = own > 0 ? wordsOf(frame.args ?? '').findIndex(w => w.word === own) : -1
  if (ownPosition !== -1 && ownPosition < position) return true
  return all.some(m => waiting.has(m.row) && m.frame.func === frame.func && (m.frame.line ?? 0) > (frame.line ?? 0))
}

/** Index of the innermost frame that is neither the runtime's nor of package sync: it calls Lock. */
function lockingFrame(frames: readonly Frame[]): number {
  return frames.findIndex(f => ownerOf(f) !== 'runtime' && !/^(?:internal\/)?sync\./.test(f.func))
}

function candidate(
  { row, basis, certain }: Supported,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
): HolderCandidate {
  const group = grouping.ofRow[row]
  const { frames } = snapshot.table.stacks[snapshot.table.stack[row]]
  const at = userFrame(frames)
  return {
    goroutine: snapshot.table.ids[row],
    group,
    basis,
    status: certain ? 'observed' : 'inferred',
    doing: doing(grouping.groups[group].primitive, grouping.groups[group].state, frames),
    frame: frames[at] ?? frames[0] ?? null,
    ref: refOfRow(snapshot, row),
  }
}
