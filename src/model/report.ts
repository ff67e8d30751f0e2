/**
 * The report: the contract's JSON (`sigtrace.report/1`) with what the renderers need beside it. Plain data, no methods,
 * nothing that `JSON.stringify` would lose. Every renderer is given this and nothing else.
 *
 * Times are decimal nanoseconds since the epoch of the reference clock, as strings, or null.
 */
import type { DiagnosticSeverity } from './diagnostic.js'
import type { Confidence, Link, Remedy, RuledOut, Severity, Subject } from './finding.js'
import type { Frame, Primitive } from './goroutine.js'
import type { Ref } from './ref.js'
import type { SenderBasis, SignalOrigin, SignalOutcome } from './signal.js'

export const REPORT_SCHEMA = 'sigtrace.report/1'

export interface ReportLink extends Omit<Link, 'ns' | 'from' | 'to'> {
  ns: string | null
}

export interface ReportFinding {
  rule: string
  severity: Severity
  confidence: Confidence
  title: string
  summary: string
  subject: Subject
  chain: ReportLink[]
  remedies: Remedy[]
  /** When it took effect. */
  ns: string | null
  count: number
}

export interface ReportVerdict {
  rule: string | null
  title: string
  confidence: Confidence
  summary: string
  /** Index of the finding in `findings`; null where there is none. */
  finding: number | null
}

export interface ReportSignal {
  signal: string
  number: number
  origin: SignalOrigin
  code: string | null
  sender: { pid: number; tid: number | null; comm: string | null } | null
  senderBasis: SenderBasis | null
  target: { pid: number; tid: number | null }
  sentNs: string | null
  deliveredNs: string | null
  deliveredTo: number | null
  outcome: SignalOutcome
  noise: boolean
  refs: Ref[]
}

export interface ReportProcess {
  pid: number
  ppid: number | null
  comm: string | null
  argv: string[] | null
  runtime: 'go' | null
  threads: { tid: number; comm: string | null }[]
  startNs: string | null
  endNs: string | null
  exit: {
    kind: 'exited' | 'killed' | 'unknown'
    code: number | null
    signal: string | null
    coreDumped: boolean
  } | null
  refs: Ref[]
}

export interface ReportBlockedCall {
  pid: number
  tid: number
  syscall: string
  object: string | null
  sinceNs: string | null
  durationNs: string | null
  open: boolean
  usual: boolean
  refs: Ref[]
}

export interface ReportGroup {
  source: string
  count: number
  ids: number[]
  state: string
  primitive: Primitive
  object: { kind: string; address: string } | null
  waitNs: { min: string; max: string } | null
  system: boolean
  benign: boolean
  frames: Frame[]
  createdBy: Frame | null
  labels: Record<string, string> | null
  userFrame: number
  refs: Ref[]
}

export interface ReportSnapshot {
  source: string
  format: string
  goVersion: string | null
  count: number
  takenNs: string | null
  truncated: boolean
}

/** One row of the timeline drawing. */
export interface Lane {
  /** `pid:77`, `tid:80`, `goroutine:18`, `pipe:[385978]`. */
  key: string
  label: string
  kind: 'process' | 'thread' | 'goroutine' | 'object' | 'unit' | 'kernel'
  /** Stretches in which a state held: a life, a blocked call, a pipe without a reader. */
  spans: {
    startNs: string | null
    endNs: string | null
    /** `broken`: a pipe or socket without a reader; `waiting`: for a lock or channel; `holding`: a lock that others wait for. */
    kind: 'life' | 'blocked' | 'broken' | 'stopped' | 'waiting' | 'holding'
    text: string
    refs: Ref[]
  }[]
}

export interface TimelineEvent {
  ns: string
  kind: string
  text: string
  refs: Ref[]
  /** Key of the lane it stands on; null for one that belongs to none. */
  lane: string | null
  /** Key of the lane that it comes from (sender of a signal), for an arrow. */
  from: string | null
  /** Its order against the event before it is not known: their clocks are not known well enough. */
  unordered: boolean
}

export interface Timeline {
  startNs: string | null
  endNs: string | null
  reference: string | null
  events: TimelineEvent[]
  lanes: Lane[]
  /**
   * The last moments that are drawn magnified; null where there is no one moment to look at. Times are shown relative
   * to `zeroNs`; `zeroText` says what happened then: `death`, `goroutine dump`, `end of the evidence`.
   */
  focus: { startNs: string; endNs: string; zeroNs: string; zeroText: string } | null
  /** What was left out to keep the drawing readable. */
  omitted: { events: number; lanes: number }
}

/** One raw line (or the bytes of a note) of an input: one that is cited, or a neighbour of one. */
export interface Excerpt {
  ref: Ref
  /** `e-strace.txt-42`: unique and stable; the HTML anchor. */
  id: string
  text: string
  /** Cut because of its length. */
  cut: boolean
  /** Something in the report rests on it; false for a neighbour that is there to be read with it. */
  cited: boolean
}

export interface ReportSource {
  path: string
  kind: string
  sha256: string
  bytes: number
  records: number
  skipped: { code: string; count: number; first: Ref; remedy: string }[]
  clock: { domain: string; offsetNs: string | null; uncertaintyNs: string | null; basis: string }
  about: Record<string, string>
}

export interface ReportDiagnostic {
  code: string
  severity: DiagnosticSeverity
  text: string
  count: number
  first: Ref
  remedy: string
}

export interface Report {
  schema: typeof REPORT_SCHEMA
  tool: { name: 'sigtrace'; version: string }
  /** Name of the capture. */
  capture: string
  /** The command that makes this report again, without what differs from run to run; null where it is not known. */
  command: string | null
  verdict: ReportVerdict
  /** The same death has the same fingerprint: rule, program, frames. 16 hex digits. */
  fingerprint: string
  victim: { pid: number; comm: string | null; unit: string | null } | null
  /** The signal's path: the verdict's links that have somebody acting on somebody. */
  path: {
    actors: { key: string; name: string; kind: string }[]
    steps: { link: number; from: string; to: string; label: string; ns: string | null; status: Link['status'] }[]
  }
  findings: ReportFinding[]
  ruledOut: RuledOut[]
  /** What would have told more, and how to get it. */
  missing: { text: string; remedy: string; code?: string }[]
  /** `141 = 128 + 13 (SIGPIPE)`, for each status that the report names. */
  exitStatuses: { status: string; meaning: string }[]
  signals: ReportSignal[]
  processes: ReportProcess[]
  blockedCalls: ReportBlockedCall[]
  goroutines: { snapshots: ReportSnapshot[]; groups: ReportGroup[] }
  waits: {
    edges: {
      from: string
      on: { kind: string; address: string }
      heldBy: string | null
      basis: string
      status: 'observed' | 'inferred'
      /** Further waiters for the same reason that have no edge of their own. */
      more?: number
      refs: Ref[]
    }[]
    conclusion: 'deadlock' | 'convoy' | 'orphan' | 'none'
    cycles: number[][]
  }
  timeline: Timeline
  evidence: Excerpt[]
  sources: ReportSource[]
  diagnostics: ReportDiagnostic[]
  redactions: { kind: string; name: string; count: number }[]
  /** True where nothing was redacted because the user said so. */
  unredacted: boolean
  /** Lists that were cut to keep the document bounded: `blockedCalls: 4,812 more`. */
  cut: { list: string; left: number }[]
  /** Rules that failed; the rest of the report stands. */
  failures: { rule: string; text: string }[]
}
