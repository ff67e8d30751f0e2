/** Damaged journals and unit files: never an exception, never more time than the length asks for. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse as parseJournal } from '../../parsers/journald/parse.js'
import { parse as parseSystemd } from '../../parsers/systemd/parse.js'
import { parse as parseUnits } from '../../parsers/units/parse.js'
import { newSource } from '../../src/intake/index.js'
import { MemoryInput } from '../../src/intake/input.js'
import { emptyCapture } from '../../src/model/capture.js'
import { Diagnostics } from '../../src/model/diagnostic.js'
import type { Sink } from '../../src/model/parser.js'

type Parse = typeof parseJournal

function sinkOf(): Sink {
  const capture = emptyCapture('fuzz', new Diagnostics())
  return {
    ...capture,
    diagnose: (code, severity, text, first, remedy, count) => {
      assert.ok(remedy !== '' && first.source === 'input')
      capture.diagnostics.add(code, severity, text, first, remedy, count)
    },
    progress: () => {},
    derive: (_name, bytes, _parent, lines) => {
      // Every line of a lifted text has its place.
      assert.is(bytes.filter(b => b === 10).length, lines.length)
    },
  }
}

async function run(parse: Parse, bytes: Uint8Array): Promise<Sink> {
  const sink = sinkOf()
  await parse([new MemoryInput(newSource('input', bytes.length, ''), bytes)], sink)
  return sink
}

const read = (path: string) => {
  const bytes = readFileSync(`test/fixtures/journald/${path}`)
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes
}
const SEEDS: [Parse, string[]][] = [
  [
    parseJournal,
    ['export', 'json', 'json-pretty', 'json-sse', 'verbose', 'short', 'short-delta', 'with-unit', 'cat'].map(
      m => `formats/msgs.${m}.gz`,
    ),
  ],
  [parseJournal, ['lifecycle.export.gz', 'coredump.json.gz', 'coredump.short']],
  [parseUnits, ['systemctl_show.txt.gz']],
  [
    parseSystemd,
    ['systemctl_status.txt', 'coredumpctl_info_chatty.txt', 'coredumpctl_list.txt', 'coredumpctl_list.json'],
  ],
]

const damaged = suite('damaged input')
for (const [parse, names] of SEEDS)
  for (const name of names) {
    // The long lines of the formats test are cut: what matters is where the damage falls.
    const seed = Buffer.from(
      read(name)
        .toString('latin1')
        .replace(/([LM])\1{200,}/g, '$1$1$1'),
      'latin1',
    ).subarray(0, 60_000)
    damaged(name, () =>
      fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              at: fc.nat(seed.length),
              how: fc.constantFrom('delete', 'insert', 'overwrite', 'repeat'),
              bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }),
              length: fc.nat(400),
            }),
            { minLength: 1, maxLength: 6 },
          ),
          async edits => {
            let bytes: Buffer = Buffer.from(seed)
            for (const { at, how, bytes: fresh, length } of edits) {
              const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)]
              if (how === 'delete') bytes = Buffer.concat([head, tail.subarray(length)])
              else if (how === 'insert') bytes = Buffer.concat([head, fresh, tail])
              else if (how === 'overwrite') bytes = Buffer.concat([head, fresh, tail.subarray(fresh.length)])
              else bytes = Buffer.concat([head, tail.subarray(0, length), tail])
            }
            const sink = await run(parse, bytes)
            assert.ok(sink.journals.length <= 1)
          },
        ),
        { numRuns: 20 },
      ),
    )
  }
damaged.run()

/** Texts that make a careless reader go back and forth. */
const HOSTILE: [string, (n: number) => string][] = [
  ['one endless line', n => `Nov 24 00:13:30 vm a[1]: ${'x'.repeat(n)}`],
  ['open brackets', n => `Nov 24 00:13:30 vm a[1]: x\nNov 24 00:13:30 vm a[1]: goroutine 1 [${'('.repeat(n)}\n`],
  [
    'colons',
    n => `Nov 24 00:13:30 vm ${'a:'.repeat(n / 2)} x\nNov 24 00:13:30 vm systemd[1]: ${'a.service: '.repeat(n / 12)}\n`,
  ],
  ['strings without an end', n => `${'{"__CURSOR":"a","_BOOT_ID":"b","MESSAGE":"'.repeat(n / 40)}`],
  ['backslashes', n => `{"__CURSOR":"a","_BOOT_ID":"b","MESSAGE":"${'\\\\'.repeat(n / 2)}"}\n`],
  ['braces', n => `{"__CURSOR":"a","_BOOT_ID":"b"}\n${'{'.repeat(n)}`],
  ['export without newlines', n => `__CURSOR=a\n__REALTIME_TIMESTAMP=1\nMESSAGE=${'a'.repeat(n)}`],
  ['names without values', n => `__CURSOR=a\n__REALTIME_TIMESTAMP=1\n${'A\n'.repeat(n / 2)}`],
  ['blanks', n => `Nov 24 00:13:30 vm a[1]: x\n${' '.repeat(n)}\n${' \n'.repeat(n / 2)}`],
  [
    'boots',
    n => `[    1.000000] vm systemd[1]: x\n${'-- Reboot --\n[    1.000000] vm systemd[1]: x\n'.repeat(n / 46)}`,
  ],
  [
    'the oom killer',
    n => `[    1.000000] oom-kill:${'a=b,'.repeat(n / 4)}\n[    1.000000] ${'Killed process 1 ('.repeat(n / 18)}\n`,
  ],
  ['a unit of one line', n => `[Service]\nExecStart=/bin/a ${'\\\n x'.repeat(n / 4)}\n`],
  ['RFC 5424', n => `<34>1 2026-11-24T00:13:30Z h a 1 - [${'a="]" ['.repeat(n / 7)}\n`],
]

const linear = suite('hostile input takes linear time')
for (const [name, make] of HOSTILE)
  linear(name, async () => {
    for (const parse of [parseJournal, parseUnits, parseSystemd]) {
      const bytes = Buffer.from(make(1_000_000))
      const start = process.cpuUsage()
      await run(parse, bytes)
      const { user, system } = process.cpuUsage(start)
      assert.ok(user + system < 5e6, `${name}: ${(user + system) / 1e6} s of CPU time`)
    }
  })
linear.run()
