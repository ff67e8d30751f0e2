/** Lines of signals, stops and ends in the spellings of every version. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readEnd, readSignal, readStop } from '../../../parsers/strace/signal-text.js'

const signals = suite('strace: signals and ends')

const cases: [string, string, number, Record<string, unknown>][] = [
  [
    'SI_USER',
    '--- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=22620, si_uid=0} ---',
    15,
    { code: 'SI_USER', pid: 22620, uid: 0 },
  ],
  [
    'real time',
    '--- SIGRT_2 {si_signo=SIGRT_2, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_int=-559038737, si_ptr=0xdeadbeef} ---',
    34,
    { code: 'SI_QUEUE', int: -559038737, ptr: '0xdeadbeef' },
  ],
  [
    'first real time',
    '--- SIGRTMIN {si_signo=SIGRTMIN, si_code=SI_TKILL, si_pid=5, si_uid=0} ---',
    32,
    { code: 'SI_TKILL' },
  ],
  [
    'value up to 5.10',
    '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_value={int=42, ptr=0x2a}} ---',
    10,
    { int: 42, ptr: '0x2a' },
  ],
  [
    'forged',
    '--- SIGUSR2 {si_signo=SIGUSR2, si_code=0xfffffff6, si_pid=1, si_uid=12345} ---',
    12,
    { code: '0xfffffff6', pid: 1, uid: 12345 },
  ],
  [
    'fault',
    '--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---',
    11,
    { code: 'SEGV_MAPERR', addr: '0x10' },
  ],
  [
    'no address',
    '--- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL} ---',
    11,
    { code: 'SI_KERNEL', addr: 'NULL' },
  ],
  [
    'timer',
    '--- SIGRT_4 {si_signo=SIGRT_4, si_code=SI_TIMER, si_timerid=0, si_overrun=0, si_int=77, si_ptr=0x4d} ---',
    36,
    { timerid: 0, int: 77 },
  ],
  [
    'child',
    '--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=22621, si_uid=0, si_status=SIGKILL, si_utime=106 /* 1.06 s */, si_stime=0} ---',
    17,
    { code: 'CLD_KILLED', pid: 22621, status: 'SIGKILL' },
  ],
  ['input', '--- SIGIO {si_signo=SIGIO, si_code=POLL_IN, si_band=65, si_fd=3</tmp/x, y>} ---', 29, { band: 65 }],
  [
    'seccomp',
    '--- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, si_call_addr=0x7f, si_syscall=__NR_open, si_arch=AUDIT_ARCH_X86_64} ---',
    31,
    { syscall: '__NR_open', addr: '0x7f' },
  ],
  ['raw', '--- SIGUSR1 {si_signo=10, si_code=0, si_pid=5, si_uid=0} ---', 10, { code: 'SI_USER', pid: 5 }],
  [
    'verbose',
    '--- SIGUSR1 {si_signo=10 /* SIGUSR1 */, si_code=-6 /* SI_TKILL */, si_pid=5, si_uid=0} ---',
    10,
    { code: 'SI_TKILL' },
  ],
  [
    'pid in two namespaces',
    "--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=2<sh> /* 31233 in strace's PID NS */, si_uid=0} ---",
    10,
    { pid: 2, outerPid: 31233 },
  ],
  [
    'comm that looks like fields',
    '--- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=2<a, si_uid=9}>, si_uid=0} ---',
    10,
    { pid: 2, uid: 0 },
  ],
  [
    '4.6',
    '--- {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3043, si_status=0, si_utime=0, si_stime=0} (Child exited) ---',
    17,
    { code: 'CLD_EXITED', pid: 3043, status: '0' },
  ],
  ['up to 4.5.20', '--- SIGSEGV (Segmentation fault) @ 0 (0) ---', 11, { code: null }],
]
for (const [name, text, number, info] of cases)
  signals(name, () => {
    const signal = readSignal(text)
    assert.ok(signal)
    assert.is(signal.number, number)
    for (const [key, value] of Object.entries(info))
      assert.equal(signal.info[key as keyof typeof signal.info], value, key)
  })

signals('a field that was not printed is absent', () => {
  assert.equal(readSignal('--- SIGALRM {si_signo=SIGALRM, si_code=SI_KERNEL} ---')?.info, { code: 'SI_KERNEL' })
})

signals('group stops', () => {
  assert.equal(readStop('--- stopped by SIGTSTP ---'), { signal: 'SIGTSTP', number: 20 })
  assert.equal(readStop('--- Stopped (signal) by SIGSTOP ---'), { signal: 'SIGSTOP', number: 19 })
  assert.is(readStop('--- SIGSTOP {si_signo=SIGSTOP, si_code=SI_USER, si_pid=1, si_uid=0} ---'), null)
})

signals('ends', () => {
  assert.equal(readEnd('+++ exited with 3 +++'), { how: 'exited', code: 3 })
  assert.equal(readEnd('+++ killed by SIGABRT (core dumped) +++'), {
    how: 'killed',
    signal: 'SIGABRT',
    coreDumped: true,
  })
  assert.equal(readEnd('+++ killed by SIGRT_2 +++'), { how: 'killed', signal: 'SIGRT_2', coreDumped: false })
  assert.equal(readEnd('+++ superseded by execve in pid 22903 +++'), { how: 'superseded', by: 22903 })
  assert.equal(readEnd('+++ superseded by execve in pid 22903<sh> +++'), { how: 'superseded', by: 22903 })
})

signals('what is none', () => {
  for (const text of ['--- ', '--- SIGFOO {si_signo=SIGFOO} ---', '--- a diff ---', '--- SIGTERM'])
    assert.is(readSignal(text), null, text)
  for (const text of ['+++ ', '+++ killed by SIG', '+++ b/file', '+++ exited with x +++'])
    assert.is(readEnd(text), null, text)
})

signals.run()
