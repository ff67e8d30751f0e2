/** Several dumps of one process, and dumps that only look like it. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles, type Files, findingsOf } from '../support/analyze.js'

const growth = suite('goroutine growth')

const MAIN =
  'goroutine 1 [sleep]:\ntime.Sleep(0x3b9aca00)\n\t/usr/lib/go-1.19/src/runtime/time.go:195 +0x135\nmain.main()\n\t/srv/lab/main.go:30 +0x10c\n'

/** A dump with goroutines `from` to `to` in one place; `base` moves their arguments. */
function dump(from: number, to: number, base = 0xc000100000): string {
  const rows = Array.from(
    { length: to - from + 1 },
    (_, i) =>
      `goroutine ${from + i} [chan receive]:\nmain.handle(0x${(base + i * 64).toString(16)})\n\t/srv/lab/main.go:14 +0x37\ncreated by main.serve\n\t/srv/lab/main.go:26 +0x47\n`,
  )
  return [MAIN, ...rows].join('\n')
}

const grows = async (files: Files) => findingsOf(await analyzeFiles(files), 'goroutine/growth')

growth('grows from dump to dump, and nobody leaves', async () => {
  const [finding] = await grows({
    'dump-1.txt': dump(20, 49),
    'dump-2.txt': dump(20, 79),
    'dump-10.txt': dump(20, 119),
  })
  assert.match(finding.title, /from 30 to 100/)
  assert.match(finding.summary, /30, then 60, then 100/)
  assert.match(finding.summary, /30 goroutines of the first dump are still there/)
  assert.is(finding.severity, 'error')
  assert.is(finding.confidence, 'likely', 'by file names it is inferred')
})

growth('several dumps in one file', async () => {
  const [finding] = await grows({ 'app.log': `${dump(20, 49)}\n2026/11/24 00:29:16 still alive\n${dump(20, 99)}` })
  assert.ok(finding)
})

growth('the same number, or fewer, is no growth', async () => {
  assert.equal(await grows({ 'dump-1.txt': dump(20, 79), 'dump-2.txt': dump(20, 79) }), [])
  assert.equal(await grows({ 'dump-1.txt': dump(20, 99), 'dump-2.txt': dump(20, 49) }), [])
  assert.equal(await grows({ 'dump-1.txt': dump(20, 79), 'dump-2.txt': dump(20, 89) }), [], 'a few more are the moment')
})

growth('dumps of several nodes are not compared', async () => {
  assert.equal(await grows({ 'node-1.txt': dump(20, 49), 'node-2.txt': dump(20, 119) }), [])
  assert.equal(await grows({ 'alpha.txt': dump(20, 49), 'beta.txt': dump(20, 119) }), [])
})

growth('other arguments for the same goroutines show another process', async () => {
  assert.equal(await grows({ 'dump-1.txt': dump(20, 49), 'dump-2.txt': dump(20, 119, 0xc000900000) }), [])
})

growth.run()
