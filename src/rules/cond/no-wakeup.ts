import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import { forsaken } from '../forsaken.js'
import {
  folded,
  frameOf,
  groupsOn,
  hasLockCycle,
  type Keyed,
  placeOf,
  problemKey,
  subjectOf,
  title,
  waitsLink,
  who,
} from '../goroutines.js'

/** Goroutines that wait for a Cond that nobody will signal. */
export const condNoWakeup: Rule = {
  id: 'cond/no-wakeup',
  severity: 'error',
  needs: 'a dump of all goroutines or a core',
  summary: 'goroutines wait in Cond.Wait, and nobody is left who would Signal or Broadcast',
  explanation: `Cond.Wait sleeps until a Signal or Broadcast that comes after it began to wait. One that comes before is lost: the condition was changed without the lock held, or Wait is not in a loop that checks it first. Idle workers wait in Cond.Wait as well, so it is only reported where the collector or the runtime says that nobody will wake them, or no goroutine is left that could.`,
  find: analysis => folded(waiting(analysis)),
}

function* waiting(analysis: Analysis): Generator<Keyed> {
  for (const group of groupsOn(analysis, 'cond')) {
    if (group.benign) continue
    const alone = forsaken(analysis, group)
    if (!alone || (hasLockCycle(analysis, group.snapshot) && !group.leaked)) continue
    const place = placeOf(frameOf(group))
    const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
    yield {
      key: problemKey(group),
      snapshot: group.snapshot,
      weight: group.count,
      finding: {
        rule: condNoWakeup.id,
        severity: alone.sure && !group.leaked ? 'error' : 'warning',
        title: title(
          `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} for a Cond that nobody will signal, in ${place}`,
        ),
        summary: `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} in Cond.Wait in ${place}, and no goroutine is left that would call Signal or Broadcast.`,
        subject: subjectOf(analysis, group),
        chain: [waitsLink(group, 'in Cond.Wait'), ...alone.links],
        remedies: [
          {
            title: 'Check the condition in a loop, under the lock',
            detail:
              'Change the condition while holding the lock, then Broadcast; check it before every Wait, so that a wake-up that came early is not lost.',
            code: 'c.L.Lock()\nfor !ready {\n\tc.Wait()\n}\nc.L.Unlock()',
            breaks: 0,
          },
        ],
        ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
      },
    }
  }
}
