/**
 * Why a write failed with EPIPE: the other end of a pipe or socket was given up. By whom and why is weighed here, cause by
 * cause (systemd's journald-stream.c, fs/pipe.c pipe_write, net/unix/af_unix.c unix_stream_sendmsg).
 */
import type { Analysis, BrokenPipe } from '../../model/analysis.js'
import { livesOfPid } from '../../model/lives.js'
import type { PeerHypothesis } from '../../model/process.js'
import { duration } from '../../model/words.js'
import type { Absence, JournaldLife } from './journald-life.js'
import { type JournalLink, journalLink, kindOf } from './objects.js'

/** The journal covers a moment when entries lie this near on both sides. */
const COVERS_NS = 10e9

/** The possible causes of one failed write, best supported first. */
export function whyBroken(analysis: Analysis, life: JournaldLife, broken: BrokenPipe): PeerHypothesis[] {
  const link = journalLink(analysis, life, broken.pid, broken.fd, broken.object)
  const isStdio = broken.fd === null || broken.fd <= 2
  const found: (PeerHypothesis | null)[] = [
    readerExited(broken, link),
    isStdio ? journaldStopped(life, broken, link) : null,
    isStdio ? journaldLostStream(life, broken, link) : null,
    isStdio ? tooManyStreams(life, broken, link) : null,
    isStdio ? streamReadError(life, broken, link) : null,
    debuggerClient(analysis, broken),
    connectionClosed(broken, link),
    isStdio && link.standing !== 'no' ? followerGone(link) : null,
  ]
  return ranked(found)
}

const STANDINGS: readonly PeerHypothesis['standing'][] = ['observed', 'fits', 'open', 'excluded']

/** Best supported first; equal ones keep the order in which they are asked, which is how often each is the cause. */
export function ranked(found: readonly (PeerHypothesis | null)[]): PeerHypothesis[] {
  return found.filter(h => h !== null).sort((a, b) => STANDINGS.indexOf(a.standing) - STANDINGS.indexOf(b.standing))
}

function readerExited(broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  const { peer, object } = broken
  const base = { key: 'reader-exited' as const, hypothesis: 'The process that read the other end exited or closed it' }
  if (peer) {
    const who = `${peer.comm ?? 'the reader'} (pid ${peer.pid})`
    const did = {
      died: 'ended',
      closed: 'closed its end',
      execve: 'gave its end up in execve',
      shutdown: 'shut its end down for reading',
    }[peer.how]
    const before = peer.ns !== null && broken.ns !== null ? ` ${duration(broken.ns - peer.ns)} before the write` : ''
    return {
      ...base,
      standing: peer.byName ? 'fits' : 'observed',
      text: `${who} ${did}${before}.`,
      settle: peer.byName ? 'Others can have opened the FIFO by its name: trace them too.' : '',
      refs: peer.refs,
      ns: peer.ns,
    }
  }
  if (link.standing === 'shown') return null
  if (kindOf(object, true) === 'pipe')
    return {
      ...base,
      standing: 'fits',
      text: `${object} is a ${object?.startsWith('/') ? 'FIFO' : 'pipe'}, and a write to it fails with EPIPE only when no process has it open for reading (pipe(7), fifo(7)). Who had it open is not in the evidence.`,
      settle: 'Trace the reader too (strace -f -yy of the whole pipeline), or record lsof -E before it happens.',
      refs: broken.refs.slice(0, 1),
      ns: null,
    }
  if (kindOf(object) === 'tcp') return null
  return {
    ...base,
    standing: 'open',
    text:
      object === null
        ? 'The log does not say what the descriptor is: a pipe to another process, or a socket.'
        : `${object}: who had the other end is not in the evidence.`,
    settle: 'Run strace with -yy, or record ls -l /proc/PID/fd and ss -xp while the process lives.',
    refs: [],
    ns: null,
  }
}

function journaldStopped(life: JournaldLife, broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  if (link.standing === 'no') return null
  const base = {
    key: 'journald-stopped' as const,
    hypothesis: 'systemd-journald was stopped and closed its end of the stream',
  }
  const absence = broken.ns === null ? null : lastStop(life, broken.ns)
  const silent = absence !== null && (link.use?.lastNs == null || link.use.lastNs <= absence.from + 5e6)
  if (absence && silent && link.standing !== 'unknown') {
    const since = duration(Math.max(0, broken.ns! - absence.from))
    const back =
      absence.to === null
        ? 'it did not come back in the evidence'
        : `it came back ${duration(absence.to - absence.from)} later`
    return {
      ...base,
      standing: link.standing === 'shown' ? 'observed' : 'fits',
      text: `“Journal stopped” stands in the journal ${since} before the failed write, and ${back}; ${link.text}. A stop closes the streams for good (a restart does not: PID 1 keeps them), so they stay broken after journald is back.`,
      settle:
        link.standing === 'shown'
          ? ''
          : 'Record ss -xp or ls -l /proc/PID/fd to show that the descriptor is the stream to journald.',
      refs: [...absence.refs, ...link.refs],
      ns: absence.from,
    }
  }
  if (broken.ns !== null && life.ranAt(broken.ns, COVERS_NS) && !absence)
    return {
      ...base,
      standing: 'excluded',
      text: 'The journal goes on through the moment of the failed write, without a stop or start of journald.',
      settle: '',
      refs: link.refs,
      ns: null,
    }
  const covered = absence === null && link.standing !== 'unknown'
  return {
    ...base,
    standing: covered && link.standing === 'shown' ? 'fits' : 'open',
    text:
      link.standing === 'unknown'
        ? `Not known: ${link.text}.`
        : `${sentence(link.text)}; EPIPE there means that journald's end was closed. Whether journald was stopped is not in the evidence.`,
    settle: 'journalctl -u systemd-journald -o short-iso-precise around the failed write: look for “Journal stopped”.',
    refs: link.refs,
    ns: null,
  }
}

