/** Where a signal came from when no traced call sent it: what its siginfo says, as far as that can be trusted. */
import type { Because, SenderBasis, SignalOrigin } from '../../model/signal.js'
import type { SigInfo } from '../../model/trace.js'
import { codeOf } from './signal-codes.js'

const SIGCHLD = 17
const SIGURG = 23
const SIGPROF = 27
const SIGWINCH = 28
const TIMERS = new Set([14, 26, SIGPROF])
const TERMINAL = new Set([1, 2, 3, 20, 21, 22, SIGWINCH])
/** SIGPIPE and SIGXFSZ: the kernel raises them with SI_USER and the pid of the thread's own process (SEND_SIG_NOINFO). */
export const OF_A_WRITE = new Set([13, 25])
/** glibc's own: thread cancellation and setxid (nptl). .NET and other runtimes use the first one too. */
const LIBC = new Set([32, 33])

export interface Source {
  origin: SignalOrigin
  /** The siginfo's si_pid is that of a sender that can be believed. */
  believed: boolean
  basis: SenderBasis | null
  because: Because | null
}

const source = (origin: SignalOrigin, believed = false, because: Because | null = null): Source => ({
  origin,
  believed,
  basis: believed ? 'siginfo' : null,
  because,
})

/**
 * Reads the origin out of siginfo (sigaction(2)). si_pid is believed for SI_USER, SI_TKILL and SI_QUEUE only: behind
 * any other code stands another member of the union, or whatever rt_sigqueueinfo's caller wrote there.
 */
export function sourceOf(number: number, info: SigInfo): Source {
  const code = codeOf(info, number)
  const named = (info.pid ?? 0) > 0
  const outside: Because | null = info.pid === 0 ? 'outside-namespace' : null
  if (code === null) return source('unknown')
  if (number === SIGCHLD && code.startsWith('CLD_')) return source('child', named)
  switch (code) {
    case 'SI_USER':
      return source('kill', named, outside)
    case 'SI_TKILL':
      return source('tgkill', named, outside)
    case 'SI_QUEUE':
      return source('sigqueue', named, outside)
    case 'SI_TIMER':
      return source('timer')
    case 'SI_KERNEL':
      return source(TIMERS.has(number) ? 'timer' : TERMINAL.has(number) ? 'terminal' : 'kernel')
  }
  // Negative codes without a name can only come from rt_sigqueueinfo: forged, so nobody can be named by them.
  if (/^(?:0xff|-)/.test(code)) return source('sigqueue')
  return source('kernel')
}

/** Signals by which runtimes do their work, that nobody needs to look at. */
export function isNoise(number: number, code: string | null, bySelf: boolean): boolean {
  if (number === SIGCHLD) return code === null || code.startsWith('CLD_')
  if (number === SIGURG) return bySelf && (code === 'SI_TKILL' || code === null)
  if (number === SIGPROF) return true
  if (number === SIGWINCH) return code === 'SI_KERNEL'
  return LIBC.has(number) && bySelf
}
