/**
 * Lock cycles that the dump does not show edge by edge: the waiters and their locks are there, and nobody who could unlock,
 * but nothing ties a lock to its holder (closures, package variables and stale words show no addresses). What is said is
 * inferred, and says so; no edge of the wait graph is made of it.
 */
import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import type { HolderCandidate, LockQueue } from '../../model/waits.js'
import { counted } from '../../model/words.js'
import { type Forsaken, neverUnlocked, suspectsOf } from '../forsaken.js'
import {
  frameOf,
  hasLockCycle,
  holderName,
  type Keyed,
  kindWord,
  namesOf,
  placeOf,
  problemKey,
  shortFunc,
  title,
  waited,
} from '../goroutines.js'

const ID = 'mutex/deadlock'

/** Whether a queue waits for what only one of those that wait could hold: nobody who runs is left to unlock. */
export function isUnseenCycle(analysis: Analysis, queue: LockQueue): boolean {
  if (isRelock(queue)) return stuckOn(analysis, queue) !== null
  const queues = crossing(analysis, queue.snapshot)
  return locksIn(queues) > 1 && queues.includes(queue)
}

function isRelock(queue: LockQueue): queue is LockQueue & { relock: NonNullable<LockQueue['relock']> } {
  return queue.relock !== null && queue.candidates.length === 0 && queue.kind !== 'fd-lock' && queue.alike === 0
}

const STUCK = new WeakMap<GoroutineGroup, Forsaken | null>()

/** Why nobody will ever unlock what a queue waits for; null where somebody might. */
export function stuckOn(analysis: Analysis, { groups }: LockQueue): Forsaken | null {
  const group: GoroutineGroup | undefined = analysis.groups[groups[0]]
  if (group === undefined) return null
  // Thousands of queues may stand in one place.
  let known = STUCK.get(group)
  if (known === undefined) STUCK.set(group, (known = neverUnlocked(analysis, group)))
  return known
}

/** A goroutine that waits for a lock which its own callers may have taken, while nobody else could let go of it. */
export function* relocked(analysis: Analysis): Generator<Keyed> {
  for (const queue of analysis.goroutines?.queues ?? []) {
    const alone = isRelock(queue) ? stuckOn(analysis, queue) : null
    if (!isRelock(queue) || alone === null || hasLockCycle(analysis, queue.snapshot)) continue
    const { relock } = queue
    const group = analysis.groups[relock.group] ?? analysis.groups[queue.groups[0]]
    const others = queue.readers + queue.writers - 1
    const links: Link[] = [
      {
        text: `${holderName(relock)} waits for ${queue.address === null ? `a ${kindWord(queue.kind)}` : `${kindWord(queue.kind)} ${queue.address}`} in ${placeOf(frameOf(group))}${waited(group)}`,
        status: 'observed',
        refs: [relock.ref],
      },
      { text: `it may hold it itself: ${relock.basis}`, status: 'inferred', refs: [relock.ref] },
      ...alone.links,
    ]
    if (!relock.sure)
      links.push({
        text: 'that it was locked there and not unlocked since: Go keeps no owner of a lock, and one that has gone without unlocking looks the same',
        status: 'missing',
        refs: [],
      })
    yield {
      key: problemKey(group),
      snapshot: queue.snapshot,
      finding: {
        rule: ID,
        severity: relock.sameObject || alone.sure ? 'error' : 'warning',
        title: title(
          `${holderName(relock)} seems to wait for a ${kindWord(queue.kind)} that it holds itself, in ${shortFunc(frameOf(group)?.func ?? '')}`,
        ),
        summary: `${holderName(relock)} waits for a ${kindWord(queue.kind)} that the methods which called it may have locked, and nobody else is left who could unlock it.${others > 0 ? ` ${counted(others, 'further goroutine')} ${others === 1 ? 'waits' : 'wait'} for the same lock.` : ''} Only a restart ends it.`,
        subject: subject(analysis, queue, relock.goroutine),
        chain: links,
        remedies: [
          {
            title: 'Do not lock again what is locked',
            detail: `sync.Mutex and sync.RWMutex are not recursive, and a read lock cannot be turned into a write lock. Split ${shortFunc(frameOf(group)?.func ?? 'the function')} into a part that locks and one that expects the lock to be held.`,
          },
        ],
        ns: momentOf(analysis, queue),
      },
    }
  }
}

const CROSSING = new WeakMap<Analysis, Map<number, LockQueue[]>>()

