/** Calls that never returned, or that took longer than `THRESHOLD_NS`. */
import type { BlockedCall } from '../../model/process.js'
import type { Ns } from '../../model/time.js'
import type { Trace, TraceCall } from '../../model/trace.js'
import { fdOf, numberOf, splitArgs } from './call-args.js'
import { FirstAndLast } from './first-and-last.js'
import type { Life } from './life.js'
import type { Moment } from './moment.js'

/** A call that is listed took at least this long, or was still open when the log ended. */
export const THRESHOLD_NS = 1e9
const KEPT = 2_000
const USUAL_KEPT = 500

/** Calls whose purpose is to wait: for events, children, signals, time, a new connection. */
const WAITS =
  /^(?:epoll_(?:p?wait2?)|p?poll|ppoll_time64|p?select6?|_newselect|accept4?|wait4|waitpid|waitid|(?:clock_)?nanosleep|clock_nanosleep_time64|pause|rt_sigsuspend|sigsuspend|rt_sigtimedwait|rt_sigtimedwait_time64|io_getevents|io_pgetevents|io_uring_enter|msgrcv|mq_timedreceive|ptrace|restart_syscall)$/
const READS = /^(?:p?readv?2?|pread64|recv(?:from|m?msg)?)$/
/** Reading from these is waiting for somebody to come: terminals, counters, timers, directories that are watched. */
const QUIET_OBJECT =
  /^(?:\/dev\/(?:tty|pts|console|null)|anon_inode|inotify|signalfd|timerfd|eventfd|\{eventfd|pid:)|<char /
/** FUTEX_WAIT for the value 2: glibc's mutex with a thread waiting for it (lowlevellock). */
const CONTENDED = /FUTEX_WAIT_PRIVATE, 2, NULL|FUTEX_LOCK_PI/

export class BlockedCalls {
  readonly #list = new FirstAndLast<BlockedCall>(KEPT)
  readonly #usual = new FirstAndLast<BlockedCall>(USUAL_KEPT)

  /** @param endNs capture time of the call's return; null where it never returned or is not dated */
  entered(call: TraceCall, moment: Moment, endNs: Ns | null, logEnd: Ns | null, attached: boolean): void {
    const open = call.state === 'unfinished' || call.state === 'detached'
    // A thread that ended inside the call waited until then.
    const until = open ? logEnd : call.state === 'died' ? moment.thread.thread.endNs : endNs
    let duration = until === null || moment.ns === null ? null : Math.max(0, until - moment.ns)
    // strace found the thread in it, and nothing more was written until it let go: how long that was no line says.
    const throughout = open && attached && moment.seq === moment.thread.from
    if (throughout && (duration ?? 0) < THRESHOLD_NS) duration = null
    if (!open && (duration === null || duration < THRESHOLD_NS)) return
    const { life, tid } = moment.thread
    const blocked: BlockedCall = {
      pid: life.process.pid,
      tid,
      syscall: nameOf(call),
      object: objectOf(call),
      sinceNs: moment.ns,
      durationNs: duration,
      open,
      usual: isUsual(call, life),
      ...(throughout && { throughout }),
      refs:
        call.endLine === null || call.endLine === call.line
          ? [moment.ref]
          : [moment.ref, { ...moment.ref, line: call.endLine }],
    }
    ;(blocked.usual ? this.#usual : this.#list).add(blocked)
  }

  all(): BlockedCall[] {
    return [...this.#list.items(), ...this.#usual.items()].sort((a, b) => (a.sinceNs ?? 0) - (b.sinceNs ?? 0))
  }

  get dropped(): number {
    return this.#list.dropped + this.#usual.dropped
  }
}

/** `restart_syscall(<... resuming interrupted read ...>)` is the read that goes on. */
function nameOf(call: TraceCall): string {
  if (call.name !== 'restart_syscall') return call.name
  const resumed = /resuming interrupted ([a-z_0-9]+)/.exec(call.args)?.[1]
  // After an attach straces before 6.12 say `read` for any call; a read itself is never resumed this way.
  return resumed === undefined ||
    resumed === 'read' ||
    resumed === 'system' ||
    resumed === 'call' ||
    resumed === 'restart_syscall'
    ? call.name
    : resumed
}

function objectOf(call: TraceCall): string | null {
  const [first, second] = splitArgs(call.args, 2)
  const name = nameOf(call)
  if (first === undefined || call.name === 'restart_syscall') return null
  if (name === 'futex') return `futex ${first}`
  if (name === 'wait4' || name === 'waitpid') return (numberOf(first) ?? -1) > 0 ? `pid ${numberOf(first)}` : null
  if (name === 'waitid') return first === 'P_PID' && second ? `pid ${numberOf(second)}` : null
  if (first.startsWith('"')) return first.length > 80 ? `${first.slice(0, 79)}…` : first
  if (first.startsWith('AT_FDCWD') && second?.startsWith('"')) return second
  const fd = /^\d/.test(first) ? fdOf(first) : null
  if (!fd || /^(?:nanosleep|clock_|p?select|_newselect|exit)/.test(name)) return null
  return fd.object ?? `fd ${fd.fd}`
}

function isUsual(call: TraceCall, life: Life): boolean {
  const name = nameOf(call)
  if (WAITS.test(name)) return true
  if (name === 'futex') return life.process.runtime === 'go' || !CONTENDED.test(call.args)
  if (!READS.test(name)) return false
  const fd = fdOf(splitArgs(call.args, 1)[0])
  if (fd?.object) return QUIET_OBJECT.test(fd.object)
  return fd?.fd === 0
}

/** The latest time of a set of logs, in capture time. */
export function endOfLogs(traces: readonly Trace[], at: (source: string, ns: Ns | null) => Ns | null): Ns | null {
  let end: Ns | null = null
  for (const trace of traces) {
    const last = at(trace.source, trace.lastNs)
    if (last !== null && (end === null || last > end)) end = last
  }
  return end
}
