/**
 * What two reports have in common and where they differ: two captures of one process over time, of several nodes, of before
 * and after a change. Works on reports alone, so that saved ones can be compared without their captures.
 */
import { framesKey, placeKey } from '../model/go-place.js'
import type { Report, ReportFinding, ReportGroup } from '../model/report.js'

export interface FindingChange {
  rule: string
  title: string
  severity: ReportFinding['severity']
  /** How many like it were folded into it in each report; 0 where it is not there. */
  before: number
  after: number
}

export interface GroupChange {
  /** The place in both: what `go-place` makes of primitive and frames. */
  key: string
  group: ReportGroup
  before: number
  after: number
  /** Ids (of those listed) that stand in this place in both; empty where the reports are known to be of different processes. */
  stayed: number[]
  /** How long those have waited at least, in ns as a decimal string: the time between the dumps. */
  stayedNs: string | null
}

export interface ReportDiff {
  before: { capture: string; verdict: string | null; title: string; goroutines: number; takenNs: string | null }
  after: { capture: string; verdict: string | null; title: string; goroutines: number; takenNs: string | null }
  sameVerdict: boolean
  /** Whether both are of one process, and what shows it; null where nothing tells. */
  sameProcess: { same: boolean; basis: string } | null
  findings: { appeared: FindingChange[]; gone: FindingChange[]; stayed: FindingChange[] }
  groups: {
    appeared: GroupChange[]
    grew: GroupChange[]
    shrank: GroupChange[]
    gone: GroupChange[]
    same: GroupChange[]
  }
  /** The same exit or death on both sides, by pid and command, where processes are shown. */
  processes: { comm: string; before: string | null; after: string | null }[]
}

/**
 * Compares two reports, `a` the earlier one. Of a report with several dumps the last counts. Groups of the Go runtime are
 * left out. Lists are ordered by how much changed.
 */
export function compareReports(a: Report, b: Report): ReportDiff {
  const same = sameProcess(a, b)
  const span = between(lastDump(a)?.takenNs ?? null, lastDump(b)?.takenNs ?? null)
  const changes = groupChanges(a, b, same?.same !== false, span)
  const by = (test: (c: GroupChange) => boolean) =>
    changes
      .filter(test)
      .sort((x, y) => Math.abs(y.after - y.before) - Math.abs(x.after - x.before) || y.after - x.after)
  return {
    before: side(a),
    after: side(b),
    sameVerdict: a.verdict.rule === b.verdict.rule,
    sameProcess: same,
    findings: findingChanges(a.findings, b.findings),
    groups: {
      appeared: by(c => c.before === 0),
      grew: by(c => c.before > 0 && c.after > c.before),
      shrank: by(c => c.after > 0 && c.after < c.before),
      gone: by(c => c.after === 0),
      same: by(c => c.before > 0 && c.before === c.after),
    },
    processes: processChanges(a, b),
  }
}

function side(report: Report): ReportDiff['before'] {
  const dump = lastDump(report)
  return {
    capture: report.capture,
    verdict: report.verdict.rule,
    title: report.verdict.title,
    goroutines: dump?.count ?? 0,
    takenNs: dump?.takenNs ?? null,
  }
}

/** Forms of dumps that hold only a part of the goroutines. */
const PARTIAL = new Set(['panic', 'delve-stack', 'delve-groups'])

/** The dump that a report is compared by: the latest whole one, by date or else by order. */
function lastDump({ goroutines }: Report): Report['goroutines']['snapshots'][number] | null {
  const whole = goroutines.snapshots.filter(s => !PARTIAL.has(s.format) && !s.truncated)
  const candidates = whole.length > 0 ? whole : goroutines.snapshots
  return candidates.reduce<(typeof candidates)[number] | null>(
    (last, s) => (last === null || BigInt(s.takenNs ?? last.takenNs ?? 0) >= BigInt(last.takenNs ?? 0) ? s : last),
    null,
  )
}

