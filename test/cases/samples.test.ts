/**
 * Every sample through the whole program: the JSON report and the Markdown, byte for byte. `UPDATE=1` writes what is
 * expected anew.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderers } from '../../reports/index.js'
import type { Report } from '../../src/model/report.js'
import { analyze } from '../../src/pipeline/analyze.js'
import { VERSION } from '../../src/version.js'

const samples = readdirSync('samples').filter(name => existsSync(join('samples', name, 'capture')))

async function rendered(id: string, report: Report): Promise<string> {
  let text = ''
  for await (const piece of renderers
    .find(r => r.id === id)!
    .render(report, { color: false, width: 100, verbose: false }))
    text += piece
  // A new version must not change every expected report.
  return text.replaceAll(VERSION, 'VERSION')
}

/** The published schema, and nothing beside what it says: what is not described is not part of the contract. */
function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (schema === null || typeof schema !== 'object') return schema
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  return 'properties' in copy && 'required' in copy ? { ...copy, additionalProperties: false } : copy
}
const schema = JSON.parse(readFileSync('reports/json/schema.json', 'utf8'))
const validate = new Ajv({ strict: false, allErrors: true }).compile(strict(schema) as object)

const cases = suite('samples')

cases('there are at least six', () => assert.ok(samples.length >= 6))

for (const name of samples) {
  const expected = join('samples', name, 'expected')
  cases(`${name} gives the expected report`, async () => {
    const report = await analyze([join('samples', name, 'capture')])
    assert.ok(validate(report), JSON.stringify(validate.errors?.slice(0, 3)))
    for (const [id, file] of [
      ['json', 'report.json'],
      ['markdown', 'report.md'],
    ]) {
      const text = await rendered(id, report)
      const path = join(expected, file)
      if (process.env.UPDATE) {
        mkdirSync(expected, { recursive: true })
        writeFileSync(path, text)
      }
      assert.fixture(text, readFileSync(path, 'utf8'))
    }
  })
  cases(`${name} gives the same bytes twice, in every format`, async () => {
    const [one, two] = [
      await analyze([join('samples', name, 'capture')]),
      await analyze([join('samples', name, 'capture')]),
    ]
    for (const { id } of renderers) assert.is(await rendered(id, one), await rendered(id, two), id)
  })
}

cases.run()
