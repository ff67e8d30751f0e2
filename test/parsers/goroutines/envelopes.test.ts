/** One dump in everything that loggers and people wrap dumps in: the goroutines must be the same. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { goroutines } from '../../../parsers/goroutines/index.js'
import type { Frame } from '../../../src/model/goroutine.js'
import { lossesOf, readDumps, rowsOf } from '../../support/dumps.js'

const fixture = (name: string) => gunzipSync(readFileSync(`test/fixtures/goroutines/${name}.txt.gz`)).toString()
const envelopes = suite('envelopes')

const join = (lines: string[]) => `${lines.join('\n')}\n`
const moment = (i: number) => new Date(Date.UTC(2026, 10, 24, 20, 37, 10, i % 1000)).toISOString()
const second = (i: number) => String(10 + (i % 50))
const quoted = (text: string) => text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')

/** By name: what becomes of the lines of a dump. */
const WRAPS: Record<string, (lines: string[]) => string> = {
  'CRLF line ends': lines => lines.map(l => `${l}\r\n`).join(''),
  'no last line feed': lines => lines.join('\n'),
  'indented by spaces': lines => join(lines.map(l => `    ${l}`)),
  'indented by a tab': lines => join(lines.map(l => `\t${l}`)),
  'indented, spaces at line ends cut': lines => join(lines.map(l => `    ${l}`.trimEnd())),
  'a quote': lines => join(lines.map(l => `> ${l}`)),
  'a quote, spaces at line ends cut': lines => join(lines.map(l => `> ${l}`.trimEnd())),
  'a Markdown fence': lines => join(['# Hang', '', '```', ...lines, '```', 'more']),
  'a fence in a list': lines => join(['- item', '  ```text', ...lines.map(l => `  ${l}`), '  ```', 'more']),
  'pytest output': lines => join(lines.map(l => `E   ${l}`)),
  'tabs turned to spaces': lines => join(lines.map(l => l.replace(/^\t/, '        '))),
  'lines of a log around it': lines => join(['2026/11/24 started', 'listening', ...lines, '', '2026/11/24 done']),
  'syslog, with a pid': lines => join(lines.map((l, i) => `Nov 24 20:37:${second(i)} web-1 shop[4711]: ${l}`)),
  'rsyslog, tabs escaped': lines =>
    join(lines.map((l, i) => `Nov 24 20:37:${second(i)} web-1 shop[4711]: ${l.replaceAll('\t', '#011')}`)),
  'rsyslog, one line': lines => `Nov 24 20:37:10 web-1 shop[4711]: ${lines.join('#012').replaceAll('\t', '#011')}\n`,
  'RFC 5424': lines => join(lines.map((l, i) => `<14>1 ${moment(i)} web-1 shop 4711 - - ${l}`)),
  'journalctl short, no blank lines': lines =>
    join(lines.filter(Boolean).map(l => `Nov 24 20:37:10 web-1 shop[4711]: ${l}`)),
  'journalctl short-iso': lines =>
    join(lines.filter(Boolean).map(l => `2026-11-24T20:37:10+0100 web-1 shop[4711]: ${l}`)),
  'syslog, between lines of others': lines =>
    join(
      lines.flatMap((l, i) => [
        `Nov 24 20:37:${second(i)} web-1 kernel: usb`,
        `Nov 24 20:37:10 web-1 shop[4711]: ${l}`,
      ]),
    ),
  'the logs of a container runtime (CRI)': lines =>
    join(lines.map((l, i) => `${moment(i).replace('Z', '000000Z')} stderr F ${l}`)),
  'docker compose': lines => join(lines.map(l => `web_1  | ${l}`)),
  'kubectl --prefix': lines => join(lines.map(l => `[pod/shop-7f9c5-x2x1k/shop] ${l}`)),
  'docker json-file': lines =>
    join(lines.map((l, i) => JSON.stringify({ log: `${l}\n`, stream: 'stderr', time: moment(i) }))),
  'JSON, a line each': lines =>
    join(lines.map((l, i) => JSON.stringify({ level: 'error', ts: 1795478400.5 + i, msg: l }))),
  'JSON, all in one string': lines => `${JSON.stringify({ level: 'error', err: { stack: lines.join('\n') } })}\n`,
  'JSON in a JSON string': lines => `${JSON.stringify({ a: JSON.stringify({ stack: lines.join('\n') }) })}\n`,
  'logfmt, all in one string': lines =>
    `time="2026-11-24T20:37:10Z" level=info msg="=== BEGIN goroutine stack dump ===\\n${quoted(lines.join('\n'))}\\n=== END ===" pid=12\n`,
  'logfmt, a line each': lines => join(lines.map((l, i) => `time="${moment(i)}" level=error msg="${quoted(l)}"`)),
  colours: lines => join(lines.map(l => `\x1b[31m${l}\x1b[0m`)),
  'a blank line after each': lines => join(lines.flatMap(l => [l, ''])),
  'no blank lines': lines => join(lines.filter(Boolean)),
  'a byte order mark': lines => `\ufeff${join(lines)}`,
  'wrapped at 90 columns': lines => join(lines.flatMap(l => l.match(/.{1,90}/g) ?? [''])),
  'the output of go test -json': lines =>
    join(lines.map((l, i) => JSON.stringify({ Time: moment(i), Action: 'output', Package: 'p', Output: `${l}\n` }))),
  'a container log in JSON': lines =>
    join(lines.map((l, i) => JSON.stringify({ log: `${moment(i)} stderr F ${l}`, kubernetes: { pod: 'x' } }))),
  'a prefix on the first line only': lines => join([`2026/11/24 00:59:24 stack: ${lines[0]}`, ...lines.slice(1)]),
}

