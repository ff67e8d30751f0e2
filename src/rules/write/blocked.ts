import type { Analysis, GoroutineGroup } from '../../model/analysis.js'
import type { Actor, Finding, Link } from '../../model/finding.js'
import { lastLife } from '../../model/lives.js'
import { addTo } from '../../model/multimap.js'
import type { BlockedCall, Peer, Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import { byteSize, counted, duration } from '../../model/words.js'
import { nameAndPid, nameOf, processActor, subjectOf, threadActor, title } from '../shared.js'

/** A write that is still open this long after it began does not wait for a moment's rush. */
const BLOCKED_NS = 1e9
/** A goroutine that a dump shows in a write for so long hangs in it; text dumps count minutes. */
const LONG_NS = 60e9
const WRITES = /^(?:p?writev?2?|pwrite64|send(?:to|m?msg|file64?)?|vmsplice|splice|tee)$/
/** Functions in which a goroutine is inside a write: to the poller (non-blocking descriptors) or in the system call. */
const WRITE_FRAMES =
  /^(?:internal\/poll\.\(\*(?:FD|pollDesc)\)\.(?:Write|WriteTo|Writev|waitWrite)|syscall\.(?:write|Write|pwrite|Pwrite|writev|sendto|sendmsgN?)|os\.\(\*File\)\.Write)$/

export const blocked: Rule = {
  id: 'write/blocked',
  severity: 'error',
  needs: 'strace, a copy of /proc, or a goroutine dump',
  summary: 'A write cannot finish because its reader does not read: the pipe or the socket is full.',
  explanation: `A pipe holds 64 KiB unless F_SETPIPE_SZ says otherwise, and a Unix or TCP socket what its send buffer and the receiver's queue allow. When the reader is alive but does not read, the buffer fills up and the next write waits, for ever if need be: no error, no signal. A program that logs to such a pipe under a lock stands still as a whole, although nothing in it is wrong.

What to look for: a write on fd 1 or 2 that never returns; wchan pipe_write, anon_pipe_write, sock_alloc_send_pskb or sk_stream_wait_memory; a receive queue that is full (ss -xp, Recv-Q). In a goroutine dump: [syscall] in os.(*File).Write, or [IO wait] in (*FD).Write. Then look at the reader: is it stopped (SIGSTOP, Ctrl-Z, Ctrl-S), waiting for something else, or just another process that inherited the read end and never reads?

What to do: make the reader read, or let the writer give up: a non-blocking descriptor or a write deadline, a bounded queue that drops, logs to a file. For journald look at why it does not read.`,
  *find(analysis) {
    const pids = new Set<number>()
    for (const [pid, calls] of blockedWrites(analysis)) {
      pids.add(pid)
      yield fromCalls(calls, analysis)
    }
    for (const group of analysis.groups) {
      const frame = group.frames.find(f => WRITE_FRAMES.test(f.func))
      if (!frame || group.benign || (group.primitive !== 'netpoll' && group.primitive !== 'syscall')) continue
      // A trace or /proc of the process has said the same, with what it writes to.
      if (pids.size > 0) continue
      yield fromGroup(group, frame.func)
    }
  },
}

/** Open writes by process and object: threads that wait for one full pipe are one finding. */
function blockedWrites(analysis: Analysis): Map<number, BlockedCall[]> {
  const byProcess = new Map<number, BlockedCall[]>()
  for (const call of analysis.blockedCalls) {
    if (call.usual || !WRITES.test(call.syscall)) continue
    if (call.durationNs !== null && call.durationNs < BLOCKED_NS) continue
    if (call.durationNs === null && !call.open) continue
    // A file on a slow disk is no reader that does not read.
    if (call.object?.startsWith('/') && !call.object.startsWith('/dev/')) continue
    addTo(byProcess, call.pid, call)
  }
  return byProcess
}

function fromCalls(calls: readonly BlockedCall[], analysis: Analysis): Finding {
  const call =
    calls.find(c => c.peers?.length) ??
    calls.find(c => c.open) ??
    calls.reduce((a, b) => ((b.durationNs ?? 0) > (a.durationNs ?? 0) ? b : a))
  const process = lastLife(analysis, call.pid)
  const who: Pick<Process, 'pid' | 'comm' | 'argv'> = process ?? { pid: call.pid, comm: null, argv: null }
  const name = nameOf(who)
  const object = call.object ?? 'a descriptor'
  const target: Actor = { key: object, name: object, kind: 'object' }
  const age = call.durationNs === null ? '' : ` for ${duration(call.durationNs)}`
  const from = process ? threadActor(call.tid, process) : processActor(who)
  const chain: Link[] = [
    {
      text: `${call.syscall} to ${object} in thread ${call.tid} ${call.throughout ? 'was open when the trace began and when it ended' : call.open ? `had not returned${age} when the evidence ends` : `waited${age}`}${call.wchan ? `; it slept in ${call.wchan}` : ''}.`,
      status: 'observed',
      refs: call.refs,
      ns: call.sinceNs,
      from,
      to: target,
      label: call.syscall,
    },
  ]
  if (call.queuedBytes)
    chain.push({
      text: `${byteSize(call.queuedBytes)} wait in it unread.`,
      status: 'observed',
      refs: call.refs.slice(-1),
    })
  chain.push(readerLink(call, target))
  const reader = call.peers?.find(p => p.pid !== call.pid) ?? null
  const hangs = call.open ? 'hangs' : 'was held up'
  const more = calls.length > 1 ? ` ${counted(calls.length, 'thread')} wait for it.` : ''
  return {
    rule: blocked.id,
    // A write that came back was held up; one that did not, or that /proc shows asleep, is what the process hangs in.
    severity: call.open || call.wchan ? 'error' : 'warning',
    title: title(
      reader
        ? `${name} ${hangs} in a write: ${reader.comm ?? `pid ${reader.pid}`} ${call.open ? 'does' : 'did'} not read ${object}`
        : `${name} ${hangs} in a write to ${object}: nobody ${call.open ? 'reads' : 'read'} it`,
      `${name} ${hangs} in a write that nobody ${call.open ? 'reads' : 'read'}`,
    ),
    summary: `Thread ${call.tid} of ${nameAndPid(who)} ${call.open ? 'is' : 'was'} in ${call.syscall} to ${object}${age} and ${call.open ? 'does' : 'did'} not get on: it was full and its reader did not read.${reader ? ` ${readerText(reader)}` : ''}${more} There is no error and no signal for that; a write waits as long as the reader lives.`,
    subject: process ? subjectOf(process, analysis, call.tid) : { pid: call.pid, tid: call.tid },
    chain,
    remedies: remedies(chain.length - 1),
    ns: call.sinceNs,
    count: calls.length,
  }
}

function readerText(reader: Peer): string {
  const name = reader.comm === null ? `pid ${reader.pid}` : `${reader.comm} (pid ${reader.pid})`
  const states: Record<string, string> = {
    T: ', which is stopped',
    t: ', which its tracer holds',
    D: ', which itself waits for a device',
    Z: ', which is dead',
  }
  return `The other end is held by ${name}${states[reader.state ?? ''] ?? ''}.`
}

function readerLink(call: BlockedCall, target: Actor): Link {
  const best = call.hypotheses?.find(h => h.standing === 'observed' || h.standing === 'fits')
  const readers = call.peers?.filter(p => p.pid !== call.pid) ?? []
  if (readers.length > 0)
    return {
      text: readers.map(readerText).join(' '),
      status: 'observed',
      refs: readers
        .flatMap(r => r.refs)
        .slice(0, 6)
        .concat(best?.refs.slice(0, 2) ?? []),
      from: processActor({ pid: readers[0].pid, comm: readers[0].comm, argv: null }),
      to: target,
      label: 'does not read',
    }
  if (best)
    return {
      text: best.text,
      status: best.standing === 'observed' ? 'observed' : 'inferred',
      refs: best.refs,
      ns: best.ns,
    }
  if (call.peers && call.peers.length > 0)
    return {
      text: 'Only the writer itself holds the other end: nobody else can read it.',
      status: 'observed',
      refs: call.peers.flatMap(p => p.refs).slice(0, 4),
    }
  return { text: 'Who should read it was not seen.', status: 'missing', refs: [] }
}

function remedies(breaks: number): Finding['remedies'] {
  return [
    {
      title: 'See why the reader does not read',
      detail:
        'It can be stopped, wait for something else, or hold the end without ever reading. Its state and its own blocked call tell.',
      code: "ss -xp; ls -l /proc/*/fd 2>/dev/null | grep 'pipe:'\ngrep -E 'State|TracerPid' /proc/READER/status",
      breaks,
    },
    {
      title: 'Do not let a log line stop the program',
      detail:
        'Write through a bounded queue that drops when it is full, set a write deadline, or log to a file: a pipe has room for 64 KiB only (pipe(7)).',
      breaks: 0,
    },
  ]
}

function fromGroup(group: GoroutineGroup, func: string): Finding {
  const user = group.userFrame >= 0 ? group.frames[group.userFrame] : null
  const where = user ? ` called from ${user.func}` : ''
  const longest = group.waitNs?.max ?? 0
  const long = longest >= LONG_NS
  return {
    rule: blocked.id,
    // A busy server is in a write at any moment; only one that has lasted is a hang.
    severity: long ? 'error' : 'note',
    title: title(
      `${counted(group.count, 'goroutine')} ${long ? (group.count === 1 ? 'hangs' : 'hang') : group.count === 1 ? 'is' : 'are'} in a write${user ? ` from ${user.func}` : ''}`,
      `${counted(group.count, 'goroutine')} in a write${long ? ' that does not finish' : ''}`,
    ),
    summary: `${counted(group.count, 'goroutine')} ${group.count === 1 ? 'is' : 'are'} in ${func}${where} ([${group.state}]). A write waits only when the pipe or socket is full, because its reader does not read. A dump is a moment: that the write does not get on is proven by a second one, or by strace.`,
    subject: group.ids.length > 0 ? { goroutine: group.ids[0] } : {},
    chain: [
      {
        text: `${counted(group.count, 'goroutine')} in ${func}${where}, state [${group.state}].`,
        status: 'observed',
        refs: group.refs.slice(0, 6),
      },
      ...(long
        ? [
            {
              text: `One has been in it for ${duration(longest)}, as the dump says.`,
              status: 'observed' as const,
              refs: group.refs.slice(0, 1),
            },
          ]
        : []),
      {
        text: long
          ? 'Who should read was not seen.'
          : 'That the write does not get on, and who should read, was not seen.',
        status: 'missing',
        refs: [],
      },
    ],
    remedies: remedies(long ? 2 : 1),
    ns: null,
    count: group.count,
  }
}
