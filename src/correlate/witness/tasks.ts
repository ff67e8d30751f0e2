/** Which process a thread belongs to, by all that tracers and /proc say of threads and processes. */
import type { Analysis } from '../../model/analysis.js'
import type { SignalWitness } from '../../model/witness.js'
import { outcomeOf } from './meaning.js'

/** Deaths of the threads of one process follow each other this closely, in ns. */
const TOGETHER_NS = 5e6

/** Answers which process a thread is of and what a task is called. */
export class Tasks {
  #pids = new Map<number, number>()
  #comms = new Map<number, string>()
  /** Kernel-wide pid to the pid that a trace of a namespace shows. */
  #inner = new Map<number, number>()

  constructor(witnesses: readonly SignalWitness[], analysis: Pick<Analysis, 'capture' | 'processes'>) {
    for (const process of analysis.processes)
      for (const thread of process.threads) this.#pids.set(thread.tid, process.pid)
    for (const { pid, threads } of analysis.capture.procs)
      if (pid !== null) for (const thread of threads) if (thread.tid > 0) this.#pids.set(thread.tid, pid)
    for (const w of witnesses)
      for (const task of [w.sender, w.target]) {
        if (!task) continue
        if (task.pid !== null && task.tid !== null) this.#pids.set(task.tid, task.pid)
        else if (task.pid !== null) this.#pids.set(task.pid, task.pid)
        const id = task.tid ?? task.pid
        if (id !== null && task.comm) this.#comms.set(id, task.comm)
      }
    this.#innerNumbers(analysis)
    this.#byCommonDeath(witnesses)
  }

  /** The kernel numbers processes as the outermost namespace does, a trace as its own; NSpid says both. */
  #innerNumbers({ capture, processes }: Pick<Analysis, 'capture' | 'processes'>): void {
    const traced = new Set(processes.map(p => p.pid))
    for (const { nsPids } of capture.procs) {
      if (!nsPids || nsPids.length < 2 || traced.has(nsPids[0])) continue
      const inner = nsPids.findLast(pid => traced.has(pid))
      if (inner !== undefined) this.#inner.set(nsPids[0], inner)
    }
  }

  /**
   * The process of a thread. A thread of which nothing is known is taken for its process's main thread, whose id is the
   * same: programs that send signals rarely have others.
   */
  pidOf(task: { pid: number | null; tid: number | null }): number | null {
    const pid = task.pid ?? (task.tid === null ? null : (this.#pids.get(task.tid) ?? task.tid))
    return pid === null ? null : (this.#inner.get(pid) ?? pid)
  }

  commOf(id: number | null): string | null {
    return id === null ? null : (this.#comms.get(id) ?? null)
  }

  /**
   * When a process ends, one thread may take the signal that ends it, and the kernel marks the others with a SIGKILL that
   * nobody generated. Threads of one name that end so together are of one process; the first of them to be made leads it.
   */
  #byCommonDeath(witnesses: readonly SignalWitness[]): void {
    const open = new Map<string, { last: number; tids: Set<number> }>()
    for (const w of witnesses) {
      if (!(isZap(w) || endsThread(w)) || w.ns === null || w.target.tid === null || w.target.pid !== null) continue
      const key = `${w.source}\0${w.target.comm}`
      const group = open.get(key)
      if (group && Math.abs(w.ns - group.last) <= TOGETHER_NS) {
        group.tids.add(w.target.tid)
        group.last = w.ns
        continue
      }
      if (group) this.#join(group.tids)
      open.set(key, { last: w.ns, tids: new Set([w.target.tid]) })
    }
    for (const group of open.values()) this.#join(group.tids)
  }

  #join(tids: ReadonlySet<number>): void {
    const leaders = [...tids].filter(tid => this.#pids.get(tid) === tid)
    const leader = leaders.length === 1 ? leaders[0] : Math.min(...tids)
    for (const tid of tids) if (!this.#pids.has(tid)) this.#pids.set(tid, leader)
  }
}

/** `sig=9 code=0 sa_handler=0`: how every thread of a process that ends is told to, whatever the process ends of. */
export function isZap(w: SignalWitness): boolean {
  return w.kind === 'deliver' && w.number === 9 && w.handler === 'default'
}

function endsThread(w: SignalWitness): boolean {
  return w.kind === 'deliver' && w.handler === 'default' && outcomeOf(w.number, w.handler) === 'killed'
}
