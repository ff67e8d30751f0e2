/** Whether anybody is left who could wake a goroutine. */
import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import type { Link } from '../model/finding.js'
import type { Liveness, LockQueue } from '../model/waits.js'
import { frameOf, livenessOf, othersOf, placeOf, who } from './goroutines.js'

/** That nobody will wake a group, and what it rests on. */
export interface Forsaken {
  links: Link[]
  /** False where a link is missing: somebody may be woken by a timer and go on. */
  sure: boolean
}

/**
 * Why nobody will ever wake a group; null where somebody might. Proven by the collector or by the runtime's own deadlock
 * detector; inferred where the dump shows every goroutine and none that could.
 */
export function forsaken(analysis: Analysis, group: GoroutineGroup): Forsaken | null {
  return judged(analysis, group, () => true)
}

/**
 * Why nobody will ever unlock what a group waits for; null where somebody might. Whoever idles where the library has it wait
 * (for a connection, for a request), or runs in the library alone, holds no lock of the program’s and does not count.
 */
export function neverUnlocked(analysis: Analysis, group: GoroutineGroup): Forsaken | null {
  return judged(
    analysis,
    group,
    g => (g.idle === null || g.idle === 'sleeps') && (g.userFrame !== -1 || g.frames.length < 2),
  )
}

/** Whom the frames do not rule out as the holder of a lock: those that only tick were given nothing of it. */
export function suspectsOf(analysis: Analysis, queue: LockQueue): LockQueue['couldHold'] {
  const ticking = analysis.goroutines?.liveness.find(l => l.snapshot === queue.snapshot)?.ticking ?? []
  return queue.couldHold.filter(c => !ticking.includes(c.group))
}

function judged(
  analysis: Analysis,
  group: GoroutineGroup,
  counts: (other: GoroutineGroup) => boolean,
): Forsaken | null {
  if (group.leaked)
    return proven(
      'Go’s garbage collector found that nothing else in the program can reach what they wait for',
      group.refs,
    )
  const liveness = livenessOf(analysis, group)
  if (!liveness) return null
  if (liveness.asleep === 'runtime')
    return proven('the Go runtime itself found that no goroutine of the program can run any more', liveness.refs)
  const able = ableToWake(analysis, liveness, group)
  if (!liveness.whole || able.some(counts)) return null
  const links = [nobodyLeft(analysis, liveness, able)]
  const timed = liveness.timed.map(g => analysis.groups[g])
  if (timed.length > 0) links.push(mayBeTimed(timed))
  return { links, sure: timed.length === 0 }
}

function proven(text: string, refs: Link['refs']): Forsaken {
  return { links: [{ text, status: 'observed', refs }], sure: true }
}

/** @param idle groups that could run, but not wake it */
function nobodyLeft(analysis: Analysis, liveness: Liveness, idle: readonly GoroutineGroup[]): Link {
  const ticking = liveness.ticking.map(g => analysis.groups[g])
  const names = [
    ...ticking.map(g => `${who(g)}, which sleeps in ${placeOf(frameOf(g))} and was given nothing of theirs`),
    ...idle.map(g => `${who(g)}, which ${g.idle === null ? 'runs' : `is idle (${g.idle})`} in the library`),
  ]
  const except = names.length === 0 ? '' : `, but for ${names.slice(0, 2).join(', and ')}`
  return {
    text: `every other goroutine of the dump waits for another one as well${except}: nobody is left to wake them`,
    status: 'inferred',
    refs: [...liveness.refs, ...ticking.flatMap(g => g.refs.slice(0, 1))],
  }
}

/** `<-time.After(d)` and `for range ticker.C` stand in a dump as any other receive, and no goroutine stands for the clock. */
function mayBeTimed(timed: readonly GoroutineGroup[]): Link {
  const [first] = timed
  return {
    text: `that ${who(first)} in ${placeOf(frameOf(first))}${timed.length > 1 ? ` (and ${timed.length - 1} more such places)` : ''} ${first.count === 1 ? 'waits' : 'wait'} for no timer: a dump shows a receive from time.After or a Ticker like any other`,
    status: 'missing',
    refs: [],
  }
}

/**
 * Groups of the dump that could still run and wake a group.
 *
 * One that only ticks reaches package variables and what its own calls made. What a group waits for was made elsewhere
 * where the function that started the group (or that its closure stands in) is on the stack of another goroutine, and
 * where the group is goroutine 1.
 */
function ableToWake(analysis: Analysis, liveness: Liveness, group: GoroutineGroup): GoroutineGroup[] {
  const foreign = isOfAnother(analysis, liveness, group)
  return liveness.live.filter(g => !(foreign && liveness.ticking.includes(g))).map(g => analysis.groups[g])
}

function isOfAnother(analysis: Analysis, liveness: Liveness, group: GoroutineGroup): boolean {
  if (liveness.ticking.length === 0 || group.main) return true
  const makers = new Set<string>()
  for (const func of [group.createdBy?.func, group.frames[group.userFrame]?.func]) {
    if (func === undefined) continue
    makers.add(func)
    makers.add(func.replace(/(?:\.func\d+|\.gowrap\d+|\.\d+)+$/, ''))
  }
  if (group.createdBy === null) return false
  return othersOf(analysis, group).some(
    g =>
      !liveness.ticking.includes(analysis.groups.indexOf(g)) &&
      g.frames.some(f => makers.has(f.func) && f.func !== group.frames[group.userFrame]?.func),
  )
}
