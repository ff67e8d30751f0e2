/** Locks whose holders the dump does not show: what is inferred says so, and nobody is accused for want of others. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, findingsOf } from '../support/analyze.js'

const locks = suite('locks without a holder in sight')

const dump = (name: string) => readFileSync(`test/fixtures/waits/${name}.txt`, 'utf8')
const analyze = (text: string) => analyzeFiles({ 'dump.txt': text })
const statuses = (finding: { chain: readonly { status: string }[] }) => new Set(finding.chain.map(l => l.status))

/** Adds a goroutine that sleeps in a function of the program. */
const withSleeper = (text: string, frame: string) =>
  `${text}\ngoroutine 777 [sleep]:\ntime.Sleep(0x3b9aca00)\n\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135\n${frame}\n\t/srv/lab/x/main.go:99 +0x1e\ncreated by main.main\n\t/srv/lab/x/main.go:7 +0x31\n`

for (const name of ['closure-abba.debug2', 'package-variables.debug2', 'forks-inside-another-struct.debug2'])
  locks(`${name}: a cycle that only its waiters show is possible, and no edge names a holder`, async () => {
    const report = await analyze(dump(name))
    const [finding] = findingsOf(report, 'mutex/deadlock')
    assert.is(finding.confidence, 'possible')
    assert.ok(statuses(finding).has('inferred') && statuses(finding).has('missing'))
    assert.equal(report.waits.cycles, [])
    assert.ok(report.waits.edges.every(e => e.heldBy === null))
    assert.equal(findingsOf(report, 'mutex/orphaned'), [])
    assert.not.ok(report.ruledOut.some(r => r.hypothesis === 'A deadlock on mutexes'))
  })

locks('twin: somebody sleeps in a function of the program, and could unlock', async () => {
  const report = await analyze(withSleeper(dump('package-variables.debug2'), 'main.refresh(0xc0000180b0)'))
  assert.equal(findingsOf(report, 'mutex/deadlock'), [])
  assert.equal(findingsOf(report, 'mutex/orphaned'), [])
})

locks('twin: somebody who waits for a channel may hold both locks', async () => {
  const sender =
    'goroutine 778 [chan send]:\nmain.flush()\n\t/srv/lab/x/main.go:99 +0x1e\ncreated by main.main\n\t/srv/lab/x/main.go:7 +0x31\n'
  for (const name of ['closure-abba.debug2', 'package-variables.debug2']) {
    const report = await analyze(`${dump(name)}\n${sender}`)
    assert.equal(findingsOf(report, 'mutex/deadlock'), [])
    assert.equal(findingsOf(report, 'mutex/orphaned'), [])
    assert.match(JSON.stringify(findingsOf(report, 'mutex/convoy')), /goroutine 778 \(waits to send on a channel\)/)
  }
})

locks('twin: one lock alone is no cycle', async () => {
  const blocks = dump('closure-abba.debug2').split('\n\n')
  const cut = blocks.findIndex(block => block.includes('lockSlow'))
  const report = await analyze(blocks.filter((_, i) => i !== cut).join('\n\n'))
  assert.equal(findingsOf(report, 'mutex/deadlock'), [])
})

locks('three that hold neighbouring forks are a cycle of three', async () => {
  const report = await analyze(dump('small-forks-side-by-side.debug2'))
  assert.is(report.waits.cycles[0].length, 3)
  assert.match(findingsOf(report, 'mutex/deadlock')[0].title, /^3 goroutines/)
})

locks(
  'a Once whose function comes back to it waits for itself; another goroutine inside one takes that away',
  async () => {
    const text = dump('once-in-itself.debug2')
    const report = await analyze(text)
    assert.is(report.waits.edges[0].heldBy, report.waits.edges[0].from)
    assert.is(findingsOf(report, 'mutex/deadlock')[0].confidence, 'likely')
    const other =
      'main.load()\n\t/srv/lab/x/main.go:40 +0x1e\nsync.(*Once).doSlow(0x0?, 0x0?)\n\t/usr/lib/go-1.19/src/sync/once.go:74 +0xc2\nsync.(*Once).Do(...)\n\t/usr/lib/go-1.19/src/sync/once.go:65\nmain.warm()'
    assert.equal(findingsOf(await analyze(withSleeper(text, other)), 'mutex/deadlock'), [])
  },
)

