/**
 * Damaged and cut strace logs: never an exception, and the events do not depend on how the file is read: in one go, in
 * chunks that are cut anywhere, with the short way for lines that come to nothing or without it.
 */
import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { Events } from '../../parsers/strace/decode.js'
import { dialectOf } from '../../parsers/strace/dialect.js'
import { eachLine } from '../../parsers/strace/lines.js'
import { Log } from '../../parsers/strace/log.js'
import { Quiet } from '../../parsers/strace/quiet.js'
import { Strays } from '../../parsers/strace/strays.js'
import { captureOf, fixture, plain } from '../parsers/strace/support.js'
import { MemoryInput, newSource } from '../support/input.js'
import { straceLog } from '../support/strace-lines.js'

const strace = suite('damaged and cut strace logs')

/** Everything that a scan says of a log, as plain data. */
function saidOf(log: Log): unknown {
  log.scanner.finish()
  const { state } = log.scanner
  return {
    events: [...new Events(log.kept.rows, log.texts, log.names)].map(plain),
    calls: state.calls,
    lines: state.line,
    others: state.others,
    notes: [...state.notes.byCode].sort(),
    attached: log.learnt.attached,
  }
}

/** @param quietFrom text of so many bytes at once takes the short way */
function logOf(bytes: Uint8Array, quietFrom = Number.POSITIVE_INFINITY): Log {
  const input = new MemoryInput(newSource('log', bytes.length), bytes)
  const log = new Log(input, dialectOf(input), quietFrom)
  const strays = new Strays(log.scanner)
  log.learnt = strays.learnt
  log.scanner.stray = where => strays.take(where)
  return log
}

/** Line by line, each looked at closely. */
function whole(bytes: Uint8Array): unknown {
  const log = logOf(bytes)
  eachLine(log.input, log.scanner, () => {})
  return saidOf(log)
}

/** In chunks of so many bytes, and the short way as soon as may be. */
function inChunks(bytes: Uint8Array, size: number): unknown {
  const log = logOf(bytes, 1)
  const chunks = function* () {
    for (let at = 0; at < bytes.length; at += size) yield Uint8Array.from(bytes.subarray(at, at + size))
  }
  const input = Object.assign(Object.create(log.input), { chunks })
  eachLine(input, log.scanner, (chunk, at) => log.putAside(chunk, at))
  return saidOf(log)
}

/** Logs that strace alone wrote; what is mixed with output never takes the short way. */
const PURE = ['options', 'versions', 'odd']
  .flatMap(dir => readdirSync(`test/fixtures/strace/${dir}`).map(name => `${dir}/${name}`))
  .filter(name => name.includes('.log'))
  .map(name => [name, fixture(name)] as const)
  .filter(([, bytes]) => {
    const { mixed, colours } = logOf(bytes).dialect
    return !mixed && !colours
  })

strace('fixtures are there', () => {
  assert.ok(PURE.length >= 15, `${PURE.length} logs`)
})

strace('chunks of any size, the short way, give what the long way gives', () => {
  for (const [name, bytes] of PURE) {
    const expected = whole(bytes)
    for (const size of [61, 97, 499, 1024, 4093, bytes.length])
      assert.equal(inChunks(bytes, size), expected, `${name} in chunks of ${size} bytes`)
  }
})

strace('so do logs that nobody has recorded', () => {
  fc.assert(
    fc.property(straceLog, fc.integer({ min: 1, max: 700 }), (text, size) => {
      const bytes = Buffer.from(text, 'latin1')
      assert.equal(inChunks(bytes, size), whole(bytes))
    }),
    { numRuns: 400 },
  )
})

strace('an execve that is known from before a cut is the first line after a signal', () => {
  const bytes = Buffer.from(
    [
      '100   execve("/usr/bin/app", ["app"], 0x7ffd /* 9 vars */) = 0',
      '103   write(3</var/log/app.log>, "a line\\n", 7) = 7',
      '103   --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=100, si_uid=0} ---',
      '100   +++ superseded by execve in pid 103 +++',
      '100   <... execve resumed>) = 0',
      '100   pause( <unfinished ...>',
      '100   <... pause resumed>) = 0',
      '',
    ].join('\n'),
    'latin1',
  )
  for (let size = 1; size <= bytes.length; size++)
    assert.equal(inChunks(bytes, size), whole(bytes), `chunks of ${size}`)
})