/** Queues of a dump whose locks have no holder in sight, each lock with an address of its own. */
function crossing(analysis: Analysis, snapshot: number): LockQueue[] {
  const bySnapshot = CROSSING.get(analysis) ?? new Map<number, LockQueue[]>()
  CROSSING.set(analysis, bySnapshot)
  const known = bySnapshot.get(snapshot)
  if (known) return known
  const queues = (analysis.goroutines?.queues ?? []).filter(
    q =>
      q.snapshot === snapshot &&
      (q.kind === 'mutex' || q.kind === 'rwmutex') &&
      q.address !== null &&
      q.holder === null &&
      q.candidates.every(c => waitsForLock(analysis, c)) &&
      (q.relock === null || q.candidates.length > 0) &&
      // Whoever waits for something else may hold it and be the root of all; main, which only waits for the others, is told of.
      suspectsOf(analysis, q).every(c => waitsForLock(analysis, c) || analysis.groups[c.group]?.main) &&
      // Who shows all that it works on, and not this lock, does not hold it.
      suspectsOf(analysis, q).some(c => c.silent && waitsForLock(analysis, c)) &&
      stuckOn(analysis, q) !== null,
  )
  bySnapshot.set(snapshot, queues)
  return queues
}

function waitsForLock({ groups }: Analysis, { group }: HolderCandidate): boolean {
  return /^(?:rw)?mutex/.test(groups[group]?.primitive ?? '')
}

function locksIn(queues: readonly LockQueue[]): number {
  return queues.reduce((sum, q) => sum + 1 + q.alike, 0)
}

/** Several locks without a holder in sight, and nobody who could unlock any of them but those that wait. */
export function* crossed(analysis: Analysis): Generator<Keyed> {
  for (const { snapshot } of analysis.goroutines?.liveness ?? []) {
    const queues = crossing(analysis, snapshot)
    const locks = locksIn(queues)
    if (locks < 2 || hasLockCycle(analysis, snapshot)) continue
    const alone = stuckOn(analysis, queues[0])
    if (!alone) continue
    const count = queues.reduce((sum, q) => sum + q.readers + q.writers + q.alike, 0)
    const waiting = new Set(queues.flatMap(q => q.groups))
    const outside = queues.flatMap(q => suspectsOf(analysis, q)).filter(c => !waiting.has(c.group))
    const more = outside.length === 0 ? '' : `; ${namesOf([outside[0]])} may hold one as well`
    yield {
      key: queues
        .map(q => problemKey(analysis.groups[q.groups[0]]))
        .sort()
        .join(' '),
      snapshot,
      finding: {
        rule: ID,
        severity: 'error',
        title: title(`${counted(count, 'goroutine')} wait for ${locks} locks that only those who wait can hold`),
        summary: `${counted(count, 'goroutine')} wait for ${locks} different locks, and no goroutine that could unlock one of them can run. So whoever holds the locks waits as well: most likely the goroutines wait for each other’s locks. Which of them holds which lock the dump does not show.`,
        subject: subject(analysis, queues[0], queues[0].ids[0] ?? 0),
        chain: [...queues.slice(0, 6).map(q => waitLink(analysis, q)), ...alone.links, whichLink(more)],
        remedies: [
          {
            title: 'Look where these functions take both locks',
            detail: `Compare the order in which ${places(analysis, queues)} take the locks; take them in one order everywhere, or do not call out while holding one. A core (GOTRACEBACK=crash, kill -ABRT) shows more of who holds them.`,
          },
        ],
        ns: momentOf(analysis, queues[0]),
      },
    }
  }
}

function whichLink(more: string): Link {
  return {
    text: `who holds which lock: no goroutine shows the lock of another among its arguments${more}; one that has gone without unlocking looks the same`,
    status: 'missing',
    refs: [],
  }
}

function waitLink(analysis: Analysis, queue: LockQueue): Link {
  const count = queue.readers + queue.writers
  const group = analysis.groups[queue.groups[0]]
  const alike = queue.alike === 0 ? '' : `, and ${queue.alike} more there for another lock each`
  return {
    text: `${count === 1 && queue.ids.length === 1 ? `goroutine ${queue.ids[0]}` : counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'wait'} for ${kindWord(queue.kind)} ${queue.address} in ${placeOf(frameOf(group))}${waited(group)}${alike}`,
    status: 'observed',
    refs: queue.refs.slice(0, 4),
  }
}

function places(analysis: Analysis, queues: readonly LockQueue[]): string {
  const names = queues.flatMap(q => q.groups.map(g => shortFunc(frameOf(analysis.groups[g])?.func ?? '')))
  return [...new Set(names)].slice(0, 4).join(', ')
}

function subject(analysis: Analysis, { snapshot }: LockQueue, goroutine: number) {
  const { pid } = analysis.capture.snapshots[snapshot]
  return { ...(pid ? { pid } : {}), ...(goroutine > 0 ? { goroutine } : {}) }
}

function momentOf(analysis: Analysis, { snapshot }: LockQueue) {
  const { source, takenNs } = analysis.capture.snapshots[snapshot]
  return analysis.at(source, takenNs)
}
