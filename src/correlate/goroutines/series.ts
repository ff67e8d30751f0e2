/** Groups followed through the dumps of one process: what grew, what stayed, what came and went. */
import type { Analysis } from '../../model/analysis.js'
import type { GroupSeries } from '../../model/waits.js'
import type { Grouping } from './groups.js'
import { type DumpSequence, dumpSequences, standing } from './one-process.js'

/** Series kept, those that changed most first. */
const SERIES = 500

/**
 * @param groupings by index of the snapshot
 * @param bases index in `Analysis.groups` of the first group of each snapshot
 */
export function groupSeries(
  analysis: Analysis,
  groupings: readonly Grouping[],
  bases: readonly number[],
): GroupSeries[] {
  const series = dumpSequences(analysis, groupings).flatMap(sequence => follow(analysis, sequence, groupings, bases))
  const change = ({ counts }: GroupSeries) => Math.abs(counts[counts.length - 1] - counts[0])
  return series.sort((a, b) => change(b) - change(a)).slice(0, SERIES)
}

function follow(
  analysis: Analysis,
  { snapshots, order, same, spanNs }: DumpSequence,
  groupings: readonly Grouping[],
  bases: readonly number[],
): GroupSeries[] {
  const byKey = new Map<string, { counts: number[]; group: number }>()
  snapshots.forEach((s, at) => {
    groupings[s].groups.forEach((group, g) => {
      if (group.system || group.key === undefined) return
      let known = byKey.get(group.key)
      if (!known) byKey.set(group.key, (known = { counts: snapshots.map(() => 0), group: 0 }))
      known.counts[at] += group.count
      known.group = bases[s] + g
    })
  })
  const stayed = stayedByKey(analysis, snapshots, groupings)
  return [...byKey].map(([key, { counts, group }]) => ({
    snapshots,
    counts,
    group,
    stayed: stayed.get(key) ?? 0,
    spanNs,
    order,
    same,
  }))
}

/** Goroutines that stand in the same place in the first dump and in every later one, by place. */
function stayedByKey(
  { capture }: Analysis,
  snapshots: readonly number[],
  groupings: readonly Grouping[],
): Map<string, number> {
  const [first, ...later] = snapshots
  const table = capture.snapshots[first].table
  let rows: Set<number> | null = null
  for (const s of later) {
    const here = new Set<number>()
    for (const [row] of standing(capture.snapshots[first], groupings[first], capture.snapshots[s], groupings[s]))
      if (rows === null || rows.has(row)) here.add(row)
    rows = here
  }
  const counts = new Map<string, number>()
  for (const row of rows ?? []) {
    const { key } = groupings[first].groups[groupings[first].ofRow[row]]
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + (table.counts ? table.counts[row] : 1))
  }
  return counts
}
