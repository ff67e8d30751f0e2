/** Every signal of nine traced programs against the kernel's own record of them. */
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ReportSignal } from '../../src/model/report.js'
import { analyzeFiles } from '../support/analyze.js'
import { type Expected, expectedSignals } from '../support/kernel-truth.js'

const FOLDER = 'test/fixtures/kernel-truth'
/** strace prints a line up to this long after the kernel has acted. */
const WINDOW_NS = 60_000_000n

const read = (name: string) => gunzipSync(readFileSync(`${FOLDER}/${name}`)).toString('latin1')

function away(signal: ReportSignal, ns: bigint): bigint {
  let least = 1n << 62n
  for (const time of [signal.sentNs, signal.deliveredNs]) {
    if (time === null) continue
    const apart = BigInt(time) - ns
    const size = apart < 0n ? -apart : apart
    if (size < least) least = size
  }
  return least
}

function find(signals: Set<ReportSignal>, want: Expected): ReportSignal | undefined {
  const near = [...signals].filter(
    s =>
      s.number === want.number &&
      (s.target.pid === want.pid || s.target.tid === want.tid) &&
      away(s, want.ns) < WINDOW_NS,
  )
  near.sort((a, b) => (away(a, want.ns) < away(b, want.ns) ? -1 : 1))
  return near.find(s => want.outcomes.includes(s.outcome)) ?? near[0]
}

const truth = suite('signals against the kernel')
for (const file of readdirSync(FOLDER).filter(f => f.endsWith('.log.gz'))) {
  const name = file.replace('.log.gz', '')
  truth(name, async () => {
    const report = await analyzeFiles({ 'strace.log': read(file) })
    const free = new Set(report.signals)
    for (const want of expectedSignals(read(`${name}.truth.tsv.gz`))) {
      const signal = find(free, want)
      assert.ok(signal, `signal ${want.number} to ${want.pid} is not in the report`)
      free.delete(signal)
      const what = `signal ${want.number} to ${want.pid}`
      if (want.sender === null)
        assert.ok(['kernel', 'timer', 'terminal'].includes(signal.origin), `${what}: origin ${signal.origin}`)
      else assert.is(signal.sender?.pid, want.sender, `${what}: sender`)
      if (want.receiver !== null && want.number !== 9) assert.is(signal.deliveredTo, want.receiver, `${what}: receiver`)
      assert.ok(
        want.outcomes.includes(signal.outcome),
        `${what}: ${signal.outcome}, truth ${want.outcomes.join(' or ')}`,
      )
    }
  })
}
truth('the record has signals at all', () => {
  const count = readdirSync(FOLDER)
    .filter(f => f.endsWith('.tsv.gz'))
    .reduce((sum, f) => sum + expectedSignals(read(f)).length, 0)
  assert.is(count, 55)
})
truth.run()
