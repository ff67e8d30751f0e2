import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import {
  folded,
  frameOf,
  groupsOn,
  type Keyed,
  placeOf,
  problemKey,
  subjectOf,
  title,
  waitsLink,
  who,
} from '../goroutines.js'

/** A send or receive on a nil channel blocks for ever: the language says so. */
export const channelNil: Rule = {
  id: 'channel/nil',
  severity: 'error',
  needs: 'a goroutine dump, a core or Delve’s listing',
  summary: 'goroutines send to or receive from a nil channel, which blocks for ever',
  explanation: `A channel variable that was never made is nil, and an operation on it never ends (Go specification, "Receive operator", "Send statements"). Usual ways there: a struct field that a constructor forgot, a \`var ch chan T\` without make, a channel set to nil to switch off a case of a select and then used outside of one.

main that blocks so on purpose, to keep the program alive, is not reported.`,
  find: analysis => folded(blocked(analysis)),
}

function* blocked(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'channel-nil')) {
    // `<-(chan int)(nil)` in main is one of the ways to wait for ever; it is no fault while others work.
    if (group.main && analysis.groups.some(g => g.snapshot === group.snapshot && g !== group && !g.system && !g.benign))
      continue
    const place = placeOf(frameOf(group))
    const sends = /send/.test(group.state)
    const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
    yield {
      key: problemKey(group),
      snapshot: group.snapshot,
      weight: group.count,
      finding: {
        rule: channelNil.id,
        severity: 'error',
        title: title(`${who(group)} blocked for ever on a nil channel in ${place}`),
        summary: `${who(group)} ${sends ? 'sends to' : 'receives from'} a channel that is nil, in ${place}. That never ends, whatever the other goroutines do.`,
        subject: subjectOf(analysis, group),
        chain: [
          {
            ...waitsLink(group, sends ? 'to send on a nil channel' : 'to receive from a nil channel'),
            text: `${who(group)} ${group.count === 1 ? 'is' : 'are'} in state “${group.state}” in ${place}: an operation on a nil channel blocks for ever`,
          },
        ],
        remedies: [
          {
            title: 'Make the channel before it is used',
            detail: `The channel used in ${place} was never made, or was set to nil.`,
            code: 'ch := make(chan T)',
            breaks: 0,
          },
        ],
        ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
      },
    }
  }
}
