/**
 * Ends of pipes and sockets, and who holds them. An end is given up when its last holder closes it, is execve'd away from
 * it, or dies; that is what a writer at the other end notices (pipe(7), unix(7)).
 */
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import type { TraceCall } from '../../model/trace.js'
import type { Life } from './life.js'

/** How a descriptor of an end was given up. */
export interface Release {
  how: 'closed' | 'execve' | 'died' | 'shutdown'
  life: Life
  ns: Ns | null
  seq: number
  refs: Ref[]
}

export class End {
  /** Name that `-y` gives it: `pipe:[385978]`; null where the log has none. */
  name: string | null = null
  /** Names under which `FdTables` finds it. */
  readonly keys: string[] = []
  /** The trace shows it being made: nobody outside can hold it, unless it was handed on. */
  made: boolean
  /** A descriptor of it was sent to somebody (SCM_RIGHTS), or may have been: holders outside the tables. */
  handedOn = false
  /** A FIFO's: processes that the trace does not show can have opened it as well. */
  byName = false
  /** Tables that hold it, with the number of descriptors in each. */
  readonly holders = new Map<FdTable, number>()
  /** Latest descriptor of it that was given up by a call. */
  released: Release | null = null
  /** The end that reads what is written here; null where the log has not shown it. */
  peer: End | null = null
  /** shutdown(2) of this end for reading or writing. */
  shut: { reading: Release | null; writing: Release | null } = { reading: null, writing: null }

  constructor(made: boolean) {
    this.made = made
  }
}

/** Whether execve closes it; or the call whose flags say so, which are not read before somebody asks. */
export type CloseOnExec = boolean | TraceCall

interface Held {
  end: End
  closeOnExec: CloseOnExec
}

/** The descriptors of a process that are on pipes or sockets. */
export class FdTable {
  readonly #fds = new Map<number, Held>()
  /** Lives that share it: threads always do, and processes made with CLONE_FILES. */
  readonly users = new Set<Life>()

  get(fd: number): Held | null {
    return this.#fds.get(fd) ?? null
  }

  put(fd: number, end: End, closeOnExec: CloseOnExec): void {
    this.#fds.set(fd, { end, closeOnExec })
    end.holders.set(this, (end.holders.get(this) ?? 0) + 1)
  }

  drop(fd: number, release: Release): void {
    const held = this.#fds.get(fd)
    if (!held) return
    this.#fds.delete(fd)
    const left = (held.end.holders.get(this) ?? 1) - 1
    if (left > 0) held.end.holders.set(this, left)
    else held.end.holders.delete(this)
    if (!held.end.released || release.seq >= held.end.released.seq) held.end.released = release
  }

  copyTo(child: FdTable): void {
    for (const [fd, held] of this.#fds) child.put(fd, held.end, held.closeOnExec)
  }

  setCloseOnExec(fd: number, on: boolean): void {
    const held = this.#fds.get(fd)
    if (held) held.closeOnExec = on
  }

  closeRange(first: number, last: number, release: Release): void {
    for (const fd of [...this.#fds.keys()]) if (fd >= first && fd <= last) this.drop(fd, release)
  }

  closeOnExec(release: Release): void {
    for (const [fd, held] of [...this.#fds]) if (isCloseOnExec(held.closeOnExec)) this.drop(fd, release)
  }

  /** Gives up everything, as a death does; returns the ends that nobody holds any more. */
  dropAll(release: Release): End[] {
    const ends = [...this.#fds.values()].map(held => held.end)
    for (const fd of [...this.#fds.keys()]) this.drop(fd, release)
    return ends.filter(end => end.holders.size === 0)
  }

  get size(): number {
    return this.#fds.size
  }
}

function isCloseOnExec(flag: CloseOnExec): boolean {
  return typeof flag === 'boolean' ? flag : flag.args.includes('CLOEXEC')
}

/** A process that was killed can close its files before strace prints its end; never longer before than this. */
const END_LAG_NS = 100e6

/**
 * Who was the last to give up an end, at a place of the walk where it is known that nobody holds it any more.
 * Null where somebody outside the tables may have held it, or where a holder shows no sign of having let go.
 */
export function lastRelease(end: End, seq: number, ns: Ns | null): Release | null {
  if (!end.made || end.handedOn) return null
  let last = end.released
  for (const table of end.holders.keys())
    for (const life of table.users) {
      const death = deathBy(life, seq, ns)
      if (!death) return null
      if (!last || death.seq > last.seq) last = death
    }
  return last
}

function deathBy(life: Life, seq: number, ns: Ns | null): Release | null {
  const { process } = life
  if (!life.ended || !process.exit) return null
  const refs = process.exit.refs.slice(0, 1)
  const release = (at: number): Release => ({ how: 'died', life, ns: process.endNs, seq: at, refs })
  if (life.endSeq <= seq) return release(life.endSeq)
  if (life.dyingSeq <= seq) return release(life.dyingSeq)
  // Killed from outside: nothing tells when, but it made no call any more and its end is printed right after.
  const soon = ns !== null && process.endNs !== null && process.endNs - ns <= END_LAG_NS
  return process.exit.kind === 'killed' && soon && life.lastCallSeq < seq ? release(seq) : null
}
