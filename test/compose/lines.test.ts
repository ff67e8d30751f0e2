import * as fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LineReader } from '../../src/compose/lines.js'
import { MemoryInput, newSource } from '../support/input.js'

const lines = suite('lines out of a large text')
const input = (text: string) => new MemoryInput(newSource('a.txt', text.length), Buffer.from(text))
const read = (reader: LineReader, line: number, limit = 100) => {
  const got = reader.read(line, limit)
  return got && { text: Buffer.from(got.bytes).toString(), cut: got.cut }
}

lines('reads any line, with and without an index, in ascending order or back', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ maxLength: 30 }).map(s => s.replace(/\n/g, ' ')),
        { minLength: 1, maxLength: 60 },
      ),
      fc.array(fc.nat(70), { maxLength: 20 }),
      fc.nat(6),
      (texts, asked, every) => {
        const text = `${texts.join('\n')}\n`
        const offsets = texts.map((_, i) =>
          Buffer.byteLength(
            texts
              .slice(0, i)
              .map(t => `${t}\n`)
              .join(''),
          ),
        )
        const known = texts.map((_, i) => i + 1).filter(line => every > 0 && (line - 1) % every === 0)
        const index = every === 0 ? undefined : { lines: known, offsets: known.map(line => offsets[line - 1]) }
        const reader = new LineReader(input(text), index)
        for (const line of asked) {
          const got = read(reader, line + 1, 1000)
          if (line < texts.length) assert.equal(got, { text: texts[line], cut: false })
          else assert.ok(got === null || (line === texts.length && got.text === ''))
        }
      },
    ),
  )
})

lines('cuts a long line and goes on behind it', () => {
  const reader = new LineReader(input(`a\n${'x'.repeat(500)}\nb\n`), undefined)
  assert.equal(read(reader, 2, 10), { text: 'x'.repeat(10), cut: true })
  assert.equal(read(reader, 3, 10), { text: 'b', cut: false })
})

lines('reads the last line without its end', () => {
  assert.equal(read(new LineReader(input('a\nb'), undefined), 2), { text: 'b', cut: false })
  assert.is(read(new LineReader(input('a\nb'), undefined), 3), null)
  assert.is(read(new LineReader(input(''), undefined), 1), null)
})

lines('reads only what it needs of a large text that has an index', () => {
  const text = `${'x'.repeat(99)}\n`.repeat(50_000)
  const whole = input(text)
  let bytes = 0
  const counting = new Proxy(whole, {
    get: (target, key) =>
      key === 'read'
        ? (offset: number, length: number) => {
            const got = target.read(offset, length)
            bytes += got.length
            return got
          }
        : Reflect.get(target, key),
  })
  const known = Array.from({ length: 50 }, (_, i) => i * 1000 + 1)
  const reader = new LineReader(counting, { lines: known, offsets: known.map(line => (line - 1) * 100) })
  assert.is(read(reader, 49_500, 200)!.text.length, 99)
  assert.ok(bytes < 200_000, `${bytes} bytes read`)
})

lines.run()
