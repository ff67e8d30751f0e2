import type { Analysis, WaitEdge } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import type { LockQueue } from '../../model/waits.js'
import { counted } from '../../model/words.js'
import { folded, frameOf, type Keyed, kindWord, placeOf, shortFunc, title, waited } from '../goroutines.js'

import { memoryAt } from '../memory.js'
import { crossed, relocked } from './unseen-cycle.js'

/** Goroutines that wait for each other's locks in a cycle: none of them can ever go on. */
export const mutexDeadlock: Rule = {
  id: 'mutex/deadlock',
  severity: 'error',
  needs: 'a goroutine dump with argument words (SIGQUIT, debug=2, a crash) or a core',
  summary: 'goroutines wait for each other’s locks in a cycle',
  explanation: `Each goroutine of the cycle holds one lock and waits for the next. Go’s mutexes have no owner and no time limit, so nothing ever ends it; the runtime reports it only when no other goroutine is left that could run, which in a server is never.

A dump shows for certain who waits for which lock. Who holds one is inferred: a goroutine that has a contended lock’s address among its arguments and does not itself wait for that lock. The cycle is only claimed where each lock has exactly one such goroutine. Where locks have no holder in sight, and nobody who could unlock them can run, the finding says that those who wait must hold them, and that it is inferred.

Take locks in one order everywhere, or do not call out while holding one.`,
  find: analysis => [...folded(cycles(analysis)), ...folded(relocked(analysis)), ...folded(crossed(analysis))],
}

function* cycles(analysis: Analysis): Generator<Keyed> {
  const queues = analysis.goroutines?.queues ?? []
  for (const [number, cycle] of analysis.waits.cycles.entries()) {
    const members = queues.filter(q => q.cycle === number)
    if (members.length === 0) continue
    const edges = cycle.map(i => analysis.waits.edges[i])
    const places = [...new Set(edges.map(e => placeFor(analysis, e, members)))]
    const behind = members.reduce((sum, q) => sum + q.readers + q.writers, 0) - edges.length
    const snapshot = analysis.capture.snapshots[members[0].snapshot]
    const first = idIn(edges[0].from)
    yield {
      key: [...places].sort().join(' '),
      snapshot: members[0].snapshot,
      finding: {
        rule: mutexDeadlock.id,
        severity: 'error',
        title: title(
          edges.length === 1
            ? `${first === null ? 'A goroutine' : `Goroutine ${first}`} waits for a ${kindWord(members[0].kind)} that it ${members[0].kind === 'once' ? 'runs' : 'holds'} itself, in ${places[0]}`
            : `${edges.length} goroutines wait for each other’s locks, in ${briefly(places)}`,
        ),
        summary: `${edges.length === 1 ? (members[0].kind === 'once' ? 'The function of a sync.Once calls Do of the same Once' : 'A goroutine locks again what it has locked already') : `${edges.length} goroutines each hold a lock that the next one of them waits for`}, so none of them can go on.${behind > 0 ? ` ${counted(behind, 'further goroutine')} ${behind === 1 ? 'queues' : 'queue'} behind these locks.` : ''} Only a restart ends it.`,
        subject: { ...(snapshot.pid ? { pid: snapshot.pid } : {}), ...(first === null ? {} : { goroutine: first }) },
        chain: [...edges.flatMap(edge => edgeLinks(analysis, edge, members)), ...behindLink(members, behind)],
        remedies: remedies(edges, places),
        ns: analysis.at(snapshot.source, snapshot.takenNs),
      },
    }
  }
}

/** The id in `goroutine 18`; null where the form gives goroutines none. */
function idIn(name: string): number | null {
  const id = /^goroutine (\d+)$/.exec(name)
  return id && Number(id[1])
}

/** The places as far as a title has room for them. */
function briefly(places: readonly string[]): string {
  const all = places.join(' and ')
  return all.length <= 45 || places.length === 1 ? all : `${places[0]} and ${counted(places.length - 1, 'more place')}`
}

/** Where the waiter of an edge stands. */
function placeFor(analysis: Analysis, edge: WaitEdge, members: readonly LockQueue[]): string {
  const group = groupOf(analysis, edge, members)
  return group ? shortFunc(frameOf(group)?.func ?? '') : edge.from
}

function groupOf(analysis: Analysis, edge: WaitEdge, members: readonly LockQueue[]) {
  const id = idIn(edge.from)
  const candidates = members.flatMap(q => q.groups).map(g => analysis.groups[g])
  return candidates.find(g => id !== null && g.ids.includes(id)) ?? candidates[0]
}

function edgeLinks(analysis: Analysis, edge: WaitEdge, members: readonly LockQueue[]): Link[] {
  const group = groupOf(analysis, edge, members)
  const lock = `${edge.on.kind} ${edge.on.address}`
  return [
    {
      text: `${edge.from} waits for ${lock} in ${placeOf(group ? frameOf(group) : null)}${group ? waited(group) : ''}`,
      status: 'observed',
      refs: edge.refs.slice(0, 1),
      from: { key: edge.from.replace(' ', ':'), name: edge.from, kind: 'thread' },
      to: { key: `lock:${edge.on.address}`, name: lock, kind: 'object' },
      label: 'waits for',
    },
    ...memoryAt(analysis, members[0].snapshot, edge.on.address),
    {
      text: `${edge.heldBy} holds ${lock}: ${edge.basis}`,
      status: edge.status,
      refs: edge.refs.slice(1),
      from: { key: `lock:${edge.on.address}`, name: lock, kind: 'object' },
      to: { key: (edge.heldBy ?? '').replace(' ', ':'), name: edge.heldBy ?? '', kind: 'thread' },
      label: 'held by',
    },
  ]
}

function behindLink(members: readonly LockQueue[], behind: number): Link[] {
  if (behind <= 0) return []
  return [
    {
      text: `${counted(behind, 'more goroutine')} ${behind === 1 ? 'waits' : 'wait'} for ${members.length === 1 ? 'the same lock' : 'one of the same locks'}`,
      status: 'observed',
      refs: members.flatMap(q => q.refs).slice(0, 4),
    },
  ]
}

function remedies(edges: readonly WaitEdge[], places: readonly string[]) {
  const where = places.join(' and ')
  if (edges.length === 1)
    return [
      {
        title: 'Do not lock again what is locked',
        detail: `sync.Mutex and sync.Once are not recursive, and a second RLock waits behind a waiting writer. Split ${where} into a part that locks and one that expects the lock to be held.`,
      },
    ]
  return [
    {
      title: 'Take the locks in one order everywhere',
      detail: `In ${where} one goroutine takes them in one order and another in the opposite one. Sort what is to be locked (by id or address) before the first Lock.`,
      code: 'first, second := a, b\nif b.id < a.id {\n\tfirst, second = b, a\n}\nfirst.mu.Lock()\nsecond.mu.Lock()',
      breaks: 0,
    },
  ]
}
