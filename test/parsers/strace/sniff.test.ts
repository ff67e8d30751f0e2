/** strace's output is known by its lines, whatever stands around them. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { scoreOf } from '../../../parsers/strace/sniff.js'
import { codesOf, fixture } from './support.js'

const sniffing = suite('strace: sniffing')
const score = (text: string | Buffer) => scoreOf(typeof text === 'string' ? Buffer.from(text) : text)

sniffing('every fixture is known', () => {
  for (const path of [
    'options/01-f_t.log',
    'options/01-f_r.log',
    'options/01-f_raw.log',
    'options/01-stderr.txt',
    'options/01-f_k.log',
  ])
    assert.ok(score(fixture(path)) > 50, path)
  for (const path of ['versions/7.2-colours.log', 'odd/attach-2.txt', 'odd/hostile-path-and-comm-in-hex.log'])
    assert.ok(score(fixture(path)) > 50, path)
})

sniffing('security contexts (--secontext) stand before the times', () => {
  const text = `10    [unconfined_t] 1795478504.315041 kill(11, SIGTERM) = 0
11    [a:b:c:s0!!d:e:f:s0] 00:00:01.315241 +++ killed by SIGTERM +++
`
  assert.ok(score(text) > 50)
})

sniffing('a few lines under much program output still take part', () => {
  const output = 'GET / HTTP/1.1 200\n'.repeat(250)
  assert.ok(score(`${output}[pid 12] kill(11, SIGTERM) = 0\n+++ exited with 0 +++\n`) > 0)
})

sniffing('other texts are not', () => {
  for (const text of [
    '',
    'hello\n',
    'main.main()\n\t/src/main.go:3 +0x1\n',
    '{"MESSAGE":"x"}\n',
    '--- a/file\n+++ b/file\n',
    '\0\x01\x02',
  ])
    assert.is(score(text), 0, text)
})

sniffing('notes that quote words of strace are no log, and nothing of them is lost evidence', async () => {
  const notes = `strace: Process 101 attached with 5 threads\n${'journald stopped at 12\n'.repeat(20)}`
  assert.ok(score(notes) <= 1)
  assert.not.ok('strace.unparsed-line' in (await codesOf(notes)))
})

sniffing.run()
