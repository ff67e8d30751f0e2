/**
 * Finds the process of threads that were there before the trace (`strace -p`) and never said whose they are: by lists of
 * threads elsewhere in the capture, and by how they ended. When a process ends, every thread of it prints the same end, and
 * only one of them shows why.
 */
import type { Ns } from '../../model/time.js'
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
  const strangers = lives.filter(l => l.real === l && l.assumed && !l.born && l.threads.length === 1)
  if (strangers.length === 0) return
  const byPid = new Map(lives.filter(l => l.real === l).map(l => [l.process.pid, l]))
  const ends = new Map<string, Life[]>()
  for (const life of lives) {
    if (life.real !== life || !life.process.exit) continue
    const key = endKey(life)
    const list = ends.get(key)
    if (list) list.push(life)
    else ends.set(key, [life])
  }
  for (const stranger of strangers) {
    const listed = facts.processOf.get(stranger.process.pid)
    const home = listed === undefined ? null : byPid.get(listed)
    if (home && home !== stranger && home.real === home) join(stranger, home)
    else if (stranger.process.exit && !facts.explained(stranger))
      joinByEnd(stranger, ends.get(endKey(stranger)) ?? [], facts)
  }
}

function joinByEnd(stranger: Life, same: readonly Life[], facts: EndFacts): void {
  const together = same.filter(l => l.real === l && l !== stranger && near(l.process.endNs, stranger.process.endNs))
  const explained = together.filter(l => facts.explained(l))
  if (explained.length === 1) join(stranger, explained[0])
  else if (explained.length === 0 && facts.attached) {
    // Nothing explains any of them, as with SIGKILL. The leader's end is printed last (wait for a thread group, ptrace(2)).
    const last = together.reduce<Life | null>((a, b) => (a === null || b.endSeq > a.endSeq ? b : a), null)
    if (last && last.endSeq > stranger.endSeq) join(stranger, last)
  }
}

function endKey(life: Life): string {
  const exit = life.process.exit!
  return `${exit.kind} ${exit.code} ${exit.signal}`
}

function near(a: Ns | null, b: Ns | null): boolean {
  return a !== null && b !== null && Math.abs(a - b) <= ONE_END_NS
}

function join(stranger: Life, home: Life): void {
  stranger.process.threads.length = 0
  const refs = stranger.process.exit?.refs ?? []
  const exit = home.process.exit
  if (exit && exit.refs.length < 4) exit.refs.push(...refs.slice(0, 4 - exit.refs.length))
  home.assumed = false
  stranger.mergeInto(home)
}
