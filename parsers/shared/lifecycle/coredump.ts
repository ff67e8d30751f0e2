import type { JournalEntry } from '../../../src/model/journal.js'
import { signalName } from '../../../src/model/signal-names.js'
import type { Words } from './read.js'

/** Fields of an entry of systemd-coredump that an event carries on, by the names that they get there. */
const CARRIED: readonly [string, string][] = [
  ['COREDUMP_EXE', 'exe'],
  ['COREDUMP_CMDLINE', 'cmdline'],
  ['COREDUMP_FILENAME', 'core'],
  ['COREDUMP_TRUNCATED', 'truncated'],
  ['COREDUMP_RLIMIT', 'rlimit'],
  ['COREDUMP_TIMESTAMP', 'timestamp'],
  ['COREDUMP_UID', 'uid'],
]

/**
 * An entry of systemd-coredump. The pid is that of the initial pid namespace (core_pattern's %P).
 *
 *   > | Process 1784 (chatty) of user 0 dumped core.
 *               ^pid  ^comm
 */
export function readCoredump(entry: JournalEntry): Words | null {
  const { fields } = entry
  const message = entry.message ?? ''
  const said =
    /^Process (\d+) \((.*?)\) of user \d+ (dumped core|terminated abnormally without generating a coredump)/.exec(
      message.slice(0, 512),
    )
  const limit = /^Resource limits disable core dumping for process (\d+) \((.*)\)\.$/.exec(message.slice(0, 512))
  if (!said && !limit && fields.COREDUMP_PID === undefined) return null
  const detail: Record<string, string> = {}
  for (const [field, name] of CARRIED) if (fields[field] !== undefined) detail[name] = fields[field]
  if (said?.[3].startsWith('terminated') || limit) detail.core = 'none'
  const thread = /^Stack trace of thread (\d+):$/m.exec(message)
  if (thread) detail.thread = thread[1]
  const top = /^#0 +0x[0-9a-f]+ (\S+) \((\S+)/m.exec(message)
  if (top && top[1] !== 'n/a') detail.top = top[1]
  const pid = fields.COREDUMP_PID ?? said?.[1] ?? limit?.[1]
  return {
    kind: 'coredump',
    pid: pid === undefined ? null : Number(pid),
    comm: fields.COREDUMP_COMM ?? said?.[2] ?? limit?.[2] ?? null,
    unit: fields.COREDUMP_USER_UNIT ?? fields.COREDUMP_UNIT ?? null,
    signal: signalOf(fields.COREDUMP_SIGNAL, fields.COREDUMP_SIGNAL_NAME),
    detail,
  }
}

function signalOf(number: string | undefined, name: string | undefined): string | null {
  if (number !== undefined && /^\d{1,3}$/.test(number)) return signalName(Number(number))
  return name !== undefined && /^SIG[A-Z0-9+]+$/.test(name) ? name : null
}
