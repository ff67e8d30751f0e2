/** Signal numbers and names, as x86-64 and arm64 have them (signal(7), asm-generic/signal.h). */

const STANDARD =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  )
const ALIASES: Record<string, number> = { CLD: 17, IOT: 6, POLL: 29, UNUSED: 31 }
const LAST = 64
/** The kernel's first real-time signal, and the first that glibc leaves to programs (two are its own). */
const KERNEL_RTMIN = 32
const GLIBC_RTMIN = 34

/** Name in strace's spelling: `SIGTERM`, `SIGRTMIN` for 32, `SIGRT_2` for 34; `SIG77` for what cannot be a signal. */
export function signalName(number: number): string {
  if (number >= 1 && number <= STANDARD.length) return `SIG${STANDARD[number - 1]}`
  if (number === KERNEL_RTMIN) return 'SIGRTMIN'
  if (number > KERNEL_RTMIN && number <= LAST) return `SIGRT_${number - KERNEL_RTMIN}`
  return `SIG${number}`
}

/**
 * Number of a signal in any spelling: `SIGTERM`, `TERM`, `term`, `15`, `0xf`, `SIGRT_2` (strace: from the kernel's 32),
 * `RTMIN+2`, `RTMAX-1` (systemd, shells: from glibc's 34), `SIG34` (gdb). Null for anything else.
 */
export function signalNumber(text: string): number | null {
  const name = text.toUpperCase().replace(/^SIG(?=.)/, '')
  const standard = STANDARD.indexOf(name)
  if (standard !== -1) return standard + 1
  if (name in ALIASES) return ALIASES[name]
  const number = /^(?:\d{1,3}|0X[0-9A-F]{1,2})$/.test(name) ? Number(name) : realTime(name)
  return number !== null && number >= 1 && number <= LAST ? number : null
}

function realTime(name: string): number | null {
  if (name === 'RTMIN') return KERNEL_RTMIN
  if (name === 'RTMAX') return LAST
  const m = /^(RT_|RTMIN\+|RTMAX-)(\d{1,2})$/.exec(name)
  if (!m) return null
  const by = Number(m[2])
  if (m[1] === 'RT_') return KERNEL_RTMIN + by
  return m[1] === 'RTMAX-' ? LAST - by : GLIBC_RTMIN + by
}

export type DefaultAction = 'terminate' | 'core' | 'ignore' | 'stop' | 'continue'

const CORE = new Set([3, 4, 5, 6, 7, 8, 11, 24, 25, 31])
const IGNORE = new Set([17, 23, 28])
const STOP = new Set([19, 20, 21, 22])

/** What the kernel does with a signal that a process has not asked for (signal(7), SIG_KERNEL_*_MASK in linux/signal.h). */
export function defaultAction(number: number): DefaultAction {
  if (number === 18) return 'continue'
  if (CORE.has(number)) return 'core'
  if (IGNORE.has(number)) return 'ignore'
  return STOP.has(number) ? 'stop' : 'terminate'
}

/** Standard signals (1 to 31) are pending at most once in a queue; real-time signals queue one by one (signal(7)). */
export function isRealTime(number: number): boolean {
  return number >= KERNEL_RTMIN
}
