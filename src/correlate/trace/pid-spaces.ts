/**
 * Pid namespaces of a world. A line's prefix is strace's number for a thread; what the thread itself says (`getpid`),
 * is told (`si_pid`) or is given back (`clone`) is a number of its own namespace. The two are matched by what threads say of
 * themselves, by who appears after a clone, and by strace's own comments (`--pidns-translation`).
 */
import type { Ref } from '../../model/ref.js'
import type { PidArg } from './call-args.js'
import { type Life, PidSpace, type ThreadLife } from './life.js'

/** A child that a call in another namespace made, before its own first line was met. */
export interface ExpectedChild {
  parent: ThreadLife
  local: number
  isThread: boolean
  line: Ref
  /** Place of the call in the walk: the child is there from then on. */
  seq: number
}

type Join = (thread: ThreadLife, life: Life) => void

/** Only what was born close together can have been taken for each other; pids start again from below some day. */
const SIBLINGS = 8

/** The first process of a pid namespace. */
const INIT = 1

export class PidSpaces {
  readonly own = new PidSpace(true)
  #foreign: PidSpace | null = null
  #expected: { child: ExpectedChild; adopt: (thread: ThreadLife) => void }[] = []
  /** Processes that were taken for the children of calls by who appeared after them, by space. */
  readonly #guessed = new Map<PidSpace, ThreadLife[]>()
  readonly #strangers = new Set<ThreadLife>()

  /** @param at the latest life of a tid that had begun by a place in the walk */
  constructor(readonly at: (tid: number, seq: number) => ThreadLife | null) {}

  /** The thread that a process means by a number, at a place in the walk. It may have ended by then: see `to`. */
  find(by: Life, pid: PidArg, seq: number): ThreadLife | null {
    if (pid.outer !== null) return this.at(pid.outer, seq)
    return by.space.own ? this.at(pid.local, seq) : by.space.at(pid.local, seq)
  }

  /** The number that `life` knows a thread by; null where it cannot see it or it is not known. */
  localOf(thread: ThreadLife, life: Life): number | null {
    if (life.space.own) return thread.tid
    return life.space === thread.life.space ? thread.local : null
  }

  /** Notes a thread's number in its own namespace. */
  name(thread: ThreadLife, local: number): void {
    if (thread.life.space.own) return
    thread.local = local
    thread.life.space.add(local, thread)
  }

  /** `getpid() = 96` on thread 98: either it belongs to process 96, or it lives in another namespace. */
  saysPid(thread: ThreadLife, pid: number | null, seq: number, join: Join): void {
    const { life } = thread
    if (pid === null || pid <= 0) return
    if (!life.space.own) {
      const leader = life.threads.find(t => t.tid === life.process.pid)
      if (leader && leader.local === null) this.name(leader, pid)
      return
    }
    if (pid === life.process.pid) {
      life.assumed = false
      return
    }
    if (thread.tid !== life.process.pid) return
    const found = this.at(pid, seq)
    const leader = found && found.to >= seq ? found : null
    if (!life.born && pid !== INIT && (leader === null || leader.life.space.own)) {
      if (leader) join(thread, leader.life)
      else {
        // The leader has written no line yet: the process is known by its number all the same.
        life.process.pid = pid
        life.assumed = false
      }
      return
    }
    this.#enter(life, thread, pid)
  }

  /** `gettid() = 3` on thread 31243: it lives in another namespace. */
  saysTid(thread: ThreadLife, tid: number | null): void {
    if (tid === null || tid <= 0 || tid === thread.tid) return
    if (thread.life.space.own) this.#enter(thread.life, thread, tid)
    else if (thread.local === null) this.name(thread, tid)
  }

  /** What a process said of itself shows that it lives in a namespace that is not strace's. */
  #enter(life: Life, thread: ThreadLife, local: number): void {
    const space =
      life.parent && !life.parent.space.own ? life.parent.space : (life.parent?.childSpace ?? this.#foreignFor(local))
    life.space = space
    for (const t of life.threads) t.local = null
    this.name(thread, local)
  }

  /** One foreign namespace is enough until two threads claim one number in it. */
  #foreignFor(local: number): PidSpace {
    if (!this.#foreign || this.#foreign.byLocal.has(local)) this.#foreign = new PidSpace(false)
    return this.#foreign
  }

  /** A child was born whose parent is known: the first one of a new namespace is its init. */
  born(child: ThreadLife, parent: Life): void {
    this.#strangers.delete(child)
    if (child.life.space.own) return
    child.local = null
    if (child.life.space === parent.childSpace && child.life.space.byLocal.size === 0) this.name(child, INIT)
  }

  /** A call in another namespace made a child: either it has been met already, or the next stranger is it. */
  expect(child: ExpectedChild, adopt: (thread: ThreadLife) => void): void {
    const stranger = [...this.#strangers].find(
      t =>
        t.life.assumed &&
        (t.firstLine.source !== child.line.source || (t.firstLine.line ?? 0) >= (child.line.line ?? 0)),
    )
    if (stranger) this.#settle(stranger, child, adopt)
    else this.#expected.push({ child, adopt })
  }

  /** A thread that nobody made as far as the log shows. */
  stranger(thread: ThreadLife, adopt: (thread: ThreadLife, child: ExpectedChild) => void): void {
    const next = this.#expected.shift()
    if (next) this.#settle(thread, next.child, t => adopt(t, next.child))
    else this.#strangers.add(thread)
  }

  #settle(thread: ThreadLife, child: ExpectedChild, adopt: (thread: ThreadLife) => void): void {
    thread.from = Math.min(thread.from, child.seq)
    adopt(thread)
    this.#strangers.delete(thread)
    const { space } = child.parent.life
    if (thread.life.space !== space) {
      // The first of a namespace inside its maker's: the call gave back the number that it has in the outer one.
      space.add(child.local, thread)
      return
    }
    this.name(thread, child.local)
    if (!child.isThread && !thread.life.space.own) this.#inOrder(thread)
  }

  /**
   * A child of a later call can write its first line before a child of an earlier one. The kernel gives out a number in
   * every namespace at the same moment (kernel/pid.c, alloc_pid), so smaller numbers outside are smaller inside as well:
   * where the guesses say otherwise, two children of one parent have been taken for each other.
   */
  #inOrder(thread: ThreadLife): void {
    const { space, process } = thread.life
    const guessed = this.#guessed.get(space) ?? []
    guessed.push(thread)
    this.#guessed.set(space, guessed)
    const siblings = guessed.filter(t => t.life.process.ppid === process.ppid && t.local !== null).slice(-SIBLINGS)
    const locals = siblings.map(t => t.local!).sort((a, b) => a - b)
    siblings.sort((a, b) => a.tid - b.tid)
    siblings.forEach((t, i) => {
      if (t.local === locals[i]) return
      space.byLocal.set(t.local!, space.byLocal.get(t.local!)?.filter(other => other !== t) ?? [])
      t.local = locals[i]
      space.add(t.local, t)
    })
  }

  ended(thread: ThreadLife): void {
    this.#strangers.delete(thread)
  }
}
