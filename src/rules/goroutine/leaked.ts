import type { Analysis } from '../../model/analysis.js'
import type { Rule } from '../../model/rule.js'
import { folded, frameOf, type Keyed, placeOf, problemKey, subjectOf, title, waited, who } from '../goroutines.js'

/** Goroutines that the garbage collector itself found to be leaked. */
export const goroutineLeaked: Rule = {
  id: 'goroutine/leaked',
  severity: 'error',
  needs: 'a goroutineleak profile (Go 1.26 with GOEXPERIMENT=goroutineleakprofile, Go 1.27), or a dump made after one',
  summary: 'the Go runtime’s own leak profile says that goroutines are leaked',
  explanation: `The profile runs a garbage collection that treats blocked goroutines as garbage unless something can reach what they wait for. What remains blocked then can never be woken: no running code has the channel, the lock or the WaitGroup any more. That is proof, not a guess from a single dump.

It finds no leak through package variables, and mutexes late or not at all: goroutines that it does not name may be leaked all the same. Dumps made after such a profile still show its marks: \`[chan send (leaked)]\`.`,
  find: analysis => folded(leaked(analysis)),
}

function* leaked(analysis: Analysis): Generator<Keyed> {
  for (const group of analysis.groups) {
    if (!group.leaked || group.system || group.again) continue
    const place = placeOf(frameOf(group))
    const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
    yield {
      key: problemKey(group),
      snapshot: group.snapshot,
      weight: group.count,
      finding: {
        rule: goroutineLeaked.id,
        severity: 'error',
        title: title(`${who(group)} leaked in ${place}, says the Go runtime`),
        summary: `${who(group)} ${group.count === 1 ? 'is' : 'are'} blocked for ever in ${place}: the collector found that nothing in the program can reach what they wait for.`,
        subject: subjectOf(analysis, group),
        chain: [
          {
            text: `${who(group)} ${group.count === 1 ? 'is' : 'are'} marked as leaked in ${place} (${group.primitive})${waited(group)}`,
            status: 'observed',
            refs: group.refs,
          },
        ],
        remedies: [
          {
            title: 'Give the goroutine a way to end',
            detail: `Whoever starts it${group.createdBy ? ` (${placeOf(group.createdBy)})` : ''} must keep a way to end it: a context, a channel that is closed, room for the last value.`,
            code: 'select {\ncase results <- r:\ncase <-ctx.Done():\n}',
            breaks: 0,
          },
        ],
        ns: snapshot ? analysis.at(snapshot.source, snapshot.takenNs) : null,
      },
    }
  }
}
