/** Whatever the bytes are: nothing throws, the time is linear, and how the input is cut into pieces changes nothing. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readDumps, rowsOf } from '../../support/dumps.js'

const fixture = (name: string) => gunzipSync(readFileSync(`test/fixtures/goroutines/${name}.txt.gz`))
const NAMES = ['go1.27-debug2', 'go1.27-sigquit', 'go1.19-crash-relays', 'go1.27-cgo-crash', 'crashes/go1.19-multiline']
const DUMPS = NAMES.map(fixture)

const seen = async (content: string | Uint8Array, size?: number) => {
  const { snapshots, crashes, diagnostics } = await readDumps(content, size)
  const details = snapshots.map(s => (s.table.length > 0 ? s.detail(s.table.length - 1) : null))
  return JSON.stringify([
    snapshots.map(s => [s.line, s.truncated, rowsOf(s), [...s.table.lines]]),
    crashes,
    diagnostics.list(),
    details,
  ])
}

const fuzz = suite('any input')
const dump = fc.constantFrom(...DUMPS)
const some = { numRuns: 60 }

fuzz('pieces of any size give the same', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...DUMPS.filter(d => d.length < 40_000)),
      fc.integer({ min: 1, max: 3000 }),
      async (bytes, size) => {
        assert.is(await seen(bytes, size), await seen(bytes))
      },
    ),
    { numRuns: 25 },
  ),
)
fuzz('a dump cut anywhere yields a part of its goroutines, and no other', () =>
  fc.assert(
    fc.asyncProperty(dump, fc.double({ min: 0, max: 1, noNaN: true }), async (bytes, at) => {
      const whole = new Set((await readDumps(bytes)).snapshots.flatMap(s => [...s.table.ids]))
      const text = bytes.subarray(0, Math.floor(bytes.length * at))
      const { snapshots } = await readDumps(text)
      // A message that is cut off before the real goroutine cannot be told from one.
      for (const id of snapshots.flatMap(s => [...s.table.ids]))
        assert.ok(whole.has(id) || id === 99, `goroutine ${id}`)
    }),
    some,
  ),
)
fuzz('bytes that flipped', () =>
  fc.assert(
    fc.asyncProperty(
      dump,
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 40 }),
      async (bytes, flips) => {
        const damaged = Buffer.from(bytes)
        for (const [at, value] of flips) damaged[at % damaged.length] = value
        await seen(damaged)
      },
    ),
    some,
  ),
)
fuzz('lines in any order', () =>
  fc.assert(
    fc.asyncProperty(dump, fc.infiniteStream(fc.nat()), async (bytes, random) => {
      const lines = bytes.subarray(0, 20_000).toString('latin1').split('\n')
      const shuffled = lines
        .map(line => [random.next().value, line] as const)
        .sort((a, b) => Number(a[0]) - Number(b[0]))
      await seen(shuffled.map(([, line]) => line).join('\n'))
    }),
    some,
  ),
)

const WORDS = [
  'goroutine 1 [',
  'running',
  ']:',
  '\n',
  '\t',
  'main.f(',
  ')',
  '/f.go:1',
  ' +0x1',
  'created by ',
  ' in goroutine 2',
  'panic: ',
  'fatal error: ',
  'SIGQUIT: quit',
  'PC=0x1',
  '-----',
  '{"log":"',
  '\\n',
  '"}',
  ' labels:{',
  '{',
  '}',
  '"',
  ',',
  'Nov 24 20:37:10 h a[1]: ',
  '#012',
  '\r',
  '\x1b[31m',
  '0x1',
  '(',
  '.',
  ':',
  ' ',
  '==================',
  'WARNING: DATA RACE',
  '[originating from goroutine 3]:',
  '...5 frames elided...',
  'exit status 2',
  'é',
  '\0',
  'non-Go function at pc=0x1',
]
fuzz('words of dumps in any order', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(...WORDS), { maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      async (words, size) => {
        const text = words.join('')
        assert.is(await seen(text, size), await seen(text))
      },
    ),
    { numRuns: 300 },
  ),
)
fuzz('any bytes', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), async bytes => {
      await seen(bytes)
    }),
    { numRuns: 200 },
  ),
)

const linear = suite('time')

/** Texts that grow with `n`, each a trap for something that looks too often at the same bytes. */
const TRAPS: Record<string, (n: number) => string> = {
  'one long line': n => 'x'.repeat(n * 40),
  'one long line of a dump': n => `goroutine 1 [${'a'.repeat(n * 40)}]:\n`,
  'many open brackets': n => `goroutine 1 ${'['.repeat(n * 20)}\nmain.f${'['.repeat(n * 20)}(\n`,
  colons: n => `goroutine 1 [sleep]:\nmain.f()\n\t${':1'.repeat(n * 10)} +0x1\n`,
  'headers in one line': n => 'x goroutine 1 [sleep'.repeat(n),
  escapes: n => `x goroutine 1 [sleep]:\\n${'\\\\'.repeat(n * 10)}n`,
  'many writers': n => Array.from({ length: n }, (_, i) => `p${i}: goroutine 1 [sleep]:\np${i}: main.f()\n`).join(''),
  'ever new states': n =>
    Array.from({ length: n }, (_, i) => `goroutine ${i} [s${i}]:\nmain.f()\n\t/f.go:1\n\n`).join(''),
  'ever new stacks': n =>
    Array.from({ length: n }, (_, i) => `goroutine ${i} [sleep]:\nmain.f${i}()\n\t/f.go:1\n\n`).join(''),
  'ever deeper stacks': n => `goroutine 1 [sleep]:\n${'main.f()\n\t/f.go:1\n'.repeat(n)}`,
  'headers without end': n => 'goroutine 1 [sleep]:\n'.repeat(n),
  panics: n => 'panic: x\n\tgoroutine 1 [running]:\n'.repeat(n),
  'lines of a log': n => '2026/11/24 20:37:10 goroutine count is 12: fine\n'.repeat(n),
  JSON: n => '{"log":"goroutine 1 [running]:\\n"}\n{"log":"x"}\n'.repeat(n),
}
const time = async (text: string) => {
  const start = process.cpuUsage()
  await readDumps(text)
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}
for (const [name, trap] of Object.entries(TRAPS))
  linear(name, async () => {
    await readDumps(trap(500))
    const small = await time(trap(2000))
    const large = await time(trap(16_000))
    assert.ok(large < 40 * Math.max(small, 20), `${small} ms, eight times as much: ${large} ms`)
  })

fuzz.run()
linear.run()
