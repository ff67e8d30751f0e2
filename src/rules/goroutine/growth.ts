import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import type { GroupSeries } from '../../model/waits.js'
import { counted, duration } from '../../model/words.js'
import { folded, frameOf, type Keyed, placeOf, title } from '../goroutines.js'

/** Growth from one dump to the next that is told: so many more, and so many times as many. */
const MORE = 20
const TIMES = 1.5
/** Over three and more dumps that each show more, less is enough. */
const MORE_EACH = 10

const LARGE = 100

/** A group of goroutines that grows from dump to dump. */
export const goroutineGrowth: Rule = {
  id: 'goroutine/growth',
  severity: 'error',
  needs: 'two or more dumps of one process',
  summary: 'a group of goroutines grows from one dump to the next',
  explanation: `Goroutines that come faster than they go are a leak, or work that piles up behind something slow. Between two dumps of one process a group is told that grew by at least ${MORE} and to ${TIMES} times its size; over three and more dumps, one that grew each time by ${MORE_EACH} in all.

Dumps count as of one process when they say the same pid, stand in one file, or share goroutines that have not moved; their order is that of their dates, of the file, or of numbers in file names.`,
  find: analysis => folded(growing(analysis)),
}

function* growing(analysis: Analysis): Generator<Keyed> {
  for (const series of analysis.goroutines?.series ?? []) {
    const group = analysis.groups[series.group]
    if (!group || group.system || group.benign || !grows(series.counts)) continue
    const { counts } = series
    const place = placeOf(frameOf(group))
    const last = counts[counts.length - 1]
    const over = series.spanNs === null ? '' : ` in ${duration(series.spanNs)}`
    const snapshots = series.snapshots.map(i => analysis.capture.snapshots[i])
    yield {
      key: group.key ?? '',
      snapshot: series.snapshots[0],
      finding: {
        rule: goroutineGrowth.id,
        severity: last >= LARGE || noneLeaves(series) ? 'error' : 'warning',
        title: title(`Goroutines in ${place} grow from ${counts[0]} to ${last}${over}`),
        summary:
          `${counts.length} dumps of one process show ${counts.join(', then ')} goroutines in ${place} (${group.state || group.primitive}). ${series.stayed > 0 ? `${counted(series.stayed, 'goroutine')} of the first dump ${series.stayed === 1 ? 'is' : 'are'} still there in the last.` : ''}`.trim(),
        subject: { ...(snapshots[0].pid ? { pid: snapshots[0].pid } : {}) },
        chain: [
          ...snapshots.map((snapshot, i) => ({
            text: `${counted(counts[i], 'goroutine')} in ${place}`,
            status: 'observed' as const,
            refs: [{ source: snapshot.source, line: snapshot.line }],
            ns: analysis.at(snapshot.source, snapshot.takenNs),
          })),
          {
            text: `the dumps are of one process (${series.same}), in this order (by ${series.order === 'one file' ? 'their place in the file' : series.order})`,
            status:
              series.order === 'file names' || !series.same.startsWith('pid')
                ? ('inferred' as const)
                : ('observed' as const),
            refs: snapshots.map(s => ({ source: s.source, line: s.line })),
          },
        ],
        remedies: [
          {
            title: 'Bound them, and let them end',
            detail: `Find what starts goroutines that come to ${place}${group.createdBy ? ` (${placeOf(group.createdBy)})` : ''}, give each a context that ends, and limit how many there are (errgroup.SetLimit, a semaphore).`,
            code: 'g.SetLimit(64)',
          },
        ],
        ns: null,
      },
    }
  }
}

/** Grown to twice its size and more while next to nobody of the first dump has left: they do not end. */
function noneLeaves({ counts, stayed }: GroupSeries): boolean {
  const last = counts[counts.length - 1]
  return last >= LARGE / 4 && last >= 2 * counts[0] && counts[0] > 0 && stayed >= 0.9 * counts[0]
}

function grows(counts: readonly number[]): boolean {
  const first = counts[0]
  const last = counts[counts.length - 1]
  if (counts.some((n, i) => i > 0 && n < counts[i - 1])) return false
  if (counts.length > 2 && counts.every((n, i) => i === 0 || n > counts[i - 1])) return last - first >= MORE_EACH
  return last - first >= MORE && last >= first * TIMES
}
