import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link, Severity } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { forsaken } from '../forsaken.js'
import {
  folded,
  frameOf,
  groupsOn,
  type Keyed,
  keyed,
  othersOf,
  placeOf,
  subjectOf,
  title,
  waitsLink,
  who,
} from '../goroutines.js'
import { memoryOfChannels } from '../memory.js'
import { makerHasReturned } from './abandoned.js'

/** So many receivers in one place, started one after the other by something that is gone, are more than a pool. */
const MANY = 100

/** Goroutines that wait to receive and that nobody will wake. */
export const channelReceiveStuck: Rule = {
  id: 'channel/receive-stuck',
  severity: 'error',
  needs: 'a goroutine dump, a core or a goroutineleak profile',
  summary: 'goroutines wait to receive from a channel, and nobody will send or close it',
  explanation: `Waiting to receive is what idle workers do, so a receive is only called stuck where there is more: the collector or the runtime says so; no goroutine is left that could send; or a crowd of receivers whose maker has returned and whose ids show that they came one by one, as a leak does and a pool does not.

A channel that is ranged over must be closed by its last sender; a wait for one answer needs a second case (a context, a timer) for when the answer does not come.`,
  find: analysis => folded(stuck(analysis)),
}

function* stuck(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'channel-receive')) {
    if (group.benign) continue
    const judged = judge(analysis, group)
    if (judged) yield keyed(group, finding(analysis, group, judged))
  }
}

interface Judged {
  severity: Severity
  links: Link[]
}

/** Blocked on these, others of the dump are the likelier root: the receiver waits for them. */
const ROOTS = new Set([
  'mutex',
  'rwmutex-read',
  'rwmutex-write',
  'once',
  'channel-send',
  'channel-nil',
  'waitgroup',
  'cond',
  'select-empty',
  'fd-lock',
  'semaphore',
])

function judge(analysis: Analysis, group: GoroutineGroup): Judged | null {
  const alone = forsaken(analysis, group)
  if (alone) {
    const heads = analysis.goroutines?.queues.some(q => q.holder !== null && analysis.groups[q.holder.group] === group)
    const consequence = !group.leaked && !heads && othersOf(analysis, group).some(g => ROOTS.has(g.primitive))
    return consequence ? null : { severity: alone.sure && !group.leaked ? 'error' : 'warning', links: alone.links }
  }
  const returned = group.count >= MANY && cameOneByOne(group) ? makerHasReturned(analysis, group) : null
  if (!returned) return null
  return {
    severity: 'warning',
    links: [
      returned,
      {
        text: 'that they are no idle workers: a second dump would show whether they grow in number',
        status: 'missing',
        refs: [],
      },
    ],
  }
}

/** Ids are given out in order: those of a pool stand together, those of a leak are spread over the life of the process. */
function cameOneByOne({ ids, count }: GoroutineGroup): boolean {
  return ids.length > 1 && ids[ids.length - 1] - ids[0] > 3 * Math.min(count, ids.length)
}

function finding(analysis: Analysis, group: GoroutineGroup, { severity, links }: Judged) {
  const place = placeOf(frameOf(group))
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  return {
    rule: channelReceiveStuck.id,
    severity,
    title: title(`${who(group)} stuck receiving from a channel in ${place}`),
    summary: `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} to receive in ${place}, and as far as the dump shows nobody will send or close the channel.`,
    subject: subjectOf(analysis, group),
    chain: [waitsLink(group, 'to receive from a channel'), ...memoryOfChannels(analysis, group), ...links],
    remedies: [
      {
        title: 'Close the channel, or stop waiting',
        detail: 'The last sender closes the channel (defer close), or the receiver selects on a context beside it.',
        code: 'select {\ncase v := <-answers:\n\tuse(v)\ncase <-ctx.Done():\n\treturn ctx.Err()\n}',
        breaks: 0,
      },
    ],
    ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
  }
}
