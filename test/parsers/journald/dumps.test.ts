/** Dumps and crash texts that stand in a journal between the lines of others. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseFiles } from '../../support/parse.js'

const lifted = async (text: string | Uint8Array, name = 'journal') => {
  const capture = await parseFiles({ [name]: text })
  return capture.sources.filter(s => s.derivedFrom).map(s => ({ name: s.path, kind: s.kind, from: s.derivedFrom! }))
}
const entry = (pid: number, MESSAGE: string, more: Record<string, string> = {}) =>
  `${JSON.stringify({ _BOOT_ID: 'b', __REALTIME_TIMESTAMP: '1795479210000000', _TRANSPORT: 'stdout', _PID: String(pid), _COMM: `p${pid}`, MESSAGE, ...more })}\n`
const DUMP = ['panic: boom', 'goroutine 1 [running]:', 'main.main()', '\t/src/main.go:7 +0x1d', 'exit status 2']

const dumps = suite('dumps in a journal')
dumps('two processes crash at once: each gets its own lines back, in order', async () => {
  const text = DUMP.map(
    (line, i) => entry(1, line) + (i % 2 ? entry(9, 'a line of somebody else') : '') + entry(2, line),
  ).join('')
  const list = await lifted(text)
  assert.equal(
    list.map(l => l.name),
    ['journal#p1[1]', 'journal#p2[2]'],
  )
  assert.equal(
    list[0].from.lines,
    [1, 3, 6, 8, 11].map(line => ({ line })),
  )
  assert.equal([list[1].from.pid, list[1].from.ns, list[1].kind], [2, 0, 'goroutines'])
})
dumps('a whole dump of a Go program, from the binary form and from short lines', async () => {
  const [binary] = await lifted(gunzipSync(readFileSync('test/fixtures/journald/lifecycle.export.gz')))
  const [text] = await lifted(gunzipSync(readFileSync('test/fixtures/journald/lifecycle.short-iso-precise.gz')))
  assert.equal([binary.from.lines.length, text.from.lines.length], [207, 207])
  assert.equal([binary.from.unit, binary.from.lines[0]], ['wdgo.service', { offset: 52987 }])
})
dumps('what a C program says before it aborts is one line', async () => {
  for (const line of [
    "api: queue.c:44: queue_pop: Assertion `q->len > 0' failed.",
    'free(): invalid pointer',
    '*** stack smashing detected ***: terminated',
    "terminate called after throwing an instance of 'std::bad_alloc'",
  ]) {
    const [one] = await lifted(entry(2, 'hello') + entry(1, line) + entry(2, 'goodbye'))
    assert.equal([one?.kind, one?.from.pid, one?.from.lines.length], ['goroutines', 1, 1], line)
  }
  assert.equal(await lifted(entry(1, 'testing Assertion handling: free() works') + entry(1, 'terminated')), [])
})
dumps('one message of many lines, and what rsyslog made of it', async () => {
  const [one] = await lifted(entry(1, `http: panic serving 10.0.0.1:1: boom\n${DUMP.slice(1).join('\n')}`))
  assert.equal(
    one.from.lines.map(l => l.line),
    [1, 1, 1, 1, 1],
  )
  const [syslog] = await lifted(
    `Nov 24 00:13:30 vm app[7]: x\nNov 24 00:13:30 vm app[7]: ${DUMP.join('#012').replaceAll('\t', '#011')}\n`,
  )
  assert.is(syslog.from.lines.length, 5)
})
dumps('the log that goes on behind a dump is not part of it', async () => {
  const [list] = await lifted(
    DUMP.map(l => entry(1, l)).join('') + entry(1, 'back to work').repeat(60) + DUMP.map(l => entry(1, l)).join(''),
  )
  assert.is(list.from.lines.length, 5)
})
dumps('lines that only speak of panics and signals are no dump', async () => {
  assert.equal(
    await lifted(
      entry(1, 'do not panic: all is well') + entry(1, 'SIGTERM: terminating') + entry(1, 'runtime: 12ms').repeat(3),
    ),
    [],
  )
})
dumps('a service that panics at every request is counted, not kept', async () => {
  const one = (pid: number) => DUMP.map(l => entry(pid, l)).join('')
  const capture = await parseFiles({ j: Array.from({ length: 230 }, (_, i) => one(i + 10)).join('') })
  assert.is(capture.sources.filter(s => s.derivedFrom).length, 200)
  assert.equal(
    capture.diagnostics
      .list()
      .filter(d => d.code === 'journald.dumps-counted')
      .map(d => d.count),
    [30],
  )
})

dumps.run()
