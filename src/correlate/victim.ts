import type { Analysis } from '../model/analysis.js'
import { lastLife, livesOfPid } from '../model/lives.js'
import type { Process } from '../model/process.js'
import { signalNumber } from '../model/signal-names.js'

/** Statuses with which a program says that something went wrong in it: a Go dump or panic, and what shells make of signals. */
const CRASH_STATUS = 2
const SIGNALLED = 128

/**
 * Settles which process the question is about: the one that the user or the unit names; else the one that a core, a crash
 * or /proc is of; else the one whose end stands out. Null where there is no process at all.
 */
export function chooseVictim(analysis: Analysis): void {
  analysis.victim = stated(analysis) ?? evident(analysis) ?? outstanding(analysis)
}

function stated(analysis: Analysis): Process | null {
  const { pid, unit } = analysis.capture.manifest
  if (pid !== null) return lastLife(analysis, pid)
  if (unit === null) return null
  const ofUnit = analysis.processes.filter(p => analysis.unitByPid?.get(p.pid) === unit)
  return ofUnit.findLast(died) ?? ofUnit.at(-1) ?? null
}

/** Evidence that somebody takes of one process: its core, its crash text, its /proc. */
function evident(analysis: Analysis): Process | null {
  const { cores, crashes, procs } = analysis.capture
  const pids = new Set(
    [...cores.map(c => c.pid), ...crashes.map(c => c.pid), ...procs.map(p => p.pid)].filter(pid => pid !== null),
  )
  if (pids.size !== 1) return null
  const [pid] = pids
  const process = lastLife(analysis, pid)
  if (!process) return null
  // A trace that shows another death tells of another run, and so does one beside a dump that somebody asked for.
  if (!died(process)) return analysis.processes.some(died) ? null : process
  return wasAsked(process, analysis)
    ? (outstanding(analysis, p => p.comm === process.comm && p !== process) ?? process)
    : process
}

/** Ended by the SIGQUIT or SIGABRT that a Go program prints its goroutines for: it says how a run stood, not why one died. */
function wasAsked({ exit }: Process, analysis: Analysis): boolean {
  return (
    (exit?.signal === 'SIGQUIT' || exit?.signal === 'SIGABRT') && analysis.capture.crashes.some(c => c.kind === 'quit')
  )
}

/**
 * The process whose end stands out: the first one that was traced, where it died by a signal or crashed; else the last
 * that a signal killed, SIGPIPE coming last because it ends the left side of every pipeline; else one that crashed; else
 * the first one.
 */
function outstanding(analysis: Analysis, among: (process: Process) => boolean = () => true): Process | null {
  const all = analysis.processes.filter(among)
  const roots = all.filter(p => p.ppid === null || livesOfPid(analysis, p.ppid).length === 0)
  const killed = all.filter(p => p.exit?.kind === 'killed')
  const latest = (list: readonly Process[]) =>
    list.reduce<Process | null>((a, b) => (a === null || (b.endNs ?? 0) >= (a.endNs ?? 0) ? b : a), null)
  return (
    latest(roots.filter(p => p.exit?.kind === 'killed')) ??
    latest(roots.filter(crashed)) ??
    latest(killed.filter(p => p.exit?.signal !== null && signalNumber(p.exit!.signal!) !== 13)) ??
    latest(all.filter(crashed)) ??
    latest(killed) ??
    roots[0] ??
    null
  )
}

function died(process: Process): boolean {
  return process.exit?.kind === 'killed' || crashed(process)
}

function crashed(process: Process): boolean {
  const { exit, lastWords, runtime } = process
  if (exit?.kind !== 'exited' || exit.code === null) return false
  return lastWords !== undefined || (runtime === 'go' && exit.code === CRASH_STATUS && exit.code < SIGNALLED)
}
