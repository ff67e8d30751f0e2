import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import { livesOfPid } from '../model/lives.js'
import type { Process } from '../model/process.js'
import type { Ns } from '../model/time.js'

/** The moment that all times are told from. */
export interface Moment {
  ns: Ns
  text: string
}

const DUMP = 'goroutine dump'
/** The last second, where nothing says how far back the story goes. */
const LAST_SECOND = 1e9

/** The shortest window that shows more than the end itself. */
const LEAST = 100e6

/** The process that the verdict is about: by its subject, else the capture's victim. */
export function verdictProcess(analysis: Analysis, verdict: Finding | null): Process | null {
  const pid = verdict?.subject.pid
  if (pid === undefined) return analysis.victim
  if (analysis.victim?.pid === pid) return analysis.victim
  const lives = livesOfPid(analysis, pid)
  const ns = verdict?.ns ?? null
  if (ns === null) return lives.at(-1) ?? null
  return lives.find(p => (p.startNs ?? -Infinity) <= ns && ns <= (p.endNs ?? Infinity)) ?? lives.at(-1) ?? null
}

/** Time zero: the death of the process, the dump that shows the hang, or the end of what was seen. */
export function zeroMoment(analysis: Analysis, verdict: Finding | null): Moment | null {
  const process = verdictProcess(analysis, verdict)
  const died = process?.exit && process.endNs !== null
  if (died && (verdict === null || verdict.severity === 'fatal')) return { ns: process.endNs!, text: 'death' }
  const dumps = analysis.capture.snapshots
    .map(snapshot => analysis.at(snapshot.source, snapshot.takenNs))
    .filter((ns): ns is Ns => ns !== null)
  if (verdict?.ns != null) return { ns: verdict.ns, text: dumps.includes(verdict.ns) ? DUMP : 'this finding' }
  if (died) return { ns: process.endNs!, text: 'death' }
  if (verdict && dumps.length > 0) return { ns: Math.max(...dumps), text: DUMP }
  const last = lastSeen(analysis)
  return last === null ? null : { ns: last, text: 'end of the evidence' }
}

function lastSeen(analysis: Analysis): Ns | null {
  let last: Ns | null = null
  for (const trace of analysis.capture.traces) {
    const ns = analysis.at(trace.source, trace.lastNs)
    if (ns !== null && (last === null || ns > last)) last = ns
  }
  if (last !== null) return last
  return analysis.lifecycle.reduce<Ns | null>(
    (at, e) => (e.ns !== null && (at === null || e.ns > at) ? e.ns : at),
    null,
  )
}

/** How long the goroutines of a dump have waited at most, where it is the dump that the times are told from. */
function longestWait(analysis: Analysis, zero: Moment): Ns {
  if (zero.text !== DUMP) return 0
  const waits = analysis.groups.filter(group => !group.system && !group.benign).map(group => group.waitNs?.max ?? 0)
  return waits.reduce((a, b) => Math.max(a, b), 0)
}

/** From the first step of the verdict to time zero and what followed at once; the last second where no step is dated. */
export function focusWindow(
  analysis: Analysis,
  verdict: Finding | null,
  zero: Moment,
  firstNs: Ns,
): { startNs: Ns; endNs: Ns } {
  const dated = (verdict?.chain ?? []).map(link => link.ns).filter((ns): ns is Ns => ns != null)
  let startNs = dated.reduce((a, b) => Math.min(a, b), zero.ns)
  let endNs = dated.reduce((a, b) => Math.max(a, b), zero.ns)
  const process = verdictProcess(analysis, verdict)
  // The threads of a dying process end one after the other; the last of them belongs to the picture.
  for (const thread of process?.threads ?? [])
    if (thread.endNs !== null && thread.endNs > endNs && thread.endNs - zero.ns < LAST_SECOND) endNs = thread.endNs
  // Steps that follow each other at once are magnified in the picture anyway; what came before them belongs to the story.
  if (endNs - startNs < 1000) startNs = Math.max(firstNs, endNs - Math.max(LAST_SECOND, longestWait(analysis, zero)))
  else if (endNs - startNs < LEAST) startNs = Math.max(firstNs, Math.min(startNs, endNs - LEAST))
  return { startNs: Math.min(startNs, endNs), endNs }
}
