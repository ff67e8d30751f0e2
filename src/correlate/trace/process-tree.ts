/**
 * Processes and threads of a world, from the calls that make, change and end them: which tid belonged to which process
 * at which moment. A pid can live twice in one log, so every question names its place in the walk.
 */
import type { Process } from '../../model/process.js'
import type { Ref } from '../../model/ref.js'
import { signalNumber } from '../../model/signal-names.js'
import type { Ns } from '../../model/time.js'
import type { Trace, TraceCall, TraceEvent, TraceExit, TraceSignal } from '../../model/trace.js'
import { argvOf, numberOf, type PidArg, pidOf, splitArgs, stringOf } from './call-args.js'
import { GoFingerprint } from './go-fingerprint.js'
import { KIND, kindOf, makesThread } from './kinds.js'
import { cite, Life, latest, newProcess, PidSpace, type ThreadLife } from './life.js'
import { PidSpaces } from './pid-spaces.js'
import { isSingle, Returns } from './returns.js'
import { joinStrangers } from './same-process.js'
import { codeOf } from './signal-codes.js'
import { type ChildEnd, endOfChildInfo, endOfWaitStatus, siginfoOf } from './wait-status.js'
import type { World } from './world.js'

/** TASK_COMM_LEN without its end: longer names are cut by the kernel. */
const COMM_LENGTH = 15

/** What a forbidden call ends in. */
const SECCOMP = 'SIGSYS'

export class ProcessTree {
  readonly lives: Life[] = []
  /** The spaces of a world, and who is who in them. */
  readonly spaces: PidSpaces
  /** The traces show deliveries of signals. */
  signalsShown = false
  readonly #current = new Map<number, ThreadLife>()
  readonly #history = new Map<number, ThreadLife[]>()
  readonly #go = new GoFingerprint()
  /** Threads that a leader's tid was given to by an execve of theirs: tid to the leader's tid. */
  readonly #renamed = new Map<number, number>()
  readonly #lastSignal = new Map<Life, { number: number; seq: number }>()
  #seq = 0

