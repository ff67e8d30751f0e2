/** The 20 entries of one unit in every output mode of journalctl 252 (what was written: a Python script with one trap per entry). */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Capture } from '../../../src/model/capture.js'
import { parseFiles } from '../../support/parse.js'

const FOLDER = 'test/fixtures/journald/formats'
const MODES = [
  'cat',
  'export',
  'json',
  'json-all',
  'json-pretty',
  'json-seq',
  'json-sse',
  'short',
  'short-all',
  'short-catalog',
  'short-delta',
  'short-full',
  'short-iso',
  'short-iso-precise',
  'short-monotonic',
  'short-precise',
  'short-unix',
  'verbose',
  'with-unit',
] as const
type Mode = (typeof MODES)[number]

/** The messages in order; null: an entry without a message. */
const MESSAGES: readonly (string | null)[] = [
  'Starting msgs.service - message variants...',
  'plain utf8 é€',
  'red ansi text',
  'invalid utf8 \ufffd\ufffd end',
  'tab\tinside',
  '   leading and trailing spaces',
  'err with level prefix',
  'nul',
  'split',
  'cr',
  'L'.repeat(5000),
  'M'.repeat(49152),
  'M',
  'bell\x07',
  'multi\nline\nnative',
  'bin \ufffd native',
  null,
  'no newline at end (eof)',
  'msgs.service: Deactivated successfully.',
  'Finished msgs.service - message variants.',
]

/** What each mode cannot carry, as journalctl(1) and logs-show.c have it. */
function carried(mode: Mode): (string | null)[] {
  const unprintable = new Set([3, 13, 15])
  const messages = MESSAGES.map((message, index) => {
    // Longer than 4096 bytes with the name: null without -a.
    if (mode.startsWith('json') && mode !== 'json-all' && (index === 10 || index === 11)) return null
    // `[19B blob data]`; verbose shows the coloured line so too.
    if (isText(mode) && mode !== 'short-all' && unprintable.has(index)) return null
    if (mode === 'verbose' && (unprintable.has(index) || index === 2)) return null
    // Tabs are printed as eight spaces.
    if (isText(mode) && mode !== 'short-all' && index === 4) return 'tab        inside'
    return message
  })
  // Entries without a message are not printed; -o cat shows lines, not entries.
  if (isText(mode)) messages.splice(16, 1)
  if (mode === 'cat') return MESSAGES.filter(m => m !== null).flatMap(m => m.split('\n'))
  return messages
}

const isText = (mode: Mode) => mode.startsWith('short') || mode === 'with-unit'

const captures = new Map<Mode, Capture>()
for (const mode of MODES)
  captures.set(mode, await parseFiles({ journal: gunzipSync(readFileSync(`${FOLDER}/msgs.${mode}.gz`)) }))

const modes = suite('the modes of journalctl')

for (const mode of MODES)
  modes(`${mode}: the messages`, () => {
    const { journals, sources } = captures.get(mode)!
    assert.is(sources[0].kind, 'journald')
    assert.is(journals.length, 1)
    assert.equal(
      journals[0].entries.map(e => e.message),
      carried(mode),
    )
    assert.is(sources[0].records, journals[0].entries.length)
  })

for (const mode of MODES)
  modes(`${mode}: who wrote each entry`, () => {
    if (mode === 'cat') return
    const { entries } = captures.get(mode)!.journals[0]
    const pids = entries.map(e => e.pid)
    assert.equal(new Set(pids), new Set([1, 1435]))
    assert.is(entries.at(-1)!.pid, 1)
    assert.ok(entries.every(e => e.host === 'vm'))
    const program = entries[1]
    if (mode === 'with-unit') assert.equal([program.unit, program.identifier], ['msgs.service', null])
    else assert.is(program.identifier, 'python3')
    if (!isText(mode)) {
      assert.equal([program.unit, program.comm, program.transport], ['msgs.service', 'python3', 'stdout'])
      assert.equal(program.fields._STREAM_ID, '8ec585d8aafa451aa54fa3b75b706d81')
      assert.is(program.bootId, 'c5b69120e9644fb3befc749d8d236474')
      // PID 1 speaks about a unit in UNIT=.
      assert.is(entries[0].unit, 'msgs.service')
    }
  })

