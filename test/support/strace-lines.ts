/** Strace logs that nobody has recorded: threads that live, wait, send and die, line by line, for tests with fast-check. */
import fc from 'fast-check'

/** What one step of the log is; the numbers choose among threads and descriptors. */
type Step = readonly [what: number, thread: number, other: number]

const FDS = ['3</var/log/app.log>', '4<pipe:[7]>', '5<UNIX-STREAM:[8->9]>', '1', '2</dev/pts/0>', '6']
const PAUSE = 'pause('
const NANOSLEEP = 'clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=0}, '
const SIGNALS = ['SIGTERM', 'SIGUSR1', 'SIGPIPE', 'SIGRT_2']

/** Lines of `strace -f -o`, with a leader as `time` makes it, and now and then a line that is no record. */
export const straceLog: fc.Arbitrary<string> = fc
  .record({
    steps: fc.array(fc.tuple(fc.nat(27), fc.nat(3), fc.nat(5)), { minLength: 1, maxLength: 60 }),
    times: fc.constantFrom('epoch', 'day', 'relative', 'none'),
  })
  .map(({ steps, times }) => logOf(steps, times))

function logOf(steps: readonly Step[], times: string): string {
  const waiting = new Map<number, string>()
  let us = 0
  const lines = ['100 execve("/usr/bin/app", ["app"], 0x7ffd /* 9 vars */) = 0']
  for (const step of steps) lines.push(...linesOf(step, waiting))
  return lines
    .map((line, i) => {
      us += 700 + i
      return line.replace(/^(\d+) /, (_, tid: string) => `${tid.padEnd(5)} ${timeOf(times, us)}`)
    })
    .join('\n')
    .concat('\n')
}

function timeOf(times: string, us: number): string {
  const micros = String(us % 1_000_000).padStart(6, '0')
  if (times === 'epoch') return `179548000${Math.floor(us / 1e6)}.${micros} `
  // Past midnight at once.
  if (times === 'day') return us < 5000 ? `23:59:59.${micros} ` : `00:00:00.${micros} `
  return times === 'relative' ? `     0.${String(us % 997).padStart(6, '0')} ` : ''
}

/** A thread that waits in a call goes on with it first, whatever the step says. */
function linesOf([what, thread, other]: Step, waiting: Map<number, string>): string[] {
  const tid = 100 + thread
  const open = waiting.get(tid)
  if (open !== undefined && what !== 25) {
    waiting.delete(tid)
    const name = open.slice(0, open.indexOf('('))
    return [`${tid} <... ${name} resumed>) = ${other === 0 ? '? ERESTARTNOHAND (To be restarted if no handler)' : '0'}`]
  }
  const enter = (call: string) => {
    waiting.set(tid, call)
    return [`${tid} ${call}<unfinished ...>`]
  }
  const fd = FDS[other]
  const signal = SIGNALS[other % SIGNALS.length]
  switch (what) {
    case 0:
      return enter(PAUSE + (other % 2 ? ' ' : ' '))
    case 1:
      return enter(NANOSLEEP)
    case 2:
      return enter(`read(${fd}, `)
    case 3:
      return enter(`write(${fd}, "x", 1 `)
    case 4:
      return [`${tid} write(${fd}, "a line\\n", 7) = 7`]
    case 5:
      return [`${tid} write(${fd}, "a line\\n", 7) = -1 EPIPE (Broken pipe)`]
    case 6:
      return [`${tid} read(${fd}, "", 4096) = 0`]
    case 7:
      return [`${tid} close(${fd}) = 0`]
    case 8:
      return [`${tid} kill(${100 + other}, ${signal}) = 0`]
    case 9:
      return [`${tid} --- ${signal} {si_signo=${signal}, si_code=SI_USER, si_pid=${100 + other}, si_uid=0} ---`]
    case 10:
      return [`${tid} rt_sigreturn({mask=[]}) = -1 EPIPE (Broken pipe)`]
    case 11:
      return [`${tid} +++ exited with ${other} +++`]
    case 12:
      return [`${tid} +++ killed by SIGKILL${other ? '' : ' (core dumped)'} +++`]
    case 13:
      return [`${tid} --- stopped by SIGSTOP ---`]
    case 14:
      return [`${tid} clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = ${100 + other}`]
    case 15:
      return [`${tid} clone3({flags=CLONE_VM|CLONE_THREAD}, 88 <unfinished ...>`, `${tid} <... clone3 resumed>) = 103`]
    case 16:
      return [`${tid} getpid() = 100`, `${tid} gettid() = ${tid}`]
    case 17:
      return [`${tid} rt_sigaction(${signal}, {sa_handler=0x55, sa_mask=[], sa_flags=0}, NULL, 8) = 0`]
    case 18:
      return [`${tid} rt_sigprocmask(SIG_BLOCK, [TERM], [], 8) = 0`]
    case 19:
      return [`100 +++ superseded by execve in pid ${100 + other} +++`, '100 <... execve resumed>) = 0']
    case 20:
      return [`${tid} <... futex resumed>) = ?`]
    case 21:
      return [`${tid} restart_syscall(<... resuming interrupted read ...>) = 0`]
    case 22:
      return [`${tid} mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7fa2`]
    case 23:
      return [' > /usr/lib/libc.so.6(kill+0x7) [0x3c267]']
    case 24:
      return [`${tid} futex(0xc000040948, FUTEX_WAIT_PRIVATE, 0, NULL) = 0 <${other}.250000>`]
    case 25:
      return [`${tid} exit_group(${other}) = ?`]
    case 26:
      return ['strace: Process 103 attached']
    default:
      return [`${tid} openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 EINTR (Interrupted system call)`]
  }
}