strace('a second half of another call leaves the open one unfinished, wherever the cut is', () => {
  const calls = ['getppid( <unfinished ...>', '<... 0etppid resumed>) = 9', 'getppid() = 9', 'getppid() = 9']
  const lines = ['getpid() = 10', ...calls].map((call, i) => `10    1795480000.00010${i} ${call}\n`)
  const bytes = Buffer.from(lines.join(''), 'latin1')
  const log = logOf(bytes)
  eachLine(log.input, log.scanner, () => {})
  const said = saidOf(log) as { events: { name: string; state: string }[] }
  assert.equal(
    said.events.filter(e => e.name === 'getppid').map(e => e.state),
    ['unfinished'],
  )
  for (let size = 20; size < bytes.length; size += 7)
    assert.equal(inChunks(bytes, size), said, `chunks of ${size} bytes`)
})

strace('and of damaged ones', () => {
  const damaged = fc.tuple(
    fc.nat(PURE.length - 1),
    fc.array(fc.tuple(fc.nat(30_000), fc.nat(255)), { minLength: 1, maxLength: 12 }),
    fc.integer({ min: 200, max: 3000 }),
  )
  fc.assert(
    fc.property(damaged, ([which, flips, size]) => {
      const bytes = Uint8Array.from(PURE[which][1])
      for (const [at, value] of flips) bytes[at % bytes.length] = value
      assert.equal(inChunks(bytes, size), whole(bytes))
    }),
    { numRuns: 150 },
  )
})

strace('what is left of a longer line behind a result is not part of it', () => {
  const longer = '10 write(6</tmp/xxxxxxxxxxxxxxxxxxxxxx>, "a", 1) = 1'
  const bytes = Buffer.from(`${longer}\n10 kill(0x36dd, 0)\0= 0\n10 kill(0x36dd, 9) = 0\n`, 'latin1')
  for (let size = 1; size <= bytes.length; size++)
    assert.equal(inChunks(bytes, size), whole(bytes), `chunks of ${size}`)
})

/** Lines of calls that come to nothing, and of the same calls where they do not: each beside its twin. */
const NEARLY_NOTHING = [
  ...['F_GETFL) = 0x8000 (flags O_RDONLY|O_LARGEFILE)', 'F_GETFD) = 0', 'F_SETFD, FD_CLOEXEC) = 0'],
  ...['F_SETFD, FD_CLOEXEC) = -1 EBADF (Bad file descriptor)', 'F_DUPFD_CLOEXEC, 3) = 5</etc>'],
].flatMap(end => ['0</dev/null<char 1:3>>', '3', '4</etc>', '5<socket:[77]>'].map(fd => `fcntl(${fd}, ${end}`))
const SHORT_WAY = [
  ...NEARLY_NOTHING,
  'close(9) = -1 EBADF (Bad file descriptor)',
  'close(9) = 0',
  'close(4</etc/x>) = 0',
  'gettid() = 101',
  'gettid() = 7',
  'gettid( <unfinished ...>',
  '<... gettid resumed>) = 101',
  '<... gettid resumed>) = 7',
  'read(5<socket:[77]>, "abc", 10) = 3',
  'read(5<socket:[77]>, "", 10) = 0',
  'read(5<socket:[77]>, 0x7f, 10) = -1 EAGAIN (Resource temporarily unavailable)',
  'read(5<socket:[77]>,  <unfinished ...>',
  '<... read resumed>"abc", 10) = 3',
  '<... read resumed>"", 10) = 0',
  '<... read resumed>0x7f, 10) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)',
  'write(5<socket:[77]>, "abc", 3) = 3',
  'write(5<socket:[77]>, "abc", 3) = -1 EPIPE (Broken pipe)',
  'write(5<socket:[77]>, "abc", 3 <unfinished ...>',
  '<... write resumed>) = 3',
  '<... write resumed>) = -1 EPIPE (Broken pipe)',
  'write(6</tmp/x>, "text", 4) = 4',
  'write(6</tmp/x>, "goroutine 1 [running]:\\n"..., 900) = 900',
  'write(2<pipe:[8]>, "abc", 3) = 3',
  'rt_sigaction(SIGRT_9, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0',
  'rt_sigaction(SIGTERM, NULL, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, 8) = 0',
  'rt_sigaction(SIGRT_9, NULL, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, 8) = 0',
  'clone(child_stack=NULL, flags=CLONE_VM|CLONE_THREAD) = 102',
  'futex(0x7f, FUTEX_WAIT_PRIVATE, 0, NULL) = 0',
  '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=9, si_uid=0} ---',
  '+++ exited with 0 +++',
]

