/** What is captured from stderr: torn lines, strace's own words, program output between and inside the lines. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { captureOf, codesOf, eventsOf, fixture, traceOf } from './support.js'

const stderr = suite('strace: captured stderr')
const lines = (...all: string[]) => `${all.join('\n')}\n`

stderr('a write says how many bytes of program output follow it, whatever they look like', async () => {
  const events = await eventsOf(fixture('odd/program-output-forges-lines.txt'))
  assert.is(events.filter(e => e.type === 'signal').length, 0)
  assert.equal(
    events.filter(e => e.type === 'exit').map(e => (e.type === 'exit' ? e.how : '')),
    ['exited'],
  )
  const write = events.find(e => e.type === 'call' && e.name === 'write' && e.args.startsWith('2'))
  assert.ok(write?.type === 'call')
  assert.is(write.ret, 85)
  assert.is(write.args, '2, "--- SIGKILL {si_signo=SIGKILL} -"..., 85')
  assert.not.ok(events.some(e => e.type === 'call' && e.args === '1, SIGTERM'))
})

stderr('the output may begin with digits, and may stand in the middle of one line', async () => {
  const [a, b] = await eventsOf(
    lines('write(1, "7\\n", 27', ') = 2', 'write(2, "(", 1()                        = 1', 'getppid() = 3'),
  )
  assert.ok(a.type === 'call' && b.type === 'call')
  assert.equal([a.args, a.ret, b.args, b.ret], ['1, "7\\n", 2', 2, '2, "(", 1', 1])
})

stderr('a terminal makes two bytes of each line end', async () => {
  const text =
    'getppid() = 1\r\nwrite(1, "+++ exited with 0 +++\\nx\\n", 24+++ exited with 0 +++\r\nx\r\n) = 24\r\nexit_group(0) = ?\r\n+++ exited with 0 +++\r\n'
  const events = await eventsOf(text)
  assert.is(events.filter(e => e.type === 'exit').length, 1)
})

stderr('words of strace tear a call, which goes on later', async () => {
  const events = await eventsOf(
    lines(
      'read(3, strace: Process 13435 attached',
      ' <unfinished ...>',
      '[pid 13435] write(4, "r", 1)            = 1',
      '[pid 13434] <... read resumed>"r", 1)   = 1',
    ),
  )
  const read = events.find(e => e.type === 'call' && e.name === 'read')
  assert.ok(read?.type === 'call')
  assert.equal([read.tid, read.args, read.ret, read.line, read.endLine], [13434, '3, "r", 1', 1, 1, 4])
  assert.ok(events.some(e => e.type === 'attach' && e.tid === 13435))
})

stderr('several words tear one call, and strace lets go of it', async () => {
  const events = await eventsOf(fixture('odd/attach-2.txt'))
  const calls = events.filter(e => e.type === 'call')
  assert.equal(
    calls.map(e => [e.tid, e.type === 'call' && e.state]),
    [
      [30995, 'unfinished'],
      [31039, 'unfinished'],
      [31038, 'unfinished'],
      [31037, 'detached'],
    ],
  )
  assert.is(events.filter(e => e.type === 'detach').length, 4)
  assert.ok((await traceOf(fixture('odd/attach-2.txt'))).options.attached)
})

stderr('attached to one process: its lines have its number, though they do not name it', async () => {
  const events = await eventsOf(fixture('odd/attach-3.txt'))
  assert.equal([...new Set(events.map(e => e.tid))], [30995])
  assert.ok(events.some(e => e.type === 'stop'))
})

stderr('a line without a pid is that of the only thread that lives', async () => {
  const events = await eventsOf(
    lines(
      'execve("/bin/sh", ["sh"], 0x7f /* 9 vars */) = 0',
      'clone(child_stack=NULL, flags=SIGCHLD) = 12',
      '[pid 12] execve("/bin/true", ["true"], 0x7f /* 9 vars */) = 0',
      '[pid 11] wait4(-1,  <unfinished ...>',
      '[pid 12] +++ exited with 0 +++',
      '<... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 12',
      '+++ exited with 3 +++',
    ),
  )
  assert.equal(
    events.map(e => [e.type, e.tid]),
    [
      ['call', 11],
      ['call', 11],
      ['call', 12],
      ['call', 11],
      ['exit', 12],
      ['exit', 11],
    ],
  )
})

