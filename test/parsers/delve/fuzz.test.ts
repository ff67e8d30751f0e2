/** No input makes the reader of Delve's output fail, and none takes more than linear time. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { delve } from '../../../parsers/delve/index.js'
import { parseDelve } from '../../../parsers/delve/parse.js'
import { type Capture, emptyCapture } from '../../../src/model/capture.js'
import { Diagnostics } from '../../../src/model/diagnostic.js'
import { inputOf } from '../../support/dumps.js'

const fuzz = suite('delve fuzz')
const FOLDER = 'test/fixtures/delve'
const TEXTS = readdirSync(FOLDER)
  .filter(f => /\.(?:txt|log)$/.test(f))
  .map(f => readFileSync(`${FOLDER}/${f}`))
const ANSWERS = readdirSync(`${FOLDER}/rpc`)
  .filter(f => f.endsWith('.json'))
  .map(f => readFileSync(`${FOLDER}/rpc/${f}`))

function read(content: string | Uint8Array, size = 1 << 20): Capture {
  const diagnostics = new Diagnostics()
  const capture = emptyCapture('capture', diagnostics)
  const input = inputOf(content, size)
  delve.sniff(input.head, input.source.path)
  parseDelve([input], {
    ...capture,
    diagnose: (code, severity, text, first, remedy, count = 1) =>
      diagnostics.add(code, severity, text, first, remedy, count),
    progress: () => {},
    derive: () => {},
  })
  return capture
}

const some = fc.constantFrom(...TEXTS, ...ANSWERS)

fuzz('any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), bytes => void read(bytes)))
})

fuzz('any cut of a real file, and its rest', () => {
  fc.assert(
    fc.property(some, fc.nat(), (bytes, at) => {
      const cut = at % bytes.length
      read(bytes.subarray(0, cut))
      read(bytes.subarray(cut))
    }),
    { numRuns: 200 },
  )
})

fuzz('any byte changed, any line doubled or dropped', () => {
  fc.assert(
    fc.property(some, fc.nat(), fc.nat(255), fc.nat(2), (bytes, at, value, how) => {
      if (how === 0) {
        const changed = Buffer.from(bytes)
        changed[at % changed.length] = value
        read(changed)
        return
      }
      const lines = bytes.toString('latin1').split('\n')
      const line = at % lines.length
      lines.splice(line, 1, ...(how === 1 ? [] : [lines[line], lines[line]]))
      read(Buffer.from(lines.join('\n'), 'latin1'))
    }),
    { numRuns: 200 },
  )
})

fuzz('the pieces in which a file comes change nothing', () => {
  for (const bytes of TEXTS) {
    const rows = (size: number) =>
      read(bytes, size).snapshots.map(s => [s.line, Array.from(s.table.ids), s.table.states])
    assert.equal(rows(7), rows(1 << 20))
  }
})

fuzz('hostile lines take linear time', () => {
  const hostile = [
    `  Goroutine 1 - User: ${'a:1 '.repeat(50_000)}(0x1) [${'x '.repeat(50_000)}]`,
    `> ${'('.repeat(100_000)}`,
    `\tLabels: ${'"\\'.repeat(50_000)}`,
    `    ${'='.repeat(100_000)}`,
    ` 0  0x1 in ${'['.repeat(3000)}`,
    `(dlv) ${'(dlv) '.repeat(30_000)}`,
    `time="x" level=info msg="${'\\'.repeat(100_000)}`,
    `2026-11-24T00:29:16Z debug ${'layer='.repeat(20_000)}`,
  ]
  for (const line of hostile) {
    const started = process.cpuUsage().user
    read(`Type 'help' for list of commands.\n${`${line}\n`.repeat(20)}`)
    assert.ok(process.cpuUsage().user - started < 3e6, line.slice(0, 30))
  }
})

fuzz('a listing of 100,000 goroutines', () => {
  const rows = Array.from(
    { length: 100_000 },
    (_, i) => `  Goroutine ${i + 1} - User: ./main.go:${i % 50} main.work (0x4b5c3f) [chan receive]`,
  )
  const { snapshots } = read(`Type 'help' for list of commands.\n(dlv) ${rows.join('\n')}\n[100000 goroutines]\n(dlv) `)
  assert.is(snapshots[0].table.length, 100_000)
  assert.is(snapshots[0].table.stacks.length, 50)
})

fuzz.run()
