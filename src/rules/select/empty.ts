import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import { forsaken } from '../forsaken.js'
import { folded, frameOf, groupsOn, type Keyed, placeOf, problemKey, subjectOf, title, who } from '../goroutines.js'

/** `select {}` where it is not the main loop. */
export const selectEmpty: Rule = {
  id: 'select/empty',
  severity: 'warning',
  needs: 'a goroutine dump, a core or Delve’s listing',
  summary: '`select {}` blocks a goroutine for ever where it is not the main loop',
  explanation: `\`select {}\` is the usual last line of main in a server: it keeps the program alive. In any other goroutine it means that the goroutine never ends and never does anything again. Somebody who waits for it (a WaitGroup, a Once, a lock it holds) waits for ever too.

Often it is a select whose cases were all commented out or generated away.`,
  find: analysis => folded(blocked(analysis)),
}

function* blocked(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'select-empty')) {
    if (group.benign) continue
    const place = placeOf(frameOf(group))
    const alone = forsaken(analysis, group)
    const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
    yield {
      key: problemKey(group),
      snapshot: group.snapshot,
      weight: group.count,
      finding: {
        rule: selectEmpty.id,
        severity: alone?.sure ? 'error' : 'warning',
        title: title(`${who(group)} blocked for ever in select {} in ${place}`),
        summary: `${who(group)} ${group.count === 1 ? 'stands' : 'stand'} in a select without cases in ${place}, which never ends.`,
        subject: subjectOf(analysis, group),
        chain: [
          {
            text: `${who(group)} ${group.count === 1 ? 'is' : 'are'} in state “${group.state}” in ${place}: a select without cases blocks for ever, and this is not main’s last line`,
            status: 'observed',
            refs: group.refs,
          },
        ],
        remedies: [
          {
            title: 'Return, or wait for an end that comes',
            detail: 'Let the goroutine return when its work is done, or wait for a context.',
            code: '<-ctx.Done()\nreturn',
            breaks: 0,
          },
        ],
        ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
      },
    }
  }
}
