/**
 * Time. Inside sigtrace a moment is a number of nanoseconds since an origin: exact in a double for 104 days
 * (2^53 ns). The origin itself is a bigint. There are two origins:
 *
 * - every source has its own base (`SourceClock.base`, in the source's own domain); what a parser emits is relative to it;
 * - the capture has one origin, in the epoch of the reference clock; `correlate/clocks` gives each source the shift
 *   that turns the one into the other. Everything after that stage speaks capture time.
 */
export type Ns = number

/**
 * What a source's times are read from.
 *
 * - `realtime`: CLOCK_REALTIME, nanoseconds since the epoch (strace -ttt, journald)
 * - `monotonic` / `boottime`: nanoseconds since boot (perf -k, dmesg, g.waitsince, short-monotonic)
 * - `wall`: local time of day without a zone, perhaps without a date (strace -t, -tt; journalctl short)
 * - `relative`: only distances are known (strace -r)
 * - `none`: the source has order but no time, or not even that
 */
export type ClockDomain = 'realtime' | 'monotonic' | 'boottime' | 'wall' | 'relative' | 'none'

export interface SourceClock {
  domain: ClockDomain
  /** Nanoseconds in the domain at the source's ns = 0; null where nothing in the source is dated. */
  base: bigint | null
  /** Smallest step that the source's times can show, in ns (1e9 for `-t`, 1e3 for `-ttt`). */
  resolutionNs: number
  /** Identifies which boot a monotonic clock counts from, where the source says so. */
  bootId?: string
  /** Minutes east of UTC, where the source states its zone (`wall` sources that do). */
  zoneMinutes?: number
  /** Moments that the source itself states on both its own clock and CLOCK_REALTIME (perf's "reference time"), in ns. */
  readings?: { own: bigint; realtime: bigint; line: number }[]
  /**
   * `wall` only: the part of the date that the source does not say. `year`: `base` counts as if the year were 1972 (a leap
   * year; `journalctl -o short`, syslog). `date`: as if on 1970-01-01 (`strace -t`). Absent where the date is whole.
   */
  missing?: 'year' | 'date'
}

/** How a source's clock was brought onto the reference clock: captureNs = ns + shift + drift * ns. */
export interface ClockAlignment {
  /** The offset of the source's clock against the reference clock, in ns; null where it could not be aligned. */
  offsetNs: number | null
  /** Half width of the interval in which the true offset lies, in ns. */
  uncertaintyNs: number | null
  /** In words: "same clock (CLOCK_REALTIME)", "57 write↔MESSAGE matches", "capture.toml", "not aligned: 1 usable match". */
  basis: string
  /** ppm-scale drift, dimensionless (50 ppm = 5e-5); 0 unless shown by the evidence. */
  drift: number
}

/** The contract's time: decimal nanoseconds since the epoch as a string, or null. */
export function epochString(origin: bigint | null, ns: Ns | null): string | null {
  if (origin === null || ns === null || Number.isNaN(ns)) return null
  return (origin + BigInt(Math.round(ns))).toString()
}
