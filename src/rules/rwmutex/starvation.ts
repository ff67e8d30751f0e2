import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import type { LockQueue } from '../../model/waits.js'
import { counted } from '../../model/words.js'
import { forsaken, suspectsOf } from '../forsaken.js'
import {
  folded,
  frameOf,
  holderName,
  type Keyed,
  LONG_NS,
  namesOf,
  othersOf,
  placeOf,
  problemKey,
  title,
  waited,
  who,
} from '../goroutines.js'

import { memoryAt } from '../memory.js'

const SHORT_NS = 5e9

/** A writer that waits blocks new readers; readers that stay keep the writer out. */
export const rwmutexStarvation: Rule = {
  id: 'rwmutex/starvation',
  severity: 'error',
  needs: 'a goroutine dump or a core',
  summary: 'a waiting writer blocks new readers, or readers keep a writer out',
  explanation: `sync.RWMutex lets a writer in before readers that come later: from the moment a writer calls Lock, every RLock waits until the writer has been served, and the writer waits until the readers that came before it are done. One slow reader therefore stops all readers as soon as a single writer comes along. A reader that calls RLock a second time while a writer waits stops itself for ever (sync: "prohibits recursive read locking").

Look for what a reader does between RLock and RUnlock: sleeping, the network and channels do not belong there.`,
  find: analysis => folded(starved(analysis)),
}

function* starved(analysis: Analysis): Generator<Keyed> {
  for (const queue of analysis.goroutines?.queues ?? []) {
    if (queue.kind !== 'rwmutex' || queue.writers === 0 || queue.cycle >= 0) continue
    const groups = queue.groups.map(g => analysis.groups[g]).filter(g => g !== undefined)
    const writer = groups.find(g => g.primitive === 'rwmutex-write')
    if (!writer) continue
    const long = (queue.waitNs?.max ?? 0) >= LONG_NS
    if (queue.readers === 0 && !long) continue
    const reader = groups.find(g => g.primitive === 'rwmutex-read')
    const sure = long || queue.readers > 1 || forsaken(analysis, writer) !== null
    yield {
      key: `${problemKey(writer)} ${reader ? problemKey(reader) : ''}`,
      snapshot: queue.snapshot,
      finding: finding(analysis, queue, writer, reader, sure),
    }
  }
}

function finding(
  analysis: Analysis,
  queue: LockQueue,
  writer: GoroutineGroup,
  reader: GoroutineGroup | undefined,
  sure: boolean,
) {
  const snapshot = analysis.capture.snapshots[queue.snapshot]
  const lock = `RWMutex${queue.address === null ? '' : ` ${queue.address}`}`
  const chain: Link[] = [
    {
      text: `${queue.writers === 1 && writer.count === 1 ? who(writer) : counted(queue.writers, 'goroutine')} ${queue.writers === 1 ? 'waits' : 'wait'} to lock ${lock} for writing in ${placeOf(frameOf(writer))}${waited(writer)}`,
      status: 'observed',
      refs: writer.refs,
    },
  ]
  if (reader) {
    chain.push({
      text: `${queue.readers === 1 ? who(reader) : counted(queue.readers, 'goroutine')} ${queue.readers === 1 ? 'waits' : 'wait'} to read-lock it in ${placeOf(frameOf(reader))}${waited(reader)}: since the writer waits, no new reader gets in`,
      status: 'observed',
      refs: reader.refs,
    })
    if (queue.address === null)
      chain.push({
        text: 'they wait for one and the same RWMutex: the dump does not show its address, but both stand in one package',
        status: 'inferred',
        refs: [...writer.refs.slice(0, 1), ...reader.refs.slice(0, 1)],
      })
  }
  chain.push(...memoryAt(analysis, queue.snapshot, queue.address), holderLink(analysis, queue, writer))
  const head = reader
    ? `${counted(queue.readers, 'reader')} queue${queue.readers === 1 ? 's' : ''} behind a writer that waits in ${placeOf(frameOf(writer))}`
    : `A writer is kept out by readers in ${placeOf(frameOf(writer))}`
  return {
    rule: rwmutexStarvation.id,
    severity: sure ? ('error' as const) : ('warning' as const),
    title: title(head),
    summary: `${counted(queue.writers, 'writer')} ${queue.writers === 1 ? 'waits' : 'wait'} until the readers that hold the RWMutex are done${reader ? `, and ${counted(queue.readers, 'new reader')} ${queue.readers === 1 ? 'waits' : 'wait'} behind the writer` : ''}. One reader that does not let go stops them all.`,
    subject: {
      ...(snapshot.pid ? { pid: snapshot.pid } : {}),
      ...(writer.ids.length > 0 ? { goroutine: writer.ids[0] } : {}),
    },
    chain,
    remedies: [
      {
        title: 'Keep the read-locked part short',
        detail:
          'Copy what is needed under RLock and work on the copy; never sleep, call out or lock again between RLock and RUnlock.',
        code: 'mu.RLock()\nv := table[key]\nmu.RUnlock()\nuse(v)',
      },
    ],
    ns: analysis.at(snapshot.source, snapshot.takenNs),
  }
}