  /**
   * @param at turns a source's time into capture time
   * @param processOf threads that other evidence lists, with their processes
   */
  constructor(world: World, at: (source: string, ns: Ns | null) => Ns | null, processOf: ReadonlyMap<number, number>) {
    this.spaces = new PidSpaces((tid, seq) => this.threadAt(tid, seq))
    const returns = new Returns(isSingle(world.traces), (call, { thread, ref, ns }) =>
      this.#waited(call, thread, ref, ns),
    )
    world.walk((event, trace, ns, seq) => {
      returns.before(event, ns, seq)
      this.#seq = seq
      const ref = { source: trace.source, line: event.line }
      this.#visit(event, ref, ns)
      if (event.type !== 'call' || (kindOf(event.name) & KIND.waits) === 0) return
      const thread = this.threadAt(event.tid, seq)
      if (thread) returns.entered(event, { thread, ref, ns, seq }, at(trace.source, event.endNs))
    })
    returns.finish(this.#seq)
    for (const trace of world.traces) this.#lastCalls(trace)
    const explained = (life: Life) => {
      const number = deathSignalOf(life.process)
      return number === null ? life.dyingSeq < life.endSeq : this.#lastSignal.get(life)?.number === number
    }
    joinStrangers(this.lives, { explained, processOf, attached: world.traces.some(t => t.options.attached) })
    for (const life of this.lives) this.#close(life)
  }

  /** The thread that `tid` was at a place of the walk; null where the trace has not met it yet. */
  threadAt(tid: number, seq: number): ThreadLife | null {
    const own = latest(this.#history.get(tid), seq)
    // After its execve a thread's lines may still bear its old number.
    if (own && own.to < seq && this.#renamed.has(tid)) return latest(this.#history.get(this.#renamed.get(tid)!), seq)
    return own
  }

  /** Lives that were met as processes of their own. */
  *processes(): Iterable<Life> {
    for (const life of this.lives) if (life.real === life) yield life
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
        if (event.signal === SECCOMP) this.#forbidden(thread)
        this.#lastSignal.set(thread.life, { number: event.number, seq: this.#seq })
        if (event.signal === 'SIGCHLD' && event.info.pid !== undefined) {
          const end = endOfChildInfo(event.info)
          if (end) this.#childEnded(thread, event.info.pid, event.info.outerPid ?? null, end, ref, ns)
        }
        this.#saysSender(thread, event)
        if (isOwn(event, thread)) this.spaces.saysPid(thread, event.info.pid ?? null, this.#seq, this.#join)
        break
      }
      case 'superseded':
        this.#superseded(event.tid, event.by, ref, ns)
        break
      case 'exit':
        this.#exit(event, this.#thread(event.tid, ref, ns), ref, ns)
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
    const thread = this.#met(tid, ref, ns)
    thread.life.spoke = true
    return thread
  }

  #met(tid: number, ref: Ref, ns: Ns | null): ThreadLife {
    const known = this.#current.get(tid)
    if (known) return known
    const renamed = this.#renamed.get(tid)
    const leader = renamed === undefined ? undefined : this.#current.get(renamed)
    if (leader) return leader
    const life = new Life(newProcess(tid, null), this.spaces.own)
    this.lives.push(life)
    const thread = this.#add(life, tid, ref, null)
    thread.local = tid
    this.spaces.stranger(thread, (child, parent) => this.#adopt(child, parent.parent, parent.isThread, ns))
    return thread
  }

  #add(life: Life, tid: number, ref: Ref, startNs: Ns | null): ThreadLife {
    const thread: ThreadLife = {
      tid,
      life,
      thread: { tid, comm: life.process.comm, startNs, endNs: null },
      local: life.space.own ? tid : null,
      from: this.#seq,
      to: Number.POSITIVE_INFINITY,
      firstLine: ref,
      wroteInVain: false,
      met: false,
    }
    life.threads.push(thread)
    life.process.threads.push(thread.thread)
    cite(life.process, ref)
    this.#current.set(tid, thread)
    const past = this.#history.get(tid)
    if (past) past.push(thread)
    else this.#history.set(tid, [thread])
    return thread
  }

  #call(call: TraceCall, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    const { name } = call
    const kind = kindOf(name)
    if (kind & KIND.fingerprint) this.#go.call(thread, call)
    thread.life.lastCallSeq = this.#seq
    const failed = kind & KIND.writes ? call.error : null
    thread.wroteInVain = failed === 'EPIPE' || failed === 'EFBIG'
    if ((kind & KIND.tells) === 0) return
    if (name === 'exit') thread.life.dyingSeq = Math.min(thread.life.dyingSeq, this.#seq)
    if (name === 'exit_group' && call.state !== 'returned') {
      thread.life.dyingSeq = Math.min(thread.life.dyingSeq, this.#seq)
      const code = numberOf(call.args)
      thread.life.process.exit ??= code === null ? null : exited(code & 0xff, [ref])
    }
    if (call.state !== 'returned' || call.error !== null || call.injected || call.ret === null) return
    if (kind & KIND.birth) this.#birth(call, thread, ref, ns)
    else if (kind & KIND.execve) this.#execve(call, thread, ref)
    else if (name === 'prctl') this.#prctl(call, thread)
    else if (name === 'getpid') this.spaces.saysPid(thread, call.ret, this.#seq, this.#join)
    else if (name === 'gettid' || name === 'set_tid_address') this.spaces.saysTid(thread, call.ret)
    else if (name === 'getppid') this.#saysParent(thread, call.ret)
    else if (name === 'tgkill') this.#saysGroup(thread, call)
    else if (name === 'kill') this.#saysProcess(thread, pidOf(splitArgs(call.args, 1)[0]))
    else if (name === 'unshare' || name === 'setns') {
      if (call.args.includes('CLONE_NEWPID')) thread.life.childSpace = new PidSpace(false)
    }
  }

  /** wait4 and waitid tell how a child ended, when they return. */
  #waited(call: TraceCall, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
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

  #birth(call: TraceCall, parent: ThreadLife, ref: Ref, ns: Ns | null): void {
    if (!call.ret) return
    const isThread = makesThread(call)
    if (call.args.includes('CLONE_NEWPID')) parent.life.childSpace = new PidSpace(false)
    const outer = outerOf(call.retText)
    if (!parent.life.space.own && outer === null) {
      if (isThread === null) return
      this.spaces.expect({ parent, local: call.ret, isThread, line: ref, seq: this.#seq }, child =>
        this.#adopt(child, parent, isThread, ns),
      )
      return
    }
    const tid = outer ?? call.ret
    let child = this.#current.get(tid) ?? null
    // A thread that was there before this call is another life of the same number, whose end the log does not show.
    if (child && !isAfter(child.firstLine, ref, call)) {
      this.#endThread(child, ns)
      child = null
    }
    if (!child) {
      if (isThread) child = this.#add(parent.life, tid, ref, ns)
      else {
        const life = new Life(newProcess(tid, ns), this.spaces.own)
        this.lives.push(life)
        child = this.#add(life, tid, ref, ns)
      }
    }
    if (isThread === null) return
    this.#adopt(child, parent, isThread, ns)
    if (outer !== null) this.spaces.name(child, call.ret)
  }

  /** Makes a thread what its creator's call says that it is. */
  #adopt(child: ThreadLife, parent: ThreadLife, isThread: boolean, ns: Ns | null): void {
    child.thread.startNs ??= ns
    if (isThread) {
      this.#join(child, parent.life)
      child.thread.comm ??= parent.thread.comm
      return
    }
    const { life } = child
    if (life.born) return
    life.assumed = false
    life.born = true
    life.parent = parent.life
    life.space = parent.life.childSpace ?? parent.life.space
    const { process } = life
    process.ppid = parent.life.process.pid
    process.startNs ??= ns
    process.comm ??= parent.thread.comm ?? parent.life.process.comm
    process.argv ??= parent.life.process.argv
    process.runtime ??= parent.life.process.runtime
    child.thread.comm ??= process.comm
    this.spaces.born(child, parent.life)
  }

  /** A thread whose process was not known turns out to be one of `life`. */
  readonly #join = (thread: ThreadLife, life: Life): void => {
    const from = thread.life
    if (from === life || from.born) return
    life.assumed = false
    from.process.threads.length = 0
    from.mergeInto(life)
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
    if (this.#seq === thread.from) life.process.startNs ??= thread.thread.startNs
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
    thread.life.toldParentSeq = this.#seq
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

  /** `tgkill(96, 98, SIGURG) = 0`: the kernel checked that thread 98 is one of process 96. */
  #saysGroup(thread: ThreadLife, call: TraceCall): void {
    const [tgid, tid] = splitArgs(call.args, 2).map(pidOf)
    if (!tgid || !tid) return
    const target = this.spaces.find(thread.life, tid, this.#seq)
    if (target) this.spaces.saysPid(target, tgid.local, this.#seq, this.#join)
  }

  /** Who is meant by kill(2), or named by si_pid, is a process. */
  #saysProcess(thread: ThreadLife, pid: PidArg | null): void {
    const meant = pid && pid.local > 0 ? this.spaces.find(thread.life, pid, this.#seq) : null
    if (meant && meant.tid === meant.life.process.pid) meant.life.assumed = false
  }

  /** si_pid is never the number of a mere thread (kernel/signal.c, task_tgid_nr_ns). */
  #saysSender(thread: ThreadLife, { info, number }: TraceSignal): void {
    if (info.pid === undefined) return
    const code = codeOf(info, number)
    if (code === 'SI_USER' || code === 'SI_TKILL')
      this.#saysProcess(thread, { local: info.pid, outer: info.outerPid ?? null, comm: null })
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
    const tid = outer ?? (space.own ? local : space.at(local, this.#seq)?.tid)
    if (tid === undefined) return
    const thread = this.#current.get(tid) ?? this.#history.get(tid)?.at(-1) ?? null
    let life = thread?.life ?? null
    if (life && life.process.pid !== tid) return
    if (!life) {
      if (tracer) return
      life = new Life(newProcess(tid, null), this.spaces.own)
      life.process.ppid = parent.life.process.pid
      life.parent = parent.life
      this.lives.push(life)
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
    if (life.lastCallSeq === -1) this.#end(life, ns)
  }

  #end(life: Life, ns: Ns | null): void {
    for (const t of life.threads) this.#endThread(t, ns)
    life.endSeq = Math.min(life.endSeq, this.#seq)
  }

  #exit(event: TraceExit, thread: ThreadLife, ref: Ref, ns: Ns | null): void {
    const { life } = thread
    const { process } = life
    if (event.how === 'killed' && event.signal === SECCOMP) this.#forbidden(thread)
    this.#endThread(thread, ns)
    const leads = thread.tid === process.pid
    const last = life.threads.every(t => t.to !== Number.POSITIVE_INFINITY)
    if (event.how === 'killed') {
      const last = this.#lastSignal.get(life)
      const number = event.signal === null ? null : signalNumber(event.signal)
      life.dyingSeq = Math.min(life.dyingSeq, last && last.number === number ? last.seq : this.#seq)
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
    life.endSeq = this.#seq
    cite(process, ref)
    for (const t of life.threads) this.#endThread(t, ns)
  }

  #endThread(thread: ThreadLife, ns: Ns | null): void {
    if (thread.to !== Number.POSITIVE_INFINITY) return
    thread.to = this.#seq
    thread.thread.endNs = ns
    if (this.#current.get(thread.tid) === thread) this.#current.delete(thread.tid)
    this.spaces.ended(thread)
  }

  /**
   * A thread that is not the leader called execve: it takes the leader's tid, the leader's own life ends (execve(2)).
   *
   *   > | 22901 +++ superseded by execve in pid 22903 +++
   *       ^ goes on, as what 22903 was
   */
  #superseded(tid: number, by: number, ref: Ref, ns: Ns | null): void {
    const leader = this.#thread(tid, ref, ns)
    const caller = this.#current.get(by)
    if (caller) {
      this.#join(caller, leader.life)
      this.#endThread(caller, ns)
    }
    this.#renamed.set(by, tid)
  }

  #lastCalls(trace: Trace): void {
    for (const last of trace.lastCalls) {
      const known = this.threadAt(last.tid, Number.POSITIVE_INFINITY)
      const thread = known ?? this.#met(last.tid, { source: trace.source, line: last.line }, null)
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
    if (process.exit && !life.ended) life.endSeq = this.#seq
  }
}

function exited(code: number | null, refs: Ref[]): NonNullable<Process['exit']> {
  return { kind: 'exited', code, signal: null, coreDumped: false, refs }
}

/** The parent's tid in strace's namespace, printed after a value of another: `= 3 /* 31243 in strace's PID NS *\/`. */
function outerOf(retText: string | null): number | null {
  if (retText === null) return null
  const m = /\/\* (\d+) in strace's PID NS \*\//.exec(retText)
  return m ? Number(m[1]) : null
}

/** Signals that a process can only have from itself, so that si_pid is its own number: preemption, a failed write. */
function isOwn({ signal, info }: TraceSignal, thread: ThreadLife): boolean {
  if (info.code === 'SI_TKILL') return signal === 'SIGURG'
  return info.code === 'SI_USER' && thread.wroteInVain && (signal === 'SIGPIPE' || signal === 'SIGXFSZ')
}

/** The child's first line stands after the call that made it. */
function isAfter(first: Ref, ref: Ref, call: TraceCall): boolean {
  return first.source !== ref.source || (first.line ?? 0) >= call.line
}

function deathSignalOf(process: Process): number | null {
  return process.exit?.kind === 'killed' && process.exit.signal !== null ? signalNumber(process.exit.signal) : null
}
