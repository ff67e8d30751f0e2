/** What programs print as they die: by Go's runtime of several versions, by the C library, and by their messages. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { CrashText } from '../../../src/model/goroutine.js'
import { lossesOf, readDumps } from '../../support/dumps.js'

const fixture = (name: string) => gunzipSync(readFileSync(`test/fixtures/goroutines/${name}.txt.gz`))
const crashes = async (content: string | Uint8Array) => (await readDumps(content)).crashes
const GOROUTINE = '\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x1d\n'

const real = suite('crash texts of real programs')

const CRASHES: [string, Partial<CrashText>][] = [
  ['crashes/go1.19-panic-chain', { kind: 'panic', message: 'panic: third', goroutine: 1 }],
  ['crashes/go1.27-repanic', { kind: 'panic', message: 'panic: first [recovered, repanicked]' }],
  ['crashes/go1.23-panic-in-defer', { kind: 'panic', message: 'panic: second, in defer' }],
  ['crashes/go1.27-multiline', { kind: 'panic', message: 'panic: line one', goroutine: 1 }],
  ['crashes/go1.19-multiline', { kind: 'panic', message: 'panic: line one', goroutine: 1 }],
  ['crashes/go1.27-nil-crash', { kind: 'panic', signal: 'SIGSEGV', code: '0x1', address: '0x10', goroutine: 5 }],
  ['crashes/go1.19-fault', { kind: 'throw', message: 'fatal error: fault', address: '0x7f0000000000', goroutine: 1 }],
  ['crashes/go1.19-map-write', { kind: 'fatal', message: 'fatal error: concurrent map writes', goroutine: 6 }],
  ['crashes/go1.27-overflow', { kind: 'fatal', message: 'fatal error: stack overflow', goroutine: 1 }],
  ['crashes/go1.27-goexit', { kind: 'fatal', goroutine: null }],
  ['crashes/go1.27-sigabrt', { kind: 'signal', signal: 'SIGABRT', code: '0x0', goroutine: 1 }],
  ['crashes/go1.19-sigsegv-by-kill', { kind: 'signal', signal: 'SIGSEGV', code: '0x0' }],
  ['go1.27-cgo-abort', { kind: 'signal', signal: 'SIGABRT', code: '-0x6', goroutine: 1 }],
  ['go1.19-cgo-crash', { kind: 'throw', signal: 'SIGSEGV' }],
  ['go1.27-cgo-crash', { kind: 'signal', signal: 'SIGSEGV' }],
  ['go1.27-sigquit', { kind: 'quit', signal: 'SIGQUIT', code: '0x0', pc: '0x40efac', goroutine: 36 }],
  ['go1.19-crash-relays', { kind: 'quit', signal: 'SIGQUIT', goroutine: null }],
  ['go1.19-all-asleep', { kind: 'fatal', message: 'fatal error: all goroutines are asleep - deadlock!' }],
  ['go1.27-test-timeout', { kind: 'test-timeout', message: 'panic: test timed out after 1s', goroutine: 18 }],
  ['go1.19-race', { kind: 'race', goroutine: 6, address: '0x000000552480', exitStatus: 66 }],
  ['go1.27-synctest-deadlock', { kind: 'panic' }],
]
for (const [name, want] of CRASHES)
  real(name, async () => {
    const found = await crashes(fixture(name))
    assert.is(found.length, 1)
    for (const [key, value] of Object.entries(want)) assert.equal(found[0][key as keyof CrashText], value, key)
    assert.is(found[0].refs[0].line, found[0].line)
  })
for (const name of ['go1.27-http-panic', 'crashes/go1.19-debug-stack', 'go1.27-debug2'])
  real(`${name} is no crash`, async () => assert.equal(await crashes(fixture(name)), []))

const words = suite('crash texts by form')

words('a deferred function that panics: the last is the message, those before it are kept', async () => {
  const chain = 'panic: first\n\tpanic: second [recovered]\n\tpanic: third\n\n'
  const [crash] = await crashes(`${chain}${GOROUTINE}`)
  assert.is(crash.message, 'panic: third')
  assert.equal(crash.earlier, ['panic: first', 'panic: second [recovered]'])
  assert.is((await crashes(`panic: first\n\n${GOROUTINE}`))[0].earlier, undefined)
})
words('a panic without goroutines (GOTRACEBACK=none)', async () => {
  const { snapshots, crashes: found } = await readDumps('panic: boom\n')
  assert.is(snapshots.length, 0)
  assert.is(found[0].message, 'panic: boom')
})
words('the signal note up to Go 1.6 has a number', async () => {
  const [crash] = await crashes(`panic: runtime error: x\n[signal 0xb code=0x1 addr=0x0 pc=0x400c26]\n${GOROUTINE}`)
  assert.equal([crash.signal, crash.code, crash.address, crash.pc], ['SIGSEGV', '0x1', '0x0', '0x400c26'])
})
words('a signal needs its program counter', async () => {
  assert.equal(await crashes('SIGQUIT: quit\nsomething else\n'), [])
  assert.is((await crashes('Signal 40\nPC=0x1 m=0 sigcode=0\n'))[0].signal, 'SIGRT_8')
  assert.is((await crashes('SIGQUIT: quit\nPC=0x1\n'))[0].code, null)
})
words('registers do not become anything else', async () => {
  const capture = await readDumps(
    `SIGSEGV: segmentation violation\nPC=0x1 m=0 sigcode=1 addr=0x8\n${GOROUTINE}\nrax    0x0\nr8     0x7\nlr     0x1\n`,
  )
  assert.equal(capture.snapshots[0].detail(0).registers, { rax: '0x0', r8: '0x7', lr: '0x1' })
  assert.is(capture.crashes[0].address, '0x8')
})
words('the exit status that go run prints', async () => {
  assert.is((await crashes(`panic: boom\n${GOROUTINE}exit status 2\n`))[0].exitStatus, 2)
})
words('go test kills what ran too long', async () => {
  const text = `SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n${GOROUTINE}\n*** Test killed with quit: ran too long (11m0s).\n`
  assert.is((await crashes(text))[0].kind, 'test-timeout')
})
words('a recovered panic in a log line is no death', async () => {
  assert.equal(
    await crashes(
      '2026/11/24 00:59:24 http: panic serving 127.0.0.1:35210: boom\ngoroutine 18 [running]:\nmain.f()\n\t/f.go:1 +0x1\n',
    ),
    [],
  )
})
words('Go 1.0 says throw', async () => {
  const [crash] = await crashes(`throw: all goroutines are asleep - deadlock!\n${GOROUTINE}`)
  assert.equal([crash.kind, crash.message], ['fatal', 'throw: all goroutines are asleep - deadlock!'])
  assert.equal(await crashes('throw: the ball\n'), [])
})
words('output without a line end before a panic', async () => {
  const { crashes: found, snapshots } = await readDumps(`loading 50%panic: boom\n${GOROUTINE}`)
  assert.equal([found[0].message, found[0].line, found[0].goroutine], ['panic: boom', 1, 1])
  assert.is(snapshots[0].format, 'panic')
})
words('negative twins: a log line that speaks of a panic, with its stack', async () => {
  for (const line of ['recovered from panic: boom', 'msg="panic: boom"', 'ERROR:panic: boom'])
    assert.equal(await crashes(`${line}\n${GOROUTINE}`), [])
  assert.equal(await crashes(`50%panic: boom${GOROUTINE}`), [])
})
words('two crashes of two processes in one file', async () => {
  const { crashes: found, snapshots } = await readDumps(
    `panic: one\n${GOROUTINE}exit status 2\npanic: two\n${GOROUTINE}exit status 2\n`,
  )
  assert.equal(
    found.map(c => [c.message, c.line, c.exitStatus]),
    [
      ['panic: one', 1, 2],
      ['panic: two', 7, 2],
    ],
  )
  assert.equal(
    snapshots.map(s => s.line),
    [1, 7],
  )
})

const forged = suite('panic messages that hold goroutines')
const FAKE = 'goroutine 99 [running]:\nmain.fake()\n\t/fake.go:1 +0x1\n'

forged('indented, as Go 1.23 and later print them', async () => {
  const { snapshots } = await readDumps(`panic: one\n\t${FAKE.trimEnd().replaceAll('\n', '\n\t')}\n\t\n${GOROUTINE}`)
  assert.equal(
    snapshots.map(s => [...s.table.ids]),
    [[1]],
  )
})
forged('raw, as Go 1.22 and earlier print them: the real one follows at once', async () => {
  const capture = await readDumps(`panic: one\n\n${FAKE}\n${GOROUTINE}`)
  assert.equal(
    capture.snapshots.map(s => [...s.table.ids]),
    [[1]],
  )
  assert.is(capture.crashes[0].goroutine, 1)
  assert.equal(
    capture.diagnostics.list().map(d => [d.code, d.severity]),
    [['go.forged-goroutine', 'info']],
  )
})
forged('negative twin: after the end of the process a goroutine is another dump', async () => {
  const { snapshots } = await readDumps(`panic: one\n\n${FAKE}exit status 2\n${GOROUTINE}`)
  assert.equal(
    snapshots.map(s => [...s.table.ids]),
    [[99], [1]],
  )
})
forged('negative twin: a log line between shows two dumps', async () => {
  const { snapshots } = await readDumps(`panic: one\n\n${FAKE}\n2026/11/24 restarted\n${GOROUTINE}`)
  assert.equal(
    snapshots.map(s => [...s.table.ids]),
    [[99], [1]],
  )
})

const aborts = suite('aborts of the C library')

const ABORTS = [
  'free(): invalid pointer',
  'free(): double free detected in tcache 2',
  'double free or corruption (out)',
  'malloc(): unsorted double linked list corrupted',
  'munmap_chunk(): invalid pointer',
  'corrupted size vs. prev_size',
  '*** stack smashing detected ***: terminated',
  '*** buffer overflow detected ***: ./app terminated',
  "*** Error in `./app': free(): invalid pointer: 0x0000000000602010 ***",
  "app: main.c:12: main: Assertion `x > 0' failed.",
  "terminate called after throwing an instance of 'std::runtime_error'",
  'terminate called without an active exception',
  'libc++abi: terminating due to uncaught exception of type int',
  'Fatal glibc error: malloc.c:4376 (_int_malloc): assertion failed: chunk_main_arena (fwd)',
]
for (const text of ABORTS)
  aborts(text, async () => {
    const found = await crashes(`before\n${text}\nafter\n`)
    assert.equal(
      found.map(c => [c.kind, c.message, c.line]),
      [['abort', text, 2]],
    )
  })
for (const text of [
  'freely speaking: invalid pointer',
  'the free(): invalid pointer',
  'assertion failed',
  'terminated',
])
  aborts(`not: ${text}`, async () => assert.equal(await crashes(`${text}\n`), []))
const LOGGED: [string, number | null][] = [
  ['Nov 24 20:37:10 web-1 shop[4711]: free(): invalid pointer', 4711],
  ['2026-11-24T20:37:10.000000000Z stderr F free(): invalid pointer', null],
  ['web_1  | free(): invalid pointer', null],
  ['{"log":"free(): invalid pointer\\n","stream":"stderr"}', null],
]
for (const [line, pid] of LOGGED)
  aborts(`in a log: ${line}`, async () => {
    const found = await crashes(`hello\n${line}\n`)
    assert.equal(
      found.map(c => [c.message, c.line, c.pid]),
      [['free(): invalid pointer', 2, pid]],
    )
  })
aborts('not: words about one', async () => {
  assert.equal(await crashes('the docs say: free(): invalid pointer\n20:37:10 I saw free(): invalid pointer\n'), [])
})
aborts('sanitizers name the process', async () => {
  const [crash] = await crashes('==4711==ERROR: AddressSanitizer: heap-use-after-free on address 0x60 at pc 0x4\n')
  assert.equal([crash.kind, crash.pid], ['abort', 4711])
  assert.is((await crashes('==12==WARNING: MemorySanitizer: use-of-uninitialized-value\n'))[0].kind, 'msan')
})

const damaged = suite('damaged dumps')
const FULL = 'goroutine 5 [sleep]:\nmain.f()\n\t/f.go:1 +0x1\ncreated by main.main\n\t/f.go:9 +0x1\n'

damaged('cut in a header, a function, a place', async () => {
  for (const tail of [
    'goroutine 6 [chan rec',
    'goroutine 6 [sleep]:\nmain.g(',
    'goroutine 6 [sleep]:\nmain.g()\n\t/g.g',
  ]) {
    const capture = await readDumps(`${FULL}\n${tail}`)
    assert.ok(lossesOf(capture).length > 0, tail)
    assert.equal([...capture.snapshots[0].table.ids].slice(0, 1), [5])
  }
})
damaged('a whole dump without a last line feed is whole', async () => {
  const capture = await readDumps(FULL.trimEnd())
  assert.equal(lossesOf(capture), [])
  assert.is(capture.snapshots[0].truncated, false)
})
damaged('frames whose header is missing are said to be lost, and are no goroutine', async () => {
  const capture = await readDumps(`main.f()\n\t/f.go:1 +0x1\ncreated by main.main\n\t/f.go:9 +0x1\n\n${FULL}`)
  assert.equal([...capture.snapshots[0].table.ids], [5])
  assert.equal(lossesOf(capture), ['go.orphan-frame:1'])
})
damaged('lines of others between frames end nothing', async () => {
  const torn = FULL.replace('\t/f.go:1', '2026/11/24 hello\ngc 1 @0.1s 0%: 0+0+0 ms clock\n\t/f.go:1')
  const capture = await readDumps(torn)
  assert.equal(capture.snapshots[0].table.stacks[0].frames, [{ func: 'main.f', file: '/f.go', line: 1 }])
  assert.is(capture.snapshots[0].table.stacks[0].createdBy?.func, 'main.main')
})
damaged('a text without anything is left unrecognised', async () => {
  assert.is((await readDumps('hello\nworld\n')).input.source.kind, 'unrecognised')
  assert.is((await readDumps('')).snapshots.length, 0)
})

real.run()
words.run()
forged.run()
aborts.run()
damaged.run()
