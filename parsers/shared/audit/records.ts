import type { SourceClock } from '../../../src/model/time.js'

/** One line of the audit log: its type, the event it belongs to, and its fields. */

export interface AuditRecord {
  type: string
  /** `time:serial` as printed: records of one event share it. */
  event: string
  /** Epoch in ns, or null where ausearch -i printed a local date (then `local`). */
  epochNs: bigint | null
  /** Date and time as if in UTC, in ms, for `ausearch -i`. */
  localMs: number | null
  /** ausearch -i has turned numbers into words. */
  interpreted: boolean
  fields: string
  node: string | null
  /** Time since boot that the kernel log prints before the record, in ns. */
  bootNs: bigint | null
}

/** Record types by number, as the kernel log prints them (include/uapi/linux/audit.h). */
const TYPES: Record<string, string> = {
  '1300': 'SYSCALL',
  '1318': 'OBJ_PID',
  '1320': 'EOE',
  '1326': 'SECCOMP',
  '1327': 'PROCTITLE',
  '1701': 'ANOM_ABEND',
}

/**
 *   type=SYSCALL msg=audit(1795479547.953:17): arch=c000003e syscall=62 …
 *   type=SYSCALL msg=audit(11/24/26 00:19:07.953:17) : arch=x86_64 syscall=kill …
 *   [ 3445.793468] audit: type=1300 audit(1795479513.353:6): arch=c000003e …
 */
export function readRecord(line: string): AuditRecord | null {
  const m =
    /^(?:node=(\S{1,255}) )?type=([A-Z0-9_]{1,40})(?:\[\d+\])? msg=audit\(([^)]{5,40}):(\d{1,20})\) ?: ?/.exec(line) ??
    /^(?:.{0,80}\b)?audit: (?:\[\d+\]: )?(?:node=(\S{1,255}) )?type=(\d{4}) audit\(([^)]{5,40}):(\d{1,20})\): ?/.exec(
      line,
    )
  if (!m) return null
  const printk = /^\[ *(\d{1,9})\.(\d{6})\] audit: /.exec(line)
  const epoch = /^(\d{1,12})\.(\d{3})$/.exec(m[3])
  const localMs = epoch ? null : localTime(m[3])
  if (!epoch && localMs === null) return null
  return {
    type: TYPES[m[2]] ?? m[2],
    event: `${m[1] ?? ''} ${m[3]}:${m[4]}`,
    epochNs: epoch ? BigInt(epoch[1]) * 1_000_000_000n + BigInt(epoch[2]) * 1_000_000n : null,
    localMs,
    interpreted: !epoch,
    fields: line.slice(m[0].length),
    node: m[1] ?? null,
    bootNs: printk ? BigInt(printk[1]) * 1_000_000_000n + BigInt(printk[2]) * 1000n : null,
  }
}

/**
 * The date of `ausearch -i` in its locale: `11/24/26` (C, en_US), `11/24/2026`, `24.11.2026`, `2026-11-24`. Where the first
 * two numbers could be either, the month stands first, as in the C locale.
 */
function localTime(text: string): number | null {
  const m = /^(\d{1,4})([/.-])(\d{1,2})[/.-](\d{1,4}) (\d\d):(\d\d):(\d\d)\.(\d{3})$/.exec(text)
  if (!m) return null
  const [a, b, c] = [Number(m[1]), Number(m[3]), Number(m[4])]
  const iso = m[1].length === 4
  const dayFirst = !iso && (a > 12 || m[2] === '.')
  const year = iso ? a : c < 100 ? 2000 + c : c
  const [month, day] = iso ? [b, c] : dayFirst ? [b, a] : [a, b]
  const ms = Date.UTC(year, month - 1, day, Number(m[5]), Number(m[6]), Number(m[7]), Number(m[8]))
  return Number.isNaN(ms) ? null : ms
}

/** A field's text without its quotes; null where the record does not have it. */
export function field(record: AuditRecord, name: string): string | null {
  const at = record.fields.startsWith(`${name}=`) ? 0 : record.fields.indexOf(` ${name}=`) + 1
  if (at === 0 && !record.fields.startsWith(`${name}=`)) return null
  const start = at + name.length + 1
  if (record.fields[start] === '"') {
    const end = record.fields.indexOf('"', start + 1)
    return record.fields.slice(start + 1, end < 0 ? undefined : end)
  }
  const end = record.fields.indexOf(' ', start)
  return record.fields.slice(start, end < 0 ? undefined : end).replace(/\x1d.*$/s, '')
}

/** A decimal field as a number. */
export function numberField(record: AuditRecord, name: string): number | null {
  const text = field(record, name)
  return text !== null && /^-?\d{1,15}$/.test(text) ? Number(text) : null
}

/** A name: quoted, or hex where it has unusual bytes (raw), or as it is (ausearch -i). */
export function textField(record: AuditRecord, name: string): string | null {
  const text = field(record, name)
  if (text === null || text === '(null)' || text === '?') return null
  const quoted = record.fields.includes(`${name}="`)
  if (quoted || record.interpreted || !/^(?:[0-9A-F]{2})+$/.test(text)) return text
  return Buffer.from(text, 'hex').toString('utf8').replace(/\0+$/, '')
}

/** Lines of the kernel log carry its own time beside the record's: the first and the last such moment go to the clock. */
export function addReading(clock: SourceClock, { bootNs, epochNs }: AuditRecord, line: number): void {
  if (bootNs === null || epochNs === null) return
  const readings = (clock.readings ??= [])
  if (readings.length === 2) readings.pop()
  readings.push({ own: bootNs, realtime: epochNs, line, coarse: true })
}
