/** Lock graphs written as dumps: what the whole program makes of them. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'
import { dumpOf, type Worker } from '../support/locks.js'

const graphs = suite('lock graphs in dumps')

/** Worker i holds lock i and waits for lock i + 1, around a ring. */
function ring(size: number, first = 0): Worker[] {
  return Array.from({ length: size }, (_, i) => ({
    id: 20 + first + i,
    holds: [first + i],
    waits: first + ((i + 1) % size),
  }))
}

async function deadlocks(workers: readonly Worker[]): Promise<number> {
  return findingsOf(await analyzeFiles({ 'dump.txt': dumpOf(workers) }), 'mutex/deadlock').reduce(
    (sum, f) => sum + f.count,
    0,
  )
}

graphs('a ring of any size is found, whatever queues behind it and in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 2, max: 7 }),
      fc.array(fc.nat(6), { maxLength: 8 }),
      fc.nat(),
      async (size, behind, shift) => {
        const queued = behind.map((lock, i): Worker => ({ id: 100 + i, holds: [], waits: lock % size }))
        const all = [...ring(size), ...queued]
        const turned = all.map((_, i) => all[(i + shift) % all.length])
        assert.is(await deadlocks(turned), 1)
      },
    ),
    { numRuns: 25 },
  )
})

/** Small structs side by side on the heap, as the allocator lays those of one size: each reaches its neighbours' locks. */
const neighbours = fc
  .record({ words: fc.integer({ min: 2, max: 8 }), place: fc.nat(7) })
  .map(({ words, place }) => ({ stride: words * 8, inside: (place % words) * 8 }))

graphs('a ring through locks inside small neighbouring structs has all its members', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 7 }), neighbours, fc.nat(), async (size, layout, shift) => {
      const all = ring(size).map((_, i, workers) => workers[(i + shift) % size])
      const report = await analyzeFiles({ 'dump.txt': dumpOf(all, layout) })
      const [cycle] = report.waits.cycles
      assert.is(report.waits.cycles.length, 1)
      assert.is(cycle.length, size)
    }),
    { numRuns: 40 },
  )
})

graphs('a chain through such structs is no ring, whichever of its locks nobody holds', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 3, max: 7 }), neighbours, fc.nat(), async (size, layout, cut) => {
      const chain = ring(size).map((w, i) => (i === cut % size ? { ...w, holds: [] } : w))
      const report = await analyzeFiles({ 'dump.txt': dumpOf(chain, layout) })
      assert.equal(report.waits.cycles, [])
    }),
    { numRuns: 40 },
  )
})

graphs('a chain that ends with somebody who sleeps is none', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 7 }), async size => {
      const chain = ring(size)
      chain[size - 1] = { ...chain[size - 1], waits: null }
      const report = await analyzeFiles({ 'dump.txt': dumpOf(chain) })
      assert.equal(findingsOf(report, 'mutex/deadlock'), [])
      assert.is(report.waits.cycles.length, 0)
    }),
    { numRuns: 10 },
  )
})

graphs('removing any edge of a two-lock cycle removes the verdict', async () => {
  assert.is(await deadlocks(ring(2)), 1)
  for (const cut of [0, 1]) {
    const holdsNothing = ring(2).map((w, i) => (i === cut ? { ...w, holds: [] } : w))
    assert.is(await deadlocks(holdsNothing), 0, `worker ${cut} holds nothing`)
    const waitsForNothing = ring(2).map((w, i) => (i === cut ? { ...w, waits: null } : w))
    assert.is(await deadlocks(waitsForNothing), 0, `worker ${cut} waits for nothing`)
  }
})

graphs('two goroutines that could hold the lock mean that nobody is named', async () => {
  const workers = [...ring(2), { id: 50, holds: [0], waits: null }]
  const report = await analyzeFiles({ 'dump.txt': dumpOf(workers) })
  assert.equal(findingsOf(report, 'mutex/deadlock'), [])
  const edge = report.waits.edges.find(e => e.from === 'goroutine 21')
  assert.is(edge?.heldBy, null)
  assert.match(edge?.basis ?? '', /20, 50|50, 20/)
})

graphs('who waits for the first of two locks does not hold the second', async () => {
  // transfer(a, b) and transfer(b, a), both at their first Lock: whoever holds a and b does not show.
  const text = dumpOf([
    { id: 20, holds: [], waits: 0 },
    { id: 21, holds: [], waits: 1 },
  ])
    .replace('main.work(0xc000014000, 0x1)', 'main.work(0xc000014000, 0xc000014040)')
    .replace('main.work(0xc000014040, 0x1)', 'main.work(0xc000014040, 0xc000014000)')
  assert.match(text, /0xc000014040, 0xc000014000/)
  assert.equal(findingsOf(await analyzeFiles({ 'dump.txt': text }), 'mutex/deadlock'), [])
})

graphs('an argument that may be stale still counts where it is all there is, and is said to be so', async () => {
  const text = dumpOf(ring(2)).replaceAll(/main\.work\((\w+), (\w+), /g, 'main.work($1?, $2?, ')
  const [finding] = findingsOf(await analyzeFiles({ 'dump.txt': text }), 'mutex/deadlock')
  assert.is(finding?.confidence, 'likely')
  assert.ok(finding.chain.some(link => link.status === 'inferred' && /stale/.test(link.text)))
})

graphs('neighbours on the heap are not taken for each other', async () => {
  // Locks 0x40 apart: the struct that starts at lock 0 does not reach lock 1, which others show as their own word.
  const workers: Worker[] = [
    { id: 20, holds: [1], waits: 5 },
    { id: 21, holds: [0], waits: null },
    { id: 22, holds: [], waits: 1 },
  ]
  const report = await analyzeFiles({ 'dump.txt': dumpOf(workers) })
  assert.is(report.waits.edges.find(e => e.from === 'goroutine 22')?.heldBy, 'goroutine 20')
})

graphs.run()
