/** Whole dumps of real programs, from Go 1.19 to 1.27: every goroutine that the text holds, and no other. */
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { userFrame } from '../../../src/model/go-frames.js'
import { GoroutineFlag } from '../../../src/model/goroutine.js'
import { lossesOf, readDumps, rowsOf } from '../../support/dumps.js'

const FOLDER = 'test/fixtures/goroutines'
const fixture = (name: string) => gunzipSync(readFileSync(`${FOLDER}/${name}.txt.gz`))
const rows = async (name: string) => rowsOf((await readDumps(fixture(name))).snapshots[0])

const counts = suite('goroutines of whole dumps')

/** File, format, goroutines; counted by hand or by the program that made them. */
const DUMPS: [string, string, number][] = [
  ['go1.19-debug2', 'debug2', 32],
  ['go1.23-debug2', 'debug2', 35],
  ['go1.27-debug2', 'debug2', 35],
  ['go1.19-sigquit', 'sigquit', 36],
  ['go1.23-sigquit', 'sigquit', 40],
  ['go1.27-sigquit', 'sigquit', 39],
  ['go1.19-minutes', 'debug2', 33],
  ['go1.27-minutes', 'debug2', 36],
  ['go1.27-ancestors-labels', 'sigquit', 39],
  ['go1.27-sigquit-spinning', 'sigquit', 40],
  ['go1.19-crash-relays', 'sigquit', 13],
  ['go1.19-500-senders', 'debug2', 512],
  ['go1.19-two-locks', 'debug2', 9],
  ['go1.19-all-asleep', 'fatal', 5],
  ['go1.26-leaked', 'debug2', 10],
  ['go1.27-synctest-bubbles', 'sigquit', 18],
  ['go1.27-synctest-deadlock', 'panic', 7],
  ['go1.27-cgo-abort', 'signal', 7],
  ['go1.19-cgo-crash', 'fatal', 7],
  ['go1.27-test-timeout', 'panic', 3],
  ['go1.27-http-panic', 'debug2', 1],
  ['crashes/go1.19-multiline', 'panic', 1],
  ['crashes/go1.27-multiline', 'panic', 1],
  ['crashes/go1.19-map-write', 'fatal', 6],
  ['crashes/go1.27-nil-crash', 'panic', 7],
  ['crashes/go1.19-debug-stack', 'debug2', 1],
]
for (const [name, format, count] of DUMPS)
  counts(`${name}: ${count} by ${format}`, async () => {
    const { snapshots } = await readDumps(fixture(name))
    assert.equal(
      snapshots.map(s => [s.format, s.table.length]),
      [[format, count]],
    )
  })

/** Dumps in which an id stands more than once, or in a message. */
const FORGED = 'crashes/go1.19-multiline.txt.gz'
const files = (readdirSync(FOLDER, { recursive: true }) as string[]).filter(
  f => f.endsWith('.txt.gz') && !/debug1/.test(f),
)
for (const file of files)
  counts(`${file} gives each id at the start of a line once, and nothing is lost`, async () => {
    const bytes = gunzipSync(readFileSync(`${FOLDER}/${file}`))
    const ids = new Set([...bytes.toString('latin1').matchAll(/^goroutine (\d+) .*:$/gm)].map(m => Number(m[1])))
    if (file === FORGED) ids.delete(99)
    const capture = await readDumps(bytes)
    assert.equal(
      capture.snapshots.flatMap(s => [...s.table.ids]).sort((a, b) => a - b),
      [...ids].sort((a, b) => a - b),
    )
    assert.equal(lossesOf(capture), [])
  })

const primitives = suite('primitives of whole dumps')