/** The one goroutine that neither waits for another nor ticks along in small steps; null where there are several or none. */
function onlyOneLeft(analysis: Analysis, queue: LockQueue): GoroutineGroup | null {
  const liveness = analysis.goroutines?.liveness.find(l => l.snapshot === queue.snapshot)
  if (!liveness?.whole || queue.candidates.length > 0) return null
  const left = liveness.live.map(g => analysis.groups[g])
  return left.length === 1 && left[0].count === 1 && !sleepsShortly(analysis, left[0]) ? left[0] : null
}

/** Sleeps for less than a few seconds at a time, as tickers do: it would long have let go. */
function sleepsShortly(analysis: Analysis, group: GoroutineGroup): boolean {
  const snapshot = group.snapshot === undefined ? undefined : analysis.capture.snapshots[group.snapshot]
  const row = snapshot ? snapshot.table.ids.indexOf(group.ids[0]) : -1
  if (!snapshot || row === -1 || group.primitive !== 'sleep') return false
  const args = snapshot.detail(row).frames.find(f => f.func === 'time.Sleep')?.args
  const ns = args === undefined ? Number.NaN : Number(/^0x[0-9a-f]+/.exec(args)?.[0])
  return ns < SHORT_NS
}

/** Who holds it: named by its arguments, or as the only goroutine that is left; else said to be unknown. */
function holderLink(analysis: Analysis, queue: LockQueue, writer: GoroutineGroup): Link {
  const { holder } = queue
  if (holder)
    return {
      text: `${holderName(holder)} holds it: ${holder.basis}; it ${holder.doing} in ${placeOf(holder.frame)}`,
      status: holder.status,
      refs: [holder.ref],
    }
  const left = onlyOneLeft(analysis, queue)
  if (left)
    return {
      text: `a goroutine that holds it must still be there, unless a waiting reader has locked it before: ${who(left)} in ${placeOf(frameOf(left))} (${left.state}) is the only one that does not wait for another`,
      status: 'inferred',
      refs: left.refs,
    }
  const recursive = othersOf(analysis, writer).find(
    g => g.primitive === 'rwmutex-read' && queue.groups.includes(analysis.groups.indexOf(g)),
  )
  const alone = forsaken(analysis, writer)
  if (alone && recursive)
    return {
      text: `no goroutine that could still run is left to release it: a reader that waits holds it already (RLock twice), or one has gone without RUnlock`,
      status: 'inferred',
      refs: [...recursive.refs.slice(0, 1), ...alone.links[0].refs],
    }
  const suspects = suspectsOf(analysis, queue).filter(c => !queue.groups.includes(c.group))
  const could = suspects.length === 0 ? '' : `; ${namesOf(suspects)} came through the same package and could`
  return {
    text: `who holds it: ${queue.candidates.length > 0 ? `it can be ${namesOf(queue.candidates, queue.candidatesLeft)}` : `the dump does not show it${could}`}`,
    status: 'missing',
    refs: queue.candidates.map(c => c.ref),
  }
}
