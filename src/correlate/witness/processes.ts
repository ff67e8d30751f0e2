/** Processes that no trace shows: those that a witness saw die, and those whose /proc was copied. */
import type { Analysis } from '../../model/analysis.js'
import type { ProcSnapshot } from '../../model/proc.js'
import type { Process } from '../../model/process.js'
import type { Signal } from '../../model/signal.js'

/** SigCgt of a Go program: its runtime handles every signal but those that it must not (formats page, 3.5). */
const GO_CAUGHT = 0xfffffffd7fc1feffn
/** HUP and INT can be inherited as ignored, and a program can ignore others; what is caught then is less, never more. */
const GO_ALWAYS = GO_CAUGHT & ~0x1003n

/** Adds processes, and to those that are known what only the witnesses know: names of senders, command lines. */
export function addWitnessedProcesses(analysis: Analysis, witnessed: readonly Signal[]): void {
  const known = new Map<number, Process>()
  for (const process of analysis.processes) known.set(process.pid, process)
  const comms = new Map<number, string>()
  for (const { sender } of witnessed) if (sender?.comm) comms.set(sender.pid, sender.comm)
  for (const w of analysis.capture.witnesses)
    if (w.target.comm) comms.set(w.target.pid ?? w.target.tid ?? 0, w.target.comm)
  for (const snapshot of analysis.capture.procs) {
    if (snapshot.pid === null) continue
    if (snapshot.comm) comms.set(snapshot.pid, snapshot.comm)
    const process = known.get(snapshot.pid)
    if (process) complete(process, snapshot)
    else if (snapshot.threads.some(t => t.sigCgt !== null)) {
      const added = fromSnapshot(snapshot)
      known.set(added.pid, added)
      analysis.processes.push(added)
    }
  }
  for (const signal of witnessed) {
    if (signal.outcome !== 'killed') continue
    const process = known.get(signal.target.pid)
    if (process) continue
    const added = fromDeath(signal, comms.get(signal.target.pid) ?? null)
    if (isGo(witnessed.filter(s => s.target.pid === added.pid))) added.runtime = 'go'
    known.set(added.pid, added)
    analysis.processes.push(added)
  }
  for (const { sender } of analysis.signals) if (sender && sender.pid > 0) sender.comm ??= comms.get(sender.pid) ?? null
}

function complete(process: Process, snapshot: ProcSnapshot): void {
  process.comm ??= snapshot.comm
  process.argv ??= snapshot.cmdline
  process.ppid ??= snapshot.ppid ?? null
  process.runtime ??= runtimeOf(snapshot)
}

function fromSnapshot(snapshot: ProcSnapshot): Process {
  return {
    pid: snapshot.pid!,
    ppid: snapshot.ppid ?? null,
    comm: snapshot.comm,
    argv: snapshot.cmdline,
    runtime: runtimeOf(snapshot),
    threads: snapshot.threads.map(({ tid, comm }) => ({ tid, comm, startNs: null, endNs: null })),
    startNs: null,
    endNs: null,
    exit: null,
    refs: snapshot.threads.flatMap(t => t.at?.status ?? []).slice(0, 1),
  }
}

function runtimeOf(snapshot: ProcSnapshot): 'go' | null {
  const masks = snapshot.threads.map(t => t.sigCgt).filter(mask => mask !== null)
  return masks.some(mask => mask === GO_CAUGHT || ((mask & GO_ALWAYS) === GO_ALWAYS && (mask & ~GO_CAUGHT) === 0n))
    ? 'go'
    : null
}

/**
 * Signals that only the Go runtime sends itself: SIGURG to preempt a goroutine (runtime.preemptM), or the one that it dies
 * of, again to its handler and then to the default action (runtime.dieFromSignal).
 */
function isGo(signals: readonly Signal[]): boolean {
  const own = signals.filter(s => s.origin === 'tgkill' && s.sender?.pid === s.target.pid)
  if (own.some(s => s.number === 23 && s.outcome === 'handled')) return true
  const last = own.at(-1)
  if (last?.outcome !== 'killed') return false
  const before = signals.filter(s => s.number === last.number && s !== last && s.outcome === 'handled')
  return before.some(s => own.includes(s)) && before.some(s => !own.includes(s))
}

function fromDeath(signal: Signal, comm: string | null): Process {
  return {
    pid: signal.target.pid,
    ppid: null,
    comm,
    argv: null,
    runtime: null,
    threads: [],
    startNs: null,
    endNs: signal.deliveredNs,
    exit: { kind: 'killed', code: null, signal: signal.signal, coreDumped: false, refs: signal.refs.slice(-1) },
    refs: signal.refs.slice(0, 1),
  }
}
