/** Queues on locks: who waits for which, and which goroutine the evidence points to as the holder. */
import type { GoroutineSnapshot } from '../../model/goroutine.js'
import { LockContainers } from './containers.js'
import type { Grouping } from './groups.js'
import { findHolder, PastTheLock } from './holders.js'
import { isDumper } from './idle.js'
import { type Queue, queueOf, waitingRows } from './queues.js'
import { Suspects } from './suspects.js'
import { mentionsOf } from './words.js'

/**
 * The queues of one snapshot. Locks with a single waiter of which nothing more is known are told by one of them for each
 * place, the one that has waited longest, with the number of the others (`alike`).
 */
export function lockQueues(snapshot: GoroutineSnapshot, index: number, grouping: Grouping): Queue[] {
  const { table } = snapshot
  const waiting = waitingRows(snapshot, grouping)
  const mentions = mentionsOf(snapshot, grouping.ofRow, waiting.addresses, row => {
    const group = grouping.groups[grouping.ofRow[row]]
    return group.system || isDumper(group.primitive, table.stacks[table.stack[row]].frames)
  })
  const dump = {
    containers: new LockContainers(snapshot, mentions.of),
    past: new PastTheLock(grouping),
    suspects: new Suspects(snapshot, grouping),
  }
  const queues: Queue[] = []
  const add = (rows: number[], address: number): Queue => {
    const queue = queueOf(snapshot, index, grouping, rows, address)
    findHolder(queue, snapshot, grouping, mentions, dump)
    queues.push(queue)
    return queue
  }
  const alone = new Map<number, { row: number; address: number; count: number }>()
  for (const row of waiting.first) {
    const address = table.object[row]
    const rows = waiting.many.get(address)
    if (rows !== undefined) add(rows, address)
    else if (mentions.of.has(address)) add([row], address)
    else {
      const group = grouping.ofRow[row]
      const known = alone.get(group)
      if (known === undefined) alone.set(group, { row, address, count: 1 })
      else {
        known.count++
        if (table.waitNs[row] > table.waitNs[known.row]) Object.assign(known, { row, address })
      }
    }
  }
  for (const rows of waiting.unknown.values()) add(rows, 0)
  for (const { row, address, count } of alone.values()) add([row], address).queue.alike = count - 1
  return queues
}
