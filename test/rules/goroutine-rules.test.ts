/**
 * Go 1.19 programs with one fault each (fixtures/waits, the name says which): the rule that must hold, and those that must
 * not. `.debug2` was written by pprof, `.sigquit` by the runtime.
 */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'

const rules = suite('rules about goroutines')
const fixture = (name: string) => readFileSync(`test/fixtures/waits/${name}.txt`, 'utf8')

/** Case, verdict, further findings that must be there. */
const FAULTS: readonly [string, string, string[]][] = [
  ['cycle3.debug2', 'mutex/deadlock', []],
  ['cycle3.sigquit', 'mutex/deadlock', []],
  ['cycle-methods.debug2', 'mutex/deadlock', []],
  ['cycle-methods.sigquit', 'mutex/deadlock', []],
  ['self-lock.debug2', 'mutex/deadlock', []],
  ['self-lock.sigquit', 'mutex/deadlock', []],
  ['closure-abba.debug2', 'mutex/deadlock', []],
  ['closure-abba.sigquit', 'mutex/deadlock', []],
  ['small-forks-side-by-side.debug2', 'mutex/deadlock', []],
  ['forks-inside-another-struct.debug2', 'mutex/deadlock', []],
  ['package-variables.debug2', 'mutex/deadlock', []],
  ['method-relocks-behind-crowd.debug2', 'mutex/deadlock', []],
  ['read-lock-upgraded.sigquit', 'mutex/deadlock', []],
  ['once-in-itself.debug2', 'mutex/deadlock', []],
  ['main-may-hold-it.sigquit', 'mutex/convoy', []],
  ['returned-without-unlock.sigquit', 'mutex/orphaned', []],
  ['library-words-beside-lock.debug2', 'mutex/orphaned', []],
  ['forgot-unlock.debug2', 'mutex/orphaned', []],
  ['rw-recursion.debug2', 'rwmutex/starvation', []],
  ['rw-recursion.sigquit', 'rwmutex/starvation', []],
  ['lock-send.debug2', 'mutex/convoy', ['channel/send-stuck']],
  ['lock-send.sigquit', 'mutex/convoy', ['channel/send-stuck']],
  ['errgroup-like.debug2', 'channel/send-stuck', ['waitgroup/never-done']],
  ['ctx-leak.debug2', 'channel/send-stuck', []],
  ['once-stuck.debug2', 'mutex/convoy', ['channel/receive-stuck']],
  ['wg-never.debug2', 'waitgroup/never-done', []],
  ['wg-never.sigquit', 'waitgroup/never-done', []],
  ['nilchan.debug2', 'channel/nil', []],
  ['convoy-io.debug2', 'mutex/convoy', []],
]

for (const [name, verdict, also] of FAULTS)
  rules(`${name}: ${verdict}`, async () => {
    const report = await analyzeFiles({ 'dump.txt': fixture(name) })
    assert.is(report.verdict.rule, verdict)
    for (const rule of also) assert.ok(findingsOf(report, rule).length > 0, rule)
    for (const finding of report.findings) {
      assert.ok(finding.title.length <= 90, finding.title)
      for (const link of finding.chain) if (link.status === 'observed') assert.ok(link.refs.length > 0, link.text)
    }
    assert.equal(report.failures, [])
  })

/** main receives from a channel: `<-done`, but a dump shows `<-ticker.C` no other way. It is told, not judged. */
for (const name of ['cond-never.debug2', 'cond-never.sigquit'])
  rules(`${name}: possible, as main may wait for a timer`, async () => {
    const report = await analyzeFiles({ 'dump.txt': fixture(name) })
    assert.is.not(report.verdict.rule, 'cond/no-wakeup')
    const [finding] = findingsOf(report, 'cond/no-wakeup')
    assert.equal([finding?.severity, finding?.confidence], ['warning', 'possible'])
  })

/** The same where main waits for a WaitGroup, which no timer ends. */
const condInWaitGroup = (text: string) =>
  text.replace(
    /goroutine 1 \[chan receive\]:\n/,
    'goroutine 1 [semacquire]:\nsync.runtime_Semacquire(0xc0000140b8?)\n\t/usr/lib/go-1.19/src/runtime/sema.go:62 +0x25\nsync.(*WaitGroup).Wait(0xc0000140b0)\n\t/usr/lib/go-1.19/src/sync/waitgroup.go:139 +0x52\n',
  )

