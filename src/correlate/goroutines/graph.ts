/** The edges of the wait-for graph, and its cycles. */
import type { WaitEdge, WaitGraph } from '../../model/analysis.js'
import { userFrame } from '../../model/go-frames.js'
import type { GoroutineSnapshot } from '../../model/goroutine.js'
import { goroutineName } from '../../model/waits.js'
import { findCycles } from './cycles.js'
import { refOfRow } from './groups.js'
import type { Queue } from './queues.js'

/** Edges of one queue that stand by themselves; the rest is counted on the last. */
const PER_QUEUE = 20

/** Adds the edges of one snapshot's queues and the cycles among them. */
export function addEdges(waits: WaitGraph, snapshot: GoroutineSnapshot, queues: readonly Queue[]): void {
  const waitsOn = new Map<number, Queue>()
  for (const queue of queues) for (const row of queue.rows) waitsOn.set(row, queue)
  // Only a holder that waits itself can be part of a cycle: it is enough to follow holders.
  const links: { queue: Queue; row: number }[] = []
  for (const queue of queues) {
    const row = queue.holderRow
    const next = row === -1 ? undefined : waitsOn.get(row)
    if (next && next.holderRow !== -1) links.push({ queue: next, row })
  }
  const found = findCycles(links.map(({ queue, row }) => ({ from: String(row), to: String(queue.holderRow) })))
  const inCycle = new Map<Queue, number[]>()
  for (const cycle of found)
    for (const i of cycle) {
      const { queue, row } = links[i]
      inCycle.set(queue, [...(inCycle.get(queue) ?? []), row])
    }
  const edgeOf = new Map<number, number>()
  for (const queue of queues) {
    const first = inCycle.get(queue) ?? []
    const others = queue.rows.filter(row => !first.includes(row))
    const shown = [...first, ...others.slice(0, Math.max(0, PER_QUEUE - first.length))]
    for (const row of shown) edgeOf.set(row, waits.edges.push(edge(queue, snapshot, row)) - 1)
    const more = queue.rows.length - shown.length + queue.queue.alike
    if (more > 0) waits.edges[waits.edges.length - 1].more = more
  }
  for (const cycle of found) {
    const number = waits.cycles.push(cycle.map(i => edgeOf.get(links[i].row) as number)) - 1
    for (const i of cycle) links[i].queue.queue.cycle = number
  }
}

function edge({ queue, address }: Queue, snapshot: GoroutineSnapshot, row: number): WaitEdge {
  const { holder } = queue
  const { frames } = snapshot.table.stacks[snapshot.table.stack[row]]
  return {
    from: goroutineName(snapshot.table.ids[row], frames[userFrame(frames)] ?? frames[0] ?? null),
    on: { kind: queue.kind, address: queue.address ?? '' },
    heldBy: holder && goroutineName(holder.goroutine, holder.frame),
    basis: holder
      ? holder.basis
      : queue.candidates.length > 0
        ? `several goroutines could hold it: ${queue.candidates.map(c => (c.goroutine > 0 ? c.goroutine : goroutineName(0, c.frame))).join(', ')}`
        : address > 0
          ? 'no other goroutine shows its address'
          : 'the dump does not show its address',
    status: holder?.status ?? 'inferred',
    refs: [refOfRow(snapshot, row), ...(holder ? [holder.ref] : [])],
  }
}
