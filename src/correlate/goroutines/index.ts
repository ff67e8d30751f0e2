/** Goroutines of all dumps: groups, queues on locks, who waits for whom, who can still run. */
import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { GoroutineFacts, HolderCandidate, LockQueue } from '../../model/waits.js'
import { noGoroutineFacts } from '../../model/waits.js'
import { shownAgain } from './again.js'
import { dateDumps } from './dumps.js'
import { addEdges } from './graph.js'
import { type Grouping, groupSnapshot } from './groups.js'
import { livenessOf } from './liveness.js'
import { lockQueues } from './locks.js'
import { addProcessEdges } from './processes.js'
import { groupSeries } from './series.js'
import { addSyscallEdges } from './threads.js'

/** Groups that a report can hold; beyond it the small and idle ones are left out. */
const GROUPS = 2000

/** Fills `groups`, `waits` and `goroutines` of the analysis. */
export function relateGoroutines(analysis: Analysis): void {
  const { capture } = analysis
  dateDumps(analysis)
  const facts = noGoroutineFacts()
  const groupings: Grouping[] = []
  const bases: number[] = []
  const again = shownAgain(capture.snapshots)
  capture.snapshots.forEach((snapshot, index) => {
    const grouping = groupSnapshot(snapshot)
    const queues = again.has(index) ? [] : lockQueues(snapshot, index, grouping)
    addEdges(analysis.waits, snapshot, queues)
    addSyscallEdges(analysis, snapshot)
    const base = analysis.groups.length
    groupings.push(grouping)
    bases.push(base)
    const liveness = livenessOf(snapshot, index, grouping, capture)
    markCulprits(
      grouping,
      queues.map(q => q.queue),
    )
    for (const group of grouping.groups) analysis.groups.push({ ...group, snapshot: index, again: again.has(index) })
    facts.queues.push(...queues.map(q => shiftQueue(q.queue, base)))
    facts.liveness.push({
      ...liveness,
      live: liveness.live.map(g => g + base),
      ticking: liveness.ticking.map(g => g + base),
      timed: liveness.timed.map(g => g + base),
    })
  })
  addProcessEdges(analysis)
  facts.series = groupSeries(analysis, groupings, bases)
  concludeWaits(analysis, facts)
  cutGroups(analysis, facts)
  analysis.goroutines = facts
}

/** A goroutine that others wait for is not idle, however usual the place where it stands. */
function markCulprits({ groups }: Grouping, queues: readonly LockQueue[]): void {
  for (const { holder } of queues)
    if (holder && holder.group >= 0) groups[holder.group].benign = groups[holder.group].system
}

function shiftQueue(queue: LockQueue, by: number): LockQueue {
  const shift = <T extends HolderCandidate>(c: T): T => ({ ...c, group: c.group < 0 ? -1 : c.group + by })
  const candidates = queue.candidates.map(shift)
  return {
    ...queue,
    groups: queue.groups.map(g => g + by),
    candidates,
    relock: queue.relock && shift(queue.relock),
    couldHold: queue.couldHold.map(shift),
    holder: queue.holder && (candidates.find(c => c.goroutine === queue.holder?.goroutine) ?? null),
  }
}

function concludeWaits({ waits }: Analysis, { queues, liveness }: GoroutineFacts): void {
  if (waits.cycles.length > 0) waits.conclusion = 'deadlock'
  else if (queues.some(q => q.holder !== null && q.readers + q.writers > 1)) waits.conclusion = 'convoy'
  else if (queues.some(q => liveness.some(l => l.snapshot === q.snapshot && l.asleep !== null && isLost(q, l.ticking))))
    waits.conclusion = 'orphan'
}

/** Nothing of the dump points to a holder, or to anybody who could be one. */
function isLost({ candidates, relock, couldHold, alike }: LockQueue, ticking: readonly number[]): boolean {
  return candidates.length === 0 && relock === null && alike === 0 && couldHold.every(c => ticking.includes(c.group))
}

/** Keeps the groups that tell most, in the order of the dumps, and says how many were left out. */
function cutGroups(analysis: Analysis, facts: GoroutineFacts): void {
  const { groups, capture } = analysis
  if (groups.length <= GROUPS) return
  const needed = new Set<number>()
  for (const q of facts.queues) for (const g of [...q.groups, ...q.candidates.map(c => c.group)]) needed.add(g)
  const worth = (g: GoroutineGroup, i: number) =>
    (needed.has(i) ? 1e12 : 0) + (g.system || g.benign ? 0 : 1e9) + g.count
  const order = groups.map((g, i) => ({ i, worth: worth(g, i) })).sort((a, b) => b.worth - a.worth || a.i - b.i)
  const kept = new Set(order.slice(0, GROUPS).map(o => o.i))
  const place = new Map<number, number>()
  const left: GoroutineGroup[] = []
  groups.forEach((group, i) => {
    if (!kept.has(i)) return
    place.set(i, left.length)
    left.push(group)
  })
  const moved = (list: number[]) => list.filter(i => place.has(i)).map(i => place.get(i) as number)
  for (const q of facts.queues) {
    q.groups = moved(q.groups)
    for (const c of [...q.candidates, ...q.couldHold, ...(q.relock ? [q.relock] : [])])
      c.group = place.get(c.group) ?? -1
  }
  for (const l of facts.liveness) {
    // A group that was cut still lives: the lists say who, `asleep` says whether.
    l.live = moved(l.live)
    l.ticking = moved(l.ticking)
    l.timed = moved(l.timed)
  }
  for (const s of facts.series) s.group = place.get(s.group) ?? -1
  facts.groupsCut = groups.length - left.length
  capture.diagnostics.add(
    'goroutines.groups-cut',
    'info',
    `groups of goroutines beyond ${GROUPS}: the smallest and idle ones are counted in their dump but not listed`,
    { source: groups[0].source, line: 1 },
    'analyse fewer dumps at a time',
    facts.groupsCut,
  )
  analysis.groups = left
}