rules('nobody signals, and no timer can wake anybody', async () => {
  const text = condInWaitGroup(fixture('cond-never.debug2'))
  const report = await analyzeFiles({ 'dump.txt': text })
  assert.is(report.verdict.rule, 'cond/no-wakeup')
  const twin = `${text}\n${sleeper('main.(*Q).refill(0xc000098000)', 'main.main')}`
  assert.equal(findingsOf(await analyzeFiles({ 'dump.txt': twin }), 'cond/no-wakeup'), [])
})

/** Healthy programs: pools that wait for work, pipelines with back-pressure, workers that are still at it. */
const HEALTHY = [
  'wg-healthy.debug2',
  'pipeline.debug2',
  'sigmain.debug2',
  'busy.debug2',
  'false-cycle.debug2',
  'false-cycle.sigquit',
  'pool-idle.debug2',
]

for (const name of HEALTHY)
  rules(`${name}: no verdict`, async () => {
    const report = await analyzeFiles({ 'dump.txt': fixture(name) })
    const goroutineRules = report.findings.filter(f => f.rule !== 'exit/dump-requested' && f.rule !== 'select/empty')
    assert.equal(
      goroutineRules.map(f => f.rule),
      [],
    )
  })

/** Less one link: what the rule rests on is taken away, and it must fall silent or say less. */
const TWINS: readonly [string, string, (text: string) => string][] = [
  [
    'wg-never.debug2: a worker is still at it',
    'waitgroup/never-done',
    text => `${text}\n${sleeper('main.work(0x0?, 0xc0000180b0?)', 'main.main')}`,
  ],
  [
    'errgroup-like.debug2: a collector reads the network',
    'channel/send-stuck',
    text => `${text}\n${sleeper('main.collect(0xc00001a0c0)', 'main.main')}`,
  ],
  [
    'ctx-leak.debug2: the callers are still there',
    'channel/send-stuck',
    text => `${text}\n${sleeper('main.query({0x4f0, 0xc00001})', 'main.main')}`,
  ],
  [
    'nilchan.debug2: the channel is not nil',
    'channel/nil',
    text => text.replace('chan receive (nil chan)', 'chan receive'),
  ],
  [
    'once-stuck.debug2: what Do runs is gone',
    'mutex/convoy',
    text =>
      text
        .split('\n\n')
        .filter(g => !g.includes('main.load'))
        .join('\n\n'),
  ],
  [
    'forgot-unlock.debug2: somebody works on the object',
    'mutex/orphaned',
    text => `${text}\n${sleeper('main.(*C).flush(0xc0000180b0)', 'main.main')}`,
  ],
  [
    'self-lock.debug2: nobody queues who shows where the lock was taken',
    'mutex/deadlock',
    text =>
      text
        .split('\n\n')
        .filter(g => !g.includes('lockSlow') || g.includes('main.(*C).Log'))
        .join('\n\n'),
  ],
  [
    'rw-recursion.debug2: no writer',
    'rwmutex/starvation',
    text => text.replaceAll('sync.(*RWMutex).Lock(', 'sync.(*Mutex).Lock('),
  ],
  [
    'convoy-io.debug2: few wait, the holder does not show',
    'mutex/convoy',
    text =>
      text
        .split('\n\n')
        .filter(g => !/netFD\)\.Read|conn\)\.Read/.test(g))
        .slice(0, 6)
        .join('\n\n'),
  ],
]

function sleeper(frame: string, creator: string): string {
  return `goroutine 777 [sleep]:\ntime.Sleep(0x3b9aca00)\n\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135\n${frame}\n\t/home/dev/lab/x/main.go:99 +0x1e\ncreated by ${creator}\n\t/home/dev/lab/x/main.go:7 +0x31\n`
}

for (const [title, rule, change] of TWINS)
  rules(`twin of ${title}`, async () => {
    const text = fixture(title.slice(0, title.indexOf(':')))
    const changed = change(text)
    assert.is.not(changed, text)
    const before = findingsOf(await analyzeFiles({ 'dump.txt': text }), rule)
    const after = findingsOf(await analyzeFiles({ 'dump.txt': changed }), rule)
    assert.ok(
      before.some(f => f.severity === 'error'),
      'holds before',
    )
    assert.not.ok(
      after.some(f => f.severity === 'error'),
      JSON.stringify(after.map(f => [f.title, f.chain])),
    )
  })

