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
  /**
   * Moments that the source states both since boot and on CLOCK_REALTIME (perf's "reference time", audit lines in dmesg), in
   * ns. `coarse`: the second is that of the last tick, up to 10 ms early.
   */
  readings?: { own: bigint; realtime: bigint; line: number; coarse?: boolean }[]
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

/** A moment in capture time as a source tells it. */
export interface Stamp {
  source: string
  ns: Ns
}

/**
 * Which of two moments came first: -1 the first, 1 the second, 0 where their intervals overlap and only cause can tell.
 * Moments of one source lie on one clock: there the smaller time was earlier. `uncertainty` gives the half width of a
 * source's interval in ns; null where the source is not aligned: its moments have no order with others.
 */
export function orderOf(a: Stamp, b: Stamp, uncertainty: (source: string) => Ns | null): -1 | 0 | 1 {
  const distance = b.ns - a.ns
  if (a.source === b.source) return distance > 0 ? -1 : distance < 0 ? 1 : 0
  const [x, y] = [uncertainty(a.source), uncertainty(b.source)]
  if (x === null || y === null || Math.abs(distance) <= x + y) return 0
  return distance > 0 ? -1 : 1
}

/** The contract's time: decimal nanoseconds since the epoch as a string, or null. */
export function epochString(origin: bigint | null, ns: Ns | null): string | null {
  if (origin === null || ns === null || Number.isNaN(ns)) return null
  return (origin + BigInt(Math.round(ns))).toString()
}

/** Whether two moments are so near to each other, or one of them is not dated and so does not speak against it. */
export function mayBeWithin(a: Ns | null, b: Ns | null, within: Ns): boolean {
  return a === null || b === null || Math.abs(a - b) <= within
}
