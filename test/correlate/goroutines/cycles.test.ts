/** Cycles are always found and never made up, whatever the graph. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Dependency, findCycles } from '../../../src/correlate/goroutines/cycles.js'

const cycles = suite('wait-for cycles')

const graph = fc
  .array(fc.tuple(fc.nat(9), fc.option(fc.nat(9), { nil: null })), { maxLength: 30 })
  .map(pairs => pairs.map(([from, to]): Dependency => ({ from: `g${from}`, to: to === null ? null : `g${to}` })))

/** Nodes that can reach themselves, by walking the edges from each node. */
function inCycles(edges: readonly Dependency[]): Set<string> {
  const found = new Set<string>()
  for (const { from: start } of edges) {
    const seen = new Set<string>()
    const open = [start]
    while (open.length > 0) {
      const at = open.pop() as string
      for (const { from, to } of edges) {
        if (from !== at || to === null || seen.has(to)) continue
        seen.add(to)
        open.push(to)
      }
    }
    if (seen.has(start)) found.add(start)
  }
  return found
}

cycles('a graph has a cycle exactly where a node can reach itself', () => {
  fc.assert(fc.property(graph, edges => assert.is(findCycles(edges).length > 0, inCycles(edges).size > 0)))
})

cycles('each cycle closes: every edge leads to the start of the next', () => {
  fc.assert(
    fc.property(graph, edges => {
      for (const cycle of findCycles(edges)) {
        assert.ok(cycle.length > 0)
        for (const [i, edge] of cycle.entries()) assert.is(edges[edge].to, edges[cycle[(i + 1) % cycle.length]].from)
        assert.is(new Set(cycle).size, cycle.length, 'no edge twice')
      }
    }),
  )
})

cycles('every knot of the graph is told once', () => {
  fc.assert(
    fc.property(graph, edges => {
      const told = findCycles(edges)
      const nodes = told.flatMap(cycle => [edges[cycle[0]].from])
      assert.is(new Set(nodes).size, nodes.length)
      // Cutting one edge of each told cycle again and again ends without cycles only if none was hidden.
      let left = [...edges]
      for (let round = 0; round <= edges.length; round++) {
        const found = findCycles(left)
        if (found.length === 0) break
        const cut = new Set(found.map(cycle => left[cycle[0]]))
        left = left.filter(edge => !cut.has(edge))
      }
      assert.is(inCycles(left).size, 0)
    }),
  )
})

cycles('removing any edge of a ring removes the cycle', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(), (size, pick) => {
      const ring = Array.from({ length: size }, (_, i): Dependency => ({ from: `g${i}`, to: `g${(i + 1) % size}` }))
      assert.is(findCycles(ring).length, 1)
      assert.is(findCycles(ring)[0].length, size)
      assert.equal(findCycles(ring.filter((_, i) => i !== pick % size)), [])
    }),
  )
})

cycles('a chain of 200,000 is walked without recursion', () => {
  const chain = Array.from({ length: 200_000 }, (_, i): Dependency => ({ from: `g${i}`, to: `g${i + 1}` }))
  assert.equal(findCycles(chain), [])
  chain.push({ from: 'g200000', to: 'g0' })
  assert.is(findCycles(chain)[0].length, 200_001)
})

cycles.run()
