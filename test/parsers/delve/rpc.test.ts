/** Answers of Delve's JSON-RPC server, saved to files of one session. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonValues } from '../../../parsers/delve/json-values.js'
import { rowsOf } from '../../support/dumps.js'
import { parseFiles } from '../../support/parse.js'

const rpc = suite('delve rpc')
const file = (name: string) => readFileSync(`test/fixtures/delve/${name}`, 'utf8')
const METHODS = ['GetVersion', 'ListGoroutines', 'ListThreads', 'State']
const session = (name = 'dlv1.20.2-rpc.') =>
  Object.fromEntries(METHODS.map(m => [`${name}${m}.json`, file(`rpc/dlv1.20.2-rpc.${m}.json`)]))
const stack = gunzipSync(readFileSync('test/fixtures/delve/rpc/dlv1.20.2-rpc.Stacktrace18.json.gz')).toString()

rpc('the files of a session explain each other', async () => {
  const { snapshots } = await parseFiles({ ...session(), 'dlv1.20.2-rpc.Stacktrace18.json': stack })
  assert.is(snapshots.length, 1)
  const [snapshot] = snapshots
  assert.is(snapshot.goVersion, 'go1.19.8')
  assert.is(snapshot.pid, 3402)
  assert.is(snapshot.threads.length, 4)
  const rows = rowsOf(snapshot)
  assert.is(rows.length, 12)
  assert.equal(
    rows.filter(r => r.primitive === 'mutex').map(r => r.id),
    [18, 19, 20, 21, 22, 23],
  )
  const asked = rows.find(r => r.id === 18)
  assert.is(asked?.object, 0xc0000b2020, 'the address of the lock, out of the variables')
  assert.is(snapshot.detail(5).frames.find(f => f.func === 'main.transfer')?.args, '0xc0000b2000, 0xc0000b2020')
  assert.is(asked?.stack.createdBy?.func, 'main.main')
})

rpc('API 1 answers are bare arrays', async () => {
  const files = Object.fromEntries(
    ['GetVersion', 'ListGoroutines', 'State'].map(m => [`rpc.${m}.json`, file(`rpc-api1/dlv1.20.2-rpc.${m}.json`)]),
  )
  const { snapshots } = await parseFiles(files)
  assert.is(snapshots[0].table.length, 12)
  assert.is(snapshots[0].pid, 3402)
  assert.is(snapshots[0].goVersion, 'go1.19.8')
})

rpc('without GetVersion the paths and places tell the table', async () => {
  const { snapshots } = await parseFiles({
    'g.json': file('rpc/dlv1.20.2-rpc.ListGoroutines.json').replaceAll('/usr/lib/go-1.19/', '/usr/local/go/'),
  })
  const rows = rowsOf(snapshots[0])
  assert.is(rows.find(r => r.id === 1)?.primitive, 'channel-receive')
  assert.is(rows.find(r => r.id === 24)?.primitive, 'sleep')
})

rpc('a request beside the answer names the goroutine of a stack', async () => {
  const request = '{"method":"RPCServer.Stacktrace","params":[{"Id":19,"Depth":50}],"id":6}'
  const { snapshots } = await parseFiles({
    ...session(),
    'dlv1.20.2-rpc.Stacktrace.json': `${request}\n${stack.replaceAll('main.main.func1', 'main.main.func2')}`,
  })
  assert.ok((rowsOf(snapshots[0]).find(r => r.id === 19)?.stack.frames.length ?? 0) > 5)
})

rpc('a stack that fits several goroutines is given to none, and that is said', async () => {
  const twin = file('rpc/dlv1.20.2-rpc.ListGoroutines.json').replaceAll('main.main.func2', 'main.main.func1')
  const { snapshots, diagnostics } = await parseFiles({ 'ListGoroutines.json': twin, 'Stacktrace.json': stack })
  assert.ok(rowsOf(snapshots[0]).every(r => r.stack.frames.length <= 3))
  assert.ok(diagnostics.list().some(d => d.code === 'delve.stack-of-nobody'))
})

rpc('two sessions in one folder are not mixed', async () => {
  const other = Object.fromEntries(Object.entries(session('b-')).map(([n, t]) => [n, t.replaceAll('3402', '9999')]))
  const { snapshots } = await parseFiles({ ...session('a-'), ...other })
  assert.equal(snapshots.map(s => s.pid).sort(), [3402, 9999])
})

rpc('an error of the server is told', async () => {
  const { diagnostics } = await parseFiles({
    'x.json': '{"id":6,"result":null,"error":"unknown method: RPCServer.Stacktrace"}',
  })
  assert.ok(diagnostics.list().some(d => d.code === 'delve.rpc-error' && d.text.includes('unknown method')))
})

rpc('a cut answer is a loss; the whole ones beside it are read', async () => {
  const { snapshots, diagnostics } = await parseFiles({
    ...session(),
    'dlv1.20.2-rpc.Stacktrace18.json': stack.slice(0, stack.length / 2),
  })
  assert.is(snapshots[0].table.length, 12)
  assert.ok(diagnostics.list().some(d => d.code === 'delve.json-cut' && d.severity === 'loss'))
})

rpc('values one after the other, with text between', () => {
  const { values, bad } = jsonValues('{"a":1}\n[2]\nnote {not json}\n{"b":"}\\""} {"c":\n{"d":3}\n')
  assert.equal(
    values.map(v => [v.value, v.line]),
    [
      [{ a: 1 }, 1],
      [[2], 2],
      [{ b: '}"' }, 4],
      [{ d: 3 }, 5],
    ],
  )
  assert.is(bad.line, 3)
})

rpc('many values that never close take linear time', () => {
  const started = process.cpuUsage().user
  jsonValues('{"a":[\n'.repeat(200_000))
  assert.ok(process.cpuUsage().user - started < 3e6)
})

rpc.run()
