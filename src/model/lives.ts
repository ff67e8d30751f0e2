/** Processes by pid: rules ask for each of thousands of signals whose it is. */
import { addTo } from './multimap.js'
import type { Process } from './process.js'

interface Index {
  /** Processes that were there when it was made; more may have come since. */
  length: number
  byPid: Map<number, Process[]>
}

const NONE: readonly Process[] = []
const indexes = new WeakMap<readonly Process[], Index>()

/** The processes that had this pid, in the order of the list: a number can be given out again. */
export function livesOfPid({ processes }: { processes: readonly Process[] }, pid: number): readonly Process[] {
  let index = indexes.get(processes)
  if (index === undefined || index.length !== processes.length) {
    index = { length: processes.length, byPid: new Map() }
    for (const process of processes) {
      addTo(index.byPid, process.pid, process)
    }
    indexes.set(processes, index)
  }
  return index.byPid.get(pid) ?? NONE
}

/** The last process that had this pid; null where none is known. */
export function lastLife(analysis: { processes: readonly Process[] }, pid: number | null): Process | null {
  return pid === null ? null : (livesOfPid(analysis, pid).at(-1) ?? null)
}
