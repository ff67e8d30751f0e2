import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import { counted } from '../../model/words.js'
import { neverUnlocked, suspectsOf } from '../forsaken.js'
import {
  folded,
  frameOf,
  hasLockCycle,
  type Keyed,
  kindWord,
  placeOf,
  problemKey,
  title,
  waited,
} from '../goroutines.js'
import { isUnseenCycle } from './unseen-cycle.js'

/** Locks that goroutines wait for and that nobody is left to unlock. */
export const mutexOrphaned: Rule = {
  id: 'mutex/orphaned',
  severity: 'error',
  needs: 'a dump of all goroutines',
  summary: 'goroutines wait for a lock, and no goroutine is left that could unlock it',
  explanation: `The goroutine that locked it is gone without unlocking (an early return or a panic between Lock and Unlock), or it is one of those that wait and locks a second time. It is only said where nobody else could be the holder: no other goroutine has a function of the package in which the lock is taken on its stack, and none that could unlock can run.

Go keeps no owner of a lock, so a dump cannot tell these apart. Look at every way out between Lock and Unlock in the functions named; \`defer mu.Unlock()\` right below Lock covers them all.`,
  find: analysis => folded(orphans(analysis)),
}

function* orphans(analysis: Analysis): Generator<Keyed> {
  const { queues = [], liveness = [] } = analysis.goroutines ?? {}
  for (const { snapshot: index, asleep } of liveness) {
    const open = queues.filter(
      q =>
        q.snapshot === index &&
        q.kind !== 'fd-lock' &&
        q.candidates.length === 0 &&
        suspectsOf(analysis, q).length === 0 &&
        // Several without an address: each may wait for a lock of its own, which another of them holds.
        (q.address !== null || q.readers + q.writers === 1) &&
        !isUnseenCycle(analysis, q),
    )
    const starved = queues.some(q => q.snapshot === index && q.readers > 0 && q.writers > 0)
    if (open.length === 0 || starved || hasLockCycle(analysis, index)) continue
    const group = analysis.groups[open[0].groups[0]]
    const alone = group && neverUnlocked(analysis, group)
    if (!alone) continue
    const count = open.reduce((sum, q) => sum + q.readers + q.writers, 0)
    const locks = open.length === 1 ? `a ${kindWord(open[0].kind)}` : `${open.length} locks`
    const snapshot = analysis.capture.snapshots[index]
    yield {
      key: open
        .map(q => problemKey(analysis.groups[q.groups[0]]))
        .sort()
        .join(' '),
      snapshot: index,
      finding: {
        rule: mutexOrphaned.id,
        severity: 'error',
        title: title(
          `${counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'wait'} for ${locks} that nobody is left to unlock`,
        ),
        summary: `${counted(count, 'goroutine')} ${count === 1 ? 'waits' : 'wait'} for ${locks}. ${asleep === 'runtime' ? 'The runtime found no goroutine that can run.' : 'No goroutine of the dump could still unlock.'} No function of the lock’s package is on the stack of any other goroutine: whoever locked it has most likely gone without unlocking.`,
        subject: {
          ...(snapshot.pid ? { pid: snapshot.pid } : {}),
          ...(open[0].ids.length > 0 ? { goroutine: open[0].ids[0] } : {}),
        },
        chain: [
          ...open.slice(0, 5).map(q => ({
            text: `${counted(q.readers + q.writers, 'goroutine')} ${q.readers + q.writers === 1 ? 'waits' : 'wait'} for ${kindWord(q.kind)}${q.address === null ? '' : ` ${q.address}`} in ${placeOf(frameOf(analysis.groups[q.groups[0]]))}${waited(q)}`,
            status: 'observed' as const,
            refs: q.refs.slice(0, 4),
          })),
          ...alone.links.filter(link => link.status !== 'missing'),
          {
            text: 'who locked it: Go keeps no owner, and no goroutine shows the lock among its arguments',
            status: 'missing' as const,
            refs: [],
          },
        ],
        remedies: [
          {
            title: 'Unlock on every way out',
            detail: `Look for a return or a panic between Lock and Unlock around ${placeOf(frameOf(group))}, and for locks taken in opposite orders.`,
            code: 'mu.Lock()\ndefer mu.Unlock()',
          },
        ],
        ns: analysis.at(snapshot.source, snapshot.takenNs),
      },
    }
  }
}
