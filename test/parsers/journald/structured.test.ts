/** The JSON and export forms: values of every kind, torn and damaged input, pieces that end anywhere. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { entriesOf } from '../../../parsers/journald/export.js'
import { objectsOf, valueText } from '../../../parsers/journald/json.js'
import { parseFiles } from '../../support/parse.js'

const raw = (mode: string) => gunzipSync(readFileSync(`test/fixtures/journald/formats/msgs.${mode}.gz`))
const bytes = (text: string) => Buffer.from(text, 'utf8')

/** Cuts bytes at the given places. */
function* pieces(all: Uint8Array, cuts: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    if (cut <= at || cut >= all.length) continue
    yield all.subarray(at, cut)
    at = cut
  }
  yield all.subarray(at)
}

const values = suite('values of JSON fields')
values('bytes, several values, and what was left out', () => {
  assert.is(valueText('text'), 'text')
  assert.is(valueText([27, 91, 51]), '\x1b[3')
  assert.is(valueText(['one', 'two']), 'one\ntwo')
  assert.is(valueText([[255, 1], 'text']), '\ufffd\x01\ntext')
  assert.is(valueText([null, 'text']), 'text')
  assert.is(valueText(null), null)
  assert.is(valueText([null]), null)
  assert.is(valueText([300, 1]), '300\n1')
  assert.is(valueText([[[1]]]), null)
  assert.is(valueText({ a: 1 }), null)
})
values.run()

const objects = suite('JSON objects out of a stream')
const texts = (text: string) => [...objectsOf([bytes(text)])].map(p => [p.type, p.line, p.text])

objects('braces, quotes and backslashes inside strings', () => {
  assert.equal(texts('{"a":"}{\\"","b":"\\\\"}\n{"c":1}\n'), [
    ['object', 1, '{"a":"}{\\"","b":"\\\\"}'],
    ['object', 2, '{"c":1}'],
  ])
})
objects('pretty objects, objects of an array, record separators, server-sent events', () => {
  assert.equal(
    texts('[\n{\n\t"a" : "b"\n},\n{"c":1}]\n').map(t => t.slice(0, 2)),
    [
      ['object', 2],
      ['object', 5],
    ],
  )
  assert.equal(
    texts('\x1e{"a":1}\n\x1e{"b":2}\n').map(t => t[0]),
    ['object', 'object'],
  )
  assert.equal(
    texts('data: {"a":1}\n\ndata: {"b":2}\n\n').map(t => t.slice(0, 2)),
    [
      ['object', 1],
      ['object', 3],
    ],
  )
})
objects('a torn object is said, and the next one is read', () => {
  assert.equal(
    texts('{"a":"cut off\n{"b":1}\n').map(t => t.slice(0, 2)),
    [
      ['torn', 1],
      ['object', 2],
    ],
  )
  assert.equal(
    texts('{"a":1,{"b":1}\n').map(t => t.slice(0, 2)),
    [
      ['torn', 1],
      ['object', 1],
    ],
  )
  assert.equal(
    texts('{"b":1}\n{"a":"cut').map(t => t.slice(0, 2)),
    [
      ['object', 1],
      ['cut', 2],
    ],
  )
})
objects('text between objects is said', () => {
  assert.equal(
    texts('{"a":1}\n-- No entries --\n{"b":1}\n').map(t => t[0]),
    ['object', 'stray', 'object'],
  )
})
objects('the pieces may end anywhere', () => {
  const all = bytes('{"a":"\\\\\\"x\\\\","b":["é",[1,2]]}\ndata: {"c" : "}"}\n{"torn\n\x1e{"d":"\\\\"}\n')
  const whole = JSON.stringify([...objectsOf([all])])
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 12 }), cuts => {
      assert.is(JSON.stringify([...objectsOf(pieces(all, cuts))]), whole)
    }),
  )
})
objects('a growing stream that ends within an entry keeps the others', async () => {
  const pretty = raw('json-pretty')
  const cut = pretty.subarray(0, pretty.length - 200)
  const capture = await parseFiles({ j: cut })
  assert.is(capture.journals[0].entries.length, 19)
  assert.equal(
    capture.diagnostics
      .list()
      .map(d => d.code)
      .sort(),
    ['journald.message-left-out', 'journald.cut-at-end'].sort(),
  )
})
objects.run()

const binary = suite('the export format')
const messages = (chunks: Iterable<Uint8Array>) =>
  [...entriesOf(chunks)].map(p => (p.type === 'entry' ? (p.entry.fields.MESSAGE ?? null) : `corrupt at ${p.offset}`))

binary('the pieces may end anywhere', () => {
  const all = raw('export').subarray(0, 9000)
  const whole = JSON.stringify(messages([all]))
  fc.assert(
    fc.property(fc.array(fc.nat(all.length), { maxLength: 12 }), cuts => {
      assert.is(JSON.stringify(messages(pieces(all, cuts))), whole)
    }),
    { numRuns: 60 },
  )
})
binary('a binary value may hold newlines, and what looks like an entry', () => {
  const value = bytes('a\n\n__CURSOR=x\nb')
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(value.length))
  const all = Buffer.concat([
    bytes('__REALTIME_TIMESTAMP=1\nMESSAGE\n'),
    length,
    value,
    bytes('\n\n__REALTIME_TIMESTAMP=2\nMESSAGE=second\n\n'),
  ])
  assert.equal(messages([all]), [value.toString(), 'second'])
})
binary('a field that nobody asks for is passed over, however long', () => {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(3_000_000n)
  const all = Buffer.concat([
    bytes('MESSAGE=a\nCOREDUMP\n'),
    length,
    Buffer.alloc(3_000_000, 10),
    bytes('\n_PID=7\n\n'),
  ])
  assert.equal(messages(pieces(all, [100_000, 1_000_000, 2_999_999])), ['a'])
})
binary('damage costs the entries that it touches, not the rest', () => {
  const all = Buffer.from(raw('export'))
  const entry = all.indexOf('\n\n__CURSOR=') + 2
  all[entry + 3] = 0
  const found = messages([all])
  assert.is(found.filter(m => m?.startsWith('corrupt')).length, 1)
  assert.is(found.length, 20)
})
binary('a length that cannot be is damage, not a hang', () => {
  const all = Buffer.concat([
    bytes('__CURSOR=a\nMESSAGE\n'),
    Buffer.alloc(8, 0xff),
    bytes('\n\n__CURSOR=b\nMESSAGE=second\n\n'),
  ])
  assert.equal(messages([all]), ['corrupt at 11', 'second'])
})
binary('an export that was cut within an entry keeps what was read of it', async () => {
  const all = raw('export')
  const capture = await parseFiles({ j: all.subarray(0, 74_900) })
  assert.is(capture.journals[0].entries.length, 20)
})
binary.run()