/** The functions of the program that made the dumps, and what each is blocked in. */
const BLOCKED: Record<string, string> = {
  zChanRecv: 'channel-receive',
  zChanSend: 'channel-send',
  zNilRecv: 'channel-nil',
  zNilSend: 'channel-nil',
  zSelect: 'select',
  zSelectNoCases: 'select-empty',
  zSleep: 'sleep',
  zMutex: 'mutex',
  zRLock: 'rwmutex-read',
  zWLock: 'rwmutex-write',
  zWaitGroup: 'waitgroup',
  zCond: 'cond',
  zOnce: 'once',
  'zOnce.func1': 'select-empty',
  zIOWait: 'netpoll',
  zSyscall: 'syscall',
  zDeep: 'channel-receive',
  'zGeneric[...]': 'channel-receive',
}
for (const version of ['1.19', '1.23', '1.27'])
  for (const level of ['debug2', 'sigquit'])
    primitives(`go${version} ${level}`, async () => {
      const seen: Record<string, string> = {}
      for (const { stack, primitive, flags } of await rows(`go${version}-${level}`)) {
        const frame = stack.frames[userFrame(stack.frames)]
        const name = frame?.func.replace(/^main\./, '') ?? ''
        if (name in BLOCKED) {
          assert.is(primitive, BLOCKED[name], name)
          assert.not(flags & GoroutineFlag.system, name)
        }
        seen[name] = primitive
      }
      assert.equal(
        Object.keys(BLOCKED).filter(name => !(name in seen)),
        [],
      )
    })

const fields = suite('fields of goroutines')

