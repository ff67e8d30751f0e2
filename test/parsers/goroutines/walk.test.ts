/** Walking a dump in WebAssembly changes how fast it is read and nothing else, whatever the bytes are. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from '../../../parsers/goroutines/parse.js'
import { DumpReader } from '../../../parsers/goroutines/reader.js'
import { newWalker } from '../../../parsers/goroutines/walker.js'
import { emptyCapture } from '../../../src/model/capture.js'
import { Diagnostics } from '../../../src/model/diagnostic.js'
import { inputOf, rowsOf } from '../../support/dumps.js'

/** All that is read of a text, walked or not, in pieces of `size` bytes. */
async function seen(bytes: Uint8Array, walked: boolean, size?: number): Promise<string> {
  const input = inputOf(bytes, size)
  const diagnostics = new Diagnostics()
  const capture = emptyCapture('capture', diagnostics)
  const sink = {
    ...capture,
    diagnose: diagnostics.add.bind(diagnostics),
    progress: () => {},
    derive: () => {},
  }
  await parse([input], sink, walked ? 0 : Number.POSITIVE_INFINITY)
  const { lineIndex: _, ...source } = input.source
  return JSON.stringify(
    [
      capture.snapshots.map(s => ({
        ...s,
        table: [s.table.length, ...s.table.lines, ...(s.table.offsets ?? []), ...(s.table.thread ?? [])],
        rows: rowsOf(s),
        details: Array.from({ length: s.table.length }, (_, row) => s.detail(row)),
      })),
      capture.crashes,
      diagnostics.list(),
      source,
    ],
    null,
    1,
  )
}

async function same(bytes: Uint8Array, size?: number): Promise<void> {
  assert.is(await seen(bytes, true, size), await seen(bytes, false))
}

/** One of a list, the first of them mostly. */
const mostly = (first: string, ...others: string[]) =>
  fc.oneof({ weight: 4 * others.length, arbitrary: fc.constant(first) }, ...others.map(o => fc.constant(o)))

const word = mostly(
  '0xc000012018',
  '0x0',
  '0x1?',
  '{0x2, 0x3}',
  '...',
  '_',
  '0xc0ffee00c0ffee00c',
  '0x4)',
  '0x12\x1b[0m3',
)
const args = fc.array(word, { maxLength: 4 }).map(words => words.join(', '))
const FUNCTIONS = [
  'sync.(*Mutex).lockSlow',
  'sync.runtime_SemacquireMutex',
  'internal/poll.runtime_pollWait',
  'f.g',
  'main.(*Pool[go.shape.string]).get.func1',
  'example.com/a/very/long/package/path/of/a/module.(*Server).ServeHTTP',
  '\\tmain.f',
  '#011f',
]
const offset = mostly(
  ' +0x1d',
  '',
  ' +0x1d fp=0xc00 sp=0xc01 pc=0x46',
  ' fp=0xc00',
  ' pc=0x1',
  ' +0y1',
  ' fq=0x1',
  '\r',
  ' +0x1\r',
)
const place = fc
  .tuple(fc.constantFrom(...FUNCTIONS), mostly('/src/main.go:', '/a b/c:1/x.s:', '/'), fc.integer({ min: 1, max: 3 }))
  .map(([func, file, line]) => ({ func, file: `${file}${line}` }))
