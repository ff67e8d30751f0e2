import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link, Severity } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import type { HolderCandidate, LockQueue } from '../../model/waits.js'
import { counted } from '../../model/words.js'
import { forsaken, neverUnlocked, suspectsOf } from '../forsaken.js'
import {
  folded,
  frameOf,
  hasLockCycle,
  holderName,
  type Keyed,
  kindWord,
  LONG_NS,
  livenessOf,
  namesOf,
  placeOf,
  problemKey,
  shortFunc,
  title,
  waited,
} from '../goroutines.js'

import { memoryAt } from '../memory.js'
import { isUnseenCycle, stuckOn } from './unseen-cycle.js'

/** So many waiters are a queue even if nothing else is known. */
const CROWD = 10
/** Enough to be more than the moment where the holder itself waits for another goroutine. */
const FEW = 3

/** Goroutines that queue on one lock. */
export const mutexConvoy: Rule = {
  id: 'mutex/convoy',
  severity: 'warning',
  needs: 'a goroutine dump or a core; the holder only where argument words or memory show it',
  summary: 'several goroutines queue on one lock whose holder can still run',
  explanation: `A lock is held while its holder waits for something slow: a write to a full pipe, the network, a channel, another lock. Everybody who needs the lock queues behind it, and the program looks hung though only one goroutine waits for something real.

The finding follows the queue from lock to lock to the goroutine at its head and says what that one is doing: mend that, not the lock. Who holds a lock is inferred from argument words, for Go records no owner; locks of the library (log.Logger, files) are held for certain by who stands inside them.`,
  find: analysis => folded(convoys(analysis)),
}

function* convoys(analysis: Analysis): Generator<Keyed> {
  const index = new QueueIndex(analysis.goroutines?.queues ?? [])
  for (const queue of index.queues) {
    if (queue.cycle >= 0 || (queue.kind === 'rwmutex' && queue.readers > 0 && queue.writers > 0)) continue
    const path = index.pathOf(queue)
    // A queue whose only waiters are heads of other queues is a step on their way, told there.
    if (index.isStep(queue) || path.some(q => q.cycle >= 0 || isUnseenCycle(analysis, q))) continue
    const severity = severityOf(analysis, queue, path)
    if (severity !== null)
      yield { key: keyOf(analysis, queue), snapshot: queue.snapshot, finding: convoy(analysis, queue, path, severity) }
  }
}

/** Queues by who waits in them and by who holds their lock. */
class QueueIndex {
  #waitsIn = new Map<string, LockQueue>()
  #heads = new Set<string>()

  constructor(readonly queues: readonly LockQueue[]) {
    for (const queue of queues) {
      for (const id of queue.ids) this.#waitsIn.set(`${queue.snapshot} ${id}`, queue)
      if (queue.holder) this.#heads.add(`${queue.snapshot} ${queue.holder.goroutine}`)
    }
  }

  /** The queues from one lock to the next: the holder of each waits in the next. */
  pathOf(start: LockQueue): LockQueue[] {
    const path = [start]
    for (;;) {
      const { holder, snapshot } = path[path.length - 1]
      const next = holder === null ? undefined : this.#waitsIn.get(`${snapshot} ${holder.goroutine}`)
      if (!next || path.includes(next)) return path
      path.push(next)
    }
  }

