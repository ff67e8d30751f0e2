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
    .map((s, i) => ({ i, s }))
    .filter(({ s }) => STOPPED.test(s.format) && s.table.length > 0)
    .map(({ i, s }) => ({ i, s, depth: depthOf(s), objects: objectsOf(s) }))
  if (stopped.length < 2) return again
  const ids = new Map(stopped.map(({ i, s }) => [i, new Set(s.table.ids)]))
  for (const poor of stopped) {
    const own = ids.get(poor.i)
    const richer = stopped.some(
      rich =>
        isRicher(rich, poor) &&
        (rich.s.pid === null || poor.s.pid === null || rich.s.pid === poor.s.pid) &&
        [...(own ?? [])].every(id => id === 0 || ids.get(rich.i)?.has(id)),
    )
    if (richer) again.add(poor.i)
  }
  return again
}

interface Shown {
  depth: number
  objects: number
}

/** With the objects that more goroutines wait for and nearly as many frames, or else with more frames. */
function isRicher(rich: Shown, poor: Shown): boolean {
  const tells = (a: Shown, b: Shown) => a.objects > b.objects && a.depth >= b.depth * 0.9
  return tells(rich, poor) || (rich.depth > poor.depth && !tells(poor, rich))
}

/** Frames that it shows of a goroutine, on average. */
function depthOf({ table }: GoroutineSnapshot): number {
  let frames = 0
  for (let row = 0; row < table.length; row++) frames += table.stacks[table.stack[row]].frames.length
  return frames / Math.max(1, table.length)
}

/** Goroutines of which it shows what they wait for. */
function objectsOf({ table }: GoroutineSnapshot): number {
  return table.object.subarray(0, table.length).reduce((sum, address) => sum + (address > 0 ? 1 : 0), 0)
}
