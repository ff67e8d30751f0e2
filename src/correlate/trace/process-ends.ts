/** Ends of processes and threads: as their own last lines tell, and as their parents were told. */
import type { Process } from '../../model/process.js'
import type { Ref } from '../../model/ref.js'
import { signalNumber } from '../../model/signal-names.js'
import type { Ns } from '../../model/time.js'
import type { TraceCall, TraceExit, TraceSignal } from '../../model/trace.js'
import { numberOf, splitArgs } from './call-args.js'
import { cite, type Life, type ThreadLife } from './life.js'
import { outerOf } from './process-births.js'
import type { ThreadTable } from './thread-table.js'
import { type ChildEnd, endOfChildInfo, endOfWaitStatus, siginfoOf } from './wait-status.js'

/** What a forbidden call ends in. */
const SECCOMP = 'SIGSYS'

export class ProcessEnds {
  readonly #lastSignal = new Map<Life, { number: number; seq: number }>()

  constructor(readonly table: ThreadTable) {}

  /** exit and exit_group: the end begins. */
  exiting(call: TraceCall, { life }: ThreadLife, ref: Ref): void {
    life.dyingSeq = Math.min(life.dyingSeq, this.table.seq)
    if (call.name !== 'exit_group') return
    const code = numberOf(call.args)
    life.process.exit ??= code === null ? null : exited(code & 0xff, [ref])
  }

  /** A signal that was delivered: the one that a death may be of, or news of a child. */
  signal(event: TraceSignal, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    const { info } = event
    if (event.signal === SECCOMP) this.#forbidden(thread)
    this.#lastSignal.set(thread.life, { number: event.number, seq: this.table.seq })
    if (event.signal !== 'SIGCHLD' || info.pid === undefined) return
    const end = endOfChildInfo(info)
    if (end) this.#childEnded(thread, info.pid, info.outerPid ?? null, end, ref, ns)
  }

  /** wait4 and waitid tell how a child ended, when they return. */
  waited(call: TraceCall, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    if (call.state !== 'returned' || call.error !== null || call.injected || call.ret === null) return
    const cited = call.endLine === null ? ref : { ...ref, line: call.endLine }
    if (call.name === 'waitid') {
      const info = siginfoOf(splitArgs(call.args, 3)[2])
      const end = info && endOfChildInfo(info)
      if (end && info.pid !== undefined) this.#childEnded(thread, info.pid, null, end, cited, ns)
      return
    }
    const end = call.ret > 0 ? endOfWaitStatus(splitArgs(call.args, 2)[1] ?? '') : null
    const tracer = call.args.includes('__WALL')
    if (end) this.#childEnded(thread, call.ret!, outerOf(call.retText), end, cited, ns, tracer)
  }

  /** The life shows itself why it ended: exit_group, exit, or the delivery of the signal that killed it. */
  explained(life: Life): boolean {
    const number = deathSignalOf(life.process)
    return number === null ? life.dyingSeq < life.endSeq : this.#lastSignal.get(life)?.number === number
  }

  /**
   * A seccomp filter forbade the last call: what strace shows as its result is its own number (syscall_rollback).
   *
   *   > | getppid()  = 110
   *   > | --- SIGSYS {si_signo=SIGSYS, si_code=SYS_SECCOMP, …, si_syscall=__NR_getppid, …} ---
   */
  #forbidden({ life }: ThreadLife): void {
    if (life.toldParentSeq === life.lastCallSeq && life.toldParentSeq !== -1) life.process.ppid = null
  }

  #childEnded(
    parent: ThreadLife,
    local: number,
    outer: number | null,
    end: ChildEnd,
    ref: Ref,
    ns: Ns | null,
    tracer = false,
  ): void {
    const { space } = parent.life
    const tid = outer ?? (space.own ? local : space.at(local, this.table.seq)?.tid)
    if (tid === undefined) return
    const thread = this.table.latest(tid)
    let life = thread?.life ?? null
    if (life && life.process.pid !== tid) return
    if (!life) {
      if (tracer) return
      life = this.table.newLife(tid, null)
      life.process.ppid = parent.life.process.pid
      life.parent = parent.life
    }
    const { process } = life
    if (!tracer) life.assumed = false
    cite(process, ref)
    if (process.exit && life.ended) {
      process.exit.coreDumped ||= end.coreDumped
      if (process.exit.refs.length < 4) process.exit.refs.push(ref)
      return
    }
    // SIGCHLD and wait4 of an untraced child both come here: the first of the two dates the end.
    const refs = process.exit?.refs ?? []
    process.exit = { ...end, refs: refs.length < 4 ? [...refs, ref] : refs }
    process.endNs ??= ns
    // A traced child prints its own end, which in the files of -ff can bear a later time than its parent's wait4.
    if (life.lastCallSeq === -1) this.table.end(life, ns)
  }

  /** The last line of a thread, and of its process where it is the last of it. */
  exit(event: TraceExit, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    const { life } = thread
    const { process } = life
    if (event.how === 'killed' && event.signal === SECCOMP) this.#forbidden(thread)
    this.table.endThread(thread, ns)
    const leads = thread.tid === process.pid
    const last = life.threads.every(t => t.to !== Number.POSITIVE_INFINITY)
    if (event.how === 'killed') {
      const last = this.#lastSignal.get(life)
      const number = event.signal === null ? null : signalNumber(event.signal)
      life.dyingSeq = Math.min(life.dyingSeq, last && last.number === number ? last.seq : this.table.seq)
      const refs = process.exit?.kind === 'killed' ? process.exit.refs : []
      process.exit = {
        kind: 'killed',
        code: null,
        signal: event.signal,
        coreDumped: event.coreDumped || (process.exit?.coreDumped ?? false),
        refs: refs.length < 4 ? [...refs, ref] : refs,
      }
    } else if (leads || (last && process.exit === null)) process.exit = exited(event.code, [ref])
    if (!leads && !last) return
    process.endNs = ns ?? process.endNs
    life.endSeq = this.table.seq
    cite(process, ref)
    for (const t of life.threads) this.table.endThread(t, ns)
  }
}

function exited(code: number | null, refs: Ref[]): NonNullable<Process['exit']> {
  return { kind: 'exited', code, signal: null, coreDumped: false, refs }
}

function deathSignalOf(process: Process): number | null {
  return process.exit?.kind === 'killed' && process.exit.signal !== null ? signalNumber(process.exit.signal) : null
}
