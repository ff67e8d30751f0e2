/** Processes that wait for each other: a write into a full pipe waits for the process that holds the other end. */
import type { Analysis, WaitEdge } from '../../model/analysis.js'
import type { BlockedCall, Peer } from '../../model/process.js'
import { findCycles } from './cycles.js'

const EDGES = 100
const STATES: Record<string, string> = {
  T: ' and is stopped',
  t: ' and is held by its tracer',
  Z: ' and is dead',
  D: ' and waits for a device',
}

/** Adds an edge for each call that is stuck on a pipe or socket whose other end is known, and the cycles among processes. */
export function addProcessEdges(analysis: Analysis): void {
  const { edges, cycles } = analysis.waits
  const base = edges.length
  const seen = new Set<string>()
  for (const call of analysis.blockedCalls) {
    if (call.usual || call.object === null) continue
    for (const peer of call.peers ?? []) {
      const key = `${call.pid} ${call.object} ${peer.pid}`
      if (peer.pid === call.pid || seen.has(key) || edges.length - base >= EDGES) continue
      seen.add(key)
      edges.push(edge(call, peer))
    }
  }
  const added = edges.slice(base)
  // A process with several threads can read in one while another waits: only what has one thread is sure to stand still.
  const single = new Set(analysis.processes.filter(p => p.threads.length === 1).map(p => `pid ${p.pid}`))
  const chain = added.map(e => ({
    from: e.from,
    to: e.heldBy !== null && single.has(e.from) && single.has(e.heldBy) ? e.heldBy : null,
  }))
  for (const cycle of findCycles(chain)) cycles.push(cycle.map(i => base + i))
}

function edge(call: BlockedCall, peer: Peer): WaitEdge {
  return {
    from: `pid ${call.pid}`,
    on: { kind: call.syscall, address: call.object ?? '' },
    heldBy: `pid ${peer.pid}`,
    basis: `${peer.comm === null ? 'it' : peer.comm} holds the other end${STATES[peer.state ?? ''] ?? ''}`,
    status: 'observed',
    refs: [...call.refs.slice(0, 2), ...peer.refs.slice(0, 2)],
  }
}