const creator = mostly(
  'created by main.main in goroutine 1\n\t/src/main.go:12 +0x2d\n',
  '',
  'created by main.main\n\t/src/main.go:12 +0x2d\n',
  'created by main.main in goroutine 5 in goroutine 6\n\t/src/main.go:12 +0x2d\n',
  'created by main.main in goroutine 1234567890123456\n\t/src/main.go:12\n',
  'created by main.main in goroutine 7 \n',
)
const line = mostly(
  '',
  'a word of somebody else\n',
  '...additional frames elided...\n',
  'goroutine running on other thread; stack unavailable\n',
  '[originating from goroutine 3]:\n',
  'x panic: no\n',
  'xpanic: glued\n',
  '\t\n',
  '\tpc=0x12\n',
)
const state = mostly(
  'chan receive, 5 minutes]:',
  'select]:',
  'sync.Mutex.Lock, 17 minutes, locked to thread]:',
  'running]:',
  'runnable]:',
  'chan receive labels:{"req": "42"}]:',
  'chan receive (leaked), synctest bubble 7]:',
  'IO wait]:\r',
  'IO wait] :',
  'IO \x1b[1mwait]:',
)
const thread = mostly(
  '',
  'gp=0xc000002380 m=nil ',
  'gp=0xc000002380 m=3 mp=0xc000100008 ',
  'gp=0xc m=3f mp=0xc ',
  'gp=0xc m=3 ',
)
const end = mostly('\n', '', '\n\n', '\r\n', 'panic: boom\n\n', 'exit status 2\n', '-----\n')
const DEPTH = 3
/** What differs between two goroutines of one stack. */
const goroutine = fc.record({
  stack: fc.nat(3),
  state: fc.nat(2),
  step: mostly('3', '1', '0').map(Number),
  frames: fc.array(fc.tuple(args, offset, line), { minLength: DEPTH, maxLength: DEPTH }),
  creator,
  end,
})
/** A few different stacks and statuses, over and over. */
const dump = fc
  .tuple(
    fc.array(fc.array(place, { maxLength: DEPTH }), { minLength: 1, maxLength: 4 }),
    fc.array(state, { minLength: 1, maxLength: 3 }),
    thread,
    fc.array(goroutine, { minLength: 5, maxLength: 60 }),
  )
  .map(([stacks, states, on, goroutines]) => {
    let id = 1
    const text = goroutines.map(g => {
      id += g.step
      const frames = stacks[g.stack % stacks.length].map(({ func, file }, i) => {
        const [words, tail, stranger] = g.frames[i]
        return `${func}(${words})\n\t${file}${tail}\n${stranger}`
      })
      return `goroutine ${id} ${on}[${states[g.state % states.length]}\n${frames.join('')}${g.creator}${g.end}`
    })
    return Buffer.from(text.join(''), 'latin1')
  })
const pieces = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(1 << 20))
const some = { numRuns: 300 }

const walk = suite('walking')

walk('generated dumps', () =>
  fc.assert(
    fc.asyncProperty(dump, pieces, (bytes, size) => same(bytes, size)),
    some,
  ),
)
walk('dumps that are cut anywhere', () =>
  fc.assert(
    fc.asyncProperty(dump, pieces, fc.double({ min: 0, max: 1, noNaN: true }), (bytes, size, at) =>
      same(bytes.subarray(0, Math.floor(bytes.length * at)), size),
    ),
    some,
  ),
)
const flips = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(255), fc.constantFrom(10, 13, 27, 32, 40, 41, 46, 48, 58))), {
  minLength: 1,
  maxLength: 20,
})
walk('bytes that flipped', () =>
  fc.assert(
    fc.asyncProperty(dump, pieces, flips, async (bytes, size, list) => {
      for (const [at, value] of list) bytes[at % bytes.length] = value
      await same(bytes, size)
    }),
    some,
  ),
)
const DUMPS = ['go1.27-debug2', 'go1.27-sigquit', 'go1.19-crash-relays', 'go1.27-cgo-crash'].map(name =>
  gunzipSync(readFileSync(`test/fixtures/goroutines/${name}.txt.gz`)),
)
walk('real dumps, three times over, damaged', () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom(...DUMPS), pieces, flips, async (bytes, size, list) => {
      const thrice = Buffer.concat([bytes, bytes, bytes])
      for (const [at, value] of list) thrice[at % thrice.length] = value
      await same(thrice, Math.max(size, 100))
    }),
    { numRuns: 30 },
  ),
)

