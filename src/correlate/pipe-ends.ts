/**
 * The other end of the pipe: for every write that failed with EPIPE and every write that blocks, what became of the reader,
 * weighed against the evidence. Writes `hypotheses` on broken pipes and blocked calls, and rules out the usual wrong suspect.
 */
import type { Analysis } from '../model/analysis.js'
import { WRITES, whyBlocked } from './peers/blocked-write.js'
import { whyBroken } from './peers/epipe.js'
import { Journalds } from './peers/journald-life.js'

export function addPipeEnds(analysis: Analysis): void {
  if (analysis.brokenPipes.length === 0 && analysis.blockedCalls.length === 0) return
  const journalds = new Journalds(analysis)
  for (const broken of analysis.brokenPipes) broken.hypotheses = whyBroken(analysis, journalds.of(broken.pid), broken)
  for (const call of analysis.blockedCalls)
    if (WRITES.test(call.syscall)) call.hypotheses = whyBlocked(analysis, journalds.of(call.pid), call)
  const all = [...analysis.brokenPipes, ...analysis.blockedCalls].flatMap(p => p.hypotheses ?? [])
  const told = new Set<string>()
  for (const { standing, hypothesis, text, refs } of all) {
    if (standing !== 'excluded' || told.has(hypothesis)) continue
    // What is excluded for one descriptor may hold for another.
    if (all.some(h => h.hypothesis === hypothesis && h.standing !== 'excluded')) continue
    told.add(hypothesis)
    analysis.ruledOut.push({ hypothesis, text, refs })
  }
}
