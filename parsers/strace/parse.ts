/** Reads strace logs: each input becomes one trace; the files of `-ff` share a group. */
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import type { LastCall, Trace } from '../../src/model/trace.js'
import { LineClock } from './clock.js'
import { Events, lastCallOf } from './decode.js'
import { type Dialect, dialectOf } from './dialect.js'
import { TIME } from './leader.js'
import { eachLine } from './lines.js'
import { report } from './messages.js'
import { Mixed } from './mixed.js'
import { ROW, Rows } from './rows.js'
import { Scanner } from './scanner.js'
import { Texts } from './texts.js'
import { LAST } from './threads.js'

export async function parseStrace(inputs: readonly Input[], sink: Sink): Promise<void> {
  const groups = groupsOf(inputs)
  for (const input of inputs) parseOne(input, groups.get(input) ?? null, sink)
}

/** The thread that a file of `strace -ff -o NAME` is about: `NAME.PID`, perhaps compressed since. */
function threadFile(path: string): { group: string; tid: number } | null {
  const m = /^(.+)\.(\d{1,8})(?:\.(?:gz|zst|xz|bz2|lz4))?$/.exec(path)
  return m ? { group: m[1], tid: Number(m[2]) } : null
}

function groupsOf(inputs: readonly Input[]): Map<Input, { group: string; tid: number }> {
  const found = new Map<Input, { group: string; tid: number }>()
  for (const input of inputs) {
    const file = threadFile(input.source.path)
    if (file) found.set(input, file)
  }
  return found
}

function parseOne(input: Input, file: { group: string; tid: number } | null, sink: Sink): void {
  const dialect = dialectOf(input)
  const scanner = new Scanner(dialect, new LineClock(dialect.base))
  // Pids on the lines say more than a number in the file's name.
  const thread = dialect.follows ? null : file
  const mixed = new Mixed(scanner, input, thread?.tid ?? 0)
  const cut = eachLine(
    input,
    (buffer, start, end, at) => mixed.next(buffer, start, end, at),
    bytes => sink.progress(bytes),
  )
  mixed.finish(cut)
  scanner.finish()
  const texts = new Texts(input)
  setClock(input, dialect)
  input.source.records = scanner.records
  const trace: Trace = {
    source: input.source.path,
    group: thread?.group ?? null,
    events: new Events(scanner.rows, texts),
    eventCount: scanner.rows.length,
    calls: scanner.calls,
    lastCalls: lastCallsOf(scanner, texts),
    options: {
      follow: dialect.follows || mixed.follows || thread !== null,
      absoluteTime: dialect.timeForm === TIME.epoch || dialect.timeForm === TIME.wall,
      durations: dialect.durations,
      fdPaths: dialect.fdPaths,
      fdPeers: dialect.fdPeers,
      stringLimit: dialect.stringLimit,
      filtered: dialect.filtered,
      attached: mixed.attached || (!dialect.startsWithExecve && !dialect.filtered && scanner.calls > 0),
    },
    firstNs: Number.isNaN(scanner.clock.first) ? null : scanner.clock.first,
    lastNs: Number.isNaN(scanner.clock.last) ? null : scanner.clock.last,
  }
  sink.traces.push(trace)
  report(input.source.path, trace, scanner, mixed, sink)
}

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

function lastCallsOf(scanner: Scanner, texts: Texts): LastCall[] {
  const { threads, diedIn } = scanner
  const out: LastCall[] = []
  for (let i = 0; i < diedIn.length; i++) out.push(lastCallOf(diedIn, i, texts, 'died'))
  const states = {
    [LAST.returned]: 'returned',
    [LAST.open]: 'unfinished',
    [LAST.died]: 'died',
    [LAST.detached]: 'detached',
  } as const
  const alive = new Rows()
  for (let t = 0; t < threads.count; t++) {
    if (threads.ended[t] === 1 || threads.lastLine[t] === 0) continue
    const { tid, lastLine, lastNs, lastAt, lastSize, lastLead } = threads
    const row = alive.push(ROW.call, 0, tid[t], lastLine[t], lastNs[t], lastAt[t], lastSize[t], lastLead[t])
    out.push(lastCallOf(alive, row, texts, states[threads.lastState[t] as 0]))
  }
  return out.sort((a, b) => a.line - b.line)
}
