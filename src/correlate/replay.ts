/**
 * What the traces of a capture show: processes, signals, broken pipes, blocked calls. Each world of traces is walked
 * twice: once for who is who, once for what they did to each other.
 */
import type { Analysis } from '../model/analysis.js'
import { refKey } from '../model/ref.js'
import type { TraceCall } from '../model/trace.js'
import { BlockedCalls, endOfLogs } from './trace/blocked-calls.js'
import { BrokenPipes } from './trace/broken-pipes.js'
import { FdTables } from './trace/fds.js'
import { KIND, kindOf } from './trace/kinds.js'
import { LastWords } from './trace/last-words.js'
import type { Moment } from './trace/moment.js'
import { ProcessTree } from './trace/process-tree.js'
import { isSingle, Returns } from './trace/returns.js'
import { SignalLog } from './trace/signal-log.js'
import { SignalStates } from './trace/signal-state.js'
import { SignalTracker } from './trace/signal-tracker.js'
import { type World, worldsOf } from './trace/world.js'

const SIGPIPE = 13

/** Fills `processes`, `signals`, `brokenPipes` and `blockedCalls` from the traces. */
export function replayTraces(analysis: Analysis): void {
  const log = new SignalLog()
  for (const world of worldsOf(analysis)) replay(world, analysis, log)
  for (const signal of log.all()) analysis.signals.push(signal)
  linkSignals(analysis)
  leftOut(analysis, 'signals', log.dropped.other)
  leftOut(analysis, 'signals of no consequence', log.dropped.noise, 'Nothing to do.')
}

function replay(world: World, analysis: Analysis, log: SignalLog): void {
  const tree = new ProcessTree(world, analysis.at, threadsElsewhere(analysis))
  const states = new SignalStates(world.traces.every(t => !t.options.filtered))
  const signals = new SignalTracker(tree, states, log)
  const fds = new FdTables()
  const pipes = new BrokenPipes(fds, world.ordered)
  const blocked = new BlockedCalls()
  const words = new LastWords()
  const logEnd = endOfLogs(world.traces, analysis.at)
  const returned = (call: TraceCall, moment: Moment) => {
    const kind = kindOf(call.name)
    if (kind & (KIND.takesSignals | KIND.writes)) signals.returned(call, moment)
    if (kind & KIND.writes) words.returned(call, moment)
    fds.returned(call, kind, moment)
    if (kind & KIND.writes) pipes.returned(call, moment)
  }
  const returns = new Returns(isSingle(world.traces), returned)
  let last = 0
  world.walk((event, trace, ns, seq) => {
    returns.before(event, ns, seq)
    last = seq
    const thread = tree.threadAt(event.tid, seq)
    if (!thread) return
    const moment: Moment = { thread, ref: { source: trace.source, line: event.line }, ns, seq }
    if (event.type === 'call') {
      const kind = kindOf(event.name)
      if (kind & KIND.birth) born(event, moment, tree, fds)
      if (kind & KIND.quick) {
        if (kind & KIND.atReturn) returned(event, moment)
      } else {
        const endNs = analysis.at(trace.source, event.endNs)
        blocked.entered(event, moment, endNs, logEnd, trace.options.attached)
        if (kind & KIND.atReturn) returns.entered(event, moment, endNs)
      }
    }
    signals.visit(event, moment)
    if (event.type === 'exit' && thread.life.endSeq === seq) {
      fds.ended(thread.life, [moment.ref])
      words.ended(thread.life)
    }
  })
  returns.finish(last)
  signals.finish()
  for (const life of tree.processes()) analysis.processes.push(life.process)
  analysis.brokenPipes.push(...pipes.all())
  analysis.blockedCalls.push(...blocked.all())
  leftOut(analysis, 'failed writes', pipes.dropped)
  leftOut(analysis, 'calls that waited long', blocked.dropped)
}

/** A process is made with its maker's descriptors, as they are when the call is entered. */
function born(call: TraceCall, { thread, seq }: Moment, tree: ProcessTree, fds: FdTables): void {
  if (call.error !== null || !call.ret) return
  const child = tree.spaces.find(thread.life, { local: call.ret, outer: null, comm: null }, seq)
  if (child && child.life !== thread.life) fds.born(child, thread, /\bCLONE_FILES\b/.test(call.args))
}

/** Joins each failed write with the SIGPIPE that the kernel raised for it. */
function linkSignals(analysis: Analysis): void {
  const raised = new Map(
    analysis.signals.filter(s => s.number === SIGPIPE && s.origin === 'kernel').map(s => [refKey(s.refs[0]), s]),
  )
  for (const broken of analysis.brokenPipes) broken.sigpipe ??= raised.get(refKey(broken.refs[0])) ?? null
}

/** Threads of processes as /proc and cores list them. */
function threadsElsewhere(analysis: Analysis): Map<number, number> {
  const processOf = new Map<number, number>()
  for (const { pid, threads } of [...analysis.capture.procs, ...analysis.capture.cores])
    if (pid !== null) for (const thread of threads) processOf.set(thread.tid, pid)
  return processOf
}

/** Lists stay bounded, and what they lack is counted. */
function leftOut(
  { capture }: Analysis,
  what: string,
  left: number,
  remedy = 'Analyse the part of the log around the moment in question.',
): void {
  if (left === 0) return
  capture.diagnostics.add(
    `strace.more-${what.replaceAll(' ', '-')}`,
    'info',
    `The log has more ${what} than a report can list: the first and the last are there, those between are left out.`,
    { source: capture.traces[0].source, line: 1 },
    remedy,
    left,
  )
}
