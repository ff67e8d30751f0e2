/** Listings that show the same moment of the same process as another one, with less of each goroutine. */
import type { GoroutineSnapshot } from '../../model/goroutine.js'

/** What a debugger makes of one stopped process: as many listings as the user asked for. */
const STOPPED = /^(?:delve-|core$)/

/**
 * Indexes of the snapshots that add nothing to another: every goroutine of theirs stands there too, under the same id, with
 * more frames, or with the objects that they wait for (`stack -full`). `goroutines`, `goroutines -g` and `goroutines -t` of one core tell of every fault three times otherwise.
 */
export function shownAgain(snapshots: readonly GoroutineSnapshot[]): Set<number> {
  const again = new Set<number>()
  const stopped = snapshots
    .map((s, i) => ({ i, s, depth: depthOf(s), objects: objectsOf(s) }))
    .filter(({ s }) => STOPPED.test(s.format) && s.table.length > 0)
  if (stopped.length < 2) return again
  const ids = new Map(stopped.map(({ i, s }) => [i, new Set(s.table.ids)]))
  for (const poor of stopped) {
    const own = ids.get(poor.i)
    const richer = stopped.some(
      rich =>
        (rich.objects > poor.objects
          ? rich.depth * 2 >= poor.depth
          : rich.objects === poor.objects && rich.depth > poor.depth) &&
        (rich.s.pid === null || poor.s.pid === null || rich.s.pid === poor.s.pid) &&
        [...(own ?? [])].every(id => id === 0 || ids.get(rich.i)?.has(id)),
    )
    if (richer) again.add(poor.i)
  }
  return again
}

/** Frames that it shows of a goroutine, on average over its stacks. */
function depthOf({ table }: GoroutineSnapshot): number {
  return table.stacks.reduce((sum, s) => sum + s.frames.length, 0) / Math.max(1, table.stacks.length)
}

/** Goroutines of which it shows what they wait for. */
function objectsOf({ table }: GoroutineSnapshot): number {
  return table.object.subarray(0, table.length).reduce((sum, address) => sum + (address > 0 ? 1 : 0), 0)
}
