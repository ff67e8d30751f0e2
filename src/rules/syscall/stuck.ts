import type { Analysis } from '../../model/analysis.js'
import type { Finding, Severity } from '../../model/finding.js'
import { lastLife } from '../../model/lives.js'
import { addTo } from '../../model/multimap.js'
import type { BlockedCall, Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import { counted, duration } from '../../model/words.js'
import { nameAndPid, nameOf, processActor, subjectOf, threadActor, title } from '../shared.js'
import { uninterruptible } from './uninterruptible.js'

/** A call that is not an ordinary place to wait and lasts this long is worth a finding. */
const STUCK_NS = 5e9
const WRITES = /^(?:p?writev?2?|pwrite64|send(?:to|m?msg|file64?)?|vmsplice|splice|tee)$/
const READS = /^(?:p?readv?2?|pread64|recv(?:from|m?msg)?)$/
/** Where a server waits for whoever comes next: then a thread in a read waits for the next request. */
const SERVES = /^(?:epoll_|p?poll|ppoll|p?select|accept|io_uring_enter|io_getevents)/
/** Calls that are done in a moment unless a disk, a lock or a network makes them wait, even where they came back. */
const SLOW =
  /^(?:fsync|fdatasync|sync|syncfs|msync|flock|fcntl|connect|open(?:at2?)?|unlink(?:at)?|rename(?:at2?)?|stat|newfstatat|statx|getdents64|ftruncate|close|mount|umount2)$/

export const stuck: Rule = {
  id: 'syscall/stuck',
  severity: 'error',
  needs:
    'strace with times, or a copy of /proc with syscall, wchan and stack of its threads; the kernel log or ps for state D',
  summary: 'A thread is in one system call for long, where that is not its normal place to wait.',
  explanation: `Most threads of a healthy program wait: in epoll_wait, poll, accept, wait4, nanosleep, or in a futex as an idle worker. Other calls should come back soon. When one does not, the program hangs there: a lock on a file that somebody else holds (flock, fcntl F_SETLKW), a connect that nobody answers, a read from a pipe whose writer neither writes nor closes, open of a FIFO without a partner, a disk or a network file system that does not answer (state D), a mutex whose holder is gone (FUTEX_WAIT for the value 2 is a contended glibc mutex).

What to look for: the last line of the thread in the trace, "<unfinished ...>" at its end; in /proc the call, wchan and the kernel stack. With -yy the descriptor shows what it waits for: the inode of a pipe leads to whoever else holds it.

What to do: go to the other side of the object: the holder of the lock (/proc/locks), the writer of the pipe, the peer of the connection, the disk. Give the call a timeout.`,
  *find(analysis) {
    const open = openCalls(analysis)
    const groups = new Map<string, BlockedCall[]>()
    for (const call of analysis.blockedCalls) {
      if (call.usual || WRITES.test(call.syscall) || !isLong(call)) continue
      if (!call.open && !SLOW.test(call.syscall)) continue
      if (call.open && READS.test(call.syscall) && !isAllThatHappens(call.pid, open, analysis)) continue
      const key = `${call.pid} ${call.open} ${call.syscall} ${call.object}`
      addTo(groups, key, call)
    }
    for (const group of groups.values()) yield finding(group, analysis)
    yield* uninterruptible(analysis)
  },
}

function openCalls(analysis: Analysis): Map<number, BlockedCall[]> {
  const open = new Map<number, BlockedCall[]>()
  for (const call of analysis.blockedCalls) {
    if (!call.open) continue
    addTo(open, call.pid, call)
  }
  return open
}

/**
 * A read that waits is a hang only where nothing else goes on in its process: no thread waits for whoever comes next, and
 * none was at work lately. In Go one blocked thread is one goroutine; a dump says more of that than a trace.
 */
function isAllThatHappens(pid: number, open: ReadonlyMap<number, readonly BlockedCall[]>, analysis: Analysis): boolean {
  const calls = open.get(pid) ?? []
  if (calls.some(c => SERVES.test(c.syscall))) return false
  const process = lastLife(analysis, pid)
  if (!process) return true
  if (process.runtime === 'go') return false
  const resting = new Set(calls.filter(c => isLong(c) || c.durationNs === null).map(c => c.tid))
  return process.threads.every(t => t.endNs !== null || resting.has(t.tid))
}

/** A call of which no line says how long it took counts where it lasted through the whole trace, or /proc shows it asleep. */
function isLong(call: BlockedCall): boolean {
  if (call.durationNs !== null && call.durationNs >= STUCK_NS) return true
  return call.open && (call.throughout === true || (call.durationNs === null && Boolean(call.wchan)))
}

/** What the other side of a call is, in words. */
function waitsFor(call: BlockedCall): string {
  const on = call.object ?? 'something'
  if (call.syscall === 'flock' || call.syscall === 'fcntl') return `for a lock on ${on} that somebody else holds`
  if (call.syscall === 'connect') return `for an answer to its connect on ${on}`
  if (/^open/.test(call.syscall)) return `in open of ${on}: for a partner of the FIFO, or for its file system`
  if (call.syscall === 'futex') return `for ${on}, a mutex that another thread holds`
  if (READS.test(call.syscall)) return `for data from ${on}, and nobody writes any`
  if (/sync/.test(call.syscall)) return `for the disk behind ${on}`
  return `in ${call.syscall}${call.object ? ` on ${on}` : ''}`
}

function finding(group: readonly BlockedCall[], analysis: Analysis): Finding {
  const call = group.reduce((a, b) => ((b.durationNs ?? 0) > (a.durationNs ?? 0) ? b : a))
  const process = lastLife(analysis, call.pid)
  const who: Pick<Process, 'pid' | 'comm' | 'argv'> = process ?? { pid: call.pid, comm: null, argv: null }
  const name = nameOf(who)
  const age = call.durationNs === null ? '' : ` for ${duration(call.durationNs)}`
  const on = call.object ? ` on ${call.object}` : ''
  const threads = new Set(group.map(c => c.tid)).size
  const object = call.object ?? call.syscall
  return {
    rule: stuck.id,
    severity: severity(call),
    title: call.open
      ? title(`${name} is stuck in ${call.syscall}${on}${age}`, `${name} is stuck in ${call.syscall}${age}`)
      : title(
          `${name} spent ${duration(call.durationNs!)} in one ${call.syscall}${on}`,
          `${name} spent ${duration(call.durationNs!)} in one ${call.syscall}`,
        ),
    summary: call.open
      ? `Thread ${call.tid} of ${nameAndPid(who)} waits ${waitsFor(call)}${age}; it had not come back when the evidence ends.${threads > 1 ? ` ${counted(threads, 'thread')} wait there.` : ''} That is not a place where a program waits by design.`
      : `Thread ${call.tid} of ${nameAndPid(who)} waited ${waitsFor(call)}${age} before it came back.${group.length > 1 ? ` That happened ${group.length} times.` : ''}`,
    subject: process ? subjectOf(process, analysis, call.tid) : { pid: call.pid, tid: call.tid },
    chain: [
      {
        text: `${call.syscall}${on} in thread ${call.tid} ${call.throughout ? 'was open when the trace began and when it ended' : call.open ? `had not returned${age}` : `took ${duration(call.durationNs!)}`}${call.wchan ? `; it sleeps in ${call.wchan}` : ''}.`,
        status: 'observed',
        refs: call.refs,
        ns: call.sinceNs,
        from: process ? threadActor(call.tid, process) : processActor(who),
        to: { key: object, name: object, kind: 'object' },
        label: call.syscall,
      },
      ...(call.peers && call.peers.length > 0
        ? [
            {
              text: `The other end is held by ${call.peers.map(p => (p.comm === null ? `pid ${p.pid}` : `${p.comm} (pid ${p.pid})`)).join(', ')}.`,
              status: 'observed' as const,
              refs: call.peers.flatMap(p => p.refs).slice(0, 6),
            },
          ]
        : []),
    ],
    remedies: [
      {
        title: 'Look at the other side of what it waits for',
        detail:
          'Whoever holds the lock, should write to the pipe or answer the connection decides when this call comes back.',
        code: `cat /proc/locks; ls -l /proc/${call.pid}/fd; cat /proc/${call.pid}/task/${call.tid}/stack`,
        breaks: 0,
      },
      {
        title: 'Give the call a timeout',
        detail: 'A deadline turns a hang into an error that can be handled and logged.',
      },
    ],
    ns: call.sinceNs,
    count: group.length,
  }
}

function severity(call: BlockedCall): Severity {
  return call.open ? 'error' : 'warning'
}
