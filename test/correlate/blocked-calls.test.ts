/** Calls that never returned, and those that took long. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { analyzeFiles } from '../support/analyze.js'
import { START_OF, trace } from '../support/trace.js'

const blocked = suite('blocked calls')

async function callsIn(text: string) {
  return (await analyzeFiles({ 'strace.log': trace(text) })).blockedCalls
}

blocked('a lock that is not given, at the end of the log', async () => {
  const [call] = await callsIn(`
${START_OF(10, 'app')}
10 flock(3</var/lock/app>, LOCK_EX <unfinished ...>
+9000 11 getpid() = 11 <0.000010>`)
  assert.is(call.syscall, 'flock')
  assert.is(call.object, '/var/lock/app')
  assert.is(call.open, true)
  assert.is(call.usual, false)
  assert.is(call.durationNs, '9000000000')
})

blocked('waiting places are usual', async () => {
  const calls = await callsIn(`
${START_OF(10, 'server')}
10 epoll_wait(5<anon_inode:[eventpoll]>, <unfinished ...>
11 accept4(3<TCP:[0.0.0.0:80]>, <unfinished ...>
12 wait4(-1, <unfinished ...>
13 clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=100, tv_nsec=0}, <unfinished ...>
14 read(0</dev/pts/0<char 136:0>>, <unfinished ...>
15 futex(0x7f01, FUTEX_WAIT_PRIVATE, 0, NULL <unfinished ...>
+9000 16 getpid() = 16 <0.000010>`)
  assert.equal(
    calls.map(c => [c.syscall, c.usual]),
    [
      ['epoll_wait', true],
      ['accept4', true],
      ['wait4', true],
      ['clock_nanosleep', true],
      ['read', true],
      ['futex', true],
    ],
  )
})

blocked('a contended mutex of glibc is no idle worker', async () => {
  const [call] = await callsIn(`
${START_OF(10, 'app')}
10 futex(0x7f01, FUTEX_WAIT_PRIVATE, 2, NULL <unfinished ...>
+9000 11 getpid() = 11 <0.000010>`)
  assert.is(call.usual, false)
  assert.is(call.object, 'futex 0x7f01')
})

blocked('a call that came back within a second is not listed', async () => {
  const calls = await callsIn(`
${START_OF(10, 'app')}
10 fsync(3</data/db>) = 0 <0.900000>
+900 10 fsync(3</data/db>) = 0 <2.500000>
+2500 10 exit_group(0) = ?
10 +++ exited with 0 +++`)
  assert.equal(
    calls.map(c => [c.syscall, c.durationNs, c.open]),
    [['fsync', '2500000000', false]],
  )
})

blocked('a thread that was killed inside its call waited until then', async () => {
  const [call] = await callsIn(`
${START_OF(10, 'app')}
10 write(1<pipe:[5]>, "x"..., 200000 <unfinished ...>
+3000 10 <... write resumed>) = ?
10 +++ killed by SIGKILL +++`)
  assert.is(call.syscall, 'write')
  assert.is(call.open, false)
  assert.is(call.durationNs, '3001000000')
})

blocked('what strace says of a call that it interrupted by attaching is not believed', async () => {
  const [call] = await callsIn(`
10 restart_syscall(<... resuming interrupted read ...> <unfinished ...>
+3000 11 getpid() = 10 <0.000010>`)
  assert.is(call.syscall, 'restart_syscall')
  assert.is(call.usual, true)
})
blocked.run()
