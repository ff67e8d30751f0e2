/**
 * Processes and threads of a world, from the calls that make, change and end them: which tid belonged to which process
 * at which moment. A pid can live twice in one log, so every question names its place in the walk.
 */
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import type { Trace, TraceCall, TraceEvent, TraceSignal } from '../../model/trace.js'
import { argvOf, type PidArg, pidOf, splitArgs, stringOf } from './call-args.js'
import { GoFingerprint } from './go-fingerprint.js'
import { KIND, kindOf } from './kinds.js'
import { cite, type Life, PidSpace, type ThreadLife } from './life.js'
import type { PidSpaces } from './pid-spaces.js'
import { bear } from './process-births.js'
import { ProcessEnds } from './process-ends.js'
import { isSingle, Returns } from './returns.js'
import { joinStrangers } from './same-process.js'
import { codeOf } from './signal-codes.js'
import { ThreadTable } from './thread-table.js'
import type { World } from './world.js'

/** TASK_COMM_LEN without its end: longer names are cut by the kernel. */
const COMM_LENGTH = 15

export class ProcessTree {
  /** The traces show deliveries of signals. */
  signalsShown = false
  readonly #table = new ThreadTable()
  readonly #ends = new ProcessEnds(this.#table)
  readonly #go = new GoFingerprint()

