import type { Analysis } from '../model/analysis.js'
import type { Capture } from '../model/capture.js'
import { orderOf } from '../model/time.js'
import { alignClocks } from './clocks.js'
import { compareDelveWithCores } from './delve-beside-core.js'
import { relateGoroutines } from './goroutines/index.js'
import { addJournalSignals } from './journal-signals.js'
import { addLifecycle } from './lifecycle.js'
import { addLifted } from './lifted.js'
import { addOtherProcesses } from './other-processes.js'
import { addPipeEnds } from './pipe-ends.js'
import { addProcBlocks } from './proc-blocks.js'
import { replayTraces } from './replay.js'
import { ruleOut } from './ruled-out.js'
import { noteSeparateRuns } from './runs.js'
import { checkStated } from './stated.js'
import { chooseVictim } from './victim.js'
import { addWitnesses } from './witnesses.js'

/**
 * Brings a capture together, one step per file of this folder: one clock, one set of processes, their signals and
 * pipes, goroutines in groups, who waits for whom. Each step reads what the steps before it wrote and fills its own
 * fields of the analysis.
 */
export function correlate(capture: Capture): Analysis {
  const clocks = alignClocks(capture)
  const analysis: Analysis = {
    capture,
    origin: clocks.origin,
    reference: clocks.reference,
    at: clocks.at,
    uncertainty: clocks.uncertainty,
    order: (a, b) => orderOf(a, b, clocks.uncertainty),
    processes: [],
    signals: [],
    blockedCalls: [],
    brokenPipes: [],
    groups: [],
    waits: { edges: [], conclusion: 'none', cycles: [] },
    lifecycle: [],
    ruledOut: [],
    victim: null,
  }
  for (const step of STEPS) step(analysis)
  return analysis
}

const STEPS: readonly ((analysis: Analysis) => void)[] = [
  // dumps lifted out of journals; words of systemd and the kernel, dated
  addLifted,
  addLifecycle,
  // processes and threads, signals, pipes, broken pipes and blocked calls
  replayTraces,
  // signals and processes as the kernel's tracers, audit and /proc saw them
  addWitnesses,
  // processes that cores, crash texts and the journal know
  addOtherProcesses,
  // signals that systemd and the kernel's log tell of
  addJournalSignals,
  addProcBlocks,
  // the other ends of broken pipes and blocked writes
  addPipeEnds,
  // goroutine groups, queues on locks, who waits for whom
  relateGoroutines,
  // two readings of one core
  compareDelveWithCores,
  // evidence of more than one run
  noteSeparateRuns,
  // whether what the user asks about is there
  checkStated,
  // the victim, and what is ruled out
  chooseVictim,
  ruleOut,
]