locks('a method that locks what its caller has locked: inferred from the object that both work on', async () => {
  const text = dump('method-relocks-behind-crowd.debug2')
  const [finding] = findingsOf(await analyze(text), 'mutex/deadlock')
  assert.is(finding.confidence, 'possible')
  assert.match(finding.chain.map(l => l.text).join('\n'), /main\.\(\*Reg\)\.Add \(line \d+\), which leads to this Lock/)
  // The caller worked on another object of the type.
  const twin = text.replace(/main\.\(\*Reg\)\.Add\(0x[0-9a-f]+/, 'main.(*Reg).Add(0xc000777000')
  assert.is.not(twin, text)
  assert.equal(findingsOf(await analyze(twin), 'mutex/deadlock'), [])
})

locks('whoever could be the holder keeps a lock from being called orphaned', async () => {
  const report = await analyze(dump('main-may-hold-it.sigquit'))
  assert.equal(findingsOf(report, 'mutex/orphaned'), [])
  const [convoy] = findingsOf(report, 'mutex/convoy')
  assert.match(convoy.chain.map(l => l.text).join('\n'), /goroutine 1 \(waits for a WaitGroup\)/)
  const orphaned = dump('returned-without-unlock.sigquit')
  assert.is(findingsOf(await analyze(orphaned), 'mutex/orphaned').length, 1)
  const twin = withSleeper(orphaned, 'main.(*Pool).Refill(0x0?)')
  assert.equal(findingsOf(await analyze(twin), 'mutex/orphaned'), [])
})

locks('profiles have no goroutine ids: the holder is named by where it stands', async () => {
  const text = `goroutine profile: total 4
3 @ 0x1 0x2 0x3 0x4
#\t0x1\tsync.runtime_SemacquireMutex+0x25\t/usr/lib/go-1.19/src/runtime/sema.go:77
#\t0x2\tsync.(*Mutex).lockSlow+0x165\t/usr/lib/go-1.19/src/sync/mutex.go:171
#\t0x3\tmain.(*DB).Save+0x51\t/srv/lab/x/main.go:17

1 @ 0x5 0x6 0x4
#\t0x5\tsyscall.Syscall+0x4\t/usr/lib/go-1.19/src/syscall/syscall_linux.go:68
#\t0x6\tmain.(*DB).Save+0x91\t/srv/lab/x/main.go:19
`
  const report = await analyzeFiles({ 'g.txt': text })
  const [convoy] = findingsOf(report, 'mutex/convoy')
  assert.match(convoy.title, /^3 goroutines queue for a mutex held in main\.\(\*DB\)\.Save$/)
  assert.not.match(JSON.stringify(report), /goroutine 0/)
  assert.is(report.waits.edges[0].heldBy, 'a goroutine in main.(*DB).Save')
})

locks('local variables of a debugger’s listing accuse nobody, receivers and parameters do', async () => {
  const session = (name: string) => ({ 'dlv.txt': readFileSync(`test/fixtures/delve/${name}.txt`) })
  const tree = await analyzeFiles(session('locals-are-no-arguments'))
  assert.equal(findingsOf(tree, 'mutex/deadlock'), [])
  assert.not.ok(tree.waits.edges.some(e => e.heldBy === 'goroutine 1'))
  const abba = await analyzeFiles(session('inlined-lock-parameter'))
  assert.is(findingsOf(abba, 'mutex/deadlock')[0].confidence, 'likely')
  assert.is(abba.waits.cycles[0].length, 2)
  // Stacks without variables beside it: whole as well, but they show no lock. The problem is told once, where it shows.
  const both = await analyzeFiles({
    ...session('inlined-lock-parameter'),
    't.txt': readFileSync('test/fixtures/delve/inlined-lock-parameter.stacks.txt'),
  })
  assert.is(findingsOf(both, 'mutex/deadlock').length, 1)
  assert.equal(findingsOf(both, 'mutex/convoy'), [])
})

locks.run()