  /**
   * @param at turns a source's time into capture time
   * @param processOf threads that other evidence lists, with their processes
   */
  constructor(world: World, at: (source: string, ns: Ns | null) => Ns | null, processOf: ReadonlyMap<number, number>) {
    const returns = new Returns(isSingle(world.traces), (call, { thread, ref, ns }) =>
      this.#ends.waited(call, thread, ref, ns),
    )
    world.walk((event, trace, ns, seq) => {
      returns.before(event, ns, seq)
      this.#table.seq = seq
      const ref = { source: trace.source, line: event.line }
      this.#visit(event, ref, ns)
      if (event.type !== 'call' || (kindOf(event.name) & KIND.waits) === 0) return
      const thread = this.threadAt(event.tid, seq)
      if (thread) returns.entered(event, { thread, ref, ns, seq }, at(trace.source, event.endNs))
    })
    returns.finish(this.#table.seq)
    for (const trace of world.traces) this.#lastCalls(trace)
    const explained = (life: Life) => this.#ends.explained(life)
    joinStrangers(this.#table.lives, { explained, processOf, attached: world.traces.some(t => t.options.attached) })
    for (const life of this.#table.lives) this.#close(life)
  }

  /** The spaces of a world, and who is who in them. */
  get spaces(): PidSpaces {
    return this.#table.spaces
  }

  /** The thread that `tid` was at a place of the walk; null where the trace has not met it yet. */
  threadAt(tid: number, seq: number): ThreadLife | null {
    return this.#table.threadAt(tid, seq)
  }

  /** Lives that were met as processes of their own. */
  *processes(): Iterable<Life> {
    for (const life of this.#table.lives) if (life.real === life) yield life
  }

  #visit(event: TraceEvent, ref: Ref, ns: Ns | null): void {
    switch (event.type) {
      case 'call':
        this.#call(event, this.#named(event, ref, ns), ref, ns)
        break
      case 'signal': {
        const thread = this.#thread(event.tid, ref, ns)
        this.signalsShown = true
        this.#go.signal(thread, event)
        this.#ends.signal(event, thread, ref, ns)
        this.#saysSender(thread, event)
        if (isOwn(event, thread)) this.spaces.saysPid(thread, event.info.pid ?? null, this.#table.seq, this.#table.join)
        break
      }
      case 'superseded':
        this.#table.rename(event.by, this.#thread(event.tid, ref, ns), ns)
        break
      case 'exit':
        this.#ends.exit(event, this.#thread(event.tid, ref, ns), ref, ns)
        break
      case 'stop':
      case 'attach':
        this.#thread(event.tid, ref, ns)
        break
    }
  }

  /** The thread of a call; its first line can bear its name (`-Y`). */
  #named(call: TraceCall, ref: Ref, ns: Ns | null): ThreadLife {
    const thread = this.#thread(call.tid, ref, ns)
    if (thread.met) return thread
    thread.met = true
    const { comm } = call
    if (comm === undefined) return thread
    thread.thread.comm = comm
    if (thread.tid === thread.life.process.pid) thread.life.process.comm = comm
    return thread
  }

  /** The thread that wrote a line. */
  #thread(tid: number, ref: Ref, ns: Ns | null): ThreadLife {
    const thread = this.#table.met(tid, ref, ns)
    thread.life.spoke = true
    return thread
  }

  #call(call: TraceCall, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    const { name } = call
    const kind = kindOf(name)
    if (kind & KIND.fingerprint) this.#go.call(thread, call)
    thread.life.lastCallSeq = this.#table.seq
    const failed = kind & KIND.writes ? call.error : null
    thread.wroteInVain = failed === 'EPIPE' || failed === 'EFBIG'
    if ((kind & KIND.tells) === 0) return
    if (name === 'exit' || (name === 'exit_group' && call.state !== 'returned')) this.#ends.exiting(call, thread, ref)
    if (call.state !== 'returned' || call.error !== null || call.injected || call.ret === null) return
    if (kind & KIND.birth) bear(this.#table, call, thread, ref, ns)
    else if (kind & KIND.execve) this.#execve(call, thread, ref)
    else if (name === 'prctl') this.#prctl(call, thread)
    else if (name === 'getpid') this.spaces.saysPid(thread, call.ret, this.#table.seq, this.#table.join)
    else if (name === 'gettid' || name === 'set_tid_address') this.spaces.saysTid(thread, call.ret)
    else if (name === 'getppid') this.#saysParent(thread, call.ret)
    else if (name === 'tgkill') this.#saysGroup(thread, call)
    else if (name === 'kill') this.#saysProcess(thread, pidOf(splitArgs(call.args, 1)[0]))
    else if (name === 'unshare' || name === 'setns') {
      if (call.args.includes('CLONE_NEWPID')) thread.life.childSpace = new PidSpace(false)
    }
  }

  #execve(call: TraceCall, thread: ThreadLife, ref: Ref): void {
    const { life } = thread
    const args = splitArgs(call.args, call.name === 'execveat' ? 3 : 2)
    const [path, argv] = call.name === 'execveat' ? [args[1], args[2]] : args
    const name = stringOf(path)
    if (name) {
      life.process.comm = name.text.slice(name.text.lastIndexOf('/') + 1).slice(0, COMM_LENGTH)
      thread.thread.comm = life.process.comm
    }
    life.process.argv = argvOf(argv) ?? life.process.argv
    life.process.runtime = null
    life.executed = true
    if (this.#table.seq === thread.from) life.process.startNs ??= thread.thread.startNs
    this.#go.forget(life)
    cite(life.process, ref)
  }

  #prctl(call: TraceCall, thread: ThreadLife): void {
    const [option, value] = splitArgs(call.args, 2)
    const name = option === 'PR_SET_NAME' || option === '0xf' ? stringOf(value) : null
    if (!name) return
    thread.thread.comm = name.text.slice(0, COMM_LENGTH)
    if (thread.tid === thread.life.process.pid) thread.life.process.comm = thread.thread.comm
  }

  #saysParent(thread: ThreadLife, ppid: number): void {
    const { process } = thread.life
    if (!thread.life.space.own || ppid <= 0 || process.ppid !== null) return
    process.ppid = ppid
    thread.life.toldParentSeq = this.#table.seq
  }

  /** `tgkill(96, 98, SIGURG) = 0`: the kernel checked that thread 98 is one of process 96. */
  #saysGroup(thread: ThreadLife, call: TraceCall): void {
    const [tgid, tid] = splitArgs(call.args, 2).map(pidOf)
    if (!tgid || !tid) return
    const target = this.spaces.find(thread.life, tid, this.#table.seq)
    if (target) this.spaces.saysPid(target, tgid.local, this.#table.seq, this.#table.join)
  }

  /** Who is meant by kill(2), or named by si_pid, is a process. */
  #saysProcess(thread: ThreadLife, pid: PidArg | null): void {
    const meant = pid && pid.local > 0 ? this.spaces.find(thread.life, pid, this.#table.seq) : null
    if (meant && meant.tid === meant.life.process.pid) meant.life.assumed = false
  }

  /** si_pid is never the number of a mere thread (kernel/signal.c, task_tgid_nr_ns). */
  #saysSender(thread: ThreadLife, { info, number }: TraceSignal): void {
    if (info.pid === undefined) return
    const code = codeOf(info, number)
    if (code === 'SI_USER' || code === 'SI_TKILL')
      this.#saysProcess(thread, { local: info.pid, outer: info.outerPid ?? null, comm: null })
  }

  #lastCalls(trace: Trace): void {
    for (const last of trace.lastCalls) {
      const known = this.threadAt(last.tid, Number.POSITIVE_INFINITY)
      const thread = known ?? this.#table.met(last.tid, { source: trace.source, line: last.line }, null)
      this.#go.text(thread, last.args)
    }
  }

  #close(life: Life): void {
    const { process } = life
    if (life.real !== life) return
    this.#go.settle(life)
    if (!life.spoke) {
      // It may have become any program, unseen.
      process.comm = null
      process.argv = null
    }
    // exit_group was called or its parent has waited for it, and no line prints its end: it is dead all the same.
    if (process.exit && !life.ended) life.endSeq = this.#table.seq
  }
}

/** Signals that a process can only have from itself, so that si_pid is its own number: preemption, a failed write. */
function isOwn({ signal, number, info }: TraceSignal, thread: ThreadLife): boolean {
  const code = codeOf(info, number)
  if (code === 'SI_TKILL') return signal === 'SIGURG'
  return code === 'SI_USER' && thread.wroteInVain && (signal === 'SIGPIPE' || signal === 'SIGXFSZ')
}