/** Groups of the dump that counts, by place. Two groups of one place (other labels) are taken together. */
function byPlace(report: Report): Map<string, ReportGroup> {
  const dump = lastDump(report)
  const places = new Map<string, ReportGroup>()
  for (const group of report.goroutines.groups) {
    if (group.system || group.source !== dump?.source) continue
    const key = placeKey(
      group.primitive,
      group.state,
      framesKey(group.frames, group.createdBy),
      group.state.endsWith('(leaked)'),
    )
    const known = places.get(key)
    places.set(key, known ? { ...known, count: known.count + group.count, ids: [...known.ids, ...group.ids] } : group)
  }
  return places
}

function groupChanges(a: Report, b: Report, same: boolean, span: bigint | null): GroupChange[] {
  const before = byPlace(a)
  const after = byPlace(b)
  return [...new Set([...before.keys(), ...after.keys()])].map(key => {
    const was = before.get(key)
    const is = after.get(key)
    const ids = new Set(was?.ids)
    const stayed = same && is ? is.ids.filter(id => ids.has(id)) : []
    return {
      key,
      group: (is ?? was) as ReportGroup,
      before: was?.count ?? 0,
      after: is?.count ?? 0,
      stayed,
      stayedNs: stayed.length > 0 && span !== null && span > 0n ? String(span) : null,
    }
  })
}

function between(a: string | null, b: string | null): bigint | null {
  return a === null || b === null ? null : BigInt(b) - BigInt(a)
}

/**
 * Of one process: the victims have one pid and one command, or a process of that pid and command with the same start is in
 * both. Other pids for the same command show that they are not. Without processes nothing tells.
 */
function sameProcess(a: Report, b: Report): ReportDiff['sameProcess'] {
  if (a.victim && b.victim) {
    const same = a.victim.pid === b.victim.pid && a.victim.comm === b.victim.comm
    return { same, basis: same ? `pid ${a.victim.pid} in both` : `pid ${a.victim.pid} and pid ${b.victim.pid}` }
  }
  const started = new Map(a.processes.map(p => [`${p.pid} ${p.comm}`, p.startNs]))
  for (const p of b.processes) {
    const key = `${p.pid} ${p.comm}`
    if (started.has(key) && started.get(key) === p.startNs)
      return { same: true, basis: `pid ${p.pid} (${p.comm ?? '?'}) in both` }
  }
  return null
}

/** Findings by rule and what they are about; numbers in titles (counts, ids, addresses) do not tell problems apart. */
function findingChanges(a: readonly ReportFinding[], b: readonly ReportFinding[]): ReportDiff['findings'] {
  const key = ({ rule, title }: ReportFinding) =>
    `${rule} ${title.replace(/0x[0-9a-f]+|\d[\d,.]*/g, '#').replace(/goroutines?/g, 'goroutine')}`
  const before = new Map(a.map(f => [key(f), f]))
  const after = new Map(b.map(f => [key(f), f]))
  const change = (f: ReportFinding, was: number, is: number): FindingChange => ({
    rule: f.rule,
    title: f.title,
    severity: f.severity,
    before: was,
    after: is,
  })
  return {
    appeared: b.filter(f => !before.has(key(f))).map(f => change(f, 0, f.count)),
    gone: a.filter(f => !after.has(key(f))).map(f => change(f, f.count, 0)),
    stayed: b.filter(f => before.has(key(f))).map(f => change(f, before.get(key(f))?.count ?? 0, f.count)),
  }
}

/** Processes that ended otherwise than before, by command name (pids change from run to run). */
function processChanges(a: Report, b: Report): ReportDiff['processes'] {
  const ends = (report: Report) => {
    const map = new Map<string, string>()
    for (const p of report.processes) if (p.comm !== null && !map.has(p.comm)) map.set(p.comm, endOf(p.exit))
    return map
  }
  const before = ends(a)
  const after = ends(b)
  return [...new Set([...before.keys(), ...after.keys()])]
    .map(comm => ({ comm, before: before.get(comm) ?? null, after: after.get(comm) ?? null }))
    .filter(p => p.before !== p.after)
}

function endOf(exit: Report['processes'][number]['exit']): string {
  if (exit === null) return 'alive'
  if (exit.kind === 'killed') return `killed by ${exit.signal ?? 'a signal'}${exit.coreDumped ? ', core dumped' : ''}`
  return exit.kind === 'exited' ? `exited with ${exit.code ?? '?'}` : 'ended'
}
