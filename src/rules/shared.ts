/** What several rules say and draw in the same way. */
import type { Analysis, BrokenPipe } from '../model/analysis.js'
import type { Actor, Subject } from '../model/finding.js'
import { addTo } from '../model/multimap.js'
import type { Process } from '../model/process.js'
import type { Signal } from '../model/signal.js'
import type { Ns } from '../model/time.js'

/** Titles are one sentence of at most so many characters. */
const TITLE_LENGTH = 90

/** The one process of a log that names no pid: `strace -p` without `-f`. */
const NAMELESS = 'the traced process'

/** `ingest`, or `pid 77` for a process without a name. */
export function nameOf(process: Pick<Process, 'pid' | 'comm' | 'argv'>): string {
  const program = process.argv?.[0]
  return (
    process.comm ??
    (program ? program.slice(program.lastIndexOf('/') + 1) : process.pid === 0 ? NAMELESS : `pid ${process.pid}`)
  )
}

/** `ingest (pid 77)`. */
export function nameAndPid(process: Pick<Process, 'pid' | 'comm' | 'argv'>): string {
  const name = nameOf(process)
  return process.pid === 0 || name === `pid ${process.pid}` ? name : `${name} (pid ${process.pid})`
}

/** `ingest`; `ingest (pid 77)` where somebody else whom the sentence speaks of bears the same name. */
export function nameBeside(process: Pick<Process, 'pid' | 'comm' | 'argv'>, ...others: (string | null)[]): string {
  const name = nameOf(process)
  return others.includes(name) ? nameAndPid(process) : name
}

/** `bash (pid 12)` for whoever sent a signal. */
export function senderName(sender: NonNullable<Signal['sender']>): string {
  return sender.comm === null ? `pid ${sender.pid}` : `${sender.comm} (pid ${sender.pid})`
}

export function subjectOf(process: Process, analysis: Analysis, tid?: number | null): Subject {
  const unit = analysis.unitByPid?.get(process.pid)
  return {
    pid: process.pid,
    ...(tid !== null && tid !== undefined && { tid }),
    ...(process.comm !== null && { comm: process.comm }),
    ...(unit !== undefined && { unit }),
  }
}

export const KERNEL: Actor = { key: 'kernel', name: 'kernel', kind: 'kernel' }

export function processActor(process: Pick<Process, 'pid' | 'comm' | 'argv'>): Actor {
  return { key: `pid:${process.pid}`, name: nameAndPid(process), kind: 'process' }
}

export function senderActor(sender: NonNullable<Signal['sender']>): Actor {
  return { key: `pid:${sender.pid}`, name: senderName(sender), kind: 'process' }
}

export function threadActor(tid: number, process: Process): Actor {
  return tid === process.pid ? processActor(process) : { key: `tid:${tid}`, name: `thread ${tid}`, kind: 'thread' }
}

/** The pipe or socket that a write failed on. */
export function objectActor(broken: Pick<BrokenPipe, 'object' | 'fd'>): Actor {
  const name = broken.object ?? (broken.fd === null ? 'the other end' : `fd ${broken.fd}`)
  return { key: broken.object ?? `fd:${broken.fd}`, name, kind: 'object' }
}

export const UNKNOWN_SENDER: Actor = { key: 'unknown', name: 'somebody', kind: 'unknown' }

/** `stdout`, `stderr`, `fd 7`. */
export function fdName(fd: number | null): string {
  if (fd === 1) return 'stdout'
  if (fd === 2) return 'stderr'
  return fd === 0 ? 'stdin' : fd === null ? 'a descriptor' : `fd ${fd}`
}

/** The first of several wordings that fits a title; the last one cut, if none does. */
export function title(...wordings: string[]): string {
  const fits = wordings.find(text => text.length <= TITLE_LENGTH)
  if (fits !== undefined) return fits
  const shortest = wordings[wordings.length - 1]
  return `${shortest.slice(0, TITLE_LENGTH - 1)}…`
}

/** True where a moment lies in a life; what is not dated is not excluded. */
export function isDuring(process: Process, ns: Ns | null, slackNs = 0): boolean {
  if (ns === null) return true
  return (
    (process.startNs === null || ns >= process.startNs - slackNs) &&
    (process.endNs === null || ns <= process.endNs + slackNs)
  )
}

/** The signals that were aimed at a process during its life, in order. */
export function signalsTo(process: Process, analysis: Analysis): Signal[] {
  return (
    byTarget(analysis)
      .get(process.pid)
      ?.filter(s => isDuring(process, s.deliveredNs ?? s.sentNs, 1e6)) ?? []
  )
}

/** The failed writes of a process, in order. */
export function brokenPipesOf(process: Process, analysis: Analysis): BrokenPipe[] {
  return (
    byWriter(analysis)
      .get(process.pid)
      ?.filter(b => isDuring(process, b.ns, 1e6)) ?? []
  )
}

const byTarget = grouped(
  (analysis: Analysis) => analysis.signals,
  signal => signal.target.pid,
)
const byWriter = grouped(
  (analysis: Analysis) => analysis.brokenPipes,
  broken => broken.pid,
)

/** An index of one of the analysis' lists, made once. */
function grouped<T>(
  list: (analysis: Analysis) => readonly T[],
  key: (item: T) => number,
): (analysis: Analysis) => Map<number, T[]> {
  const made = new WeakMap<Analysis, Map<number, T[]>>()
  return analysis => {
    let index = made.get(analysis)
    if (!index) {
      index = new Map()
      for (const item of list(analysis)) {
        addTo(index, key(item), item)
      }
      made.set(analysis, index)
    }
    return index
  }
}