for (const name of ['go1.19-debug2', 'go1.27-sigquit', 'go1.26-leaked', 'crashes/go1.23-nil-crash'])
  for (const [title, wrap] of Object.entries(WRAPS))
    envelopes(`${name}: ${title}`, async () => {
      const text = fixture(name).trimEnd()
      const lines = text.split('\n')
      // A prefix before a crash text only shows at its first header.
      if (title === 'a prefix on the first line only' && !lines[0].startsWith('goroutine')) return
      const plain = await readDumps(`${text}\n`)
      const wrapped = wrap(lines)
      const capture = await readDumps(wrapped)
      assert.ok(goroutines.sniff(Buffer.from(wrapped), 'x') > 1)
      assert.equal(capture.snapshots.map(rowsOf), plain.snapshots.map(rowsOf))
      assert.equal(lossesOf(capture), [])
      assert.equal(
        capture.crashes.map(c => [c.kind, c.message, c.signal, c.goroutine]),
        plain.crashes.map(c => [c.kind, c.message, c.signal, c.goroutine]),
      )
      const written = wrapped.split('\n')
      const { table, detail, pid } = capture.snapshots[0]
      const row = Math.floor(table.length / 2)
      const header = written[table.lines[row] - 1]
      assert.ok(header.includes(`goroutine ${table.ids[row]} `), `line ${table.lines[row]}: ${header}`)
      // Wrapping takes the program counters away from their lines.
      const words = (frames: Frame[]) => frames.map(({ func, file, line, args }) => [func, file, line, args])
      assert.equal(words(detail(row).frames), words(plain.snapshots[0].detail(row).frames))
      assert.is(pid, wrapped.includes('shop[4711]') && !title.includes('one line') ? 4711 : null)
    })

envelopes('two writers in one log do not mix', async () => {
  const [a, b] = ['go1.19-debug2', 'go1.27-debug2'].map(name => fixture(name).trimEnd().split('\n'))
  const lines: string[] = []
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (i < a.length) lines.push(`Nov 24 20:37:10 web-1 shop[1]: ${a[i]}`)
    if (i < b.length) lines.push(`Nov 24 20:37:10 web-1 till[2]: ${b[i]}`)
  }
  const { snapshots } = await readDumps(join(lines))
  assert.equal(
    snapshots.map(s => [s.pid, s.table.length]),
    [
      [1, 32],
      [2, 35],
    ],
  )
})
envelopes('the logger dates the dump', async () => {
  const lines = fixture('crashes/go1.23-nil-crash').trimEnd().split('\n')
  for (const wrap of ['the logs of a container runtime (CRI)', 'docker json-file', 'RFC 5424', 'logfmt, a line each']) {
    const { snapshots, crashes, input } = await readDumps(WRAPS[wrap](lines))
    const { base, domain } = input.source.clock
    assert.is(domain, 'realtime', wrap)
    const header = lines.findIndex(line => line.startsWith('goroutine '))
    assert.is(base! + BigInt(snapshots[0].takenNs!), BigInt(Date.parse(moment(header))) * 1_000_000n, wrap)
    assert.is(base! + BigInt(crashes[0].ns!), BigInt(Date.parse(moment(0))) * 1_000_000n, wrap)
  }
  const zone = await readDumps(
    '2026-11-24T20:37:10.5+01:00 goroutine 1 [sleep]:\n2026-11-24T20:37:10.6+01:00 main.f()\n',
  )
  assert.is(zone.input.source.clock.base, BigInt(Date.UTC(2026, 10, 24, 19, 37, 10, 500)) * 1_000_000n)
  const local = await readDumps(WRAPS['syslog, with a pid'](lines))
  assert.is(local.snapshots[0].takenNs, null)
})
envelopes('several dumps in one file are several snapshots', async () => {
  const text = fixture('go1.19-debug2')
  const { snapshots } = await readDumps(`first\n${text}\nsecond\n\n${text}${text}`)
  assert.equal(
    snapshots.map(s => s.table.length),
    [32, 32, 32],
  )
})
envelopes('text about goroutines is no dump', async () => {
  const text = 'the line "goroutine 1 [running]:" begins a dump\nsee goroutine 7 [select]: it hangs\ngoroutine leak\n'
  assert.is((await readDumps(text)).snapshots.length, 0)
})

envelopes.run()
