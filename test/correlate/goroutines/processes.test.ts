/** Processes that wait for each other through pipes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addProcessEdges } from '../../../src/correlate/goroutines/processes.js'
import type { Analysis } from '../../../src/model/analysis.js'
import type { BlockedCall, Process } from '../../../src/model/process.js'

const processes = suite('processes that wait')

const call = (pid: number, object: string, peer: number, state: string | null = null): BlockedCall => ({
  pid,
  tid: pid,
  syscall: 'write',
  object,
  sinceNs: 0,
  durationNs: null,
  open: true,
  usual: false,
  refs: [{ source: 'strace.txt', line: pid }],
  peers: [{ pid: peer, comm: 'reader', fd: 0, state, refs: [{ source: 'ss.txt', line: 2 }] }],
})

const process = (pid: number, threads = 1): Process => ({
  pid,
  ppid: null,
  comm: null,
  argv: null,
  runtime: null,
  threads: Array.from({ length: threads }, (_, i) => ({ tid: pid + i, comm: null, startNs: null, endNs: null })),
  startNs: null,
  endNs: null,
  exit: null,
  refs: [],
})

function waits(blockedCalls: BlockedCall[], all: Process[]): Analysis['waits'] {
  const analysis = {
    blockedCalls,
    processes: all,
    waits: { edges: [], cycles: [], conclusion: 'none' },
  } as unknown as Analysis
  addProcessEdges(analysis)
  return analysis.waits
}

processes('a blocked write waits for who holds the other end, stopped or not', () => {
  const { edges, cycles } = waits([call(77, 'pipe:[1]', 80, 'T')], [process(77), process(80)])
  assert.equal([edges[0].from, edges[0].heldBy, edges[0].status], ['pid 77', 'pid 80', 'observed'])
  assert.match(edges[0].basis, /reader holds the other end and is stopped/)
  assert.equal(cycles, [])
})

processes('two that write into each other’s full pipes are a cycle', () => {
  const both = [call(77, 'pipe:[1]', 80), call(80, 'pipe:[2]', 77)]
  assert.equal(waits(both, [process(77), process(80)]).cycles, [[0, 1]])
})

processes('a second thread could still read: no cycle', () => {
  const both = [call(77, 'pipe:[1]', 80), call(80, 'pipe:[2]', 77)]
  assert.equal(waits(both, [process(77), process(80, 2)]).cycles, [])
  assert.equal(waits(both, [process(77)]).cycles, [], 'what is not known may have more threads')
})

processes('an ordinary place to wait is no edge', () => {
  assert.equal(waits([{ ...call(77, 'pipe:[1]', 80), usual: true }], []).edges, [])
})

processes.run()
