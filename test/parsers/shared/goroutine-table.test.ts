import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseLabels, unquote } from '../../../parsers/shared/go-quote.js'
import { GoroutineTableBuilder } from '../../../parsers/shared/goroutine-table.js'
import { GoroutineFlag, PRIMITIVES } from '../../../src/model/goroutine.js'

const table = suite('goroutine table')
const frame = (func: string) => ({ func, file: null, line: null })
const stack = (...funcs: string[]) => ({ frames: funcs.map(frame), createdBy: null, elided: false })

table('equal stacks are kept once; creator and cut make a difference', () => {
  const builder = new GoroutineTableBuilder()
  const first = builder.stack(stack('main.f'))
  assert.is(builder.stack(stack('main.f')), first)
  assert.is.not(builder.stack({ ...stack('main.f'), createdBy: frame('main.g') }), first)
  assert.is.not(builder.stack({ ...stack('main.f'), elided: true }), first)
  assert.is.not(builder.stack(stack('main.f', 'main.g')), first)
})
table('columns grow; what is left out is unknown', () => {
  const builder = new GoroutineTableBuilder(2)
  const at = builder.stack(stack('main.f'))
  for (let id = 1; id <= 10_000; id++) builder.add({ id, stack: at, state: 'chan receive', line: id * 3 })
  const { length, ids, lines, waitNs, thread, counts, offsets, object } = builder.finish()
  assert.equal([length, ids.length, ids[9999], lines[9999]], [10_000, 10_000, 10_000, 30_000])
  assert.ok(Number.isNaN(waitNs[5000]))
  assert.equal([thread, counts, offsets, object[5000]], [null, null, null, 0])
})
table('counts, offsets and threads exist when a row has one', () => {
  const builder = new GoroutineTableBuilder(1)
  const at = builder.stack(stack('main.f'))
  builder.add({ id: 0, stack: at, state: '' })
  builder.add({ id: 0, stack: at, state: '', count: 7, offset: 90, thread: 12 })
  builder.add({ id: 0, stack: at, state: '' })
  const { counts, offsets, thread } = builder.finish()
  assert.equal(
    [[...counts!], [...offsets!], [...thread!]],
    [
      [1, 7, 1],
      [0, 90, 0],
      [-1, 12, -1],
    ],
  )
})
table('qualifiers are cut off states; stack and reason show the system', () => {
  const builder = new GoroutineTableBuilder()
  const user = builder.stack(stack('main.f'))
  builder.add({ id: 1, stack: user, state: 'chan send (leaked)' })
  builder.add({ id: 2, stack: user, state: 'chan send' })
  builder.add({ id: 3, stack: builder.stack(stack()), state: 'force gc (idle)' })
  builder.add({ id: 4, stack: builder.stack(stack('runtime.gopark', 'runtime.bgsweep', 'runtime.goexit')), state: '' })
  const { states, state, flags, primitive } = builder.finish()
  assert.equal(states, ['chan send', 'force gc (idle)', ''])
  assert.equal([...state], [0, 0, 1, 2])
  assert.equal([...flags], [0, 0, GoroutineFlag.system, GoroutineFlag.system])
  assert.equal(
    [...primitive].map(p => PRIMITIVES[p]),
    ['channel-send', 'channel-send', 'gc', 'gc'],
  )
})
table('a better stack changes the primitive', () => {
  const builder = new GoroutineTableBuilder()
  const row = builder.add({ id: 1, stack: builder.stack(stack()), state: '' })
  builder.setStack(row, builder.stack(stack('runtime.gopark', 'runtime.chanrecv', 'main.f')))
  assert.is(PRIMITIVES[builder.finish().primitive[0]], 'channel-receive')
})
table('more reasons than the column can count', () => {
  const builder = new GoroutineTableBuilder()
  const at = builder.stack(stack('main.f'))
  for (let id = 0; id < 70_000; id++) builder.add({ id, stack: at, state: `reason ${id}` })
  const { states, state } = builder.finish()
  assert.is(states.length, 65_536)
  assert.is(states[state[69_999]], 'unknown wait reason')
  assert.is(states[state[65_000]], 'reason 65000')
})

const quote = suite('quoted words')
quote('escapes of Go and of JSON', () => {
  assert.is(unquote('a\\"b\\\\c\\n\\t\\x41\\u00e9\\U0001f600\\a'), 'a"b\\c\n\tA\u00e9\u{1f600}\x07')
  assert.is(unquote('\\Uffffffff'), '\ufffd')
})
quote('labels, quoted or not', () => {
  assert.equal(parseLabels('{req: 42, tenant: "acme corp"}:', 1), {
    labels: { req: '42', tenant: 'acme corp' },
    end: 30,
  })
  assert.equal(parseLabels('{"req":"42", "a":"}"}', 1)?.labels, { req: '42', a: '}' })
  assert.equal(parseLabels('{}', 1), { labels: {}, end: 2 })
  for (const text of ['{', '{a', '{a:', '{a: b', '{a: "b}', '{a: b c: d', '{"a" b}'])
    assert.is(parseLabels(text, 1), null, text)
  assert.equal(Object.keys(parseLabels('{__proto__: x}', 1)?.labels ?? {}), ['__proto__'])
})

table.run()
quote.run()
