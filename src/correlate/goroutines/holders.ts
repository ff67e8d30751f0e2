/**
 * Which goroutine the evidence points to as the holder of a lock. Go records no owner, so every answer is inferred but for
 * locks inside the standard library, which are held wherever a goroutine stands in the call that takes them.
 */
import { ownerOf, userFrame } from '../../model/go-frames.js'
import { type Frame, type GoroutineSnapshot, PRIMITIVES } from '../../model/goroutine.js'
import type { HolderCandidate, LockQueue } from '../../model/waits.js'
import type { LockContainers } from './containers.js'
import { doing } from './doing.js'
import { type Grouping, hex, refOfRow } from './groups.js'
import { lockingFrame } from './locking-frame.js'
import { lockKind, type Queue } from './queues.js'
import { relockOf, type Suspects, sameTypeBelow } from './suspects.js'
import { type Mention, type Mentions, wordsOf } from './words.js'

const CANDIDATES = 5
const SUSPECTS = 20

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

/** What is known of all goroutines of the dump together. */
export interface Dump {
  containers: LockContainers
  past: PastTheLock
  suspects: Suspects
}

/** Fills in who may hold the lock of a queue, and who does where one alone is pointed to. */
export function findHolder(
  queue: Queue,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
  mentions: Mentions,
  { containers, past, suspects }: Dump,
): void {
  const all = mentions.of.get(queue.address) ?? []
  const below = past.of(queue)
  const waiting = new Set(queue.rows)
  // The lock's own address where anybody shows it, else that of the struct around it.
  const base = all.some(m => m.word === queue.address) ? queue.address : containers.of(queue.address, all)
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
  if (top === undefined || top.support < NAMED) findSuspects(queue, snapshot, grouping, suspects, base, all)
  // Of a place that was only sampled, further goroutines may show the lock as well.
  if (alone && !sampled) {
    queue.queue.holder = queue.queue.candidates[0]
    queue.holderRow = top.row
  }
}

/** Where nothing points to a holder: whom the frames do not rule out. */
function findSuspects(
  queue: Queue,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
  suspects: Suspects,
  base: number,
  all: readonly Mention[],
): void {
  const named = (row: number, basis: string) =>
    candidate({ row, basis, support: WEAK, certain: false }, snapshot, grouping)
  const relock = relockOf(queue, snapshot, base || queue.address, all) ?? sameTypeBelow(queue, snapshot)
  if (relock) {
    const { row, basis, sure, sameObject } = relock
    queue.queue.relock = { ...named(row, basis), sure, sameObject }
  }
  queue.queue.couldHold = suspects.of(queue, SUSPECTS).map(row => ({
    ...named(row, 'a function of the package in which the lock is taken is on its stack'),
    silent: suspects.isSilent(row),
  }))
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
    if (queue.kind === 'once') {
      const own = this.#insideItself(waiting)
      if (own) yield own
    }
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

  /**
   * The goroutine that waits for a Once may be the one that runs its function: whoever runs one is in the dump for as long
   * as it does, so it is where nobody else runs any and it came by this very call of Do before.
   */
  #insideItself(waiting: number): Supported | null {
    const { groups, ofRow } = this.grouping
    const { frames, count } = groups[waiting]
    const at = lockingFrame(frames)
    const runs = (some: readonly Frame[]) => some.some(f => RUNS_ONCE.test(f.func))
    if (count !== 1 || groups.some((g, i) => i !== waiting && runs(g.frames.slice(lockingFrame(g.frames) + 1))))
      return null
    const { func, line } = frames[at]
    const before = frames.findIndex((f, depth) => depth > at && f.func === func && f.line === line)
    if (before === -1 || !runs(frames.slice(at + 1, before))) return null
    const basis = `it came by the same Do in ${func} (line ${line}) before, and no other goroutine is inside a Once`
    return { row: ofRow.indexOf(waiting), support: INSIDE, basis, certain: false }
  }
}

/** A frame of the call that runs the function of a Once. */
const RUNS_ONCE = /^sync\.\(\*Once\)\.do/i

/** Below the Lock by its line; for a Once, called by the very Do in which the others wait. */
function isPast({ kind }: LockQueue, frames: readonly Frame[], depth: number, line: number): boolean {
  if (kind === 'once') return frames[depth].line === line && frames.slice(0, depth).some(f => RUNS_ONCE.test(f.func))
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