fields('goroutines of the runtime are set apart', async () => {
  const system = (await rows('go1.27-sigquit')).filter(r => r.flags & GoroutineFlag.system).map(r => r.state)
  assert.equal(system, ['force gc (idle)', 'GC sweep wait', 'GC scavenge wait', 'finalizer wait', 'cleanup wait'])
  assert.equal((await rows('go1.27-debug2')).filter(r => r.flags & GoroutineFlag.system).length, 0)
})
fields('labels: in the brackets (1.26), behind them (1.27), or not printed', async () => {
  const labels = (await rows('go1.27-ancestors-labels')).filter(r => r.labels !== null).map(r => r.labels)
  assert.equal(labels, [{ req: '42', tenant: 'acme corp' }])
  const text = `goroutine 7 [chan receive labels:{"req": "42", "a\\"b": "x}, \\u00e9"}]:\nmain.f()\n\t/f.go:1 +0x1\n`
  assert.equal(rowsOf((await readDumps(text)).snapshots[0])[0].labels, { req: '42', 'a"b': 'x}, é' })
})
fields('minutes, ids of creators, threads that are locked', async () => {
  const all = await rows('go1.27-minutes')
  assert.ok(all.some(r => r.minutes !== null && r.minutes >= 1))
  assert.ok(all.some(r => r.flags & GoroutineFlag.locked))
  assert.ok(all.every(r => r.id === 1 || r.parent > 0))
  assert.ok((await rows('go1.19-minutes')).every(r => r.parent === 0))
})
fields('synctest bubbles and durable waits', async () => {
  const inside = (await rows('go1.27-synctest-bubbles')).filter(r => r.bubble === 1)
  assert.is(inside.length, 13)
  assert.is(inside.filter(r => r.flags & GoroutineFlag.durable).length, 10)
  assert.equal(
    inside.filter(r => !(r.flags & GoroutineFlag.durable)).map(r => r.state),
    ['running', 'sync.Mutex.Lock', 'chan receive'],
  )
})
fields('leaked goroutines', async () => {
  const leaked = (await rows('go1.26-leaked')).filter(r => r.flags & GoroutineFlag.leaked)
  assert.is(leaked.length, 8)
  assert.equal(new Set(leaked.map(r => r.state)).has('chan send'), true)
})
fields('the address of what is waited on', async () => {
  const objects = (await rows('go1.19-two-locks')).filter(r => r.primitive === 'mutex').map(r => r.object.toString(16))
  assert.equal(new Set(objects).size, 2)
  assert.ok(objects.every(address => address.startsWith('c000')))
  const level2 = await rows('go1.27-sigquit')
  for (const primitive of ['channel-receive', 'mutex', 'rwmutex-read', 'rwmutex-write', 'waitgroup', 'cond', 'netpoll'])
    assert.ok(
      level2.some(r => r.primitive === primitive && r.object > 0),
      primitive,
    )
  const rw = level2.filter(r => r.primitive.startsWith('rwmutex'))
  assert.is(rw.length, 2)
})
fields('stacks with too many frames say so', async () => {
  const deep = (await rows('go1.27-debug2')).find(r => r.stack.frames.some(f => f.func === 'main.zDeep'))
  assert.is(deep?.stack.elided, true)
  assert.is(deep?.stack.frames.length, 100)
  assert.is(deep?.stack.createdBy?.func, 'main.main')
  const old =
    'goroutine 7 [sleep]:\nmain.f()\n\t/f.go:1 +0x1\n...additional frames elided...\ncreated by main.main\n\t/f.go:9 +0x1\n'
  const { stack } = rowsOf((await readDumps(old)).snapshots[0])[0]
  assert.is(stack.elided, true)
  assert.is(stack.createdBy?.line, 9)
})
fields('the version of Go, where a path names it', async () => {
  assert.is((await readDumps(fixture('go1.27-debug2'))).snapshots[0].goVersion, 'go1.27')
  assert.is(
    (await readDumps('goroutine 1 [sleep]:\ntime.Sleep(0x1)\n\t/usr/local/go/src/runtime/time.go:1 +0x1\n'))
      .snapshots[0].goVersion,
    null,
  )
})
fields('the earliest Go, by the form', async () => {
  const about = async (text: string) => (await readDumps(text)).input.source.about.Go
  const plain = 'goroutine 7 [sleep]:\nmain.f()\n\t/f.go:1 +0x1\ncreated by main.main'
  assert.is(await about(`${plain}\n\t/f.go:9 +0x1\n`), undefined)
  assert.match(await about(`${plain} in goroutine 1\n\t/f.go:9 +0x1\n`), /^Go 1\.21 or later/)
  assert.match(await about(`${plain}\n\t/f.go:9 +0x1\n`.replace('sleep', 'cleanup wait')), /^Go 1\.25 or later/)
})
fields('a dump that ends at 64 MB says so, even at the end of a line', async () => {
  const one = `goroutine 1000001 [sleep]:\nmain.f(0x1)\n\t/${'src/'.repeat(242)}a.go:123 +0x1\n\n`
  assert.is(one.length, 1024)
  const all = Array.from({ length: 1 << 16 }, (_, i) => one.replace('1000001', String(1_000_000 + i)))
  const { snapshots } = await readDumps(Buffer.from(all.join('')))
  assert.equal([snapshots.length, snapshots[0].table.length, snapshots[0].truncated], [1, 1 << 16, true])
})
fields('detail reads a goroutine again, with arguments, ancestors and registers', async () => {
  const { snapshots } = await readDumps(fixture('go1.27-ancestors-labels'))
  const { table, detail } = snapshots[0]
  for (let row = 0; row < table.length; row++) {
    const { frames, createdBy } = detail(row)
    const plain = frames.map(({ func, file, line }) => ({ func, file, line }))
    assert.equal(plain, table.stacks[table.stack[row]].frames)
    assert.equal(createdBy, table.stacks[table.stack[row]].createdBy)
  }
  assert.ok(detail(0).registers?.rip?.startsWith('0x'))
  const ancestors = Array.from({ length: table.length }, (_, row) => detail(row).ancestors ?? []).flat()
  assert.ok(ancestors.length > 20 && ancestors.every(a => a.frames.length > 0))
  const two = (await readDumps(fixture('go1.19-two-locks'))).snapshots[0]
  const args = two.detail(two.table.primitive.indexOf(0)).frames.map(f => f.args)
  assert.ok(args.some(a => /^0xc[0-9a-f]+/.test(a ?? '')))
})
fields('stacks are kept once', async () => {
  const { table } = (await readDumps(fixture('go1.19-500-senders'))).snapshots[0]
  assert.is(table.length, 512)
  assert.ok(table.stacks.length < 10)
})

counts.run()
primitives.run()
fields.run()
