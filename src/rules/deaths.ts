/** Deaths by a signal, and what they go back to: the facts that the rules about SIGPIPE, kills and crashes share. */
import type { Analysis } from '../model/analysis.js'
import type { Link, Severity } from '../model/finding.js'
import { addTo } from '../model/multimap.js'
import type { Exit, Process } from '../model/process.js'
import type { Signal } from '../model/signal.js'
import { signalNumber } from '../model/signal-names.js'
import type { Ns } from '../model/time.js'
import { nameBeside, nameOf, processActor, signalsTo } from './shared.js'

export const SIGABRT = 6
export const SIGKILL = 9
export const SIGPIPE = 13
/** Signals that a program raises by what it does: ILL, TRAP, BUS, FPE, SEGV. */
export const FAULTS: ReadonlySet<number> = new Set([4, 5, 7, 8, 11])

export interface Death {
  process: Process
  exit: Exit
  number: number
  signal: string
  /** The signal that killed it; null where only its exit status tells. */
  fatal: Signal | null
  /**
   * What `fatal` goes back to. A program that cleans up first sends itself the same signal again from its handler, as the
   * Go runtime does (runtime.dieFromSignal): the sender to look for is that of the first one. So it is where the kernel could
   * not call the handler. The same as `fatal` where there was no signal before it.
   */
  cause: Signal | null
  ns: Ns | null
}

/** Processes that were killed by a signal, in the order in which they died. */
export function deathsOf(analysis: Analysis): Death[] {
  const known = deaths.get(analysis)
  if (known) return known
  const found: Death[] = []
  for (const process of analysis.processes) {
    const { exit } = process
    if (exit?.kind !== 'killed' || exit.signal === null) continue
    const number = signalNumber(exit.signal)
    if (number === null) continue
    const fatal = signalsTo(process, analysis).findLast(s => s.number === number && s.outcome === 'killed') ?? null
    const cause = fatal === null ? null : causeOf(fatal, process, analysis)
    found.push({
      process,
      exit,
      number,
      signal: exit.signal,
      fatal,
      cause,
      ns: process.endNs ?? fatal?.deliveredNs ?? null,
    })
  }
  found.sort((a, b) => (a.ns ?? 0) - (b.ns ?? 0))
  deaths.set(analysis, found)
  return found
}

const deaths = new WeakMap<Analysis, Death[]>()

/**
 * What a title calls a process that died: by its name, with its pid where another death of the capture, or somebody else
 * whom the title names, would be called the same.
 */
export function victimName(process: Process, analysis: Analysis, ...others: (string | null)[]): string {
  const name = nameOf(process)
  // Of a process without a name the unit says more than the number.
  const unit = process.comm === null && !process.argv?.[0] ? analysis.unitByPid?.get(process.pid) : undefined
  if (unit !== undefined) return `${unit} (${name})`
  let known = namesakes.get(analysis)
  if (!known) {
    known = new Map()
    for (const death of deathsOf(analysis)) {
      const dead = nameOf(death.process)
      known.set(dead, (known.get(dead) ?? 0) + 1)
    }
    namesakes.set(analysis, known)
  }
  return nameBeside(process, ...others, (known.get(name) ?? 0) > 1 ? name : null)
}

/** How many deaths there are of each name. */
const namesakes = new WeakMap<Analysis, Map<string, number>>()

/** Deaths of signals that this process sent. */
export function deathsBy(pid: number, analysis: Analysis): readonly Death[] {
  let known = bySender.get(analysis)
  if (!known) {
    known = new Map()
    for (const death of deathsOf(analysis)) {
      const sender = death.cause?.sender?.pid
      if (sender === undefined) continue
      addTo(known, sender, death)
    }
    bySender.set(analysis, known)
  }
  return known.get(pid) ?? []
}

const bySender = new WeakMap<Analysis, Map<number, Death[]>>()

export function isFromItself(signal: Signal, process: Process): boolean {
  return signal.sender?.pid === process.pid
}

function causeOf(fatal: Signal, process: Process, analysis: Analysis): Signal {
  const ofHandler = fatal.because?.kind === 'handler-failed'
  if (!isFromItself(fatal, process) && !ofHandler) return fatal
  const before = signalsTo(process, analysis).filter(
    s =>
      s.number === fatal.number &&
      s !== fatal &&
      (s.outcome === 'handled' || s.outcome === 'unknown') &&
      !isFromItself(s, process) &&
      isBefore(s, fatal),
  )
  return before.at(-1) ?? fatal
}

function isBefore(a: Signal, b: Signal): boolean {
  if (a.deliveredNs === null || b.deliveredNs === null) return true
  return a.deliveredNs <= b.deliveredNs
}

/** The death that the question is about is fatal; that of another process is worth knowing. */
export function severityOf(process: Process, analysis: Analysis): Severity {
  return analysis.victim === null || analysis.victim === process ? 'fatal' : 'warning'
}

/** The last link of every chain that ends in a death by a signal. */
export function deathLink(death: Death): Link {
  const { process, exit } = death
  const core = exit.coreDumped ? ', and a core was dumped' : ''
  const threads = process.threads.length
  const all = threads > 1 ? ` with all its ${threads} threads` : ''
  const actor = processActor(process)
  return {
    text: `${nameOf(process)} ended${all}: killed by ${death.signal}${core}.`,
    status: exit.refs.length > 0 ? 'observed' : 'inferred',
    refs: exit.refs,
    ns: death.ns,
    from: actor,
    to: actor,
    label: `killed: ${death.signal}`,
  }
}

/**
 * The Go runtime by its fingerprint; or, where only signals were recorded, by what nobody else does: a SIGPIPE of the
 * kernel, and then two of its own by tgkill to the same thread.
 */
export function isGo(death: Death, analysis: Analysis): boolean {
  const { process, fatal } = death
  if (process.runtime === 'go') return true
  if (!fatal || fatal.target.tid === null) return false
  const inThread = signalsTo(process, analysis).filter(s => s.number === SIGPIPE && s.target.tid === fatal.target.tid)
  const own = inThread.filter(s => s.origin === 'tgkill' && isFromItself(s, process))
  return own.length >= 2 && inThread.some(s => s.origin === 'kernel' && s.outcome !== 'killed')
}
