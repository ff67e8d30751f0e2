import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import type { Lane } from '../model/report.js'
import type { Ns } from '../model/time.js'
import { counted } from '../model/words.js'
import type { LaneMaker } from './lane-maker.js'
import { verdictProcess } from './moment.js'

/** One thread in one system call. */
interface Wait {
  tid: number
  pid: number
  syscall: string
  text: string
  sinceNs: Ns | null
  /** null: it had not returned when the evidence ends. */
  endNs: Ns | null
  /** An ordinary place to wait: such threads share one lane. */
  usual: boolean
  refs: Ref[]
}

/** Calls in which a thread with nothing to do is found. */
const PARKED =
  /^(futex|epoll_p?wait2?|p?poll|p?select6?|nanosleep|clock_nanosleep|pause|rt_sigtimedwait|rt_sigsuspend|wait4|waitid|accept4?|io_uring_enter)/
/** Longest text of arguments beside the name of a call. */
const ARGS = 60

/** Threads that act in the verdict or sit in a call that tells something; those in an ordinary waiting place share one lane. */
export function threadLanes(
  analysis: Analysis,
  verdict: Finding | null,
  actors: ReadonlySet<string | undefined>,
  maker: LaneMaker,
): Lane[] {
  const about = verdictProcess(analysis, verdict)
  const byKey = new Map<string, { lane: Lane; weight: number }>()
  for (const process of analysis.processes)
    for (const thread of process.threads) {
      const key = `tid:${thread.tid}`
      if (!actors.has(key) || byKey.has(key)) continue
      const life = maker.span(thread.startNs ?? process.startNs, thread.endNs ?? process.endNs, 'life', '', [])
      byKey.set(key, {
        lane: maker.lane(key, `${thread.comm ?? process.comm ?? 'thread'} ${thread.tid}`, 'thread', [life]),
        weight: 4,
      })
    }
  const parked: Wait[] = []
  for (const wait of waitsOf(analysis, about)) {
    const key = `tid:${wait.tid}`
    const known = byKey.get(key)
    if (wait.usual && !known) {
      if (wait.pid === about?.pid) parked.push(wait)
      continue
    }
    const entry = known ?? { lane: maker.lane(key, `thread ${wait.tid}`, 'thread'), weight: 0 }
    byKey.set(key, entry)
    if (wait.pid === about?.pid && !wait.usual) entry.weight += 2
    entry.lane.spans.push(maker.span(wait.sinceNs, wait.endNs, 'blocked', wait.text, wait.refs))
  }
  const lanes = [...byKey.values()].sort((a, b) => b.weight - a.weight).map(({ lane }) => lane)
  return parked.length === 0 ? lanes : [...lanes, parkedLane(parked, about, maker)]
}

/** What each thread waits in: the blocked calls, and of the verdict's process the last call of every other thread. */
function waitsOf(analysis: Analysis, about: Process | null): Wait[] {
  const out: Wait[] = analysis.blockedCalls.map(call => ({
    tid: call.tid,
    pid: call.pid,
    syscall: call.syscall,
    text: call.object === null ? call.syscall : `${call.syscall} ${call.object}`,
    sinceNs: call.sinceNs,
    endNs: call.open || call.durationNs === null || call.sinceNs === null ? null : call.sinceNs + call.durationNs,
    usual: call.usual,
    refs: call.refs,
  }))
  if (!about) return out
  const told = new Set(out.map(wait => wait.tid))
  const threads = new Map(about.threads.map(thread => [thread.tid, thread]))
  for (const trace of analysis.capture.traces)
    for (const call of trace.lastCalls) {
      const thread = threads.get(call.tid)
      const inside = call.state === 'unfinished' || call.state === 'died' || call.state === 'restart'
      if (!thread || !inside || told.has(call.tid)) continue
      told.add(call.tid)
      const args = call.args.length > ARGS ? `${call.args.slice(0, ARGS)}…` : call.args
      out.push({
        tid: call.tid,
        pid: about.pid,
        syscall: call.name,
        text: `${call.name}(${args})`,
        sinceNs: analysis.at(trace.source, call.ns),
        endNs: thread.endNs ?? about.endNs,
        usual: PARKED.test(call.name),
        refs: [{ source: trace.source, line: call.line }],
      })
    }
  return out
}

function parkedLane(parked: readonly Wait[], about: Process | null, maker: LaneMaker): Lane {
  const first = (pick: (wait: Wait) => Ns | null, best: (...all: number[]) => number) => {
    const all = parked.map(pick).filter((ns): ns is Ns => ns !== null)
    return all.length < parked.length ? null : all.reduce((a, b) => best(a, b))
  }
  const calls = [...new Set(parked.map(wait => wait.syscall))].sort().slice(0, 4)
  const start = first(wait => wait.sinceNs, Math.min)
  const end = first(wait => wait.endNs, Math.max) ?? about?.endNs ?? null
  const refs = parked.slice(0, 8).flatMap(wait => wait.refs.slice(0, 1))
  return maker.lane(`parked:${about?.pid}`, counted(parked.length, 'thread'), 'thread', [
    maker.span(start, end, 'blocked', `parked in ${calls.join(', ')}`, refs),
  ])
}
