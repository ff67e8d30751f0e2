/** Writes that failed with EPIPE, and who had given up the other end. */
import type { BrokenPipe } from '../../model/analysis.js'
import type { TraceCall } from '../../model/trace.js'
import { fdOf, splitArgs } from './call-args.js'
import { type End, lastRelease, type Release } from './ends.js'
import type { FdTables } from './fds.js'
import { FirstAndLast } from './first-and-last.js'
import type { Moment } from './moment.js'

/** Which argument is the descriptor that is written to. */
const FD_ARGUMENT: Record<string, number> = { splice: 2, tee: 1 }
/** rt_sigreturn gives back what the interrupted call returned. */
const NO_WRITE = /^(?:rt_)?sigreturn$/
/** Failures of one process on one descriptor that are listed one by one; the rest are counted. */
const LISTED = 50
const KEPT = 5_000

export class BrokenPipes {
  readonly #list = new FirstAndLast<BrokenPipe>(KEPT)
  readonly #same = new Map<string, { count: number; last: BrokenPipe }>()

  /** @param ordered whether the walk's order is that of the events, so that the last to let go can be told */
  constructor(
    readonly fds: FdTables,
    readonly ordered: boolean,
  ) {}

  returned(call: TraceCall, { thread, ref, ns, seq }: Moment): void {
    if (call.error !== 'EPIPE' || NO_WRITE.test(call.name)) return
    const index = FD_ARGUMENT[call.name] ?? 0
    const fd = fdOf(splitArgs(call.args, index + 1)[index])
    const { life } = thread
    const end = fd ? this.fds.endOf(life, fd.fd) : null
    const key = `${life.process.pid} ${fd?.fd} ${fd?.object}`
    const same = this.#same.get(key)
    if (same && same.count >= LISTED) {
      same.count++
      same.last.repeats = (same.last.repeats ?? 0) + 1
      return
    }
    const release = end && this.ordered && !call.injected ? giveUp(end, seq, ns) : null
    const broken: BrokenPipe = {
      pid: life.process.pid,
      tid: thread.tid,
      comm: life.process.comm,
      fd: fd?.fd ?? null,
      syscall: call.name,
      object: fd?.object ?? null,
      ns,
      noSignal: call.injected || call.args.includes('MSG_NOSIGNAL'),
      sigpipe: null,
      peer: release && {
        how: release.how,
        pid: release.life.process.pid,
        comm: release.life.process.comm,
        ns: release.ns,
        refs: release.refs,
        byName: end?.byName ?? false,
      },
      refs: call.endLine === null || call.endLine === call.line ? [ref] : [ref, { ...ref, line: call.endLine }],
    }
    this.#same.set(key, { count: (same?.count ?? 0) + 1, last: broken })
    this.#list.add(broken)
  }

  all(): BrokenPipe[] {
    return this.#list.items()
  }

  get dropped(): number {
    return this.#list.dropped
  }
}

/** What made a write to this end fail: its own shutdown for writing, the reader's for reading, or the reader's last close. */
function giveUp(end: End, seq: number, ns: number | null): Release | null {
  if (end.shut.writing) return end.shut.writing
  if (!end.peer) return null
  return lastRelease(end.peer, seq, ns) ?? end.peer.shut.reading
}
