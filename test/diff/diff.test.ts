/** Two reports compared. */
import { readFileSync } from 'node:fs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { compareReports } from '../../src/diff/index.js'
import { diffText } from '../../src/diff/text.js'
import { analyzeFiles } from '../support/analyze.js'

const diff = suite('diff')
const fixture = (name: string) => readFileSync(`test/fixtures/waits/${name}.txt`, 'utf8')
const report = (name: string) => analyzeFiles({ 'dump.txt': fixture(name) })

diff('a report against itself: nothing has changed', async () => {
  const a = await report('cycle3.debug2')
  const same = compareReports(a, a)
  assert.ok(same.sameVerdict)
  assert.equal([...same.findings.appeared, ...same.findings.gone], [])
  assert.equal([...same.groups.appeared, ...same.groups.grew, ...same.groups.shrank, ...same.groups.gone], [])
  assert.ok(same.groups.same.some(c => c.before === 1 && c.stayed.length === 1))
})

diff('the same program at another time: the fault is the same whatever its ids and addresses', async () => {
  const change = compareReports(await report('cycle3.debug2'), await report('cycle3.sigquit'))
  assert.ok(change.sameVerdict)
  assert.ok(change.findings.stayed.some(f => f.rule === 'mutex/deadlock'))
})

diff('what grew, what came and what went', async () => {
  const a = await report('ctx-leak.debug2')
  const more = fixture('ctx-leak.debug2').replace(
    /goroutine \d+ \[chan send\][\s\S]*?\n\n/,
    m => m + m.replace(/goroutine \d+/, 'goroutine 8001'),
  )
  const b = await analyzeFiles({ 'dump.txt': more.replace(/^goroutine 1 [\s\S]*?\n\n/m, '') })
  const change = compareReports(a, b)
  assert.equal(
    change.groups.grew.map(c => [c.before, c.after]),
    [[60, 61]],
  )
  assert.is(change.groups.gone.length, 1)
  const text = diffText(change)
  assert.match(text, /\+1 +60 → 61 +main\.query\.func1 main\.go:\d+ +\[chan send\]/)
  assert.match(text, /60 goroutines in main\.query\.func1/)
})

diff('another fault is told as new, the old one as gone', async () => {
  const change = compareReports(await report('wg-never.debug2'), await report('nilchan.debug2'))
  assert.not.ok(change.sameVerdict)
  assert.equal(
    change.findings.appeared.map(f => f.rule),
    ['channel/nil'],
  )
  assert.equal(
    change.findings.gone.map(f => f.rule),
    ['waitgroup/never-done'],
  )
  assert.match(diffText(change), /The verdict has changed\./)
})

diff.run()
