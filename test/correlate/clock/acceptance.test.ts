/** What the alignment promises, over seeded noise put into real captures. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { alignClocks } from '../../../src/correlate/clocks.js'
import type { Capture } from '../../../src/model/capture.js'
import { disturb, type Noise, pair } from './noise.js'

const SEEDS = 12
const noise = suite('one clock over seeded noise')

/** Largest error over the matched time, and what was stated; in ns. */
async function errorOf(
  name: 'chatty' | 'cchatty',
  how: Noise,
  seed: number,
): Promise<{ error: number; stated: number; basis: string }> {
  const truth = await pair(name)
  const capture = await pair(name)
  const read = disturb(capture, how, seed)
  const clocks = alignClocks(capture)
  const [trace] = capture.traces
  const source = sourceOf(capture, 'journal.json')
  if (source.alignment.offsetNs === null) return { error: Infinity, stated: 0, basis: source.alignment.basis }
  let error = 0
  for (const { ns } of truth.journals[0].entries) {
    const shown = trueTime(truth, ns!)
    if (shown < trace.firstNs! || shown > trace.lastNs!) continue
    error = Math.max(error, Math.abs(clocks.at('journal.json', read(ns!))! - shown))
  }
  return { error, stated: source.alignment.uncertaintyNs!, basis: source.alignment.basis }
}

const sourceOf = (capture: Capture, path: string) => capture.sources.find(s => s.path === path)!

/** True capture time of a journal's time: both sources read one clock. */
function trueTime(capture: Capture, ns: number): number {
  const [trace, journal] = ['strace.txt', 'journal.json'].map(path => sourceOf(capture, path).clock.base!)
  return ns + Number(journal - trace)
}

const CASES: [string, Noise][] = [
  ['nothing', {}],
  ['+3,600.5 s', { offsetNs: 3600.5e9 }],
  ['-3,600.5 s', { offsetNs: -3600.5e9 }],
  ['80 ms', { offsetNs: 80e6 }],
  ['30 % of the entries late by seconds', { late: 0.3 }],
  ['80 ms, and 30 % of the entries late by seconds', { offsetNs: 80e6, late: 0.3 }],
  ['+3,600.5 s, and 30 % of the entries late by seconds', { offsetNs: 3600.5e9, late: 0.3 }],
]

for (const name of ['chatty', 'cchatty'] as const) {
  for (const [what, how] of CASES)
    noise(`${name}, ${what}: the error is below 1 ms and within what is stated`, async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { error, stated, basis } = await errorOf(name, how, seed)
        assert.ok(error <= stated, `seed ${seed}: off by ${error / 1e6} ms, stated ${stated / 1e6} ms (${basis})`)
        assert.ok(error < 1e6, `seed ${seed}: off by ${error / 1e6} ms (${basis})`)
      }
    })
  for (const [what, how] of [
    ['200 ppm', { drift: 200e-6 }],
    ['-200 ppm', { drift: -200e-6 }],
    ['200 ppm, two days, half of the entries late', { drift: 200e-6, offsetNs: 172_800e9, late: 0.5 }],
    ['50 ppm and two hours', { drift: 50e-6, offsetNs: -7200.123e9 }],
  ] as [string, Noise][])
    noise(`${name}, ${what}: the error is within what is stated`, async () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const { error, stated, basis } = await errorOf(name, how, seed)
        assert.ok(error <= stated, `seed ${seed}: off by ${error / 1e6} ms, stated ${stated / 1e6} ms (${basis})`)
        assert.ok(stated < 15e6, `seed ${seed}: stated ${stated / 1e6} ms`)
      }
    })
}

noise('two usable matches are refused, and the report says so', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const capture = await pair('chatty')
    const written = capture.journals[0].entries.filter(e => /^tick 17\d stdout/.test(e.message ?? ''))
    capture.journals[0].entries = written.slice(seed % 8, (seed % 8) + 2)
    disturb(capture, { offsetNs: 3600.5e9 }, seed)
    alignClocks(capture)
    const { alignment } = sourceOf(capture, 'journal.json')
    assert.is(alignment.offsetNs, null)
    assert.match(alignment.basis, /^not aligned: 2 usable matches/)
  }
})

noise('two matches that a shared clock cannot explain are refused though the times meet', async () => {
  const capture = await pair('chatty')
  capture.journals[0].entries = capture.journals[0].entries.filter(e => /^tick 19[01] stdout/.test(e.message ?? ''))
  disturb(capture, { offsetNs: -4e9 }, 1)
  alignClocks(capture)
  assert.match(
    sourceOf(capture, 'journal.json').alignment.basis,
    /^not aligned: 2 usable matches, and none that a shared clock allows/,
  )
})

noise('two prompt matches leave the shared clock standing, as unsure as they are late', async () => {
  const capture = await pair('chatty')
  capture.journals[0].entries = capture.journals[0].entries.filter(e => /^tick 19[01] stdout/.test(e.message ?? ''))
  disturb(capture, { offsetNs: 80e6 }, 1)
  alignClocks(capture)
  const { alignment } = sourceOf(capture, 'journal.json')
  assert.is(alignment.offsetNs, 0)
  assert.ok(alignment.uncertaintyNs! > 79e6)
})

noise('few matches: the error stays within what is stated', async () => {
  for (const count of [3, 4, 5, 6, 8, 12, 20, 30])
    for (let seed = 1; seed <= SEEDS; seed++) {
      const capture = await pair('chatty')
      const entries = capture.journals[0].entries.filter(e => /^tick 1[6-9]\d |^tick 20\d /.test(e.message ?? ''))
      capture.journals[0].entries = entries.filter((_, i) => (i * 7 + seed) % Math.ceil(entries.length / count) === 0)
      const read = disturb(capture, { offsetNs: 3600.5e9, late: 0.3 }, seed)
      const clocks = alignClocks(capture)
      const { alignment } = sourceOf(capture, 'journal.json')
      if (alignment.offsetNs === null) continue
      const error = Math.abs(clocks.at('journal.json', read(40e9))! - trueTime(capture, 40e9))
      assert.ok(error <= alignment.uncertaintyNs!, `${count} matches, seed ${seed}: off by ${error / 1e6} ms`)
    }
})

noise.run()
