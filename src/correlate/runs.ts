import type { Analysis } from '../model/analysis.js'
import { addTo } from '../model/multimap.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'

/**
 * Notices evidence of several runs of one program: its trace of one process, its core of another. What one shows is not
 * told of the other, and the reader should know why.
 */
export function noteSeparateRuns(analysis: Analysis): void {
  const byName = new Map<string, Process[]>()
  for (const process of analysis.processes) {
    if (process.comm === null) continue
    addTo(byName, process.comm, process)
  }
  const traced = new Set(analysis.capture.traces.map(t => t.source))
  for (const [comm, runs] of byName) {
    const [first, second] = runs
    if (!second || !areSeparate(first, second, traced)) continue
    const [a, b] = [first, second].map(p => `pid ${p.pid} in ${sourceOf(p)}`)
    analysis.capture.diagnostics.add(
      'capture.separate-runs',
      'info',
      `The evidence is of several runs of ${comm}: ${a}, ${b}. What one shows is not told of the other.`,
      second.refs[0] as Ref,
      'Take trace, dump and core of the same process; or state in capture.toml (pid = …) which one the question is about.',
    )
  }
}

/**
 * One was traced and the other is known from elsewhere, and neither is the parent of the other. Two that were traced are
 * two processes of one run.
 */
function areSeparate(a: Process, b: Process, traced: ReadonlySet<string>): boolean {
  if (a.pid === b.pid || a.ppid === b.pid || b.ppid === a.pid || a.refs.length === 0 || b.refs.length === 0)
    return false
  const isTraced = (p: Process) => p.refs.some(r => traced.has(r.source))
  return isTraced(a) !== isTraced(b)
}

function sourceOf(process: Process): string {
  return process.refs[0].source
}
