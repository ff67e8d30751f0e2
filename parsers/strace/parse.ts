/** Reads strace logs: each input becomes one trace; the files of `-ff` share a group. */
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import type { LastCall, Trace, TraceCall } from '../../src/model/trace.js'
import { CLOCK } from './clock.js'
import { callAt, Events, lastCallOf } from './decode.js'
import { type Dialect, dialectOf } from './dialect.js'
import { TIME } from './leader.js'
import type { Log } from './log.js'
import { report } from './messages.js'
import { readLog } from './read-log.js'
import { FLAG, ROW } from './rows.js'
import { IS, LAST } from './threads.js'

/**
 * Reads all logs of a capture. A copy of a log (not of a file of `-ff`, which can be a line that many threads have) is no
 * second witness: every process would have lived twice.
 */
export async function parseStrace(inputs: readonly Input[], sink: Sink): Promise<void> {
  const groups = groupsOf(inputs)
  const known = new Map<string, string>()
  for (const input of inputs) {
    const file = groups.get(input) ?? null
    const { sha256, path } = input.source
    const copy = file === null && sha256 !== '' ? known.get(sha256) : undefined
    if (copy === undefined) await parseOne(input, file, sink)
    else
      sink.diagnose(
        'strace.copy',
        'info',
        `The log is byte for byte the same as ${copy}: it was read once.`,
        { source: path, line: 1 },
        'Nothing to do.',
      )
    known.set(sha256, copy ?? path)
  }
}

/** The thread that a file of `strace -ff -o NAME` is about: `NAME.PID`, perhaps compressed since. */
function threadFile(path: string): { group: string; tid: number } | null {
  const m = /^(.+)\.(\d{1,8})(?:\.(?:gz|zst|xz|bz2|lz4))?$/.exec(path)
  return m ? { group: m[1], tid: Number(m[2]) } : null
}

/** A file of `-ff`: what the files of its run have in common, whose it is, and whether there are others. */
interface ThreadFile {
  group: string
  tid: number
  isOneOfMany: boolean
}

function groupsOf(inputs: readonly Input[]): Map<Input, ThreadFile> {
  const found = new Map<Input, ThreadFile>()
  const sizes = new Map<string, number>()
  for (const input of inputs) {
    const file = threadFile(input.source.path)
    if (!file) continue
    found.set(input, { ...file, isOneOfMany: false })
    sizes.set(file.group, (sizes.get(file.group) ?? 0) + 1)
  }
  for (const file of found.values()) file.isOneOfMany = (sizes.get(file.group) ?? 0) > 1
  return found
}

async function parseOne(input: Input, file: ThreadFile | null, sink: Sink): Promise<void> {
  const dialect = dialectOf(input)
  // Pids on the lines say more than a number in the file's name.
  const thread = dialect.follows ? null : file
  if (thread?.isOneOfMany && dialect.timeForm === TIME.relative) {
    dialect.undated = true
    dialect.timeForm = TIME.none
  }
  const log = readLog(input, dialect, thread?.tid ?? 0, sink.progress)
  const { kept } = log
  const { state } = log.scanner
  const min = state.clock.state[CLOCK.min]
  const max = state.clock.state[CLOCK.max]
  setClock(input, dialect)
  input.source.records = state.records
  input.source.lineIndex = state.lines.toIndex()
  const events = new Events(kept.rows, log.texts, log.names)
  const filtered = dialect.filtered || endsUnsaid(log, events)
  let lastCalls: LastCall[] | null = null
  const trace: Trace = {
    source: input.source.path,
    group: thread?.group ?? null,
    events,
    eventCount: kept.rows.length,
    calls: state.calls,
    get lastCalls() {
      lastCalls ??= lastCallsOf(log, events)
      return lastCalls
    },
    options: {
      follow: log.follows || thread !== null,
      absoluteTime: dialect.timeForm === TIME.epoch || dialect.timeForm === TIME.wall,
      durations: dialect.durations,
      fdPaths: dialect.fdPaths,
      fdPeers: dialect.fdPeers,
      stringLimit: dialect.stringLimit,
      filtered,
      attached: log.learnt.attached || (!dialect.startsWithExecve && !filtered && state.calls > 0),
    },
    firstNs: Number.isNaN(min) ? null : min,
    lastNs: Number.isNaN(max) ? null : max,
  }
  sink.traces.push(trace)
  handOnOutput(log, sink)
  report(log, trace, sink)
}

/** Ends that are looked at. */
const ENDS = 64

/**
 * A thread ended by itself, in no call, and the log has no exit at all: only some calls were traced, or none. A thread
 * that another one's exit_group ends is as a rule inside a call.
 */
function endsUnsaid({ kept: { rows }, names }: Log, events: Events): boolean {
  for (const name of names.values()) if (/^_?exit(?:_group)?$/.test(name)) return false
  const diedInside = new Set<number>()
  let ends = 0
  for (let i = 0; i < rows.length && ends < ENDS; i++) {
    if ((rows.flags[i] & FLAG.died) !== 0) diedInside.add(rows.tid[i])
    if (rows.kind[i] !== ROW.end) continue
    ends++
    const end = events.at(i)
    if (end.type === 'exit' && end.how === 'exited' && !diedInside.has(end.tid)) return true
  }
  return false
}

/** Program output between the lines may hold a crash text or a goroutine dump: whoever reads those is given it. */
function handOnOutput(log: Log, sink: Sink): void {
  if (!log.output.some(({ text }) => DUMP.test(text))) return
  const path = log.input.source.path
  const text = log.output.map(({ text }) => text).join('\n')
  const lines = log.output.map(({ line }) => ({ line }))
  sink.derive(`${path}#output`, Buffer.from(`${text}\n`, 'latin1'), path, lines)
}

const DUMP = /^(?:goroutine \d+[ []|panic: |fatal error: |SIG[A-Z0-9]+: |runtime: goroutine)/

function setClock(input: Input, dialect: Dialect): void {
  const domain = {
    [TIME.epoch]: 'realtime',
    [TIME.wall]: 'wall',
    [TIME.relative]: 'relative',
    [TIME.none]: 'none',
  } as const
  input.source.clock = {
    domain: domain[dialect.timeForm as 0],
    base: dialect.timeForm === TIME.none ? null : BigInt(dialect.base) * 1_000_000_000n,
    resolutionNs: dialect.timeForm === TIME.none ? 0 : 10 ** (9 - dialect.decimals),
  }
}

function lastCallsOf(log: Log, events: Events): LastCall[] {
  const { rows } = log.kept
  const { threads } = log.scanner.state
  const out: LastCall[] = []
  for (let i = 0; i < rows.length; i++)
    if ((rows.flags[i] & FLAG.died) !== 0) out.push(lastCallOf(events.at(i) as TraceCall, 'died'))
  const states = { [LAST.returned]: 'returned', [LAST.open]: 'unfinished', [LAST.detached]: 'detached' } as const
  for (let t = 0; t < threads.length; t++) {
    threads.settle(t)
    const line = threads.lastLine(t)
    // Who died inside its call is there already.
    if (threads.is[t] === IS.ended || line === 0 || threads.lastState[t] === LAST.died) continue
    const [ns, at] = [threads.lastNs(t), threads.lastAt(t)]
    const call = callAt(log.texts, threads.tid[t], line, ns, at, threads.lastSize(t), threads.lastLead(t))
    out.push(lastCallOf(call, states[threads.lastState[t] as 0]))
  }
  return out.sort((a, b) => a.line - b.line)
}