  isStep({ snapshot, ids, readers, writers }: LockQueue): boolean {
    return ids.length === readers + writers && ids.every(id => this.#heads.has(`${snapshot} ${id}`))
  }
}

function keyOf(analysis: Analysis, queue: LockQueue): string {
  return queue.groups.map(g => (analysis.groups[g] ? problemKey(analysis.groups[g]) : '')).sort()[0] ?? ''
}

/** How bad it is; null where it may be the moment's ordinary contention. */
function severityOf(analysis: Analysis, queue: LockQueue, path: readonly LockQueue[]): Severity | null {
  const waiting = path.reduce((sum, q) => sum + q.readers + q.writers, 0)
  const long = (queue.waitNs?.max ?? 0) >= LONG_NS
  const head = path[path.length - 1]
  const root = head.holder && analysis.groups[head.holder.group]
  // Nobody in sight who holds it and nobody who could let go: another rule's matter.
  if (head.holder === null && isAbandoned(analysis, head)) return null
  // Whoever holds it is among those that wait: no moment's contention, though only one may be seen to wait for it.
  const alone = head.holder === null && suspectsOf(analysis, head).length > 0 ? stuckOn(analysis, head) : null
  if (alone?.sure) return 'error'
  if (long) return waiting > 1 ? 'error' : 'warning'
  if (root && isBlocked(root) && waiting > 1)
    return waiting >= CROWD || (waiting >= FEW && needsAnother(root)) || forsaken(analysis, root)?.sure
      ? 'error'
      : 'warning'
  return waiting >= CROWD || alone ? 'warning' : null
}

/** The holder waits for yet another goroutine, which may well need the lock: nothing of the clock or the network. */
function needsAnother({ primitive }: GoroutineGroup): boolean {
  return (
    primitive.startsWith('channel') || primitive === 'cond' || primitive === 'waitgroup' || primitive === 'select-empty'
  )
}

function isBlocked(group: GoroutineGroup): boolean {
  return group.primitive !== 'none' && group.primitive !== 'unknown' && group.primitive !== 'gc'
}

function isAbandoned(analysis: Analysis, queue: LockQueue): boolean {
  const group = analysis.groups[queue.groups[0]]
  return (
    queue.candidates.length === 0 &&
    suspectsOf(analysis, queue).length === 0 &&
    (queue.address !== null || queue.readers + queue.writers === 1) &&
    group !== undefined &&
    !hasLockCycle(analysis, queue.snapshot) &&
    neverUnlocked(analysis, group) !== null
  )
}

function convoy(analysis: Analysis, queue: LockQueue, path: readonly LockQueue[], severity: Severity) {
  const head = path[path.length - 1]
  const count = queue.readers + queue.writers
  const group = analysis.groups[queue.groups[0]]
  const snapshot = analysis.capture.snapshots[queue.snapshot]
  const { holder } = head
  const lead = `${counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'queue'} for a ${kindWord(queue.kind)}`
  return {
    rule: mutexConvoy.id,
    severity,
    title: title(headline(lead, holder)),
    summary: `${counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'wait'} in ${placeOf(group && frameOf(group))} for one ${kindWord(queue.kind)}. ${
      holder === null
        ? `The dump does not show who holds it.${queue.alike > 0 ? ` ${counted(queue.alike, 'more goroutine')} there each wait for another lock of which nothing more is known.` : ''}`
        : `At the head of the queue ${holderName(holder)} ${holder.doing} in ${placeOf(holder.frame)}.`
    }`,
    subject: {
      ...(snapshot.pid ? { pid: snapshot.pid } : {}),
      ...(holder && holder.goroutine > 0 ? { goroutine: holder.goroutine } : {}),
    },
    chain: [...path.flatMap(q => links(analysis, q)), ...threadLink(analysis, head)],
    remedies: [
      holder === null
        ? {
            title: 'Take a dump that shows the holder',
            detail: 'A SIGQUIT dump (kill -QUIT) or a core has the addresses of locks and of what goroutines work on.',
            code: 'kill -QUIT PID   # ends the process with a full dump',
          }
        : {
            title: 'Do not hold the lock over something slow',
            detail: `${holderName(holder).replace(/^[a-z]/, c => c.toUpperCase())} ${holder.doing} in ${placeOf(holder.frame)} while it holds the ${kindWord(head.kind)}. Unlock before, or bound the call by a deadline.`,
          },
    ],
    ns: analysis.at(snapshot.source, snapshot.takenNs),
  }
}

/** With what the holder does as far as a title has room for it. */
function headline(lead: string, holder: HolderCandidate | null): string {
  if (holder === null) return `${lead} whose holder the dump does not show`
  if (holder.goroutine === 0) return `${lead} held in ${shortFunc(holder.frame?.func ?? 'an unknown place')}`
  const short = `${lead} held by goroutine ${holder.goroutine}`
  const long = `${short}, which ${holder.doing}`
  return long.length <= 90 ? long : `${short} in ${shortFunc(holder.frame?.func ?? 'an unknown place')}`
}

function links(analysis: Analysis, queue: LockQueue): Link[] {
  const count = queue.readers + queue.writers
  const group = analysis.groups[queue.groups[0]]
  const lock = `${kindWord(queue.kind)}${queue.address === null ? '' : ` ${queue.address}`}`
  const waits: Link = {
    text: `${count === 1 && queue.ids.length === 1 ? `goroutine ${queue.ids[0]}` : counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'wait'} for ${lock} in ${placeOf(group && frameOf(group))}${waited(queue)}`,
    status: 'observed',
    refs: queue.refs.slice(0, 4),
  }
  const memory = memoryAt(analysis, queue.snapshot, queue.address)
  if (queue.holder)
    return [
      waits,
      ...memory,
      {
        text: `${holderName(queue.holder)} holds it: ${queue.holder.basis}; it ${queue.holder.doing} in ${placeOf(queue.holder.frame)}`,
        status: queue.holder.status,
        refs: [queue.holder.ref],
      },
    ]
  const which: Link[] =
    queue.address === null && count > 1
      ? [{ text: 'that it is one lock: the dump does not show its address', status: 'missing', refs: [] }]
      : []
  const alive = group && livenessOf(analysis, group)
  const suspects = suspectsOf(analysis, queue)
  const could = suspects.length > 0 ? `; ${namesOf(suspects)} came through the same package and could` : ''
  return [
    waits,
    ...memory,
    ...which,
    {
      text:
        queue.candidates.length === 0
          ? `who holds it: no other goroutine shows ${queue.address === null ? 'that it does' : 'its address'}${could}${alive && alive.live.length > 0 ? '' : ', nor could one run'}`
          : `who holds it: it can be ${namesOf(queue.candidates, queue.candidatesLeft)}`,
      status: 'missing',
      refs: [],
    },
  ]
}

/** The system call that the thread of the head of the queue is in, where a trace shows it. */
function threadLink(analysis: Analysis, { holder, source }: LockQueue): Link[] {
  if (holder === null) return []
  const call = analysis.waits.edges.find(
    e =>
      e.from === `goroutine ${holder.goroutine}` &&
      e.basis.startsWith('thread ') &&
      e.refs.some(r => r.source === source),
  )
  return call ? [{ text: `${call.from}’s ${call.basis}`, status: call.status, refs: call.refs }] : []
}
