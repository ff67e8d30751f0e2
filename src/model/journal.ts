import type { Ns } from './time.js'

/** One journal entry (journald, syslog text, kernel ring buffer), in whatever form it was exported. */
export interface JournalEntry {
  source: string
  /** 1-based line, or null for the binary export format (then `offset`). */
  line: number | null
  offset: number | null
  /** Relative to the source's clock base: the time that best says when it was sent. */
  ns: Ns | null
  /** __REALTIME_TIMESTAMP, when journald received it, on the same base as `ns`; the reading that goes with `monotonicNs`. */
  receivedNs?: Ns | null
  /** __MONOTONIC_TIMESTAMP in ns since boot, where the format carries it. */
  monotonicNs: Ns | null
  bootId: string | null
  /** Text of MESSAGE as UTF-8, colours removed; null where the entry had none or the export dropped it. */
  message: string | null
  pid: number | null
  comm: string | null
  exe: string | null
  /** _SYSTEMD_UNIT, or the unit that PID 1 speaks about (UNIT=). */
  unit: string | null
  identifier: string | null
  transport: string | null
  priority: number | null
  messageId: string | null
  host: string | null
  /** Every other field that a rule asks for: COREDUMP_*, EXIT_CODE, EXIT_STATUS, UNIT_RESULT, _STREAM_ID, OBJECT_PID … */
  fields: Record<string, string>
}

export interface Journal {
  source: string
  format: string
  /** In the order of the source. Of a large journal the first and the last ones; `records` of the source counts all. */
  entries: JournalEntry[]
}