strace('the short way for lines that come to nothing gives what the long way gives', () => {
  const steps = fc.array(fc.tuple(fc.nat(SHORT_WAY.length - 1), fc.nat(2), fc.constantFrom(3, 900, 200_000)), {
    minLength: 1,
    maxLength: 60,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 100, max: 2000 }), fc.boolean(), (list, size, durations) => {
      let us = 0
      const lines = list.map(([what, thread, pause]) => {
        us += pause
        const time = `1795480000.${String(us % 1_000_000).padStart(6, '0')}`
        const line = SHORT_WAY[what]
        const lasts = durations && / = /.test(line) && !line.includes('?') ? ' <0.000031>' : ''
        return `${101 + thread} ${time} ${line}${lasts}\n`
      })
      const start = '101 1795480000.000000 execve("/bin/app", ["app"], 0x7ffd /* 9 vars */) = 0\n'
      const bytes = Buffer.from(start + lines.join(''), 'latin1')
      assert.ok(Quiet.suits(logOf(bytes).dialect))
      assert.equal(inChunks(bytes, bytes.length), whole(bytes))
      assert.equal(inChunks(bytes, size), whole(bytes))
    }),
    { numRuns: 400 },
  )
})

const ALL = ['options', 'versions', 'odd', 'ff'].flatMap(dir =>
  readdirSync(`test/fixtures/strace/${dir}`).map(name => fixture(`${dir}/${name}`)),
)

/** Reads a log as the program does, and everything that anybody could ask of it. */
async function read(bytes: Uint8Array): Promise<number> {
  const capture = await captureOf({ log: bytes })
  for (const d of capture.diagnostics.list()) assert.ok(d.remedy !== '' && d.count > 0, d.code)
  let events = 0
  for (const trace of capture.traces) {
    for (const event of trace.events) {
      plain(event)
      events++
    }
    assert.is(events, trace.eventCount)
    JSON.stringify(trace.lastCalls)
  }
  return events
}

strace('a log that breaks off at any byte keeps the events before it', async () => {
  const log = fixture('options/01-f_ttt.log')
  let before = 0
  for (let size = 0; size <= log.length; size++) {
    const events = await read(log.subarray(0, size))
    // Only the line that is cut can be lost, and with it what was the last call of its thread.
    assert.ok(events >= before - 2, `${events} events in ${size} bytes, ${before} before`)
    before = events
  }
  assert.ok(before > 10, `${before} events`)
})

strace('bytes that have changed are never an exception', async () => {
  const damage = fc.tuple(
    fc.nat(ALL.length - 1),
    fc.array(fc.tuple(fc.nat(30_000), fc.nat(255)), { maxLength: 30 }),
    fc.nat(30_000),
  )
  await fc.assert(
    fc.asyncProperty(damage, async ([which, flips, size]) => {
      const bytes = Uint8Array.from(ALL[which])
      for (const [at, value] of flips) if (bytes.length > 0) bytes[at % bytes.length] = value
      await read(bytes.subarray(0, bytes.length - (size % bytes.length)))
    }),
    { numRuns: 400 },
  )
})

strace('so are bytes that were never a log', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async bytes => {
      await read(bytes)
    }),
    { numRuns: 200 },
  )
})

strace.run()
