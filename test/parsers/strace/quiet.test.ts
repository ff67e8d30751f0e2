/** The short way for lines that come to nothing (`quiet.ts`): what it cannot hold, and what would be in its way. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../../parsers/strace/decode.js'
import { dialectOf } from '../../../parsers/strace/dialect.js'
import { Log } from '../../../parsers/strace/log.js'
import { MemoryInput, newSource } from '../../support/input.js'
import { plain } from './support.js'

const quiet = suite('quiet lines')

const ALWAYS = 1
const NEVER = Number.POSITIVE_INFINITY

function logOf(bytes: Buffer, quietFrom: number): Log {
  const input = new MemoryInput(newSource('log', bytes.length), bytes)
  return new Log(input, dialectOf(input), quietFrom)
}

function saidOf({ scanner, kept, texts, names }: Log): unknown {
  scanner.finish()
  const { calls, line, others, threads, clock, lines } = scanner.state
  const last = Array.from({ length: threads.length }, (_, t) => [
    threads.tid[t],
    threads.lastLine(t),
    threads.lastAt(t),
  ])
  return {
    events: [...new Events(kept.rows, texts, names)].map(plain),
    counts: { calls, line, others },
    last: last.sort((a, b) => a[0] - b[0]),
    clock: [...clock.state],
    index: [...lines.toIndex().offsets],
  }
}

function read(bytes: Buffer, quietFrom: number): unknown {
  const log = logOf(bytes, quietFrom)
  log.scanner.scan(bytes, 0, bytes.length, 0)
  return saidOf(log)
}

function lines(count: number, body: (i: number) => string): Buffer {
  let text = ''
  for (let i = 0; i < count; i++) text += `${body(i).replace(' ', ` 1795480000.${String(i).padStart(6, '0')} `)}\n`
  return Buffer.from(text, 'latin1')
}

quiet('more threads than there is room for', () => {
  const bytes = lines(90_000, i => {
    const tid = 10 + (i % 45_000)
    if (tid % 1000 === 7)
      return i < 45_000 ? `${tid} futex(0x7f, FUTEX_WAIT <unfinished ...>` : `${tid} <... futex resumed>) = 0`
    if (tid % 1000 === 8)
      return i < 45_000 ? `${tid} pause( <unfinished ...>` : `${tid} --- SIGHUP {si_signo=SIGHUP} ---`
    return `${tid} futex(0x7f, FUTEX_WAKE, 1) = 0`
  })
  assert.equal(read(bytes, ALWAYS), read(bytes, NEVER))
})

quiet('more busy threads than there is room for', () => {
  const bytes = lines(80_000, i =>
    i < 40_000 ? `${10 + i} pause( <unfinished ...>` : `${i - 40_000 + 10} <... pause resumed>) = ? ERESTARTNOHAND`,
  )
  assert.equal(read(bytes, ALWAYS), read(bytes, NEVER))
})

quiet('a line longer than what is taken at once', () => {
  const long = 'x'.repeat(3 << 20)
  const bytes = lines(300, i => (i === 150 ? `10 write(6</tmp/x>, "${long}", 9) = 9` : `${10 + (i % 3)} getuid() = 0`))
  assert.equal(read(bytes, ALWAYS), read(bytes, NEVER))
})

quiet('two logs in turns', () => {
  const one = lines(400, i => `${10 + (i % 3)} ${i % 7 === 0 ? 'kill(11, SIGHUP)' : 'getuid()'} = 0`)
  const other = lines(
    400,
    i => `${11 + (i % 3)} ${i % 5 === 0 ? 'pause( <unfinished ...>' : '<... pause resumed>) = 0'}`,
  )
  const logs = [one, other].map(bytes => ({ log: logOf(bytes, ALWAYS), bytes, at: 0 }))
  for (let turn = 0; turn < 40; turn++) {
    const reading = logs[turn % 2]
    const end = Math.min(reading.bytes.length, reading.at + 900)
    reading.at = reading.log.scanner.scan(reading.bytes, reading.at, end, 0)
  }
  for (const reading of logs) {
    reading.log.scanner.scan(reading.bytes, reading.at, reading.bytes.length, 0)
    assert.equal(saidOf(reading.log), read(reading.bytes, NEVER))
  }
})

quiet.run()
