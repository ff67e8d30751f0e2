import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link, Severity } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { duration } from '../../model/words.js'
import { forsaken } from '../forsaken.js'
import {
  folded,
  frameOf,
  groupsOn,
  hasLockCycle,
  type Keyed,
  keyed,
  LONG_NS,
  placeOf,
  subjectOf,
  title,
  waitsLink,
  who,
} from '../goroutines.js'
import { memoryOfChannels } from '../memory.js'
import { makerHasReturned, possiblePeers } from './abandoned.js'

/** So many senders that wait in one place are a leak, not the moment's back-pressure. */
const MANY = 10

/** Goroutines that wait to send and that nobody will wake. */
export const channelSendStuck: Rule = {
  id: 'channel/send-stuck',
  severity: 'error',
  needs: 'a goroutine dump, a core or a goroutineleak profile',
  summary: 'goroutines wait to send on a channel, and nobody will receive',
  explanation: `A send on an unbuffered channel, or on a full one, waits for a receiver. Where the receiver has returned early (an error, a timeout, the first answer of several taken) the senders wait for ever and are never collected: each keeps its stack and all that it refers to.

A dump cannot show who would receive. The finding rests on one of these: the collector or the runtime says so; no goroutine is left that could run; the function that made the channel and started many senders is on no stack any more; or many have waited for minutes. One sender that waits is what a generator does between two who ask it.

A channel with room for every answer, or a select with ctx.Done() beside the send, ends it.`,
  find: analysis => folded(stuck(analysis)),
}

function* stuck(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'channel-send')) {
    const judged = judge(analysis, group)
    if (judged) yield keyed(group, finding(analysis, group, judged))
  }
}

interface Judged {
  severity: Severity
  links: Link[]
}

function judge(analysis: Analysis, group: GoroutineGroup): Judged | null {
  const alone = forsaken(analysis, group)
  // That it is leaked is told by goroutine/leaked; that others wait for each other's locks, by mutex/deadlock.
  if (alone)
    return {
      severity: alone.sure && !group.leaked && !hasLockCycle(analysis, group.snapshot) ? 'error' : 'warning',
      links: alone.links,
    }
  const returned = makerHasReturned(analysis, group)
  const peers = possiblePeers(analysis, group)
  const long = (group.waitNs?.min ?? 0) >= LONG_NS
  const few: Link = {
    text: `${peers === 0 ? 'no other goroutine' : peers === 1 ? 'only one other goroutine' : `only ${peers} other goroutines`} could still be receiving, for ${group.count} senders`,
    status: 'inferred',
    refs: group.refs.slice(0, 1),
  }
  if (returned && group.count >= MANY && peers * 4 <= group.count) return { severity: 'error', links: [returned, few] }
  if (long && group.count >= MANY)
    return { severity: 'error', links: [...(returned ? [returned] : []), waitedLink(group)] }
  // One sender that waits for hours is what a generator does between two who ask it.
  return null
}

function waitedLink(group: GoroutineGroup): Link {
  return {
    text: `nobody has received from any of them for at least ${duration(group.waitNs?.min ?? 0)}`,
    status: 'observed',
    refs: group.refs.slice(0, 2),
  }
}

function finding(analysis: Analysis, group: GoroutineGroup, { severity, links }: Judged) {
  const place = placeOf(frameOf(group))
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  return {
    rule: channelSendStuck.id,
    severity,
    title: title(`${who(group)} stuck sending on a channel in ${place}`),
    summary: `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} to send in ${place}, and as far as the dump shows nobody receives. They stay, with all they refer to, until the process ends.`,
    subject: subjectOf(analysis, group),
    chain: [waitsLink(group, 'to send on a channel'), ...memoryOfChannels(analysis, group), ...links],
    remedies: [
      {
        title: 'Let the sender leave when nobody listens',
        detail:
          'Give the channel room for every value that can be sent, or select on the context’s end beside the send.',
        code: 'select {\ncase results <- r:\ncase <-ctx.Done():\n\treturn ctx.Err()\n}',
        breaks: 0,
      },
    ],
    ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
  }
}
