/**
 * Damaged evidence: cut anywhere, flipped bytes, files under other names in another order. sigtrace never fails on it, and
 * what it calls proven has its line in what was left.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Report } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'

/** Samples that are quick enough to be read many times; the others are cut by the tests of their parsers. */
const SAMPLES = ['mutex-deadlock', 'stop-timeout', 'wrong-signal', 'channel-leak', 'c-segfault']
const RUNS = 25

function filesOf(sample: string): Record<string, Buffer> {
  const folder = join('samples', sample, 'capture')
  return Object.fromEntries(readdirSync(folder).map(name => [name, readFileSync(join(folder, name))]))
}

/** Every observed link cites, and every citation leads into an input as it is now. */
function assertHonest(report: Report, files: Record<string, Buffer>): void {
  const lines = new Map<string, number>()
  for (const [name, bytes] of Object.entries(files)) lines.set(name, bytes.toString('latin1').split('\n').length)
  for (const finding of report.findings) {
    for (const link of finding.chain) {
      if (link.status !== 'observed') continue
      assert.ok(link.refs.length > 0, `${finding.rule}: "${link.text}" is observed but cites nothing`)
      for (const ref of link.refs) {
        const source = report.sources.find(s => s.path === ref.source)
        assert.ok(source, `${finding.rule} cites ${ref.source}, which is no source`)
        if (ref.line !== undefined && lines.has(ref.source) && !ref.source.endsWith('.gz'))
          assert.ok(ref.line >= 1 && ref.line <= lines.get(ref.source)!, `${ref.source}:${ref.line} does not exist`)
        if (ref.offset !== undefined)
          assert.ok(ref.offset <= source.bytes, `${ref.source}@${ref.offset} does not exist`)
      }
    }
    if (finding.confidence === 'proven') assert.ok(finding.chain.every(l => l.status === 'observed'))
  }
  assert.equal(report.failures, [], 'a rule failed')
  if (report.verdict.rule !== null) assert.is(report.findings[report.verdict.finding!].rule, report.verdict.rule)
}

const damage = suite('damaged samples')

damage('the samples are there', () => assert.ok(SAMPLES.every(s => existsSync(join('samples', s, 'capture')))))

for (const sample of SAMPLES) {
  const files = filesOf(sample)
  const names = Object.keys(files).filter(n => n !== 'capture.toml')
  damage(`${sample}, cut anywhere`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.double({ min: 0, max: 1, noNaN: true }), async (name, part) => {
        const cut = { ...files, [name]: files[name].subarray(0, Math.floor(files[name].length * part)) }
        assertHonest(await analyzeFiles(cut), cut)
      }),
      { numRuns: RUNS },
    )
  })
  damage(`${sample}, with flipped bytes`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(fc.tuple(fc.double({ min: 0, max: 0.999999, noNaN: true }), fc.nat(255)), {
          minLength: 1,
          maxLength: 40,
        }),
        async (name, flips) => {
          const packed = name.endsWith('.gz')
          const bytes = packed ? gunzipSync(files[name]) : Buffer.from(files[name])
          for (const [part, value] of flips) bytes[Math.floor(bytes.length * part)] ^= value
          const flipped = { ...files, [name.replace(/\.gz$/, '')]: bytes }
          if (packed) delete flipped[name]
          assertHonest(await analyzeFiles(flipped), flipped)
        },
      ),
      { numRuns: RUNS },
    )
  })
  damage(`${sample}, under other names in another order`, async () => {
    const before = await analyzeFiles(files)
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(names, { minLength: names.length }), async order => {
        const renamed = Object.fromEntries(order.map((name, i) => [`${String.fromCharCode(97 + i)}.bin`, files[name]]))
        const after = await analyzeFiles(renamed)
        assert.is(after.verdict.rule, before.verdict.rule)
        assert.is(after.verdict.confidence, before.verdict.confidence)
        assert.is(after.signals.length, before.signals.length)
      }),
      { numRuns: 6 },
    )
  })
}

damage.run()
