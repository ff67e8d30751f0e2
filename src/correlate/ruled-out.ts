/** The usual suspects and the evidence against each. Nothing is ruled out by what was not recorded. */
import type { Analysis } from '../model/analysis.js'
import type { RuledOut } from '../model/finding.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import type { Signal } from '../model/signal.js'
import { defaultAction } from '../model/signal-names.js'
import { counted } from '../model/words.js'

const REFS = 4
/** Signals of the runtime and of children never end a process. */
const HARMLESS = new Set([17, 18, 23, 28])

/** Fills `analysis.ruledOut` for the victim's death or hang. */
export function ruleOut(analysis: Analysis): void {
  const { victim } = analysis
  const checks = victim ? [outOfMemory, outsideKill, fault, goPanic, deadlock] : [deadlock]
  for (const check of checks) {
    const found = check(analysis, victim!)
    if (found) analysis.ruledOut.push(found)
  }
}

function isTraced(analysis: Analysis, process: Process): boolean {
  const sources = new Set(analysis.capture.traces.map(t => t.source))
  return process.refs.some(r => sources.has(r.source))
}

function fatalOf(analysis: Analysis, process: Process): Signal | null {
  return analysis.signals.findLast(s => s.target.pid === process.pid && s.outcome === 'killed') ?? null
}

/** The out-of-memory killer sends SIGKILL, and the kernel writes about it. */
function outOfMemory(analysis: Analysis, victim: Process): RuledOut | null {
  const { exit } = victim
  const hypothesis = 'Out of memory'
  if (!exit || exit.refs.length === 0 || analysis.lifecycle.some(e => e.kind === 'oom-kill')) return null
  const log = kernelLog(analysis) ? ', and the kernel log has no oom-kill record' : ''
  if (exit.kind === 'exited')
    return {
      hypothesis,
      text: `It exited by itself with status ${exit.code}; the OOM killer sends SIGKILL${log}.`,
      refs: exit.refs.slice(0, REFS),
    }
  if (exit.signal !== 'SIGKILL')
    return {
      hypothesis,
      text: `It died of ${exit.signal}; the OOM killer sends SIGKILL${log}.`,
      refs: exit.refs.slice(0, REFS),
    }
  const fatal = fatalOf(analysis, victim)
  if (fatal?.sender && fatal.origin !== 'kernel')
    return {
      hypothesis,
      text: `The SIGKILL was sent by ${fatal.sender.comm ?? 'a process'} (pid ${fatal.sender.pid}), not by the kernel${log}.`,
      refs: fatal.refs.slice(0, REFS),
    }
  return null
}

/** The journal holds lines of the kernel itself. */
function kernelLog(analysis: Analysis): boolean {
  return analysis.capture.journals.some(j => j.entries.some(e => e.transport === 'kernel'))
}

/** Every signal that came to it, by who sent it. */
function outsideKill(analysis: Analysis, victim: Process): RuledOut | null {
  if (!victim.exit || !isTraced(analysis, victim) || victim.exit.signal === 'SIGKILL') return null
  const deadly = analysis.signals.filter(
    s => s.target.pid === victim.pid && !HARMLESS.has(s.number) && defaultAction(s.number) !== 'stop' && !s.noise,
  )
  const outside = deadly.filter(s => s.origin !== 'kernel' && s.origin !== 'timer' && s.sender?.pid !== victim.pid)
  if (outside.length > 0 || (victim.exit.kind === 'killed' && deadly.length === 0)) return null
  const refs = deadly.flatMap(s => s.refs.slice(0, 1)).slice(0, REFS)
  const text =
    deadly.length === 0
      ? 'No signal that ends a process came to it in the trace.'
      : `${counted(deadly.length, 'signal')} that can end a process came to it, all raised by the kernel or sent by the process itself.`
  return { hypothesis: 'Killed from outside', text, refs: refs.length > 0 ? refs : victim.exit.refs.slice(0, REFS) }
}

function fault(analysis: Analysis, victim: Process): RuledOut | null {
  const { exit } = victim
  if (!exit || exit.refs.length === 0 || !isTraced(analysis, victim)) return null
  const faults = analysis.signals.some(
    s => s.target.pid === victim.pid && /^SIG(?:SEGV|BUS|ILL|FPE|TRAP|ABRT)$/.test(s.signal),
  )
  if (faults) return null
  return {
    hypothesis: 'A crash of its own (bad memory access, abort)',
    text: 'No SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP or SIGABRT came to it.',
    refs: exit.refs.slice(0, REFS),
  }
}

/** A panic is written to stderr and ends in status 2. */
function goPanic(analysis: Analysis, victim: Process): RuledOut | null {
  const { exit } = victim
  if (victim.runtime !== 'go' || !exit || !isTraced(analysis, victim) || victim.lastWords) return null
  if (analysis.capture.crashes.length > 0) return null
  const ended = exit.kind === 'killed' ? `it ended by ${exit.signal}` : `it exited with status ${exit.code}`
  if (exit.code === 2 || exit.signal === 'SIGABRT') return null
  return {
    hypothesis: 'A Go panic or fatal error',
    text: `Nothing that begins with “panic:” or “fatal error:” was written to fd 2, and ${ended}, not with status 2.`,
    refs: exit.refs.slice(0, REFS),
  }
}

const LOCKS = /^(?:mutex|rwmutex|once)$/

/** A wait-for graph without a cycle, where goroutines were seen. */
function deadlock(analysis: Analysis): RuledOut | null {
  const { waits, groups, capture } = analysis
  if (groups.length === 0 || waits.conclusion === 'deadlock' || waits.cycles.length > 0) return null
  if (capture.snapshots.some(s => s.truncated)) return null
  if (capture.crashes.some(c => c.message.includes('asleep'))) return null
  // Who waits for a lock whose holder nobody knows may stand in a cycle.
  if (waits.edges.some(e => e.heldBy === null && LOCKS.test(e.on.kind))) return null
  const locked = groups.filter(g => /^(?:mutex|rwmutex)/.test(g.primitive))
  const refs: Ref[] = (locked.length > 0 ? locked : groups).flatMap(g => g.refs.slice(0, 1)).slice(0, REFS)
  const text =
    locked.length === 0
      ? 'No goroutine of the dump waits for a mutex.'
      : 'The goroutines that wait for locks form no cycle, as far as the dump shows who holds them.'
  return { hypothesis: 'A deadlock on mutexes', text, refs }
}