/** Entries 0, 1 and the last: sent at …210.018045, received at …210.049411, sent at …210.911535. */
const PRECISE = [0, 31_366_000, 893_490_000]
const EPOCH = 1_795_479_210_018_045_000n

for (const mode of MODES)
  modes(`${mode}: the clock`, () => {
    const { sources, journals } = captures.get(mode)!
    const { clock } = sources[0]
    const { entries } = journals[0]
    const times = [entries[0].ns, entries[1].ns, entries.at(-1)!.ns]
    if (mode === 'cat') {
      assert.is(clock.domain, 'none')
      assert.equal(times, [null, null, null])
    } else if (mode === 'short' || mode === 'short-all' || mode === 'short-catalog') {
      assert.equal([clock.domain, clock.resolutionNs, clock.missing], ['wall', 1e9, 'year'])
      assert.equal(new Date(Number(clock.base! / 1_000_000n)).toISOString(), '1972-11-24T00:13:30.000Z')
      assert.equal(times, [0, 0, 0])
    } else if (mode === 'short-precise') {
      assert.equal([clock.domain, clock.resolutionNs, clock.missing], ['wall', 1000, 'year'])
      assert.equal(times, PRECISE)
    } else if (mode === 'short-monotonic' || mode === 'short-delta') {
      // Receipt by journald on CLOCK_MONOTONIC; entry 0 was received 42 µs after it was sent.
      assert.equal([clock.domain, clock.base, clock.resolutionNs], ['monotonic', 3_142_448_451_000n, 1000])
      assert.equal(times[1], 31_325_000)
      assert.is(entries[1].monotonicNs, 3_142_479_776_000)
    } else if (mode === 'short-full' || mode === 'short-iso' || mode === 'with-unit') {
      assert.equal([clock.domain, clock.base, clock.resolutionNs], ['realtime', 1_795_479_210_000_000_000n, 1e9])
      assert.equal(times, [0, 0, 0])
    } else {
      assert.equal([clock.domain, clock.base, clock.resolutionNs], ['realtime', EPOCH, 1000])
      assert.equal(times, PRECISE)
    }
    if (['export', 'json', 'verbose'].includes(mode)) {
      assert.is(entries[0].receivedNs, 42_000)
      assert.is(entries[0].monotonicNs, 3_142_448_451_000)
      assert.is(clock.bootId, 'c5b69120e9644fb3befc749d8d236474')
    }
  })

modes('every mode tells the same life of the unit', () => {
  for (const mode of MODES) {
    const { lifecycle } = captures.get(mode)!
    assert.equal(
      lifecycle.map(e => [e.kind, e.unit, e.result]),
      [
        ['starting', 'msgs.service', null],
        ['deactivated', 'msgs.service', 'success'],
        ['started', 'msgs.service', null],
      ],
      mode,
    )
  }
})

modes('what an export left out is said, with how to get it', () => {
  const counts = Object.fromEntries(
    MODES.map(mode => [
      mode,
      captures
        .get(mode)!
        .diagnostics.list()
        .find(d => d.code === 'journald.message-left-out')?.count,
    ]),
  )
  assert.equal([counts.export, counts['json-all'], counts['short-all']], [undefined, undefined, undefined])
  assert.equal([counts.json, counts['json-pretty'], counts.short, counts.verbose], [2, 2, 3, 4])
  const said = captures.get('short')!.diagnostics.list()[0]
  assert.equal([said.severity, said.first.line], ['loss', 4])
  assert.match(said.remedy, 'journalctl -o export')
})

modes('references lead to the line, or to the byte in the binary format', () => {
  const lineOf = (mode: Mode) => captures.get(mode)!.journals[0].entries.at(-1)!
  assert.equal([lineOf('short').line, lineOf('json').line, lineOf('json-sse').line], [21, 20, 39])
  assert.equal([lineOf('export').line, lineOf('export').offset], [null, 74754])
  // `[multi, line, native]` stands on three lines, the next entry below them.
  assert.is(captures.get('short')!.journals[0].entries[15].line, 18)
})

modes.run()
