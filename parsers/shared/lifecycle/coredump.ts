import type { JournalEntry } from '../../../src/model/journal.js'
import { signalName } from '../../../src/model/signal-names.js'
import type { Words } from './words.js'

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
  const frames = framesOf(message)
  if (frames[0] !== undefined && frames[0] !== 'n/a') detail.top = frames[0]
  if (frames.length > 0) detail.frames = frames.join(' ')
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

/** Frames that an event keeps. */
const MOST_FRAMES = 16

/**
 * Functions of the first stack, innermost first: it is that of the thread that took the signal.
 *
 *   > #2  0x00007f0000003000 abort (libc.so.6 + 0x26472)
 *                            ^
 */
export function framesOf(message: string): string[] {
  const frames: string[] = []
  const start = message.indexOf('#0 ')
  if (start === -1) return frames
  for (const line of message.slice(start, start + 8192).split('\n')) {
    const m = /^ *#(\d+) +0x[0-9a-f]+ (\S+)/.exec(line)
    if (!m || Number(m[1]) !== frames.length || frames.length === MOST_FRAMES) break
    frames.push(m[2])
  }
  return frames
}

function signalOf(number: string | undefined, name: string | undefined): string | null {
  if (number !== undefined && /^\d{1,3}$/.test(number)) return signalName(Number(number))
  return name !== undefined && /^SIG[A-Z0-9+]+$/.test(name) ? name : null
}
