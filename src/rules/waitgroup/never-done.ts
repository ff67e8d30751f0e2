import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link, Severity } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { counted } from '../../model/words.js'
import { forsaken } from '../forsaken.js'
import {
  folded,
  frameOf,
  groupsOn,
  hasLockCycle,
  type Keyed,
  keyed,
  livenessOf,
  othersOf,
  placeOf,
  subjectOf,
  title,
  waitsLink,
  who,
} from '../goroutines.js'

import { memoryAt } from '../memory.js'

/** A WaitGroup whose counter never comes to zero. */
export const waitgroupNeverDone: Rule = {
  id: 'waitgroup/never-done',
  severity: 'error',
  needs: 'a goroutine dump or a core; `created by` lines',
  summary: 'a goroutine waits for a WaitGroup, and nobody is left who would call Done',
  explanation: `WaitGroup.Wait returns when Done was called as often as Add counted. A worker that returns early without Done, an Add that counts more than were started, or workers that are stuck themselves keep the waiter for ever.

Who would call Done is taken to be the goroutines that the waiting function started (or that errgroup and WaitGroup.Go started). Where all of them are gone, a Done was left out; where they are there but stuck, the finding is a consequence and says so.`,
  find: analysis => folded(waiting(analysis)),
}

/** Places that start goroutines on behalf of whoever waits. */
const STARTERS = /^(?:golang\.org\/x\/sync\/errgroup\.\(\*Group\)\.(?:Go|TryGo|add)|sync\.\(\*WaitGroup\)\.Go)\b/

function* waiting(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'waitgroup')) {
    const judged = judge(analysis, group)
    if (judged) yield keyed(group, finding(analysis, group, judged))
  }
}

interface Judged {
  severity: Severity
  links: Link[]
  why: string
}

function judge(analysis: Analysis, group: GoroutineGroup): Judged | null {
  const alone = forsaken(analysis, group)
  if (!alone) return null
  if (group.leaked) return { severity: 'warning', links: alone.links, why: 'nobody has it any more' }
  // Others that are stuck as well may be those that would call Done, whoever started them.
  const workers = workersOf(analysis, group)
  const stuck =
    workers.length > 0 ? workers : othersOf(analysis, group).filter(g => !g.benign && g.primitive !== 'waitgroup')
  if (stuck.length > 0)
    return {
      severity: hasLockCycle(analysis, group.snapshot) ? 'note' : 'warning',
      links: [stuckLink(stuck, workers.length > 0), ...alone.links],
      why: 'the goroutines that would call Done are stuck themselves',
    }
  return {
    severity: alone.sure ? 'error' : 'warning',
    links: [goneLink(group), ...alone.links],
    why: 'no goroutine is left that would call Done',
  }
}

function stuckLink(stuck: readonly GoroutineGroup[], started: boolean): Link {
  const count = stuck.reduce((sum, g) => sum + g.count, 0)
  const those = started
    ? `the function that waits started ${counted(count, 'goroutine')} that`
    : `${counted(count, 'other goroutine')}, which may be those that would call Done,`
  return {
    text: `${those} ${count === 1 ? 'waits' : 'wait'} in ${placeOf(frameOf(stuck[0]))} (${stuck[0].state})`,
    status: 'inferred',
    refs: stuck.flatMap(g => g.refs.slice(0, 1)),
  }
}

/** Goroutines that were started by a function on the waiter's stack, or by errgroup for it; those that only tick are none. */
function workersOf(analysis: Analysis, group: GoroutineGroup): GoroutineGroup[] {
  const functions = new Set(group.frames.map(f => f.func))
  const ticking = livenessOf(analysis, group)?.ticking ?? []
  return othersOf(analysis, group).filter(g => {
    const by = g.createdBy?.func
    if (by === undefined || g.idle === 'writes the dump' || ticking.includes(analysis.groups.indexOf(g))) return false
    return functions.has(by.replace(/(?:\.func\d+|\.\d+)+$/, '')) || functions.has(by) || STARTERS.test(by)
  })
}

function goneLink(group: GoroutineGroup): Link {
  return {
    text: 'none of the goroutines that the waiting function started is in the dump: they have ended without the last Done',
    status: 'inferred',
    refs: group.refs.slice(0, 1),
  }
}

function finding(analysis: Analysis, group: GoroutineGroup, { severity, links, why }: Judged) {
  const place = placeOf(frameOf(group))
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  return {
    rule: waitgroupNeverDone.id,
    severity,
    title: title(
      `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} for a WaitGroup that is never done, in ${place}`,
    ),
    summary: `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} in WaitGroup.Wait in ${place}, and ${why}.`,
    subject: subjectOf(analysis, group),
    chain: [
      waitsLink(group, 'for a WaitGroup'),
      ...memoryAt(analysis, group.snapshot, group.object?.address ?? null),
      ...links,
    ],
    remedies: [
      {
        title: 'Call Done on every way out of a worker',
        detail:
          'Defer it first thing in the goroutine, and call Add before the go statement with the number that is started.',
        code: 'wg.Add(1)\ngo func() {\n\tdefer wg.Done()\n\twork()\n}()',
        breaks: 1,
      },
    ],
    ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
  }
}
