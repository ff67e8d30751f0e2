/** Sessions of Delve's terminal, from Delve 1.6 to 1.27. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { GoroutineSnapshot } from '../../../src/model/goroutine.js'
import { rowsOf } from '../../support/dumps.js'
import { parseFiles } from '../../support/parse.js'

const sessions = suite('delve sessions')
const fixture = (name: string) => readFileSync(`test/fixtures/delve/${name}`, 'utf8')
const read = async (name: string) => parseFiles({ 'out.txt': fixture(name) })
const total = ({ table }: GoroutineSnapshot) =>
  table.counts ? table.counts.reduce((sum, n) => sum + n, 0) : table.length

/** What the line `[N goroutines]` says, or the totals of groups add up to. */
const COUNTS: readonly [string, number][] = [
  ['core-stacks.txt', 12],
  ['core-groups.txt', 12],
  ['core-go-statements.txt', 12],
  ['go1.19.dlv1.6.1.goroutines-l.txt', 38],
  ['go1.19.dlv1.20.2.goroutines-l.txt', 38],
  ['go1.19.dlv1.24.0.goroutines-l.txt', 38],
  ['go1.27.dlv1.27.1.goroutines-l.txt', 43],
  ['go1.27.dlv1.27.1.goroutines-t3.txt', 43],
  ['break.dlv1.27.1.txt', 6],
  ['panic-string.dlv1.27.1.txt', 6],
]

for (const [name, count] of COUNTS)
  sessions(`${name}: one snapshot of ${count}`, async () => {
    const { snapshots, sources, diagnostics } = await read(name)
    assert.is(sources[0].kind, 'delve')
    assert.equal(snapshots.map(total), [count])
    assert.equal(
      diagnostics.list().filter(d => d.severity !== 'info'),
      [],
    )
    assert.equal(
      diagnostics.list().filter(d => d.code === 'delve.other-text'),
      [],
    )
  })

sessions('frames of -t are whole, innermost first, and show the primitive', async () => {
  const [snapshot] = (await read('core-stacks.txt')).snapshots
  const row = rowsOf(snapshot).find(r => r.id === 18)
  assert.is(row?.primitive, 'mutex')
  assert.is(row?.stack.frames[0].func, 'runtime.gopark')
  assert.ok(row?.stack.frames.some(f => f.func === 'main.transfer' && f.line === 22))
  assert.is(snapshot.goVersion, 'go1.19')
})

sessions('-g says who started each goroutine, and not where it stands', async () => {
  const rows = rowsOf((await read('core-go-statements.txt')).snapshots[0])
  assert.is(rows.find(r => r.id === 20)?.stack.createdBy?.line, 49)
  assert.equal(rows.find(r => r.id === 20)?.stack.frames, [])
  assert.is(rows.find(r => r.id === 1)?.stack.createdBy, null)
})

sessions('a group that shows five of six counts six', async () => {
  const rows = rowsOf((await read('core-groups.txt')).snapshots[0])
  const mutexes = rows.filter(r => r.stack.frames[0]?.func === 'sync.runtime_SemacquireMutex')
  assert.is(
    mutexes.reduce((sum, r) => sum + r.count, 0),
    6,
  )
  assert.is(mutexes.find(r => r.id === 0)?.count, 1)
})

sessions('labels are read with their quotes undone', async () => {
  const rows = rowsOf((await read('go1.27.dlv1.27.1.goroutines-l.txt')).snapshots[0])
  assert.equal(rows.find(r => r.id === 34)?.labels, { req: '42', tenant: 'acme corp' })
})

sessions('bt -full gives addresses to the goroutine that was switched to', async () => {
  const [snapshot] = (await read('core-bt-full.txt')).snapshots
  assert.is(snapshot.format, 'delve-stack')
  assert.ok(snapshot.truncated, 'a stack is not all goroutines')
  const [row] = rowsOf(snapshot)
  assert.is(row.id, 1)
  assert.is(row.primitive, 'channel-receive')
  assert.is(row.object, 0xc0000800c0)
  // main.main has no parameters: what is shown there are local variables.
  assert.is(snapshot.detail(0).frames.find(f => f.func === 'main.main')?.args, undefined)
})

sessions('bt and threads of one stop meet its listing', async () => {
  const [snapshot] = (await read('break.dlv1.27.1.txt')).snapshots
  const row = rowsOf(snapshot).find(r => r.id === 20)
  assert.equal(
    row?.stack.frames.map(f => f.func),
    ['main.bg', 'main.main.gowrap1', 'runtime.goexit'],
  )
  assert.is(row?.stack.createdBy?.func, 'main.main')
  assert.equal(
    snapshot.threads.map(t => t.tid),
    [6739, 6744, 6745, 6746],
  )
})

