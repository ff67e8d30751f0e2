/**
 * Finds the process of threads that were there before the trace (`strace -p`) and never said whose they are: by lists of
 * threads elsewhere in the capture, and by how they ended. When a process ends, every thread of it prints the same end, and
 * only one of them shows why.
 */
import { addTo } from '../../model/multimap.js'
import type { Life } from './life.js'

/** The threads of a dying process end within this time of each other. */
const ONE_END_NS = 50e6

export interface EndFacts {
  /** The life shows itself why it ended: exit_group, exit, or the delivery of the signal that killed it. */
  explained(life: Life): boolean
  /** Threads that /proc or a core lists, with their processes. */
  processOf: ReadonlyMap<number, number>
  attached: boolean
}

/** Joins lives of unknown threads with the process that they turn out to be of. */
export function joinStrangers(lives: readonly Life[], facts: EndFacts): void {
  const real = lives.filter(l => l.real === l)
  const strangers = new Set(real.filter(l => l.assumed && !l.born && l.threads.length === 1))
  if (strangers.size === 0) return
  const byPid = new Map(real.map(l => [l.process.pid, l]))
  for (const stranger of strangers) {
    const listed = facts.processOf.get(stranger.process.pid)
    const home = listed === undefined ? undefined : byPid.get(listed)
    if (home && home !== stranger && join(stranger, home.real)) strangers.delete(stranger)
  }
  for (const group of endedTogether(real)) joinGroup(group, strangers, facts)
  if (facts.attached) joinLiving(real, strangers)
}

/**
 * `strace -f -p PID` attaches to all threads of a process. Those that were there from the start and live to the end are its
 * threads, unless something speaks of two processes; threads are made after their leader and have higher ids.
 */
function joinLiving(lives: readonly Life[], strangers: ReadonlySet<Life>): void {
  const living = lives.filter(l => l.real === l && !l.born && !l.process.exit)
  const known = living.filter(l => !strangers.has(l))
  if (known.length > 1 || living.length < 2) return
  const home = known[0] ?? living.reduce((a, b) => (b.process.pid < a.process.pid ? b : a))
  for (const life of living) if (life !== home && life.process.pid > home.process.pid) join(life, home)
}

/** Lives that ended in one way at one time, in the order of their ends. */
function* endedTogether(lives: readonly Life[]): Generator<Life[]> {
  const byEnd = new Map<string, Life[]>()
  for (const life of lives) {
    if (life.real !== life || !life.process.exit || life.process.endNs === null) continue
    const key = endKey(life)
    addTo(byEnd, key, life)
  }
  for (const list of byEnd.values()) {
    list.sort((a, b) => a.process.endNs! - b.process.endNs! || a.endSeq - b.endSeq)
    let group: Life[] = []
    for (const life of list) {
      if (group.length > 0 && life.process.endNs! - group[0].process.endNs! > ONE_END_NS) {
        yield group
        group = []
      }
      group.push(life)
    }
    yield group
  }
}

/**
 * One end that shows its cause is one process, so all that ended with it are its threads. The home is the one that is known
 * for a process; else the last: the leader's end is printed last (wait for a thread group, ptrace(2)).
 */
function joinGroup(group: readonly Life[], strangers: ReadonlySet<Life>, facts: EndFacts): void {
  const causes = group.filter(l => facts.explained(l)).length
  if (causes > 1 || (causes === 0 && !facts.attached)) return
  const known = group.filter(l => !strangers.has(l))
  if (known.length > 1) return
  const home = known[0] ?? group[group.length - 1]
  for (const life of group) if (life !== home) join(life, home)
}

function endKey(life: Life): string {
  const exit = life.process.exit!
  return `${exit.kind} ${exit.code} ${exit.signal}`
}

function join(stranger: Life, home: Life): boolean {
  if (stranger === home) return false
  stranger.process.threads.length = 0
  const refs = stranger.process.exit?.refs ?? []
  const { exit } = home.process
  if (exit && exit.refs.length < 4) exit.refs.push(...refs.slice(0, 4 - exit.refs.length))
  home.assumed = false
  // A process has ended when its last thread has; the leader, whose own life this may be, prints its end last.
  if (Number.isFinite(home.endSeq) && Number.isFinite(stranger.endSeq)) {
    home.endSeq = Math.max(home.endSeq, stranger.endSeq)
    const ends = [home.process.endNs, stranger.process.endNs].filter(ns => ns !== null)
    if (ends.length > 0) home.process.endNs = Math.max(...ends)
  }
  home.dyingSeq = Math.min(home.dyingSeq, stranger.dyingSeq)
  home.lastCallSeq = Math.max(home.lastCallSeq, stranger.lastCallSeq)
  stranger.mergeInto(home)
  return true
}
