/** Goroutines in groups: what counts as one place, what is idle, and that a crowd stays cheap. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { groupSnapshot } from '../../../src/correlate/goroutines/groups.js'
import { analyzeFiles } from '../../support/analyze.js'
import { readDumps } from '../../support/dumps.js'

const groups = suite('goroutine groups')

const worker = (id: number, args: string, creator: string) =>
  `goroutine ${id} [chan receive${id % 2 ? ', 3 minutes' : ', 9 minutes'}]:\nmain.worker(${args})\n\t/srv/lab/main.go:15 +0xa9\n${creator}`
const by = (parent: string) => `created by main.main${parent}\n\t/srv/lab/main.go:52 +0x1d8\n`

groups('arguments, ids and parents do not matter', async () => {
  const { snapshots } = await readDumps(
    [worker(8, '0x1, 0x2?', by(' in goroutine 1')), worker(5, '0xc000012345', by(' in goroutine 3'))].join('\n'),
  )
  const [group] = groupSnapshot(snapshots[0]).groups
  assert.is(group.count, 2)
  assert.equal(group.ids, [5, 8])
  assert.equal(group.waitNs, { min: 180e9, max: 540e9 })
})

groups('wrappers, type arguments and the plumbing of a Go version do not matter', async () => {
  const old = `goroutine 7 [semacquire]:\nsync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)\n\t/usr/lib/go-1.19/src/runtime/sema.go:77 +0x25\nsync.(*Mutex).lockSlow(0xc0000b6020)\n\t/usr/lib/go-1.19/src/sync/mutex.go:171 +0x165\nmain.take[...](0x1)\n\t/srv/lab/main.go:22 +0xa5\n`
  const recent = `goroutine 9 [sync.Mutex.Lock]:\ninternal/sync.runtime_SemacquireMutex(0x0?, 0x0?, 0x0?)\n\t/usr/local/go/src/runtime/sema.go:95 +0x25\ninternal/sync.(*Mutex).lockSlow(0xc0000b6020)\n\t/usr/local/go/src/internal/sync/mutex.go:149 +0x165\nmain.take[go.shape.int](0x1)\n\t/srv/lab/main.go:22 +0xa5\nmain.main.gowrap1()\n\t/srv/lab/main.go:30 +0x1\n`
  const keys = await Promise.all(
    [old, recent].map(async text => groupSnapshot((await readDumps(text)).snapshots[0]).groups[0].key),
  )
  assert.is(keys[0], keys[1])
})

groups('two lines of one function are two places', async () => {
  const { snapshots } = await readDumps(
    [worker(5, '', by('')), worker(7, '', by('')).replace('main.go:15', 'main.go:16')].join('\n'),
  )
  assert.is(groupSnapshot(snapshots[0]).groups.length, 2)
})

groups('labels that all have in common are kept', async () => {
  const text = (id: number, labels: string) =>
    `goroutine ${id} [chan receive] {${labels}}:\nmain.worker()\n\t/srv/lab/main.go:15 +0xa9\n`
  const { snapshots } = await readDumps([text(5, 'tenant: acme, req: 1'), text(7, 'tenant: acme, req: 2')].join('\n'))
  assert.equal(groupSnapshot(snapshots[0]).groups[0].labels, { tenant: 'acme' })
})

const IDLE: readonly [string, string][] = [
  [
    'goroutine 5 [IO wait]:\ninternal/poll.runtime_pollWait(0x7f, 0x72)\n\t/usr/lib/go-1.19/src/runtime/netpoll.go:305 +0x89\nnet.(*TCPListener).Accept(0xc00009c120)\n\t/usr/lib/go-1.19/src/net/tcpsock.go:288 +0x3d\nmain.serve()\n\t/srv/lab/main.go:9 +0x1\n',
    'waits for a connection',
  ],
  [
    'goroutine 5 [IO wait]:\ninternal/poll.runtime_pollWait(0x7f, 0x72)\n\t/usr/lib/go-1.19/src/runtime/netpoll.go:305 +0x89\nnet/http.(*conn).readRequest(0xc0000b7b80)\n\t/usr/lib/go-1.19/src/net/http/server.go:994 +0x24a\nnet/http.(*conn).serve(0xc0000b7b80)\n\t/usr/lib/go-1.19/src/net/http/server.go:1916 +0x345\n',
    'idle HTTP connection',
  ],
  [
    'goroutine 5 [select]:\nnet/http.(*persistConn).writeLoop(0xc000)\n\t/usr/lib/go-1.19/src/net/http/transport.go:2392 +0xf5\n',
    'idle HTTP client connection',
  ],
  [
    'goroutine 5 [select]:\ndatabase/sql.(*DB).connectionOpener(0xc000)\n\t/usr/lib/go-1.19/src/database/sql/sql.go:1224 +0x8d\n',
    'keeper of a connection pool',
  ],
  [
    'goroutine 5 [select]:\ngoogle.golang.org/grpc/internal/transport.(*http2Server).keepalive(0xc000)\n\t/go/pkg/mod/google.golang.org/grpc@v1.50.0/internal/transport/http2_server.go:1177 +0x233\n',
    'idle gRPC connection',
  ],
  ['goroutine 1 [select (no cases)]:\nmain.main()\n\t/srv/lab/main.go:30 +0x10c\n', 'select {} keeps main alive'],
  [
    'goroutine 5 [sleep]:\ntime.Sleep(0x1)\n\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135\nmain.tick()\n\t/srv/lab/main.go:30 +0x10c\n',
    'sleeps',
  ],
]

for (const [text, words] of IDLE)
  groups(`idle: ${words}`, async () => {
    const [group] = groupSnapshot((await readDumps(text)).snapshots[0]).groups
    assert.is(group.benign, true)
    assert.is(group.idle, words)
    // The same place, blocked on something else, is not idle.
    const stuck = text.replace(/\[[^\]]+\]/, '[chan send]')
    assert.is(groupSnapshot((await readDumps(stuck)).snapshots[0]).groups[0].benign, false)
  })

groups('main that waits for a signal is idle only where there is a signal loop', async () => {
  const main = 'goroutine 1 [chan receive]:\nmain.main()\n\t/srv/lab/main.go:30 +0x10c\n'
  const loop =
    'goroutine 6 [syscall]:\nos/signal.signal_recv()\n\t/usr/lib/go-1.19/src/runtime/sigqueue.go:152 +0x2f\nos/signal.loop()\n\t/usr/lib/go-1.19/src/os/signal/signal_unix.go:23 +0x19\ncreated by os/signal.Notify.func1.1\n\t/usr/lib/go-1.19/src/os/signal/signal.go:151 +0x2a\n'
  const benign = async (text: string) =>
    groupSnapshot((await readDumps(text)).snapshots[0]).groups.find(g => g.ids[0] === 1)?.benign
  assert.is(await benign(main), false)
  assert.is(await benign(`${main}\n${loop}`), true)
})

groups('a crowd is one group, and is read and grouped in linear time', async () => {
  const crowd = Array.from({ length: 60_000 }, (_, i) =>
    worker(i + 20, `0xc${(0x1000000 + i * 64).toString(16)}`, by('')),
  )
  const { snapshots } = await readDumps(crowd.join('\n'))
  const started = process.cpuUsage().user
  const grouping = groupSnapshot(snapshots[0])
  assert.ok(process.cpuUsage().user - started < 2e6)
  assert.is(grouping.groups.length, 1)
  assert.is(grouping.groups[0].count, 60_000)
  assert.is(grouping.groups[0].ids.length, 100)
  assert.is(grouping.groups[0].ids[0], 20)
})

groups('places without end are cut, and the cut is said', async () => {
  const places = Array.from({ length: 2500 }, (_, i) =>
    worker(i + 20, '', by('')).replace('main.go:15', `main.go:${i + 1}`),
  )
  const report = await analyzeFiles({ 'dump.txt': places.join('\n') })
  assert.is(report.goroutines.snapshots[0].count, 2500)
  assert.ok(report.goroutines.groups.length <= 2000)
  assert.is(report.diagnostics.find(d => d.code === 'goroutines.groups-cut')?.count, 500)
})

groups.run()
