/** What correlate knows of one life of a process while it reads traces, beyond what the report will say of it. */
import { addTo } from '../../model/multimap.js'
import type { Process, Thread } from '../../model/process.js'
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'

/**
 * A pid namespace. strace writes its own numbers before each line, but arguments and siginfo bear the numbers of the
 * traced process's namespace (pid_namespaces(7)).
 */
export class PidSpace {
  /** Threads by their number in this namespace, oldest first; empty for strace's own, where that is the tid. */
  readonly byLocal = new Map<number, ThreadLife[]>()

  constructor(readonly own: boolean) {}

  add(local: number, thread: ThreadLife): void {
    addTo(this.byLocal, local, thread)
  }

  /** The latest thread of that number that had begun by a place in the walk. */
  at(local: number, seq: number): ThreadLife | null {
    return latest(this.byLocal.get(local), seq)
  }
}

/** One life of a thread: from its first sight to its last line. */
export interface ThreadLife {
  tid: number
  life: Life
  thread: Thread
  /** Number in its own pid namespace; null where it is another than `tid` and not known. */
  local: number | null
  /** Place in the walk where it was first seen, and where it ended. */
  from: number
  to: number
  firstLine: Ref
  /** Time of that line. */
  firstNs: Ns | null
  /** Its last call failed with EPIPE or EFBIG: the signal that follows is its own. */
  wroteInVain: boolean
  /** A line of its own has been met, and asked for the name that `-Y` gives. */
  met: boolean
}

/** The latest of the lives of one number that had begun by a place in the walk; null where none had. */
export function latest(lives: readonly ThreadLife[] | undefined, seq: number): ThreadLife | null {
  if (lives) for (let i = lives.length - 1; i >= 0; i--) if (lives[i].from <= seq) return lives[i]
  return null
}

/** One life of a process. */
export class Life {
  readonly threads: ThreadLife[] = []
  space: PidSpace
  /** Namespace for its children: unshare(CLONE_NEWPID), setns. */
  childSpace: PidSpace | null = null
  parent: Life | null = null
  /** Nothing shows yet that its first thread leads it: it may turn out to be a thread of another life. */
  assumed = true
  /** Its birth was seen, so everything that it inherited was too. */
  born = false
  /** A line of one of its threads was met: it was traced itself. */
  spoke = false
  /** An execve of it was seen: its program was watched from the start. */
  executed = false
  /** The signal that it died of has been settled: every thread prints the same end. */
  deathSettled = false
  /** Place in the walk where it ended; Infinity while it lives. */
  endSeq = Number.POSITIVE_INFINITY
  /** Place where its end began: exit_group, or the delivery of the signal that killed it. */
  dyingSeq = Number.POSITIVE_INFINITY
  /** Place of the getppid that its parent's number was taken from. */
  toldParentSeq = -1
  /** Place of the last call that any of its threads entered. */
  lastCallSeq = -1
  #mergedInto: Life | null = null

  constructor(
    readonly process: Process,
    space: PidSpace,
  ) {
    this.space = space
  }

  /** The life that this one turned out to be part of; itself otherwise. */
  get real(): Life {
    let life: Life = this
    while (life.#mergedInto) life = life.#mergedInto
    return life
  }

  mergeInto(other: Life): void {
    if (other === this) return
    for (const t of this.threads) {
      t.life = other
      other.threads.push(t)
      other.process.threads.push(t.thread)
    }
    this.threads.length = 0
    other.spoke ||= this.spoke
    other.process.runtime ??= this.process.runtime
    this.#mergedInto = other
  }

  get ended(): boolean {
    return this.endSeq !== Number.POSITIVE_INFINITY
  }
}

const REFS_OF_A_PROCESS = 8

/** Adds a citation to a process, up to a few: enough to show how it came, what it ran and how it ended. */
export function cite(process: Process, ref: Ref): void {
  if (process.refs.length >= REFS_OF_A_PROCESS) return
  if (!process.refs.some(r => r.source === ref.source && r.line === ref.line)) process.refs.push(ref)
}

export function newProcess(pid: number, startNs: Ns | null): Process {
  return {
    pid,
    ppid: null,
    comm: null,
    argv: null,
    runtime: null,
    threads: [],
    startNs,
    endNs: null,
    exit: null,
    refs: [],
  }
}
