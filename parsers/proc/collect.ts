import { addTo } from '../../src/model/multimap.js'
import type { ProcSnapshot, ProcThread } from '../../src/model/proc.js'
import type { Ref } from '../../src/model/ref.js'

/** What is known of a thread so far. */
export interface ThreadDraft extends ProcThread {
  at: NonNullable<ProcThread['at']>
}

/** A snapshot in the making; its pid may come to light only with a later file. */
export interface Draft extends Omit<ProcSnapshot, 'threads'> {
  threads: Map<number, ThreadDraft>
}

/** Key of the main thread as long as the pid is not known. */
const MAIN = -1

/**
 * Brings the files of each process together. Files of one folder that do not say whose they are belong to the folder's
 * only process; where the folder has several, they stay a snapshot without pid.
 */
export class Collector {
  #open = new Map<string, Draft>()
  #fds = new WeakMap<Draft, Set<number>>()
  #access = new WeakMap<Draft, Map<number, string>>()
  #closed: { folder: string; draft: Draft }[] = []

  /** The snapshot of `pid` that is being filled for `folder`. */
  draft(folder: string, pid: number | null): Draft {
    const key = `${folder}\0${pid ?? ''}`
    let draft = this.#open.get(key)
    if (!draft) {
      draft = emptyDraft(folder, pid)
      this.#open.set(key, draft)
    }
    return draft
  }

  /** The thread to fill; `tid` null is the main thread. */
  thread(draft: Draft, tid: number | null): ThreadDraft {
    const key = tid ?? draft.pid ?? MAIN
    let thread = draft.threads.get(key)
    if (!thread) {
      thread = emptyThread(key)
      draft.threads.set(key, thread)
    }
    return thread
  }

  /** Adds an open file, once. */
  fd(draft: Draft, fd: Draft['fds'][number]): void {
    let seen = this.#fds.get(draft)
    if (!seen) this.#fds.set(draft, (seen = new Set()))
    if (seen.has(fd.fd)) return
    seen.add(fd.fd)
    draft.fds.push(fd)
  }

  /** What fdinfo says of an open file's access: it fills listings that do not show it. */
  access(draft: Draft, fd: number, access: string | null): void {
    if (access === null) return
    let known = this.#access.get(draft)
    if (!known) this.#access.set(draft, (known = new Map()))
    known.set(fd, access)
  }

  /** Ends a snapshot: what follows about the same process was taken later. */
  close(folder: string, pid: number | null): void {
    const key = `${folder}\0${pid ?? ''}`
    const draft = this.#open.get(key)
    if (!draft) return
    this.#open.delete(key)
    this.#closed.push({ folder, draft })
  }

  /** All snapshots, in the order in which they were begun. `lost` hears of the folders whose files name no process. */
  finish(lost: (draft: Draft) => void): ProcSnapshot[] {
    const byFolder = new Map<string, Draft[]>()
    for (const { folder, draft } of this.#closed) addTo(byFolder, folder, draft)
    for (const [key, draft] of this.#open) addTo(byFolder, key.slice(0, key.indexOf('\0')), draft)
    const snapshots: ProcSnapshot[] = []
    for (const drafts of byFolder.values()) {
      const access = new Map(drafts.flatMap(d => [...(this.#access.get(d) ?? [])]))
      const nameless = drafts.filter(d => d.pid === null)
      const named = drafts.filter(d => d.pid !== null)
      if (named.length === 1) for (const draft of nameless) merge(named[0], draft)
      else
        for (const draft of nameless) {
          lost(draft)
          named.push(draft)
        }
      for (const draft of named) {
        const own = named.length === 1 ? access : this.#access.get(draft)
        for (const open of draft.fds) open.flags ??= own?.get(open.fd) ?? null
        snapshots.push(finished(draft))
      }
    }
    return snapshots
  }
}

function emptyDraft(source: string, pid: number | null): Draft {
  return {
    source,
    pid,
    comm: null,
    cmdline: null,
    ns: null,
    threads: new Map(),
    shdPnd: null,
    fds: [],
    tracerPid: null,
    nsPids: null,
    ppid: null,
    unit: null,
  }
}

function emptyThread(tid: number): ThreadDraft {
  return {
    tid,
    comm: null,
    state: null,
    sigPnd: null,
    sigBlk: null,
    sigIgn: null,
    sigCgt: null,
    wchan: null,
    stack: [],
    syscall: null,
    refs: {},
    at: {},
  }
}

/** Fills what `into` does not know from `from`. */
function merge(into: Draft, from: Draft): void {
  for (const [key, thread] of from.threads) {
    const tid = key === MAIN ? into.pid! : key
    const known = into.threads.get(tid)
    if (known) fill(known, thread)
    else into.threads.set(tid, { ...thread, tid })
  }
  if (into.fds.length === 0) into.fds = from.fds
  into.cmdline ??= from.cmdline
  into.unit ??= from.unit
  into.ppid ??= from.ppid
  into.limits ??= from.limits
}

function fill(into: ThreadDraft, from: ThreadDraft): void {
  into.comm ??= from.comm
  into.state ??= from.state
  into.wchan ??= from.wchan
  into.syscall ??= from.syscall
  if (into.stack.length === 0) into.stack = from.stack
  into.at = { ...from.at, ...into.at }
}

function finished(draft: Draft): ProcSnapshot {
  const main = draft.threads.get(MAIN)
  if (main && draft.pid !== null) {
    draft.threads.delete(MAIN)
    const known = draft.threads.get(draft.pid)
    if (known) fill(known, main)
    else draft.threads.set(draft.pid, { ...main, tid: draft.pid })
  } else if (main) main.tid = 0
  const threads = [...draft.threads.values()].sort((a, b) => a.tid - b.tid)
  for (const thread of threads) thread.refs = pathsOf(thread.at)
  draft.comm ??= threads.find(t => t.tid === draft.pid)?.comm ?? null
  return { ...draft, threads }
}

function pathsOf(at: NonNullable<ProcThread['at']>): ProcThread['refs'] {
  const paths: ProcThread['refs'] = {}
  for (const [fact, ref] of Object.entries(at) as [keyof ProcThread['refs'], Ref][]) paths[fact] = ref.source
  return paths
}
