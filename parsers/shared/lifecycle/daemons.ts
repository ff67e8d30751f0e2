import type { JournalEntry } from '../../../src/model/journal.js'
import { isUnitName, unitOfCgroup } from './units.js'
import type { Words } from './words.js'

/** What logind and `shutdown` call it. */
const GOING: Record<string, string> = {
  'powering down': 'poweroff',
  'power off': 'poweroff',
  rebooting: 'reboot',
  reboot: 'reboot',
  halting: 'halt',
  halt: 'halt',
}

/**
 * journald, logind, systemd-shutdown, systemd-oomd and the keepers of the clock. Texts: systemd's src/journal/journald-server.c, journald-stream.c,
 * src/login/logind-dbus.c,
 * src/shutdown/shutdown.c, src/shared/killall.c, src/oom/oomd-util.c, src/basic/log-util (Received SIGTERM from PID 1), chrony's sys_generic.c, timesyncd.
 */
const DAEMON_WORDS: readonly [RegExp, (m: RegExpExecArray) => Words][] = [
  [/^Journal started$/, () => ({ kind: 'journald-started' })],
  [/^Journal stopped$/, () => ({ kind: 'journald-stopped' })],
  [/^Too many stdout streams, refusing connection\.$/, () => ({ kind: 'stdout-streams-refused' })],
  [/^Failed to read from stream: (.*)$/, ([, error]) => ({ kind: 'stream-read-error', detail: { error } })],
  [
    /^Suppressed (\d+) messages from (\S+)$/,
    ([, count, from]) => ({
      kind: 'messages-suppressed',
      unit: isUnitName(from) ? from : unitOfCgroup(from),
      detail: { count, from },
    }),
  ],
  [
    /^Missed (\d+) kernel messages$/,
    ([, count]) => ({ kind: 'messages-suppressed', detail: { count, from: 'kernel' } }),
  ],
  [
    /^Received (SIG[\w+]+) from PID (\d+) \((.*)\)\.$/,
    ([, signal, senderPid, senderComm]) => ({ kind: 'signal-received', signal, detail: { senderPid, senderComm } }),
  ],
  [
    /^Killed (\/\S+) due to (.+)$/,
    ([, cgroup, reason]) => ({
      kind: 'oom-kill',
      signal: 'SIGKILL',
      unit: unitOfCgroup(cgroup),
      detail: { by: 'systemd-oomd', cgroup, reason },
    }),
  ],
  [
    /^System is (powering down|rebooting|halting)\b.*\.$/,
    ([, how]) => ({ kind: 'shutdown', detail: { to: GOING[how] } }),
  ],
  [/^The system will (power off|reboot|halt) now!$/, ([, how]) => ({ kind: 'shutdown', detail: { to: GOING[how] } })],
  // The last step of a shutdown: what no unit has ended gets both from PID 1, which is systemd-shutdown by then.
  [
    /^Sending (SIGTERM|SIGKILL) to remaining processes(?:\.\.\.|…)$/,
    ([, signal]) => ({ kind: 'shutdown', signal, detail: { to: 'shutdown', by: 'systemd-shutdown' } }),
  ],
  [
    /^Sending (SIGTERM|SIGKILL) to PID (\d+) \((.*)\)\.$/,
    ([, signal, pid, comm]) => ({
      kind: 'killing',
      signal,
      pid: Number(pid),
      comm,
      detail: { by: 'systemd-shutdown' },
    }),
  ],
  [
    /^(?:Time jumped backwards|Realtime clock jumped backwards|Clock change detected|System clock was stepped|time stepped by|(?:Forward|Backward) time jump detected)\b(.*)$/i,
    () => ({ kind: 'clock-change' }),
  ],
  [/^Initial (?:clock )?synchronization to (.+)\.$/, ([, to]) => ({ kind: 'clock-change', detail: { to } })],
]

/** One line of a daemon of the system; null where it tells of nothing that matters here. */
export function readDaemon(entry: JournalEntry): Words | null {
  const { message } = entry
  if (message === null || message.length > 4096) return null
  for (const [pattern, read] of DAEMON_WORDS) {
    const m = pattern.exec(message)
    if (!m) continue
    const words = read(m)
    // The one who received a signal is the one who says so.
    if (words.kind === 'signal-received') {
      words.pid = entry.pid
      words.comm = entry.comm ?? entry.identifier
      words.unit = entry.fields._SYSTEMD_UNIT ?? null
    }
    if (words.kind === 'journald-started' || words.kind === 'journald-stopped') words.pid = entry.pid
    return words
  }
  return null
}
