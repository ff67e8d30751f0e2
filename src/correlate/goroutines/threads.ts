/** Goroutines in system calls, tied to the calls of their threads where a trace ran beside the dump. */
import type { Analysis, WaitEdge } from '../../model/analysis.js'
import type { GoroutineSnapshot } from '../../model/goroutine.js'
import { PRIMITIVES } from '../../model/goroutine.js'
import type { BlockedCall } from '../../model/process.js'
import { refOfRow } from './groups.js'

/** Edges from goroutines to the calls that they are in. */
const EDGES = 50

/**
 * Adds an edge for each goroutine of a snapshot that waits in a system call which the trace shows: by the thread, where the
 * dump names it (Delve, cores), else by the name of the call, where exactly one goroutine and one thread of the process are
 * in such a call at the time of the dump.
 */
export function addSyscallEdges(analysis: Analysis, snapshot: GoroutineSnapshot): void {
  const { table } = snapshot
  if (snapshot.pid === null) return
  const taken = analysis.at(snapshot.source, snapshot.takenNs)
  const calls = analysis.blockedCalls.filter(c => c.pid === snapshot.pid && isOpenAt(c, taken))
  if (calls.length === 0) return
  const byName = new Map<string, number[]>()
  const edges: WaitEdge[] = []
  for (let row = 0; row < table.length && edges.length < EDGES; row++) {
    if (PRIMITIVES[table.primitive[row]] !== 'syscall') continue
    const thread = table.thread?.[row] ?? -1
    const call = thread > 0 ? calls.find(c => c.tid === thread) : undefined
    if (call) edges.push(edge(snapshot, row, call, 'observed'))
    else {
      const name = syscallOf(snapshot, row)
      if (name !== null) byName.set(name, [...(byName.get(name) ?? []), row])
    }
  }
  for (const [name, rows] of byName) {
    const named = calls.filter(c => c.syscall === name && !edges.some(e => e.basis.startsWith(`thread ${c.tid} `)))
    if (rows.length === 1 && named.length === 1) edges.push(edge(snapshot, rows[0], named[0], 'inferred'))
  }
  analysis.waits.edges.push(...edges)
}

function isOpenAt({ sinceNs, durationNs, open }: BlockedCall, taken: number | null): boolean {
  if (taken === null || sinceNs === null) return open
  return sinceNs <= taken && (open || (durationNs !== null && sinceNs + durationNs >= taken))
}

/** `syscall.write` in the frames is write(2); `syscall.read` is read(2). */
function syscallOf({ table }: GoroutineSnapshot, row: number): string | null {
  const frame = table.stacks[table.stack[row]].frames.find(f =>
    /^(?:syscall|golang\.org\/x\/sys\/unix)\.(?!raw|Raw)[a-z]\w*$/.test(f.func),
  )
  return frame ? frame.func.slice(frame.func.lastIndexOf('.') + 1).toLowerCase() : null
}

function edge(snapshot: GoroutineSnapshot, row: number, call: BlockedCall, status: WaitEdge['status']): WaitEdge {
  return {
    from: `goroutine ${snapshot.table.ids[row]}`,
    on: { kind: call.syscall, address: call.object ?? '' },
    heldBy: null,
    basis: `thread ${call.tid} is in ${call.syscall}${call.object === null ? '' : ` on ${call.object}`}${call.open ? ', which never returned' : ''}`,
    status,
    refs: [refOfRow(snapshot, row), ...call.refs.slice(0, 1)],
  }
}