sessions('a stop at an unrecovered panic is a crash with its message', async () => {
  const { crashes } = await read('panic-string.dlv1.27.1.txt')
  assert.equal(
    crashes.map(c => [c.kind, c.message, c.goroutine]),
    [['panic', 'panic: boom', 1]],
  )
})

sessions('a fatal stop inside checkdead is the deadlock it reports', async () => {
  const { crashes } = await read('panic-goexit-deadlock.dlv1.20.2.txt')
  assert.equal(
    crashes.map(c => [c.kind, c.message]),
    [['fatal', 'fatal error: all goroutines are asleep - deadlock!']],
  )
})

sessions('what the program printed in between is read as what it is, and cited where it stands', async () => {
  const text = fixture('sigabrt.dlv1.20.2.stderr.txt')
  const { snapshots, crashes } = await parseFiles({
    'out.txt': `Type 'help' for list of commands.\n(dlv) ${text}(dlv) `,
  })
  assert.equal(snapshots.map(total), [6])
  assert.ok(crashes.some(c => c.signal === 'SIGABRT'))
})

sessions('an exit is an event, with the signal in its status', async () => {
  const { logs } = await parseFiles({
    'out.txt': "Type 'help' for list of commands.\n(dlv) (dlv) Process 77 has exited with status -9\n",
  })
  assert.equal(
    logs.map(l => [l.kind, l.pid, l.text]),
    [['delve-exit', 77, 'Process 77 has exited with status -9']],
  )
})

sessions('colours, prompts and carriage returns change nothing', async () => {
  const plain = fixture('core-stacks.txt')
  const coloured = plain
    .replaceAll(/runtime\.(\w+)$/gm, '\x1b[1mruntime.$1\x1b[0m')
    .replaceAll('\n', '\r\n')
    .replace('(dlv) ', '\x1b[34m(dlv) \x1b[0m(dlv) ')
  const rows = async (text: string) => rowsOf((await parseFiles({ 'out.txt': text })).snapshots[0])
  assert.equal(await rows(coloured), await rows(plain))
})

sessions('a typed filter makes the listing partial', async () => {
  const listing = fixture('go1.19.dlv1.20.2.goroutines-l.txt').replace('(dlv) ', '(dlv) goroutines -with user\n')
  const { snapshots } = await parseFiles({ 'out.txt': listing })
  assert.ok(snapshots[0].truncated)
})

sessions('a listing that shows less than it says is a loss', async () => {
  const cut = fixture('core-stacks.txt')
    .split('\n')
    .filter(l => !l.includes('Goroutine 24 '))
    .join('\n')
  const { snapshots, diagnostics } = await parseFiles({ 'out.txt': cut })
  assert.ok(snapshots[0].truncated)
  assert.ok(diagnostics.list().some(d => d.code === 'delve.listing-cut' && d.severity === 'loss'))
})

sessions('goroutines that Delve cannot read are counted', async () => {
  const text =
    '(dlv)   Goroutine 1 - User: ./main.go:5 main.main (0x1) [chan receive]\n  Goroutine (unreadable error derefing *G EOF)\n[2 goroutines]\n'
  assert.is((await parseFiles({ 'out.txt': text })).snapshots[0].table.length, 2)
})

sessions('the wait is at least the distance to the latest of the raw times', async () => {
  const rows = rowsOf((await read('go1.27.dlv1.27.1.goroutines-l.txt')).snapshots[0])
  assert.is(Math.round((rows.find(r => r.id === 21)?.minutes ?? 0) * 60), 2)
  assert.is(rows.find(r => r.id === 41)?.minutes, null, 'the latest itself')
  // Delve 1.6 prints the age of 1970; the distance between two such is all that can be had.
  const old = rowsOf((await read('go1.19.dlv1.6.1.goroutines-l.txt')).snapshots[0])
  assert.is(Math.round((old.find(r => r.id === 1)?.minutes ?? 0) * 60), 2)
  assert.ok(old.every(r => (r.minutes ?? 0) < 1))
})

sessions('its own log is events on the clock', async () => {
  const { logs, sources } = await read('headless.log')
  assert.is(sources[0].clock.domain, 'realtime')
  assert.is(logs[0].text, 'API server pid = 3623')
  assert.is(logs[0].kind, 'delve-rpc')
  assert.is(logs[1].text, 'attaching to pid 3617')
  assert.is(logs[1].pid, 3617)
  assert.is(logs.find(l => l.text === 'halting')?.ns, 3e9)
})

sessions('the log of Delve before 1.3 is logfmt', async () => {
  const { logs } = await parseFiles({
    'dlv.log': 'time="2018-10-31T14:12:01+01:00" level=info msg="attaching to pid 77" layer=debugger\n',
  })
  assert.equal([logs[0].kind, logs[0].text, logs[0].pid], ['delve-debugger', 'attaching to pid 77', 77])
})

sessions.run()
