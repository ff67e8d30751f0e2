import type { JournalEntry } from '../../../src/model/journal.js'
import { withoutAnsi } from '../../../src/model/text.js'
import type { JournalClock } from './clock.js'

/**
 * Fields that something asks for; a reader skips all others unread. Names: systemd.journal-fields(7), coredump entries:
 * systemd's src/coredump/coredump.c. COREDUMP_ENVIRON and the like are left out on purpose: large, and full of secrets.
 */
export const KEPT_FIELDS: ReadonlySet<string> = new Set(
  (
    '__CURSOR __REALTIME_TIMESTAMP __MONOTONIC_TIMESTAMP _BOOT_ID MESSAGE MESSAGE_ID PRIORITY SYSLOG_IDENTIFIER SYSLOG_PID ' +
    '_PID _COMM _EXE _CMDLINE _SYSTEMD_UNIT _SYSTEMD_USER_UNIT _SYSTEMD_INVOCATION_ID _HOSTNAME _TRANSPORT _STREAM_ID _LINE_BREAK ' +
    '_SOURCE_REALTIME_TIMESTAMP _SOURCE_MONOTONIC_TIMESTAMP UNIT USER_UNIT INVOCATION_ID USER_INVOCATION_ID JOB_TYPE JOB_RESULT ' +
    'EXIT_CODE EXIT_STATUS COMMAND UNIT_RESULT N_RESTARTS OBJECT_PID OBJECT_COMM OBJECT_SYSTEMD_UNIT TID ERRNO EXECUTABLE ' +
    '_AUDIT_TYPE_NAME _AUDIT_TYPE _AUDIT_ID AUDIT_FIELD_SIG ' +
    'COREDUMP_PID COREDUMP_UID COREDUMP_SIGNAL COREDUMP_SIGNAL_NAME COREDUMP_TIMESTAMP COREDUMP_COMM COREDUMP_EXE COREDUMP_CMDLINE ' +
    'COREDUMP_UNIT COREDUMP_USER_UNIT COREDUMP_FILENAME COREDUMP_TRUNCATED COREDUMP_RLIMIT COREDUMP_CONTAINER_CMDLINE ' +
    'COREDUMP_PROC_STATUS COREDUMP_OPEN_FDS'
  ).split(' '),
)

/** Fields that have a place of their own in `JournalEntry`; the others of KEPT_FIELDS go into its `fields`. */
const PLACED = new Set(
  (
    '__CURSOR __REALTIME_TIMESTAMP __MONOTONIC_TIMESTAMP _BOOT_ID MESSAGE MESSAGE_ID PRIORITY SYSLOG_IDENTIFIER ' +
    '_PID _COMM _EXE _HOSTNAME _TRANSPORT'
  ).split(' '),
)

/** Where an entry stands in its source. */
export interface Place {
  line: number | null
  offset: number | null
}

/** The same few hundred names stand in every entry of a journal: each is kept once. */
const interned = new Map<string, string>()

export function intern(text: string): string {
  if (text.length > 128) return text
  const known = interned.get(text)
  if (known !== undefined) return known
  if (interned.size > 20_000) interned.clear()
  interned.set(text, text)
  return text
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null
}

/**
 * An entry from its fields, whatever form they were exported in.
 *
 * The time is that of sending where journald noted it (_SOURCE_REALTIME_TIMESTAMP: SO_TIMESTAMP of native and syslog
 * datagrams), else that of receipt. A sending time more than an hour from the receipt is a client's own invention and is not used.
 */
export function entryFromFields(
  source: string,
  place: Place,
  fields: Record<string, string>,
  message: string | null,
  clock: JournalClock,
): JournalEntry {
  const cursor = fields.__REALTIME_TIMESTAMP === undefined ? readCursor(fields.__CURSOR) : null
  const received = wholeNumber(fields.__REALTIME_TIMESTAMP) ?? cursor?.realtime ?? null
  const monotonic = wholeNumber(fields.__MONOTONIC_TIMESTAMP) ?? cursor?.monotonic ?? null
  const sentAt = wholeNumber(fields._SOURCE_REALTIME_TIMESTAMP)
  const sent = sentAt !== null && received !== null && Math.abs(sentAt - received) < 3.6e9 ? sentAt : received
  const rest: Record<string, string> = {}
  for (const name in fields) if (!PLACED.has(name)) rest[name] = intern(fields[name])
  const own = fields._SYSTEMD_USER_UNIT ?? fields._SYSTEMD_UNIT
  const unit =
    fields.UNIT ??
    fields.USER_UNIT ??
    fields.COREDUMP_USER_UNIT ??
    fields.COREDUMP_UNIT ??
    fields.OBJECT_SYSTEMD_UNIT ??
    own ??
    null
  const name = (field: string) => (fields[field] === undefined ? null : intern(fields[field]))
  return {
    source,
    line: place.line,
    offset: place.offset,
    ns: clock.ns(sent),
    receivedNs: clock.ns(received),
    monotonicNs: monotonic === null ? null : monotonic * 1000,
    bootId: name('_BOOT_ID') ?? (cursor?.boot ? intern(cursor.boot) : null),
    message: message === null ? null : withoutAnsi(message),
    pid: wholeNumber(fields._PID) ?? wholeNumber(fields.SYSLOG_PID),
    comm: name('_COMM'),
    exe: name('_EXE'),
    unit: unit === null ? null : intern(unit),
    identifier: name('SYSLOG_IDENTIFIER'),
    transport: name('_TRANSPORT'),
    priority: wholeNumber(fields.PRIORITY),
    messageId: name('MESSAGE_ID'),
    host: name('_HOSTNAME'),
    fields: rest,
  }
}

/** An entry of which nothing is known yet; the text modes fill in what stands on the line. */
export function blankEntry(source: string, line: number): JournalEntry {
  return {
    source,
    line,
    offset: null,
    ns: null,
    receivedNs: null,
    monotonicNs: null,
    bootId: null,
    message: null,
    pid: null,
    comm: null,
    exe: null,
    unit: null,
    identifier: null,
    transport: null,
    priority: null,
    messageId: null,
    host: null,
    fields: {},
  }
}

/**
 * A cursor alone carries both clocks, in hexadecimal microseconds.
 *
 *   > | s=fc06738e…;i=30c8;b=c5b69120…;m=bb4df543;t=660fa9483c527;x=4c9d06b39f7465f2
 *                          ^ boot      ^ monotonic ^ realtime
 */
export function readCursor(cursor: string | undefined): {
  realtime: number | null
  monotonic: number | null
  boot: string | null
} {
  const part = (key: string) => {
    const at = cursor === undefined ? -1 : `;${cursor}`.indexOf(`;${key}=`)
    if (cursor === undefined || at === -1) return null
    const end = cursor.indexOf(';', at)
    return cursor.slice(at + 2, end === -1 ? undefined : end)
  }
  const hex = (text: string | null) =>
    text !== null && /^[0-9a-f]{1,13}$/.test(text) ? Number.parseInt(text, 16) : null
  return { realtime: hex(part('t')), monotonic: hex(part('m')), boot: part('b') }
}