rules('a server that has been idle for hours is healthy, whatever waits in it', async () => {
  const g = (id: number, state: string, frames: string, by = '') =>
    `goroutine ${id} [${state}, 300 minutes]:\n${frames}${by && `created by ${by}\n\t/srv/lab/main.go:7 +0x31\n`}`
  const accept =
    'internal/poll.runtime_pollWait(0x7f, 0x72)\n\t/usr/lib/go-1.19/src/runtime/netpoll.go:305 +0x89\nnet.(*TCPListener).Accept(0xc00009c120)\n\t/usr/lib/go-1.19/src/net/tcpsock.go:288 +0x3d\nnet/http.(*Server).Serve(0xc00011c000)\n\t/usr/lib/go-1.19/src/net/http/server.go:3070 +0x385\n'
  const text = [
    g(
      1,
      'semacquire',
      'sync.runtime_Semacquire(0xc00008a0b0?)\n\t/usr/lib/go-1.19/src/runtime/sema.go:62 +0x25\nsync.(*WaitGroup).Wait(0xc00008a0a8)\n\t/usr/lib/go-1.19/src/sync/waitgroup.go:139 +0x52\nmain.main()\n\t/srv/lab/main.go:23 +0x1ef\n',
    ),
    g(6, 'IO wait', accept, 'main.(*Server).Start'),
    g(7, 'chan send', 'main.ids.func1()\n\t/srv/lab/ids.go:9 +0x1ef\n', 'main.ids'),
    ...Array.from({ length: 40 }, (_, i) =>
      g(20 + i, 'chan receive', 'main.(*Pool).work(0xc00001)\n\t/srv/lab/pool.go:9 +0x1ef\n', 'main.NewPool'),
    ),
    g(
      80,
      'sync.Cond.Wait',
      'sync.runtime_notifyListWait(0xc0000100, 0x3)\n\t/usr/lib/go-1.19/src/runtime/sema.go:517 +0x14c\nsync.(*Cond).Wait(0xc0000f0)\n\t/usr/lib/go-1.19/src/sync/cond.go:56 +0x8c\nmain.(*Queue).Pop(0xc0000e0)\n\t/srv/lab/queue.go:9 +0x1ef\n',
      'main.NewQueue',
    ),
    g(81, 'select', 'main.(*Server).flush(0xc00001)\n\t/srv/lab/flush.go:9 +0x1ef\n', 'main.(*Server).Start'),
  ]
  const report = await analyzeFiles({ 'dump.txt': text.join('\n') })
  assert.is(report.goroutines.snapshots[0].count, 45)
  assert.equal(
    report.findings.map(f => f.rule),
    [],
  )
})

rules('select {} is main’s last line or a fault', async () => {
  const dump = (id: number, func: string) =>
    `goroutine ${id} [select (no cases)]:\n${func}()\n\t/srv/lab/main.go:30 +0x10c\n\n${sleeper('main.other(0x1)', 'main.main')}`
  assert.equal(findingsOf(await analyzeFiles({ 'dump.txt': dump(1, 'main.main') }), 'select/empty'), [])
  const [finding] = findingsOf(await analyzeFiles({ 'dump.txt': dump(7, 'main.pump') }), 'select/empty')
  assert.is(finding?.confidence, 'proven')
})

rules('the collector’s mark proves a leak; a goroutine that only waits is none', async () => {
  const dump = (mark: string) =>
    `goroutine 1 [running]:\nmain.main()\n\t/srv/lab/main.go:9 +0x1\n\ngoroutine 7 [chan send${mark}]:\nmain.lost(0xc00001)\n\t/srv/lab/main.go:30 +0x10c\ncreated by main.main in goroutine 1\n\t/srv/lab/main.go:8 +0x1\n`
  const [finding] = findingsOf(await analyzeFiles({ 'dump.txt': dump(' (leaked)') }), 'channel/send-stuck')
  assert.is(finding?.confidence, 'proven')
  assert.equal(findingsOf(await analyzeFiles({ 'dump.txt': dump('') }), 'channel/send-stuck'), [])
})

rules('the runtime’s own word proves what a dump can only infer', async () => {
  const text =
    'fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [chan receive]:\nmain.main()\n\t/srv/lab/main.go:9 +0x1\nexit status 2\n'
  const [finding] = findingsOf(await analyzeFiles({ 'dump.txt': text }), 'channel/receive-stuck')
  assert.is(finding?.confidence, 'proven')
})

rules.run()
