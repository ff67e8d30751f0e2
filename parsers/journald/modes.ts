import { HEADLINE, META_LINE, PRIORITY_PREFIX, RFC5424, VERBOSE_HEAD } from '../shared/journal/shapes.js'
import { readStamp, type Stamp } from '../shared/journal/stamp.js'

/** How a journal was exported. `lines`: a stamp, host, identifier and message on each line; `kernel`: dmesg. */
export type Mode = 'export' | 'json' | 'verbose' | 'lines' | 'kernel' | 'cat'

export interface Recognised {
  mode: Mode
  /** 0 to 100, as for `Parser.sniff`. */
  score: number
}

/** Names that stand in entries of the journal and hardly anywhere else. */
const JSON_FIELD =
  /"(?:__CURSOR|__REALTIME_TIMESTAMP|__MONOTONIC_TIMESTAMP|_BOOT_ID|_TRANSPORT|_MACHINE_ID|_SYSTEMD_UNIT|_SYSTEMD_CGROUP|SYSLOG_IDENTIFIER|COREDUMP_[A-Z_]+|MESSAGE_ID|_HOSTNAME)"\s*:/g

/** Lines that only systemd, journald or the kernel writes: what gives `-o cat` away. */
const CAT_WORDS =
  /^(?:\S{1,200}\.(?:service|scope|socket): (?:Main process exited|Deactivated successfully|Succeeded\.|Failed with result|Scheduled restart job|State 'stop|Watchdog timeout|Start request repeated|Consumed \S+ CPU)|(?:Starting|Started|Stopping|Stopped) \S{1,200}\.service - |Journal (?:started|stopped)$|Process \d+ \(.{1,64}\) of user \d+ (?:dumped core|terminated abnormally))/gm

/** Recognises the mode by the first bytes of an input; null where it is no journal. */
export function recognise(head: Uint8Array): Recognised | null {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('utf8')
  if (/^[A-Z_]{1,64}=?[^\n]*\n/.test(text) && /^__REALTIME_TIMESTAMP=\d+$/m.test(text.slice(0, 2000)))
    return { mode: 'export', score: 100 }
  if (/^[\s\x1e[]*(?:data: )?\{/.test(text) || (text.startsWith('-- ') && /^\{/m.test(text))) {
    const fields = new Set(text.match(JSON_FIELD))
    if (fields.size >= 2) return { mode: 'json', score: 98 }
    if (fields.size === 1 && /"MESSAGE"\s*:/.test(text)) return { mode: 'json', score: 80 }
    if (/^\s*\{\s*"dmesg"\s*:\s*\[/.test(text)) return { mode: 'json', score: 95 }
  }
  const lines = text.split('\n')
  if (lines.length > 1 && head.length >= 65536) lines.pop()
  if (lines.slice(0, 20).some(line => VERBOSE_HEAD.test(line))) return { mode: 'verbose', score: 98 }
  return (
    recogniseLines(lines.slice(0, 500).map(line => line.replace(/\r$/, ''))) ??
    recogniseCat(text) ??
    (/^-- No entries --\s*$/m.test(text.slice(0, 4096)) ? { mode: 'lines', score: 70 } : null)
  )
}

/** A dump that stands among the words of systemd is lifted out of them: with two lines of systemd's it is a journal first. */
function recogniseCat(text: string): Recognised | null {
  const words = new Set(text.match(CAT_WORDS)).size
  return words === 0 ? null : { mode: 'cat', score: words >= 2 ? 96 : 25 }
}

function recogniseLines(lines: readonly string[]): Recognised | null {
  let stamped = 0
  let shaped = 0
  let named = 0
  let stray = 0
  let bracketed = 0
  const hosts = new Map<string, number>()
  for (const line of lines) {
    if (line === '' || META_LINE.test(line)) continue
    if (RFC5424.test(line) && /^\d{4}-/.test(RFC5424.exec(line)![1])) {
      stamped++
      shaped++
      named++
      continue
    }
    const bare = line.replace(PRIORITY_PREFIX, '')
    const stamp = readStamp(bare)
    if (!stamp) {
      if (!/^\s/.test(line)) stray++
      continue
    }
    stamped++
    if (isKernelStamp(stamp)) bracketed++
    const shape = HEADLINE.exec(bare.slice(stamp.end))
    if (!shape) continue
    shaped++
    if (shape[1] !== undefined) hosts.set(shape[1], (hosts.get(shape[1]) ?? 0) + 1)
    if (shape[3] !== undefined || shape[2] === 'kernel') named++
  }
  if (stamped === 0) return null
  const share = stamped / (stamped + stray)
  if (share < 0.5) return null
  const score = (full: number) => Math.round(share >= 0.9 ? full : full * share * 0.8)
  const commonest = Math.max(0, ...hosts.values())
  if (bracketed * 2 > stamped) {
    // Both `[ 12.345678] …`: journalctl goes on with one host, an identifier and a pid; the kernel with anything.
    const isJournal = commonest >= 0.6 * stamped && named >= 0.5 * stamped
    return isJournal ? { mode: 'lines', score: score(96) } : { mode: 'kernel', score: score(80) }
  }
  if (shaped < 0.7 * stamped || named < 0.2 * stamped) {
    // `dmesg --time-format iso` has no identifiers either, but a comma before the fraction.
    const comma = lines.filter(line => /^\d{4}-\d\d-\d\dT[\d:]{8},\d{6}[+-]/.test(line)).length
    return comma >= 0.9 * stamped ? { mode: 'kernel', score: score(80) } : null
  }
  return { mode: 'lines', score: score(96) }
}

function isKernelStamp(stamp: Stamp): boolean {
  return stamp.kind === 'monotonic' || stamp.kind === 'delta' || stamp.kind.startsWith('dmesg')
}