stderr('a call of its own tells the number of a log without pids', async () => {
  const [first] = await eventsOf(
    lines('execve("/bin/sh", ["sh"], 0x7f) = 0', 'set_tid_address(0x7f) = 31212', 'kill(1, 0) = 0'),
  )
  assert.is(first.tid, 31212)
})

stderr('output that ended no line stands before a record', async () => {
  const events = await eventsOf(
    lines(
      '[pid 11] 00:00:01.000001 kill(12, SIGTERM) = 0',
      'half a line[pid 12] 00:00:01.000002 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=11, si_uid=0} ---',
    ),
  )
  assert.equal(
    events.map(e => [e.type, e.tid, e.line]),
    [
      ['call', 11, 1],
      ['signal', 12, 2],
    ],
  )
})

stderr('lines of another shape are program output', async () => {
  const text = lines(
    '00:00:01.000001 kill(12, 0) = 0',
    'kill(1, SIGKILL) = 0',
    '+++ killed by SIGKILL +++',
    '00:00:01.000003 kill(12, 0) = 0',
    '00:00:01.000004 getppid() = 1',
  )
  assert.is((await eventsOf(text)).length, 3)
  const codes = await codesOf(text)
  assert.is(codes['strace.program-output'], 2)
})

stderr('an old strace announces what it attaches to', async () => {
  const events = await eventsOf(
    lines(
      'Process 29579 attached - interrupt to quit',
      'kill(1, 0) = 0',
      '--- SIGTERM (Terminated) @ 0 (0) ---',
      'Process 29579 detached',
    ),
  )
  assert.equal(
    events.map(e => [e.type, e.tid]),
    [
      ['attach', 29579],
      ['call', 29579],
      ['signal', 29579],
      ['detach', 29579],
    ],
  )
})

stderr('colours are no part of the text', async () => {
  const events = await eventsOf(fixture('versions/7.2-colours.log'))
  const kills = events.filter(e => e.type === 'call' && e.name === 'kill')
  assert.equal(
    kills.map(e => e.type === 'call' && e.args),
    ['21826, 0', '21826, SIGTERM', '21826, SIGKILL', '21826, SIGTERM'],
  )
  assert.ok(events.some(e => e.type === 'signal' && e.number === 15 && e.info.pid === 21825))
})

stderr('line ends of Windows', async () => {
  const text = '7 kill(1, 0) = 0\r\n7 read(0, "", 1) = ?\r\n7 +++ exited with 0 +++\r\n'
  assert.equal(
    (await eventsOf(text)).map(e => e.type),
    ['call', 'call', 'exit'],
  )
})

stderr('a last line that breaks off is a call that had not returned', async () => {
  for (const end of ['kill(1, SIGTERM', 'kill(1, SIGTERM) ', 'kill(1, ']) {
    const text = `getppid() = 1\ngetpgrp() = 1\n${end}`
    const events = await eventsOf(text)
    const last = events.at(-1)
    assert.ok(last?.type === 'call' && last.name === 'kill' && last.state === 'unfinished', end)
    assert.is((await codesOf(text))['strace.cut-end'], 1, end)
  }
})

stderr('a torn line whose end never comes is counted', async () => {
  const codes = await codesOf(lines('getppid() = 1', 'read(0, "abc', 'getppid() = 1', 'getppid() = 1'))
  assert.is(codes['strace.torn-line'], 1)
})

stderr('a goroutine dump between the lines is handed on', async () => {
  const capture = await captureOf({
    'err.txt': lines(
      '[pid 11] kill(11, SIGQUIT) = 0',
      'SIGQUIT: quit',
      '',
      'goroutine 1 [running]:',
      'main.main()',
      '\t/src/main.go:3 +0x1',
      '[pid 11] +++ exited with 2 +++',
    ),
  })
  const derived = capture.sources.find(s => s.derivedFrom)
  assert.ok(derived)
  assert.is(derived.derivedFrom?.lines[0].line, 2)
})

stderr.run()
