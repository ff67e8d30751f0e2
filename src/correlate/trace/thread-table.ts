/** The threads and processes of a world while it is walked: who bears a number now, and who bore it at any place of the walk. */
import { addTo } from '../../model/multimap.js'
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import { cite, Life, latest, newProcess, type ThreadLife } from './life.js'
import { PidSpaces } from './pid-spaces.js'

export class ThreadTable {
  readonly lives: Life[] = []
  /** The spaces of a world, and who is who in them. */
  readonly spaces = new PidSpaces((tid, seq) => this.threadAt(tid, seq))
  /** Threads that live, by number. */
  readonly current = new Map<number, ThreadLife>()
  /** Place of the walk. */
  seq = 0
  readonly #history = new Map<number, ThreadLife[]>()
  /** Threads that a leader's tid was given to by an execve of theirs: tid to the leader's tid. */
  readonly #renamed = new Map<number, number>()

  /** The thread that `tid` was at a place of the walk; null where the trace has not met it yet. */
  threadAt(tid: number, seq: number): ThreadLife | null {
    const own = latest(this.#history.get(tid), seq)
    // After its execve a thread's lines may still bear its old number.
    if (own && own.to < seq && this.#renamed.has(tid)) return latest(this.#history.get(this.#renamed.get(tid)!), seq)
    return own
  }

  /** The thread that bears a number now, or bore it last; null where the trace has not met it yet. */
  latest(tid: number): ThreadLife | null {
    return this.current.get(tid) ?? this.#history.get(tid)?.at(-1) ?? null
  }

  /** A process that begins, without threads yet. */
  newLife(pid: number, startNs: Ns | null): Life {
    const life = new Life(newProcess(pid, startNs), this.spaces.own)
    this.lives.push(life)
    return life
  }

  /** The thread that is meant by a number now; one that nobody has met begins a life of its own. */
  met(tid: number, ref: Ref, ns: Ns | null): ThreadLife {
    const known = this.current.get(tid)
    if (known) return known
    const renamed = this.#renamed.get(tid)
    const leader = renamed === undefined ? undefined : this.current.get(renamed)
    if (leader) return leader
    const life = this.newLife(tid, null)
    const thread = this.add(life, tid, ref, null, ns)
    thread.local = tid
    this.spaces.stranger(thread, (child, parent) => this.adopt(child, parent.parent, parent.isThread, ns))
    return thread
  }

  /** A thread of a process begins. */
  add(life: Life, tid: number, ref: Ref, startNs: Ns | null, firstNs = startNs): ThreadLife {
    const thread: ThreadLife = {
      tid,
      life,
      thread: { tid, comm: life.process.comm, startNs, endNs: null },
      local: life.space.own ? tid : null,
      from: this.seq,
      to: Number.POSITIVE_INFINITY,
      firstLine: ref,
      firstNs,
      wroteInVain: false,
      met: false,
    }
    life.threads.push(thread)
    life.process.threads.push(thread.thread)
    cite(life.process, ref)
    this.current.set(tid, thread)
    addTo(this.#history, tid, thread)
    return thread
  }

  /** Makes a thread what its creator's call says that it is. */
  adopt(child: ThreadLife, parent: ThreadLife, isThread: boolean, ns: Ns | null): void {
    child.thread.startNs ??= ns
    if (isThread) {
      this.join(child, parent.life)
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
  readonly join = (thread: ThreadLife, life: Life): void => {
    const from = thread.life
    if (from === life || from.born) return
    life.assumed = false
    from.process.threads.length = 0
    from.mergeInto(life)
  }

  /** A thread ends. */
  endThread(thread: ThreadLife, ns: Ns | null): void {
    if (thread.to !== Number.POSITIVE_INFINITY) return
    thread.to = this.seq
    thread.thread.endNs = ns
    if (this.current.get(thread.tid) === thread) this.current.delete(thread.tid)
    this.spaces.ended(thread)
  }

  /** A process ends, with all its threads. */
  end(life: Life, ns: Ns | null): void {
    for (const t of life.threads) this.endThread(t, ns)
    life.endSeq = Math.min(life.endSeq, this.seq)
  }

  /** `by` called execve and goes on under the number of its leader. */
  rename(by: number, leader: ThreadLife, ns: Ns | null): void {
    const caller = this.current.get(by)
    if (caller) {
      this.join(caller, leader.life)
      this.endThread(caller, ns)
    }
    this.#renamed.set(by, leader.tid)
  }
}