/** Lines that nearly are what was seen before them: each stands between goroutines that are walked. */
const TRAPS: Record<string, string[]> = {
  'a creator that ends like the note of a goroutine': [
    'created by main.main in goroutine 5 in goroutine 6\n\t/src/main.go:12 +0x2d\n',
    'created by main.main in goroutine 5\n\t/src/main.go:12 +0x2d\n',
  ],
  'an escaped tab before a function': [
    '\\tmain.f(0x1)\n\t/src/main.go:12 +0x2d\n',
    '\\tmain.f(/src/x.go:12 +0x1)\n\t/src/main.go:12 +0x2d\n',
  ],
  'colours in an address': [
    'sync.(*Mutex).lockSlow(0xc00001)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0xc00\x1b[0m012)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(\x1b[1m0xc00013)\n\t/src/mutex.go:1 +0x2d\n',
  ],
  'colours that hide the end of a line': [
    'main.f(0x1)\n\t/src/main.go:1 +0x2d\n',
    'main.f(\x1b]0;)\n\t/src/main.go:1 +0x2d\n\x07)\n\t/src/main.go:1 +0x2d\n',
    'main.f(0x1)\n\t/src/main.go:1 +0x\x1b[1m\n',
  ],
  'an address that is none': [
    'sync.(*Mutex).lockSlow(0xc00001, 0x2)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0xc00001?)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0xc00001)x)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0xc00001c00001c0001)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0xffffffffffffff81)\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow()\n\t/src/mutex.go:1 +0x2d\n',
    'sync.(*Mutex).lockSlow(0x)\n\t/src/mutex.go:1 +0x2d\n',
  ],
  'a place without a file': [
    'main.f()\n\t/src/main.go:1\nname\n\tpc=0x12\n',
    'main.f()\n\t/src/main.go:1\n\t\n',
    'main.f()\n\t\n',
    'main.f()\n\t +0x1\n',
  ],
  'tails of places': [
    'main.f()\n\t/src/main.go:1 +0x1\n',
    'main.f()\n\t/src/main.go:1 fp=0x1\n',
    'main.f()\n\t/src/main.go:1 fq=0x1\n',
    'main.f()\n\t/src/main.go:1 +1x1\n',
    'main.f()\n\t/src/main.go:12 +0x1\n',
    'main.f()\n\t/src/main.go:1 +0x1\r\n',
    'main.f()\r\n\t/src/main.go:1\r\n',
  ],
  'others between and behind': [
    'main.f()\n\t/src/main.go:1 +0x1\nsomebody\n',
    'main.f()\n\t/src/main.go:1 +0x1\nmain.g(0x1\nmain.f()\n\t/src/main.go:1\n, 0x2)\n',
    'main.f()\n\t/src/main.go:1 +0x1\nxpanic: glued\n',
    'main.f()\nmain.f()\n\t/src/main.go:1 +0x1\n',
    'main.f()\n',
    '\n',
  ],
}
for (const [name, stacks] of Object.entries(TRAPS))
  walk(name, async () => {
    const usual = 'main.f(0x1)\n\t/src/main.go:1 +0x1\ncreated by main.main in goroutine 1\n\t/src/main.go:12 +0x2d\n'
    const round = stacks.flatMap(trap => [usual, trap, trap, usual, trap, usual])
    const text = [...round, ...stacks, ...round].map((s, i) => `goroutine ${i + 1} [sync.Mutex.Lock]:\n${s}\n`)
    await same(Buffer.from(text.join(''), 'latin1'))
  })

/** A dump whose goroutines only differ in their numbers. */
const plain = (count: number, id: (i: number) => number, extra: (i: number) => string = () => '') =>
  Buffer.from(
    Array.from(
      { length: count },
      (_, i) =>
        `goroutine ${id(i)} [chan receive, ${i % 7} minutes]:\nmain.f${extra(i)}(0xc0000${i})\n\t/f.go:1 +0x1\ncreated by main.main in goroutine 1\n\t/f.go:2 +0x2\n\n`,
    ).join(''),
  )
walk('more goroutines, lines and headers than there is room for', async () => {
  await same(plain(8000, i => i + 1))
  await same(plain(5000, i => ((i * 7919) % 5000) + 1))
  await same(
    plain(
      40_000,
      i => i + 1,
      i => String((i >> 1) % 18_000),
    ),
  )
  const states = Buffer.from(
    Array.from(
      { length: 20_000 },
      (_, i) => `goroutine ${i} [sleep, ${i % 9000} minutes]:\nmain.f()\n\t/f.go:1\n\n`,
    ).join(''),
  )
  await same(states)
})
walk('most of a large dump is walked', () => {
  const walker = newWalker()
  assert.ok(walker)
  const quiet = () => {}
  const events = {
    ...{ other: quiet, cutLine: quiet, tooManyWriters: quiet, progress: quiet },
    stream: () => ({ closed: quiet, lost: quiet, foreign: quiet, dump: quiet, forged: quiet, repeated: quiet }),
  }
  const bytes = plain(1000, i => i + 1)
  new DumpReader({ path: 'dump.txt', bytes: bytes.length }, events, walker).read(inputOf(bytes))
  assert.ok(walker.rows.complete > 900, `${walker.rows.complete}`)
})

walk.run()
