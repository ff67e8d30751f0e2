/** Why a write does not return: whoever should read at the other end does not. */
import type { Analysis } from '../../model/analysis.js'
import type { BlockedCall, Peer, PeerHypothesis } from '../../model/process.js'
import type { Ref } from '../../model/ref.js'
import { byteSize, duration } from '../../model/words.js'
import { followerGone, ranked } from './epipe.js'
import type { JournaldLife } from './journald-life.js'
import { type JournalLink, journalLink, kindOf } from './objects.js'

export const WRITES = /^(?:p?writev?2?|pwrite64|send(?:to|m?msg|file)|splice|vmsplice|tee)$/

/** State letters of /proc/PID/stat in which a process reads nothing. */
const HALTED: Record<string, string> = {
  T: 'was stopped (state T)',
  t: 'was held by a tracer (state t)',
  D: 'was in an uninterruptible wait (state D)',
  Z: 'was dead and not yet reaped (state Z)',
}

/** The possible reasons for one blocked write, best supported first. */
export function whyBlocked(analysis: Analysis, life: JournaldLife, call: BlockedCall): PeerHypothesis[] {
  const kind = kindOf(call.object)
  if (kind === 'file' || kind === 'terminal') return []
  const journald = call.peers?.find(p => isJournald(p, life)) ?? null
  const link: JournalLink = journald
    ? {
        standing: 'shown',
        text: `its other end is held by ${named(journald)}`,
        refs: journald.refs,
        use: life.useBy(call.pid),
      }
    : journalLink(analysis, life, call.pid, null, call.object)
  const others = (call.peers ?? []).filter(p => p.pid !== call.pid && !isJournald(p, life) && !keepsStreams(p))
  return ranked([
    journaldStuck(analysis, life, call, link, journald),
    readerSlow(analysis, call, others, link),
    link.standing === 'no' ? null : followerGone(link),
  ])
}

function isJournald(peer: Peer, life: JournaldLife): boolean {
  return peer.comm === 'systemd-journal' || peer.comm === 'systemd-journald' || life.pids.has(peer.pid)
}

/** PID 1 holds duplicates of all streams to journald in its store; it never reads them. */
function keepsStreams(peer: Peer): boolean {
  return peer.pid === 1 && peer.comm === 'systemd'
}

function named(peer: Peer): string {
  return `${peer.comm ?? 'a process'} (pid ${peer.pid})`
}

function journaldStuck(
  analysis: Analysis,
  life: JournaldLife,
  call: BlockedCall,
  link: JournalLink,
  journald: Peer | null,
): PeerHypothesis | null {
  if (link.standing === 'no' || link.standing === 'unknown') return null
  const base = {
    key: 'journald-stuck' as const,
    hypothesis: 'systemd-journald does not read: it is stopped, stuck, or slower than the writer',
  }
  const settle =
    'cat /proc/$(pidof systemd-journald)/{status,wchan,stack} while the write blocks; iostat for the disk of the journal.'
  const pids = new Set([...life.pids, ...(journald ? [journald.pid] : [])])
  const halt = haltOf(analysis, pids, journald, call)
  const queued = queuedText(call)
  if (halt)
    return {
      ...base,
      standing: 'observed',
      text: `${halt.text}; ${link.text}${queued}.`,
      settle: '',
      refs: [...halt.refs, ...link.refs],
      ns: halt.ns,
    }
  const silence = call.sinceNs === null ? null : life.silenceAround(call.sinceNs + (call.durationNs ?? 0) / 2)
  const quiet = silence && silence.to - silence.from >= Math.max(1e9, (call.durationNs ?? 0) * 0.8)
  return {
    ...base,
    standing: 'fits',
    text:
      `${link.text.charAt(0).toUpperCase()}${link.text.slice(1)}${queued}` +
      (quiet
        ? `; for ${duration(silence.to - silence.from)} around the call the journal took no entry from anyone`
        : '') +
      '. A write to it waits only when the socket is full, that is when journald does not read.',
    settle,
    refs: link.refs,
    ns: null,
  }
}

function queuedText(call: BlockedCall): string {
  return call.queuedBytes ? `, with ${byteSize(call.queuedBytes)} in the socket that it has not read` : ''
}

/** What kept a process from reading: its state in /proc, or a stop that a trace of it shows. */
function haltOf(
  analysis: Analysis,
  pids: ReadonlySet<number>,
  peer: Peer | null,
  call: BlockedCall,
): { text: string; refs: Ref[]; ns: number | null } | null {
  const until = call.sinceNs === null ? null : call.sinceNs + (call.durationNs ?? Number.POSITIVE_INFINITY)
  const stop = analysis.signals.findLast(
    s =>
      s.outcome === 'stopped' &&
      pids.has(s.target.pid) &&
      (until === null || s.deliveredNs === null || s.deliveredNs <= until),
  )
  if (stop) {
    const sender = stop.sender ? `${stop.sender.comm ?? 'pid'} ${stop.sender.pid}` : null
    return {
      text: `pid ${stop.target.pid} was stopped by ${stop.signal}${sender === null ? '' : ` from ${sender}`}`,
      refs: stop.refs,
      ns: stop.deliveredNs ?? stop.sentNs,
    }
  }
  if (peer?.state && HALTED[peer.state])
    return { text: `${named(peer)} ${HALTED[peer.state]}`, refs: peer.refs, ns: null }
  for (const snapshot of analysis.capture.procs) {
    if (snapshot.pid === null || !pids.has(snapshot.pid)) continue
    const thread = snapshot.threads.find(t => t.state && HALTED[t.state.charAt(0)])
    if (thread?.state)
      return {
        text: `${snapshot.comm ?? 'journald'} (pid ${snapshot.pid}) ${HALTED[thread.state.charAt(0)]}`,
        refs: thread.at?.status ? [thread.at.status] : [],
        ns: snapshot.ns,
      }
  }
  return null
}

function readerSlow(
  analysis: Analysis,
  call: BlockedCall,
  others: readonly Peer[],
  link: JournalLink,
): PeerHypothesis | null {
  if (link.standing === 'shown') return null
  const base = {
    key: 'reader-not-reading' as const,
    hypothesis: 'The process at the other end has it open and does not read',
  }
  const reader = others[0]
  if (reader) {
    const halt = haltOf(analysis, new Set(others.map(p => p.pid)), reader, call)
    return {
      ...base,
      standing: 'observed',
      text: `${named(reader)} has the other end open${queuedText(call)}${halt ? `; ${halt.text}` : ''}.`,
      settle: halt ? '' : `cat /proc/${reader.pid}/{status,wchan,stack}, or its goroutine dump: what does it wait for?`,
      refs: [...reader.refs, ...(halt?.refs ?? [])],
      ns: halt?.ns ?? null,
    }
  }
  const own = (call.peers ?? []).some(p => p.pid === call.pid)
  return {
    ...base,
    standing: 'fits',
    text: own
      ? 'The process holds both ends itself: nobody else can empty it.'
      : 'A write to a full pipe or socket waits until its reader takes something out; who the reader is is not in the evidence.',
    settle: 'lsof -E or ss -xp while the write blocks, then /proc/READER/{wchan,stack}.',
    refs: own ? call.peers!.flatMap(p => p.refs) : [],
    ns: null,
  }
}
