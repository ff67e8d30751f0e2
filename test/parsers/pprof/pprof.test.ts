/** Goroutine profiles: the debug=1 text and the binary form of the same moment must tell the same. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pprof } from '../../../parsers/pprof/index.js'
import { GoroutineFlag } from '../../../src/model/goroutine.js'
import { rowsOf } from '../../support/dumps.js'
import { parseFiles } from '../../support/parse.js'

const raw = (name: string) => readFileSync(`test/fixtures/goroutines/${name}`)
const unpacked = (name: string) => gunzipSync(raw(name))
const read = async (content: string | Uint8Array) => {
  const capture = await parseFiles({ profile: content })
  return { ...capture, rows: capture.snapshots.flatMap(rowsOf) }
}
const total = (rows: { count: number }[]) => rows.reduce((sum, row) => sum + row.count, 0)

const real = suite('profiles of real programs')

for (const [version, count] of [
  ['1.19', 32],
  ['1.23', 35],
  ['1.27', 35],
] as const) {
  real(`go${version}, debug=1`, async () => {
    const { snapshots, rows } = await read(unpacked(`go${version}-debug1.txt.gz`))
    assert.equal([snapshots.length, snapshots[0].format, total(rows)], [1, 'debug1', count])
    assert.equal(
      rows.filter(r => r.labels !== null).map(r => r.labels),
      [{ req: '42', tenant: 'acme corp' }],
    )
    const deep = rows.find(r => r.stack.frames.some(f => f.func === 'main.zDeep'))
    assert.is(deep?.stack.elided, version === '1.19')
  })
  real(
    `go${version}, debug=1 beside the binary form: hidden frames get their names, and only of the same program`,
    async () => {
      const of = (rows: Awaited<ReturnType<typeof read>>['rows'], func: string) =>
        rows.find(r => r.stack.frames.some(f => f.func === `main.${func}`))?.primitive
      const functions = ['zChanRecv', 'zChanSend', 'zSelect', 'zSelectNoCases', 'zSleep', 'zMutex']
      const text = unpacked(`go${version}-debug1.txt.gz`)
      const read1 = async (binary: string) => {
        const { snapshots } = await parseFiles({ 'a.txt': text, 'b.pb.gz': raw(binary) })
        assert.equal(
          snapshots.map(s => s.format),
          ['debug1', 'proto'],
        )
        return rowsOf(snapshots[0])
      }
      const own = await read1(`go${version}.pb.gz`)
      assert.equal(
        functions.map(f => of(own, f)),
        ['channel-receive', 'channel-send', 'select', 'select-empty', 'sleep', 'mutex'],
      )
      const other = await read1(version === '1.23' ? 'go1.19.pb.gz' : 'go1.23.pb.gz')
      assert.equal(
        functions.map(f => of(other, f)),
        ['unknown', 'unknown', 'unknown', 'unknown', 'sleep', 'mutex'],
      )
    },
  )
  real(`go${version}, binary: frames of the runtime tell the primitive`, async () => {
    const { snapshots, rows, sources } = await read(raw(`go${version}.pb.gz`))
    assert.equal([snapshots.length, snapshots[0].format, total(rows)], [1, 'proto', count])
    const of = (func: string) => rows.find(r => r.stack.frames.some(f => f.func === func))?.primitive
    assert.equal(
      ['zChanRecv', 'zChanSend', 'zSelect', 'zSelectNoCases', 'zSleep', 'zMutex', 'zRLock', 'zWLock'].map(f =>
        of(`main.${f}`),
      ),
      ['channel-receive', 'channel-send', 'select', 'select-empty', 'sleep', 'mutex', 'rwmutex-read', 'rwmutex-write'],
    )
    assert.equal(
      ['zWaitGroup', 'zCond', 'zIOWait', 'zSyscall'].map(f => of(`main.${f}`)),
      ['waitgroup', 'cond', 'netpoll', 'syscall'],
    )
    assert.equal(
      rows.filter(r => r.labels !== null).map(r => r.labels),
      [{ req: '42', tenant: 'acme corp' }],
    )
    assert.is(sources[0].clock.domain, 'realtime')
    assert.is(snapshots[0].takenNs, 0)
    assert.ok(snapshots[0].table.offsets!.every(offset => offset > 0))
  })
}
real('goroutineleak: what is in it is leaked', async () => {
  for (const [name, count] of [
    ['go1.26-leaked.pb.gz', 8],
    ['go1.26-leaked-debug1.txt.gz', 7],
  ] as const) {
    const { rows } = await read(raw(name))
    assert.is(total(rows), count)
    assert.ok(rows.every(r => r.flags & GoroutineFlag.leaked))
  }
})

const forms = suite('forms of profiles')
const TEXT =
  'goroutine profile: total 3\n2 @ 0x1 0x2 0x3\n#\t0x1\tmain.f+0x1d\t\t/src/main.go:10\n#\t0x2\n\n1 @ 0x4 0x3\n\n'

forms('rows cite the line of their record', async () => {
  const { snapshots, rows } = await read(TEXT)
  assert.equal([...snapshots[0].table.lines], [2, 6])
  assert.equal(
    rows[0].stack.frames.map(f => [f.func, f.file, f.line]),
    [
      ['main.f', '/src/main.go', 10],
      ['0x2', null, null],
    ],
  )
})
forms('two profiles after each other', async () => {
  assert.equal(
    (await read(TEXT + TEXT)).snapshots.map(s => s.line),
    [1, 8],
  )
})
forms('a profile that is cut says how many are missing', async () => {
  const { snapshots, diagnostics } = await read(TEXT.slice(0, TEXT.indexOf('1 @')))
  assert.is(snapshots[0].truncated, true)
  assert.match(diagnostics.list()[0].text, /names 3 goroutines but shows 2/)
})
forms('a line that is no profile is lost, and said to be', async () => {
  const { diagnostics } = await read(`${TEXT}garbage\n`)
  assert.equal(
    diagnostics.list().map(d => [d.code, d.first.line]),
    [['pprof.unknown-line', 8]],
  )
})
forms('a profile of something else is not read', async () => {
  const other = Buffer.from(unpacked('go1.27.pb.gz'))
  for (let at = other.indexOf('goroutine'); at !== -1; at = other.indexOf('goroutine', at)) other.write('inuse_mem', at)
  const { snapshots, sources, diagnostics } = await read(other)
  assert.equal([snapshots.length, sources[0].kind], [0, 'unrecognised'])
  assert.equal(
    diagnostics.list().map(d => d.code),
    ['pprof.other-profile'],
  )
})
forms('a binary profile that is cut off is damaged', async () => {
  const bytes = unpacked('go1.27.pb.gz')
  for (const part of [0.3, 0.9]) {
    const { diagnostics } = await read(bytes.subarray(0, Math.floor(bytes.length * part)))
    assert.equal(
      diagnostics.list().map(d => [d.code, d.severity]),
      [['pprof.damaged', 'loss']],
    )
  }
})
forms('other bytes are not taken for a profile', () => {
  assert.is(pprof.sniff(Buffer.from('goroutine 1 [running]:\n'), ''), 0)
  assert.is(pprof.sniff(Buffer.from([0x0a, 0x05, 0x68, 0x65, 0x6c, 0x6c, 0x6f]), ''), 0)
  assert.is(pprof.sniff(Buffer.alloc(100), ''), 0)
  assert.ok(pprof.sniff(unpacked('go1.19.pb.gz'), '') > 0)
})

const damaged = suite('damaged profiles')
damaged('cut anywhere: a part of the goroutines, and never more', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('go1.27.pb.gz', 'go1.27-debug1.txt.gz'),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (name, at) => {
        const bytes = unpacked(name)
        const { rows } = await read(bytes.subarray(0, Math.floor(bytes.length * at)))
        assert.ok(total(rows) <= 35)
      },
    ),
    { numRuns: 60 },
  ),
)
damaged('bytes that flipped', () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('go1.27.pb.gz', 'go1.27-debug1.txt.gz'),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 20 }),
      async (name, flips) => {
        const bytes = Buffer.from(unpacked(name))
        for (const [at, value] of flips) bytes[at % bytes.length] = value
        await read(bytes)
      },
    ),
    { numRuns: 60 },
  ),
)

real.run()
forms.run()
damaged.run()