/** The stop that the failed write lies in or behind. A restart keeps the streams. */
function lastStop(life: JournaldLife, ns: number): Absence | null {
  return life.absences.findLast(a => a.how === 'stopped' && a.from <= ns + 5e6) ?? null
}

function journaldLostStream(life: JournaldLife, broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  if (link.standing === 'no' || link.standing === 'unknown' || broken.ns === null) return null
  const gone = life.absences.findLast(a => a.how !== 'stopped' && a.from <= broken.ns!)
  if (!gone) return null
  const what = gone.how === 'crashed' ? 'crash' : 'restart'
  const base = {
    key: 'journald-lost-stream' as const,
    hypothesis: `journald lost the stream in a ${what} of its own`,
    refs: gone.refs,
    ns: gone.from,
  }
  const wroteOn = link.use?.lastNs != null && gone.to !== null && link.use.lastNs > gone.to
  if (wroteOn)
    return {
      ...base,
      standing: 'excluded',
      text: `journald had a ${what} before the failed write, but the process's output reached the journal after it.`,
      settle: '',
      refs: [...gone.refs, link.use!.lastRef],
    }
  const old = life.release !== null && (life.release < 219 || (life.release >= 225 && life.release <= 231))
  const safe = life.release !== null && !old
  return {
    ...base,
    standing: old ? 'fits' : safe ? 'excluded' : 'open',
    text: safe
      ? `journald had a ${what}, but PID 1 of systemd ${life.release} keeps the streams over it (FileDescriptorStoreMax=).`
      : `journald had a ${what} before the failed write. systemd up to 218, and 225 to 231 after a crash, lost the streams then.`,
    settle: safe ? '' : 'systemctl --version on the machine.',
  }
}

function tooManyStreams(life: JournaldLife, broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  const refused = life.refused.findLast(e => e.ns === null || broken.ns === null || e.ns <= broken.ns)
  if (link.standing === 'no' || (!refused && link.use)) return null
  const base = {
    key: 'too-many-streams' as const,
    hypothesis: 'journald had 4096 streams already and refused this one',
  }
  if (refused && link.use?.trusted)
    return {
      ...base,
      standing: 'excluded',
      text: 'journald refused streams, but this one was taken: output of the process is in the journal.',
      settle: '',
      refs: [...refused.refs, link.use.lastRef],
      ns: refused.ns,
    }
  if (refused)
    return {
      ...base,
      standing: 'fits',
      text: '“Too many stdout streams, refusing connection.” stands in the journal before the failed write, and no output of the process does.',
      settle: 'Count the streams: ss -x | grep -c /run/systemd/journal/stdout',
      refs: refused.refs,
      ns: refused.ns,
    }
  if (link.standing === 'unknown') return null
  return {
    ...base,
    standing: 'open',
    text: 'Nothing in the evidence speaks of refused streams.',
    settle: 'journalctl -u systemd-journald -g "Too many stdout streams"',
    refs: [],
    ns: null,
  }
}

function streamReadError(life: JournaldLife, broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  const error = life.readErrors.findLast(
    e => e.ns !== null && broken.ns !== null && e.ns <= broken.ns && broken.ns - e.ns < 60e9,
  )
  if (!error || link.standing === 'no') return null
  return {
    key: 'stream-read-error',
    standing: 'fits',
    hypothesis: 'journald closed one stream after an error',
    text: `“${error.text}” stands in the journal ${duration(broken.ns! - error.ns!)} before the failed write; journald closes that stream.`,
    settle: '',
    refs: error.refs,
    ns: error.ns,
  }
}

function debuggerClient(analysis: Analysis, broken: BrokenPipe): PeerHypothesis | null {
  const writer = livesOfPid(analysis, broken.pid)[0]
  const isDelve = [writer?.comm, writer?.argv?.[0]].some(
    name => name != null && /(?:^|\/)(?:dlv|__debug_bin\d*)$/.test(name),
  )
  if (!isDelve || kindOf(broken.object) !== 'tcp') return null
  return {
    key: 'debugger-client-gone',
    standing: 'fits',
    hypothesis: 'The client of the debugger disconnected',
    text: `dlv wrote to ${broken.object}, a connection of a client, and the client had closed it.`,
    settle: 'The log of the editor or of dlv connect at that time.',
    refs: broken.refs.slice(0, 1),
    ns: null,
  }
}

function connectionClosed(broken: BrokenPipe, link: JournalLink): PeerHypothesis | null {
  if (broken.peer || link.standing === 'shown' || link.standing === 'likely') return null
  const kind = kindOf(broken.object)
  if (kind !== 'tcp' && !(kind === 'unix' && broken.fd !== null && broken.fd > 2)) return null
  return {
    key: 'connection-closed',
    standing: 'fits',
    hypothesis: 'The peer closed the connection',
    text: `${broken.object} is a connection: its peer had closed it, or shut it down for reading.`,
    settle:
      kind === 'tcp'
        ? 'A packet capture of the connection, or the log of its peer.'
        : 'ss -xp while both live; a trace of the peer.',
    refs: broken.refs.slice(0, 1),
    ns: null,
  }
}

/** The usual wrong suspect. Readers of the journal open its files; they have no part in the stream of a service. */
export function followerGone(link: JournalLink): PeerHypothesis {
  return {
    key: 'journalctl-follower-gone',
    standing: 'excluded',
    hypothesis: 'A journalctl -f that was reading the log went away',
    text: 'journalctl reads the files of the journal; the stream of a service runs between the service and journald alone, and journald does not close it when a reader goes (systemd, journald-stream.c).',
    settle: '',
    refs: link.refs,
    ns: null,
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
