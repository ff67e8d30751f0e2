/** Channel operations whose other side has gone: what the places of goroutines say about it. */
import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import { livenessOf, othersOf, placeOf, shortFunc } from '../goroutines.js'

/**
 * The function that made a goroutine and, with it, the other end of its channel: for a closure the function around it,
 * else what `created by` names; null where neither is shown, or where it is main, which stays.
 *
 *   main.fetch.func1  →  main.fetch
 *             ^ the compiler's name of a closure inside main.fetch
 */
export function makerOf(group: GoroutineGroup): string | null {
  const func = group.frames[group.userFrame]?.func
  const around = func === undefined ? null : /^(.+?)\.func\d+(?:\.\d+|\.func\d+|\.gowrap\d+)*$/.exec(func)?.[1]
  const maker = around ?? group.createdBy?.func.replace(/(?:\.func\d+|\.gowrap\d+|\.\d+)+$/, '') ?? null
  return maker === null || maker === 'main.main' || maker === 'main.init' ? null : maker
}

/** Whether a function, or a closure in it, stands on the stack of any goroutine of the group's dump. */
function isRunning(analysis: Analysis, group: GoroutineGroup, func: string): boolean {
  return analysis.groups.some(g => g.snapshot === group.snapshot && g.frames.some(f => f.func === func))
}

/**
 * The link that says that whoever would have met the goroutines on their channel has returned; null where that function
 * is still running, is not known, or the dump does not show whole stacks.
 */
export function makerHasReturned(analysis: Analysis, group: GoroutineGroup): Link | null {
  const liveness = livenessOf(analysis, group)
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  if (!liveness?.whole || !snapshot || showsOnePlaceEach(snapshot.table.stacks)) return null
  const maker = makerOf(group)
  if (maker === null || isRunning(analysis, group, maker)) return null
  const made = group.createdBy
    ? `they were started in ${placeOf(group.createdBy)}`
    : `they run a closure of ${shortFunc(maker)}`
  return {
    text: `${made}, and ${shortFunc(maker)} is on no goroutine’s stack any more: whoever made the channel has returned without them`,
    status: 'inferred',
    refs: group.refs.slice(0, 2),
  }
}

/** Listings of Delve without `-t` show one frame of each goroutine: what is not there says nothing. */
function showsOnePlaceEach(stacks: readonly { elided: boolean }[]): boolean {
  let elided = 0
  for (const stack of stacks) if (stack.elided) elided++
  return elided * 2 > stacks.length
}

/** Goroutines of the dump that could be the missing other side: they can run, and are more than idle connections. */
export function possiblePeers(analysis: Analysis, group: GoroutineGroup): number {
  const liveness = livenessOf(analysis, group)
  return othersOf(analysis, group)
    .filter(g => liveness?.live.includes(analysis.groups.indexOf(g)) && !(g.idle && g.idle !== 'sleeps'))
    .reduce((sum, g) => sum + g.count, 0)
}
