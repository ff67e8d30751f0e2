/** Calls that send a signal (kill(2), tgkill(2), rt_sigqueueinfo(2), pidfd_send_signal(2)), as data. */
import type { SignalOrigin } from '../../model/signal.js'
import type { TraceCall } from '../../model/trace.js'
import { decoration, fdOf, type PidArg, pidOf, signalOf, splitArgs } from './call-args.js'
import { codeOf } from './signal-codes.js'
import { siginfoOf } from './wait-status.js'

export interface Send {
  number: number
  origin: SignalOrigin
  /** si_code that the receiver will see. */
  code: string | null
  /** si_int and si_code given by the sender, to tell queued signals apart. */
  int: number | null
  aim:
    | { to: 'process'; pid: PidArg }
    | { to: 'thread'; tid: PidArg; tgid: PidArg | null }
    | { to: 'group'; pgid: number }
    | { to: 'own-group' }
    | { to: 'everybody' }
    /** A pidfd whose process the line does not name: look it up by its descriptor. */
    | { to: 'pidfd'; fd: number }
}

export const SENDING = new Set(['kill', 'tkill', 'tgkill', 'rt_sigqueueinfo', 'rt_tgsigqueueinfo', 'pidfd_send_signal'])

/** PIDFD_SIGNAL_THREAD and _PROCESS_GROUP (Linux 6.9). */
const TO_THREAD = /PIDFD_SIGNAL_THREAD\b/
const TO_GROUP = /PIDFD_SIGNAL_PROCESS_GROUP\b/

/**
 * Reads a call of `SENDING`. Null for one that sent nothing: signal 0, and what failed or never reached the kernel.
 * A full queue (EAGAIN of sigqueue) is a signal that was made and lost; it comes with `lost`.
 */
export function sendOf(call: TraceCall): (Send & { lost: boolean }) | null {
  const lost = call.error === 'EAGAIN'
  if (call.injected || (call.error !== null && !lost)) return null
  // All of them return 0. Where a seccomp filter forbids the call strace shows its number instead (syscall_rollback).
  if (call.ret !== null && call.ret !== 0 && !lost) return null
  const send = read(call)
  return send && send.number !== 0 ? { ...send, lost } : null
}

function read(call: TraceCall): Send | null {
  const args = splitArgs(call.args, 4)
  switch (call.name) {
    case 'kill': {
      const pid = pidOf(args[0])
      const number = signalOf(args[1])
      if (!pid || number === null) return null
      const base = { number, origin: 'kill' as const, code: 'SI_USER', int: null }
      if (pid.local === 0) return { ...base, aim: { to: 'own-group' } }
      if (pid.local === -1) return { ...base, aim: { to: 'everybody' } }
      if (pid.local < 0) return { ...base, aim: { to: 'group', pgid: pid.outer ?? -pid.local } }
      return { ...base, aim: { to: 'process', pid } }
    }
    case 'tkill':
    case 'tgkill': {
      const named = call.name === 'tgkill'
      const tid = pidOf(args[named ? 1 : 0])
      const number = signalOf(args[named ? 2 : 1])
      if (!tid || number === null) return null
      const tgid = named ? pidOf(args[0]) : null
      return { number, origin: call.name, code: 'SI_TKILL', int: null, aim: { to: 'thread', tid, tgid } }
    }
    case 'rt_sigqueueinfo':
    case 'rt_tgsigqueueinfo': {
      const thread = call.name === 'rt_tgsigqueueinfo'
      const pid = pidOf(args[0])
      const tid = thread ? pidOf(args[1]) : pid
      const number = signalOf(args[thread ? 2 : 1])
      const info = siginfoOf(args[thread ? 3 : 2])
      if (!pid || !tid || number === null) return null
      return {
        number,
        origin: thread ? 'tgsigqueue' : 'sigqueue',
        code: info ? codeOf(info, number) : null,
        int: info?.int ?? null,
        aim: thread ? { to: 'thread', tid, tgid: pid } : { to: 'process', pid },
      }
    }
    case 'pidfd_send_signal': {
      const fd = fdOf(args[0])
      const number = signalOf(args[1])
      if (!fd || number === null) return null
      const info = siginfoOf(args[2])
      const pid = pidOfPidfd(decoration(args[0]))
      const flags = args[3] ?? ''
      const aim: Send['aim'] = !pid
        ? { to: 'pidfd', fd: fd.fd }
        : TO_THREAD.test(flags)
          ? { to: 'thread', tid: pid, tgid: null }
          : TO_GROUP.test(flags)
            ? { to: 'group', pgid: pid.local }
            : { to: 'process', pid }
      return { number, origin: 'pidfd', code: info ? codeOf(info, number) : 'SI_USER', int: info?.int ?? null, aim }
    }
  }
  return null
}

/** `5<pid:22629>` with `strace -yy`: strace read that number from /proc, so it is of its own namespace. */
export function pidOfPidfd(object: string | null): PidArg | null {
  const m = object === null ? null : /^pid:(\d+)/.exec(object)
  return m ? { local: Number(m[1]), outer: Number(m[1]), comm: null } : null
}
