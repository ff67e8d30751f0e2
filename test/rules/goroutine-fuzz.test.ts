/** Damaged dumps: no rule fails, and nothing is proven that the text does not show. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { correlate } from '../../src/correlate/index.js'
import { confidenceOf } from '../../src/model/finding.js'
import { findAll } from '../../src/pipeline/find.js'
import { rules as all } from '../../src/rules/index.js'
import { readDumps } from '../support/dumps.js'

const fuzz = suite('goroutine rules fuzz')
const FOLDER = 'test/fixtures/waits'
const TEXTS = readdirSync(FOLDER).map(f => readFileSync(`${FOLDER}/${f}`, 'utf8'))

async function findings(text: string) {
  const { input, ...capture } = await readDumps(text)
  capture.sources.push(input.source)
  const { findings: found, failures } = findAll(correlate(capture), all)
  assert.equal(failures, [])
  return found
}

const damaged = fc
  .tuple(fc.constantFrom(...TEXTS), fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.nat()), { maxLength: 6 }))
  .map(([text, edits]) => {
    let lines = text.split('\n')
    for (const [at, how, other] of edits) {
      if (lines.length === 0) break
      const line = at % lines.length
      if (how === 0) lines.splice(line, 1)
      else if (how === 1) lines.splice(line, 0, lines[other % lines.length])
      else if (how === 2) lines = lines.slice(0, line + 1)
      else lines[line] = lines[line].slice(0, other % (lines[line].length + 1))
    }
    return lines.join('\n')
  })

fuzz('lines dropped, doubled, moved and cut', async () => {
  await fc.assert(
    fc.asyncProperty(damaged, async text => {
      for (const { rule, chain } of await findings(text)) {
        if (confidenceOf(chain) === 'proven')
          assert.ok(/^(?:channel\/nil|select\/empty|crash\/|exit\/|deadlock\/)/.test(rule), rule)
        for (const link of chain) if (link.status === 'observed') assert.ok(link.refs.length > 0, link.text)
      }
    }),
    { numRuns: 150 },
  )
})

fuzz('the order of goroutines does not matter', async () => {
  const titles = async (text: string) =>
    (await findings(text)).map(f => `${f.rule} ${f.severity} ${f.count ?? 1}`).sort()
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...TEXTS.filter(t => t.startsWith('goroutine '))),
      fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
      async (text, keys) => {
        // The goroutine that writes the dump always stands first.
        const [first, ...parts] = text.trimEnd().split('\n\n')
        const shuffled = parts
          .map((part, i) => ({ part, key: (keys[i % 8] * (i + 7)) % 1009 }))
          .sort((a, b) => a.key - b.key)
        assert.equal(await titles(`${[first, ...shuffled.map(s => s.part)].join('\n\n')}\n`), await titles(text))
      },
    ),
    { numRuns: 40 },
  )
})

fuzz.run()
