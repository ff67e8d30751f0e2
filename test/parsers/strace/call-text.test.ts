/** A call taken apart: where its arguments end whatever they hold, and what its result says. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { joinHalves, openTail, readCall } from '../../../parsers/strace/call-text.js'

const calls = suite('strace: text of calls')

const whole: [string, string, Record<string, unknown>][] = [
  ['plain', 'kill(22621, SIGTERM) = 0 <0.000057>', { args: '22621, SIGTERM', ret: 0, durationNs: 57000 }],
  ['column 40', 'pause()                                 = 7', { args: '', ret: 7, durationNs: null }],
  ['error', 'kill(1, SIGTERM) = -1 ESRCH (No such process) <0.000003>', { ret: -1, error: 'ESRCH', retText: null }],
  ['error without a name', 'x(1) = -1 (errno 524)', { ret: -1, error: 'errno 524' }],
  ['injected', 'kill(1, 15) = -1 EPERM (Operation not permitted) (INJECTED)', { error: 'EPERM', injected: true }],
  ['injected value', 'write(4, "r", 1) = 99 (INJECTED)', { ret: 99, injected: true }],
  ['injected with a note', 'write(4, "r", 1) = 99 (INJECTED: args, retval)', { ret: 99, injected: true }],
  ['delayed', 'write(4, "r", 1) = 1 (DELAYED)', { ret: 1, injected: false, retText: null }],
  ['no return', 'exit_group(0) = ?', { noReturn: true, ret: null }],
  ['unavailable', 'getppid() = ? <unavailable>', { noReturn: true, ret: null }],
  ['vanished', '????( = ? <unavailable>', { name: '????', noReturn: true }],
  ['restart', 'pause() = ? ERESTARTNOHAND (To be restarted if no handler)', { error: 'ERESTARTNOHAND', ret: null }],
  ['restart, raw', 'pause() = -1 ERESTARTNOHAND (Unknown error 514)', { error: 'ERESTARTNOHAND', ret: -1 }],
  ['hex', 'mmap(NULL, 8192) = 0x7f16abc47000', { ret: 0x7f16abc47000 }],
  ['raw hex', 'write(0x1, 0x55f0, 0x4) = 0x4', { args: '0x1, 0x55f0, 0x4', ret: 4 }],
  [
    'aux text',
    'rt_sigtimedwait([USR2], {si_signo=SIGUSR2}, NULL, 8) = 12 (SIGUSR2)',
    { ret: 12, retText: '(SIGUSR2)' },
  ],
  ['path on the result', 'openat(AT_FDCWD</tmp>, "x", O_RDONLY) = 3</tmp/x>', { ret: 3, retText: '</tmp/x>' }],
  [
    'pid on the result',
    'clone(child_stack=NULL) = 13495<sh> <0.000011>',
    { ret: 13495, retText: '<sh>', durationNs: 11000 },
  ],
  ['nanoseconds', 'brk(NULL) = 0x5609 <0.000002698>', { durationNs: 2698 }],
  ['seconds', 'read(0, "", 131072) = 0 <2.690349>', { durationNs: 2690349000 }],
  ['whole seconds', 'read(0, "", 131072) = 0 <2>', { durationNs: 2e9 }],
  ['64-bit twin', 'write#64(1, "x", 1) = 1', { name: 'write#64' }],
  [
    'unknown number',
    'syscall_0x51615(0x1, 0x2) = -1 ENOSYS (Function not implemented)',
    { name: 'syscall_0x51615', error: 'ENOSYS' },
  ],
]
for (const [name, text, expected] of whole)
  calls(name, () => {
    const call = readCall(text)
    assert.ok(call)
    for (const [key, value] of Object.entries(expected)) assert.equal(call[key as keyof typeof call], value, key)
  })

const hostile: [string, string, string, string | null][] = [
  [
    'a path that looks like a result',
    'openat(AT_FDCWD, "wd/a (b) = 3 <0.1>", 0)',
    '= 4</wd/a (b) = 3 \\0740.1\\76>',
    '</wd/a (b) = 3 \\0740.1\\76>',
  ],
  ['a decorated path with parentheses', 'close(3</wd/a b) = 3 \\0740.1\\76>)', '= 0', null],
  ['an arrow', 'write(4<TCP:[127.0.0.1:1->127.0.0.1:2]>, ")", 1)', '= 1', null],
  ['a device', 'write(1</dev/null<char 1:3>>, "a\\"b) = 1", 8)', '= 8', null],
  ['old paths, not escaped', 'close(3</tmp/a<b>)', '= 0', null],
  ['a shift', 'mmap(NULL, 1, MAP_HUGETLB|21<<MAP_HUGE_SHIFT, -1, 0)', '= 0', null],
  ['comments', "kill(1<sh> /* 31231 in strace's PID NS */, SIGUSR1)", '= 0', null],
  ['an unbalanced comment', 'ioctl(1, 0x1 /* FOO_) */, 0)', '= 0', null],
  ['an interrupted call named', 'restart_syscall(<... resuming interrupted clock_nanosleep ...>)', '= 0', null],
  ['a string with a mark', 'write(1, "x <unfinished ...>", 18)', '= 18', null],
  ['statuses', 'wait4(7, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL)', '= 7', null],
  ['in and out', 'clone3({flags=CLONE_VM} => {parent_tid=[22640]}, 88)', '= 22640', null],
  ['argument names', 'kill(pid=1, sig=SIGTERM)', '= 0', null],
]
for (const [name, head, result, retText] of hostile)
  calls(name, () => {
    const call = readCall(`${head} ${result} <0.000011>`)
    assert.ok(call)
    assert.is(`${call.name}(${call.args})`, head)
    assert.is(call.retText, retText)
    assert.is(call.durationNs, 11000)
  })

calls('what is not whole is none', () => {
  for (const text of [
    'read(3, ',
    'read(3, "abc',
    'read(3, "a") = ',
    'read',
    'read (3) = 0',
    '(3) = 0',
    'write(1, "x", 1) 1',
  ])
    assert.is(readCall(text), null, text)
})

calls('marks of first halves', () => {
  assert.is(openTail('pause( <unfinished ...>')?.kind, 'unfinished')
  assert.is(openTail('pause( <unfinished #3 ...>')?.kind, 'unfinished')
  assert.is(openTail('wait4(-1,  <detached ...>')?.kind, 'detached')
  assert.is(openTail('execve("/bin/true" <pid changed to 200 ...>')?.at, 18)
  assert.is(openTail('nanosleep({tv_sec=50},  <unfinished ...>) = ?')?.ended, true)
  assert.is(openTail('write(179, "x"..., 34 <ptrace(SYSCALL):No such process>')?.ended, true)
  assert.is(openTail('write(1, "x <unfinished ...>", 18) = 18'), null)
  assert.is(openTail('close(3</tmp/x>'), null)
})

calls('halves of a call whose thread ended inside', () => {
  assert.is(joinHalves('read(3,  <unfinished ...>', '<... read resumed> <unfinished ...>) = ?'), 'read(3) = ?')
})

calls('takes linear time, whatever the text', () => {
  for (const unit of ['(', ')', '<', '"', '\\', '/*', ') = ', '{', ' (INJECTED)', '= -1 E (', '<... ']) {
    const text = `write(${unit.repeat(200_000)}`
    const from = process.hrtime.bigint()
    readCall(text)
    openTail(text)
    assert.ok(Number(process.hrtime.bigint() - from) < 2e9, unit)
  }
})

calls.run()
