import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { byteSize, counted, duration, grouped } from '../../src/model/words.js'

const words = suite('words')

words('a length of time has a unit and at most three digits that count', () => {
  const cases: [number, string][] = [
    [0, '0 ns'],
    [503_000, '503 µs'],
    [999_400, '999 µs'],
    [999_600, '1 ms'],
    [40_900_000, '40.9 ms'],
    [1_360_000_000, '1.36 s'],
    [59_940_000_000, '59.9 s'],
    [59_960_000_000, '1 min'],
    [250_000_000_000, '4 min 10 s'],
    [7_500_000_000_000, '2 h 5 min'],
    [200_000_000_000_000, '2 d 7 h'],
    [-40_900_000, '−40.9 ms'],
  ]
  for (const [ns, text] of cases) assert.is(duration(ns), text)
})

words('counts and sizes do not follow the locale', () => {
  assert.is(grouped(1234567), '1,234,567')
  assert.is(counted(1, 'process', 'processes'), '1 process')
  assert.is(counted(2000, 'process', 'processes'), '2,000 processes')
  assert.is(byteSize(1), '1 byte')
  assert.is(byteSize(1444), '1.44 kB')
  assert.is(byteSize(203_000_000), '203 MB')
})

words.run()
