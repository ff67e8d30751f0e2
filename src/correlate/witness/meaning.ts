/** What a signal's si_code and a tracer's words mean (sigaction(2), include/uapi/asm-generic/siginfo.h, kernel/signal.c). */
import type { SignalOrigin, SignalOutcome } from '../../model/signal.js'
import { signalCode } from '../../model/signal-codes.js'

const CHLD = 17
const CONT = 18
const STOPS = new Set([19, 20, 21, 22])
/** Ignored unless a handler is set. */
const HARMLESS = new Set([CHLD, CONT, 23, 28])
/** Signals whose default action leaves a core: the thread that takes them dies of them in person. */
const CORE = new Set([3, 4, 5, 6, 7, 8, 11, 24, 25, 31])
/** Raised by a failed write, in the writer's own name. */
const OF_A_WRITE = new Set([13, 25])
const TERMINAL = new Set([1, 2, 3, 20, 21, 22, 28])
const TIMERS = new Set([14, 26, 27])

const SI_USER = 0
const SI_KERNEL = 128

/** SI_MESGQ, SI_ASYNCIO, SI_SIGIO, SI_DETHREAD, SI_ASYNCNL. */
const KERNEL_CODES = new Set([-3, -4, -5, -7, -60])

/** `SI_USER`, `SEGV_MAPERR`; null where the witness gives no code. */
export function codeName(number: number, code: number | null): string | null {
  if (code === null) return null
  return signalCode(number, code) ?? String(code)
}

/** Where a generated signal came from. `toItself`: the running thread is the one that it is aimed at. */
export function originOf(number: number, code: number, group: boolean | null, toItself: boolean): SignalOrigin {
  if (code === SI_USER) return !group && toItself && OF_A_WRITE.has(number) ? 'kernel' : 'kill'
  if (code === -2) return 'timer'
  if (code === -6) return 'tgkill'
  // Any other negative code is the sender's own choice (rt_sigqueueinfo), but for those that the kernel gives.
  if (code < 0 && !KERNEL_CODES.has(code)) return group === false ? 'tgsigqueue' : 'sigqueue'
  if (number === CHLD && code > 0 && code < SI_KERNEL) return 'child'
  if (code === SI_KERNEL && TIMERS.has(number)) return 'timer'
  if (code === SI_KERNEL && group !== false && TERMINAL.has(number)) return 'terminal'
  return 'kernel'
}

const CALLS: Record<string, SignalOrigin> = {
  kill: 'kill',
  tkill: 'tkill',
  tgkill: 'tgkill',
  rt_sigqueueinfo: 'sigqueue',
  rt_tgsigqueueinfo: 'tgsigqueue',
  pidfd_send_signal: 'pidfd',
}

/** Origin by the name of the call that sent a signal; `unknown` for none or another call. */
export function originOfCall(call: string | null | undefined): SignalOrigin {
  return (call && CALLS[call]) || 'unknown'
}

/** A signal was sent by whoever was running, not by the kernel for a reason of its own. */
export function hasSender(origin: SignalOrigin): boolean {
  return origin !== 'kernel' && origin !== 'timer' && origin !== 'terminal' && origin !== 'unknown'
}

/** What came of a signal that was delivered: its handler ran, or its default action was taken (signal(7)). */
export function outcomeOf(number: number, handler: 'handler' | 'default' | 'ignored' | null): SignalOutcome {
  if (handler === null) return 'unknown'
  if (handler === 'handler') return 'handled'
  if (handler !== 'default') return 'ignored'
  if (number === CONT) return 'continued'
  if (STOPS.has(number)) return 'stopped'
  return HARMLESS.has(number) ? 'ignored' : 'killed'
}

/** Kills without being delivered to any thread: the kernel ends the process as soon as the signal is sent to it. */
export function endsAtOnce(number: number): boolean {
  return !HARMLESS.has(number) && !STOPS.has(number) && !CORE.has(number)
}

/** Preemption by the Go runtime, children, profiling. */
export function isNoise(number: number, code: number | null, toItself: boolean): boolean {
  return number === CHLD || (number === 23 && code === -6 && toItself) || number === 27
}
