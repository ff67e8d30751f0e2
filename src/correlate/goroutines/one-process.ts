/** Which dumps of a capture are of one process, and in what order they were taken. */
import type { Analysis } from '../../model/analysis.js'
import type { GoroutineSnapshot } from '../../model/goroutine.js'
import type { Ns } from '../../model/time.js'
import type { GroupSeries } from '../../model/waits.js'
import type { Grouping } from './groups.js'

/** Dumps of one process, earliest first. */
export interface DumpSequence {
  /** Indexes into `Capture.snapshots`. */
  snapshots: number[]
  order: GroupSeries['order']
  /** What shows that they are of one process, as the end of "of one process: …". */
  same: string
  /** Time between the first and the last; null where they are not dated. */
  spanNs: Ns | null
}

/** Forms that show every goroutine, so that what is missing in one has gone. */
const WHOLE = new Set(['debug2', 'debug1', 'proto', 'sigquit', 'fatal', 'delve-goroutines', 'delve-json', 'core'])
/** Words in file names by which dumps of several nodes, not of several moments, are told apart. */
const NODES = /node|host|pod|replica|instance|worker|server|shard|region|zone/i
/** Goroutines whose arguments are compared to tell whether two dumps are of one process. */
const COMPARED = 50

/**
 * Sequences of at least two dumps. Dumps are put together where both say the same pid, or stand in one file, or have names
 * that differ in a number only; never where pids differ, or where goroutines with one id in one place have other arguments.
 */
export function dumpSequences(analysis: Analysis, groupings: readonly Grouping[]): DumpSequence[] {
  const { snapshots } = analysis.capture
  const byFamily = new Map<string, number[]>()
  snapshots.forEach((snapshot, i) => {
    if (!WHOLE.has(snapshot.format) || snapshot.truncated || snapshot.table.length === 0) return
    const family = familyOf(snapshot)
    byFamily.set(family, [...(byFamily.get(family) ?? []), i])
  })
  const sequences: DumpSequence[] = []
  for (const indexes of byFamily.values()) {
    for (const members of ofOneProcess(indexes, snapshots, groupings)) {
      if (members.length < 2) continue
      sequences.push(inOrder(analysis, members))
    }
  }
  return sequences
}

/** What two dumps must have in common to be compared at all: their form, and their file, pid or kind of name. */
function familyOf({ format, source, pid }: GoroutineSnapshot): string {
  if (pid !== null) return `${format} pid ${pid}`
  const name = source.slice(source.lastIndexOf('/') + 1)
  return NODES.test(name) ? `${format} ${source}` : `${format} ${bareName(source)}`
}

/** A file name without what counts or dates the dump: `dump-2.txt`, `before.txt`, `stacks.2026-11-24T10.log`. */
function bareName(path: string): string {
  return path
    .replace(/#program-\d+$/, '')
    .replace(/\d+/g, '0')
    .replace(/before|after|first|second|early|late(?:r)?/gi, '0')
}

/** Splits dumps that could be of one process into those that are, as far as their goroutines show. */
function ofOneProcess(
  indexes: readonly number[],
  snapshots: readonly GoroutineSnapshot[],
  groupings: readonly Grouping[],
): number[][] {
  const processes: number[][] = []
  for (const i of indexes) {
    const fitting = processes.find(p => !contradict(p[p.length - 1], i, snapshots, groupings))
    if (fitting) fitting.push(i)
    else processes.push([i])
  }
  return processes
}

/**
 * Whether two dumps cannot be of one process: a goroutine with one id still stands in the same place, but was given other
 * arguments. Those do not change while it stands there.
 */
function contradict(
  a: number,
  b: number,
  snapshots: readonly GoroutineSnapshot[],
  groupings: readonly Grouping[],
): boolean {
  const pairs = standing(snapshots[a], groupings[a], snapshots[b], groupings[b])
  let equal = 0
  let compared = 0
  for (const [rowA, rowB] of pairs) {
    const wordsA = heapWords(snapshots[a], rowA)
    if (wordsA === '') continue
    compared++
    if (wordsA === heapWords(snapshots[b], rowB)) equal++
    if (compared === COMPARED) break
  }
  // A spilled register may change; where most differ, these are others.
  return compared > 0 && equal * 2 < compared
}

/** Rows of goroutines with the same id in the same place of both dumps, the runtime's own left out. */
export function* standing(
  a: GoroutineSnapshot,
  groupsA: Grouping,
  b: GoroutineSnapshot,
  groupsB: Grouping,
): Generator<[number, number]> {
  const rows = new Map<number, number>()
  for (let row = 0; row < a.table.length; row++) if (a.table.ids[row] > 0) rows.set(a.table.ids[row], row)
  for (let row = 0; row < b.table.length; row++) {
    const other = rows.get(b.table.ids[row])
    if (other === undefined) continue
    const group = groupsA.groups[groupsA.ofRow[other]]
    if (!group.system && group.key === groupsB.groups[groupsB.ofRow[row]].key) yield [other, row]
  }
}

/** The sure words of a goroutine's arguments that can be heap addresses, as one text. */
function heapWords(snapshot: GoroutineSnapshot, row: number): string {
  const words: string[] = []
  for (const { func, args } of snapshot.detail(row).frames) {
    if (args === undefined || func.startsWith('runtime.')) continue
    for (const m of args.matchAll(/0x[0-9a-f]{8,16}(?![0-9a-f?])/g)) words.push(m[0])
  }
  return words.join(' ')
}

function inOrder(analysis: Analysis, members: readonly number[]): DumpSequence {
  const { snapshots } = analysis.capture
  const dates = new Map(members.map(i => [i, analysis.at(snapshots[i].source, snapshots[i].takenNs)]))
  const dated = members.every(i => dates.get(i) !== null)
  const first = snapshots[members[0]]
  const oneFile = members.every(i => snapshots[i].source === first.source)
  const byDate = (a: number, b: number) => (dates.get(a) ?? 0) - (dates.get(b) ?? 0)
  const byName = (a: number, b: number) =>
    natural(snapshots[a].source, snapshots[b].source) || snapshots[a].line - snapshots[b].line
  const ordered = [...members].sort(dated ? byDate : oneFile ? (a, b) => snapshots[a].line - snapshots[b].line : byName)
  const span = dated ? (dates.get(ordered[ordered.length - 1]) as number) - (dates.get(ordered[0]) as number) : null
  const names =
    first.pid !== null
      ? `pid ${first.pid}`
      : oneFile
        ? 'they stand in one file'
        : 'their names differ in a number only, and no goroutine speaks against it'
  return { snapshots: ordered, order: dated ? 'dates' : oneFile ? 'one file' : 'file names', same: names, spanNs: span }
}

/** Numbers in names count as numbers, and before comes before after. */
function natural(a: string, b: string): number {
  const word = (text: string) => text.replace(/before|first|early/gi, '0').replace(/after|second|later?/gi, '1')
  return word(a).localeCompare(word(b), 'en', { numeric: true })
}
