/** Signals that a program takes itself instead of having them delivered: sigtimedwait(2) and signalfd(2). */
import { signalName, signalNumber } from '../../model/signal-names.js'
import type { SigInfo, TraceCall } from '../../model/trace.js'
import { fdOf, signalSet, splitArgs, stringOf } from './call-args.js'
import type { LifeSignals } from './signal-state.js'
import { siginfoOf } from './wait-status.js'

const SETS_KEPT = 16

export interface Taken {
  signal: string
  number: number
  info: SigInfo
}

/** The signals that a call took; remembers the descriptors of signalfds in `state`. */
export function consumedBy(call: TraceCall, state: LifeSignals): Taken[] {
  if (call.error !== null || call.ret === null || call.state !== 'returned') return []
  switch (call.name) {
    case 'rt_sigtimedwait':
    case 'rt_sigtimedwait_time64': {
      // `rt_sigtimedwait([USR2], {si_signo=SIGUSR2, …}, …) = 12 (SIGUSR2)`
      const info = siginfoOf(splitArgs(call.args, 2)[1])
      return call.ret > 0 ? [{ signal: signalName(call.ret), number: call.ret, info: info ?? { code: null } }] : []
    }
    case 'signalfd':
    case 'signalfd4': {
      state.signalfds.add(call.ret)
      // One that is asked for again takes other signals; sets that cannot be read may be of any.
      const set = signalSet(splitArgs(call.args, 2)[1]) ?? { inverted: true, signals: new Set() }
      if (state.taken.sets.length < SETS_KEPT) state.taken.sets.push(set)
      return []
    }
    case 'close': {
      if (state.signalfds.size === 0) return []
      const fd = fdOf(call.args)
      if (fd) state.signalfds.delete(fd.fd)
      return []
    }
    case 'read': {
      if (call.ret < RECORD) return []
      const [fdArg, data] = splitArgs(call.args, 2)
      const fd = fdOf(fdArg)
      if (!fd || !(state.signalfds.has(fd.fd) || fd.object?.includes('signalfd'))) return []
      const records = signalfdRecords(data, call.ret)
      state.taken.seen ||= records.length > 0
      return records
    }
  }
  return []
}

/** struct signalfd_siginfo: 128 bytes; signo, errno, code, pid, uid as 32-bit words come first. */
const RECORD = 128
const CODES: Record<number, string> = {
  0: 'SI_USER',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-6]: 'SI_TKILL',
  128: 'SI_KERNEL',
}
const CLD = ['', 'CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED']

/** Reads as much of the records as strace's string limit has left of them. */
function signalfdRecords(data: string | undefined, bytes: number): Taken[] {
  const string = stringOf(data)
  const taken: Taken[] = []
  if (!string) return taken
  const buffer = Buffer.from(string.text, 'latin1')
  for (let at = 0; at + RECORD <= bytes && at + 4 <= buffer.length; at += RECORD) {
    const number = buffer.readUInt32LE(at)
    const signal = signalName(number)
    if (signalNumber(signal) === null) return taken
    const code = at + 12 <= buffer.length ? buffer.readInt32LE(at + 8) : null
    const pid = at + 16 <= buffer.length ? buffer.readUInt32LE(at + 12) : null
    const name =
      code === null
        ? null
        : ((number === 17 ? CLD[code] : undefined) ?? CODES[code] ?? `0x${(code >>> 0).toString(16)}`)
    taken.push({ signal, number, info: { code: name, ...(pid !== null && { pid }) } })
  }
  return taken
}
