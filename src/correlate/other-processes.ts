/**
 * Processes that no trace shows, or that other evidence knows better: cores, crash texts, the words of systemd and the
 * kernel. Names and ends are added to the lives that are there; the rest become processes of their own.
 */
import type { Analysis } from '../model/analysis.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import { addTo } from '../model/multimap.js'
import type { Exit, Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import { signalName } from '../model/signal-names.js'
import type { Ns } from '../model/time.js'

/** Two accounts of one death lie so near. A pid that dies again later is another life. */
const ONE_DEATH_NS = 10e9
/** What the kernel says of an end comes before it, and a large process takes its time to end. */
const DYING_NS = 60e9
/** Events that are about the end of a process. */
const ENDS = new Set(['process-exited', 'coredump', 'segfault', 'trap', 'oom-kill'])

/** Fills `analysis.processes` from cores, crash texts and the journal. */
export function addOtherProcesses(analysis: Analysis): void {
  const book = new Book(analysis)
  for (const core of analysis.capture.cores) {
    if (core.pid === null) continue
    const process = book.of(core.pid, null)
    process.comm ??= core.comm
    process.argv ??= core.args === null ? null : core.args.trim().split(' ')
    process.ppid ??= core.ppid
    if (core.goVersion !== null) process.runtime ??= 'go'
    for (const { tid, comm } of core.threads) book.thread(process, tid, comm)
    book.cite(process, core.refs[0])
    if (!core.signal?.number) continue
    const signal = signalName(core.signal.number)
    book.end(process, { kind: 'killed', code: null, signal, coreDumped: true, refs: core.refs.slice(0, 1) }, null)
  }
  for (const crash of analysis.capture.crashes) {
    if (crash.pid === null) continue
    const process = book.of(crash.pid, analysis.at(crash.source, crash.ns))
    if (crash.kind !== 'abort' && crash.kind !== 'msan') process.runtime ??= 'go'
    book.cite(process, crash.refs[0])
  }
  for (const event of analysis.lifecycle) {
    const { pid, kind, comm, signal, code, refs, ns, detail } = event
    if (pid === null || !ENDS.has(kind)) continue
    const process = book.ending(pid, ns, detail.apart !== undefined)
    process.comm ??= comm
    book.cite(process, refs[0])
    const coreDumped = leftCore(event)
    if (signal !== null) book.end(process, { kind: 'killed', code: null, signal, coreDumped, refs: [...refs] }, ns)
    // `Process 1784 (chatty) of user 0 dumped core.` names no signal: of a death that is known it tells of the core.
    else if (kind === 'coredump' && process.exit?.kind === 'killed')
      book.end(process, { ...process.exit, coreDumped, refs: [...refs] }, ns)
    else if (kind === 'process-exited' && code !== null)
      book.end(process, { kind: 'exited', code, signal: null, coreDumped: false, refs: [...refs] }, ns)
  }
  nameByJournal(analysis)
}

/** systemd-coredump has kept a core, or systemd saw that one was dumped (code=dumped: CLD_DUMPED of waitid(2)). */
function leftCore({ kind, detail }: LifecycleEvent): boolean {
  return kind === 'coredump' ? detail.core !== 'none' && detail.storage !== 'none' : detail.how === 'dumped'
}

/** The journal's trusted fields name processes that a trace has attached to, and those that sent signals. */
function nameByJournal(analysis: Analysis): void {
  const comms = new Map<number, string>()
  for (const journal of analysis.capture.journals)
    for (const { pid, comm } of journal.entries) if (pid !== null && comm !== null) comms.set(pid, comm)
  for (const process of analysis.processes) process.comm ??= comms.get(process.pid) ?? null
  for (const { sender } of analysis.signals) if (sender) sender.comm ??= comms.get(sender.pid) ?? null
}

/** The lives of the capture by pid. */
class Book {
  readonly #lives = new Map<number, Process[]>()

  constructor(readonly analysis: Analysis) {
    for (const process of analysis.processes) this.#enter(process)
  }

  #enter(process: Process): void {
    addTo(this.#lives, process.pid, process)
  }

  /** The life of a pid at a time; a new one where none fits. */
  of(pid: number, ns: Ns | null): Process {
    return this.#lives.get(pid)?.findLast(p => isLifeAt(p, ns)) ?? this.#made(pid)
  }

  /** The life of a pid that ends at a time: not one that is known to have gone on, or to have ended at quite another time. */
  ending(pid: number, ns: Ns | null, isApart: boolean): Process {
    const goesOn = (p: Process) => p.endNs !== null && (isApart || (ns !== null && p.endNs - ns > DYING_NS))
    return this.#lives.get(pid)?.findLast(p => isLifeAt(p, ns) && !goesOn(p)) ?? this.#made(pid)
  }

  #made(pid: number): Process {
    const process: Process = {
      pid,
      ppid: null,
      comm: null,
      argv: null,
      runtime: null,
      threads: [],
      startNs: null,
      endNs: null,
      exit: null,
      refs: [],
    }
    this.analysis.processes.push(process)
    this.#enter(process)
    return process
  }

  thread(process: Process, tid: number, comm: string | null): void {
    const known = process.threads.find(t => t.tid === tid)
    if (known) known.comm ??= comm
    else if (process.exit === null) process.threads.push({ tid, comm, startNs: null, endNs: null })
  }

  /** An account of how it ended adds its places to one that says the same; where they differ the first one stands. */
  end(process: Process, exit: Exit, ns: Ns | null): void {
    const known = process.exit
    if (!known) {
      process.exit = exit
      process.endNs ??= ns
      return
    }
    if (known.kind !== exit.kind || known.signal !== exit.signal || known.code !== exit.code) return
    known.coreDumped ||= exit.coreDumped
    process.endNs ??= ns
    for (const ref of exit.refs) if (known.refs.length < 6) known.refs.push(ref)
  }

  cite(process: Process, ref: Ref | undefined): void {
    if (ref && process.refs.length < 8) process.refs.push(ref)
  }
}

function isLifeAt(process: Process, ns: Ns | null): boolean {
  if (ns === null) return true
  if (process.startNs !== null && ns < process.startNs - ONE_DEATH_NS) return false
  return process.endNs === null || ns <= process.endNs + ONE_DEATH_NS
}
