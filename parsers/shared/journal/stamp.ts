/**
 * The times that stand before an entry in the text modes of journalctl, in syslog files and in dmesg. systemd's
 * src/shared/logs-show.c output_timestamp_*; util-linux' dmesg.c.
 */

export type StampKind =
  | 'short'
  | 'iso'
  | 'full'
  | 'unix'
  | 'monotonic'
  | 'delta'
  | 'dmesg-ctime'
  | 'dmesg-human'
  | 'dmesg-human-delta'

export interface Stamp {
  kind: StampKind
  /** Microseconds: since the epoch where the zone is known, of the wall clock as if UTC where not, since boot; null: nothing absolute. */
  micros: number | null
  /** Distance from the line before, for `[  +0.000005]`; else null. */
  deltaMicros: number | null
  clock: 'realtime' | 'wall' | 'monotonic'
  /** Month 1 to 12, for `short`, which has no year. */
  month: number
  /** Smallest step, ns. */
  resolutionNs: number
  /** Where the rest of the line begins. */
  end: number
  zone: string | null
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Abbreviations that all but always mean one zone, in minutes east of UTC. CST, IST, BST and the like mean several and are left out. */
const ZONES: Record<string, number> = {
  UTC: 0,
  GMT: 0,
  Z: 0,
  WET: 0,
  WEST: 60,
  CET: 60,
  CEST: 120,
  EET: 120,
  EEST: 180,
  MSK: 180,
  JST: 540,
  KST: 540,
  HKT: 480,
  AEST: 600,
  AEDT: 660,
  ACST: 570,
  AWST: 480,
  NZST: 720,
  NZDT: 780,
  EDT: -240,
  EST: -300,
  CDT: -300,
  MDT: -360,
  MST: -420,
  PDT: -420,
  PST: -480,
  AKST: -540,
  AKDT: -480,
  HST: -600,
}

/** Minutes east of UTC of `UTC`, `CEST`, `+02`, `+0200`, `-03:30`; null where the word does not settle it. */
export function zoneMinutes(zone: string): number | null {
  const number = /^([+-])(\d\d):?(\d\d)?$/.exec(zone)
  if (number) return (number[1] === '-' ? -1 : 1) * (Number(number[2]) * 60 + Number(number[3] ?? 0))
  return Object.hasOwn(ZONES, zone) ? ZONES[zone] : null
}

function fraction(digits: string | undefined): { micros: number; resolutionNs: number } {
  if (digits === undefined || digits === '') return { micros: 0, resolutionNs: 1e9 }
  const shown = digits.slice(0, 9)
  return { micros: Number(shown) * 10 ** (6 - shown.length), resolutionNs: Math.max(1, 10 ** (9 - shown.length)) }
}

function civil(year: number, month: number, day: number, h: string, m: string, s: string): number {
  return Date.UTC(year, month - 1, day, Number(h), Number(m), Number(s)) * 1000
}

/** `  > | Nov 24 00:13:30.018045 vm systemd[1]: …`; syslog pads the day with a space, journald with a zero. */
const SHORT = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))? /
/** `  > | 2026-11-24T00:13:30.018045+0000 vm …`; dmesg has a comma. */
const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d) /
/** `  > | Tue 2026-11-24 00:13:30.018045 UTC vm …` */
const FULL =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?: ([A-Za-z]{1,6}|[+-]\d\d(?::?\d\d)?))? /
/** `  > | 1795479210.018045 vm …` */
const UNIX = /^(\d{9,11})\.(\d{6}) /
/** `  > | [ 3142.448451] vm …` and, with a distance, `[ 3142.479776 <    0.031325 >] vm …` */
const MONOTONIC = /^\[ {0,12}(\d{1,12})\.(\d{6})(?:( {6,24}| <[ \d.]{6,24} ?\*?>))?\] ?/
/** `  > | [Tue Nov 24 00:13:30 2026] …` */
const CTIME =
  /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4})(?: <[ \d.]{6,24}>)?\] ?/
/** `  > | [Nov24 00:13] …`, then `[  +0.000005] …` */
const HUMAN = /^\[([A-Z][a-z]{2}) ?(\d{1,2}) (\d\d):(\d\d)\] ?/
const HUMAN_DELTA = /^\[ {0,8}\+(\d{1,8})\.(\d{6})\] ?/

/** The stamp at the start of a line; null where none stands there. The year of `short` is 1972: a leap year that nobody will take for real. */
export function readStamp(text: string): Stamp | null {
  const first = text.charCodeAt(0)
  if (first === 91) return bracketed(text)
  if (first >= 48 && first <= 57) {
    const iso = ISO.exec(text)
    if (iso) {
      const { micros, resolutionNs } = fraction(iso[7])
      const local = civil(+iso[1], +iso[2], +iso[3], iso[4], iso[5], iso[6]) + micros
      const east = zoneMinutes(iso[8]) ?? 0
      return stamp('iso', local - east * 6e7, 'realtime', resolutionNs, iso[0].length, iso[8])
    }
    const unix = UNIX.exec(text)
    if (unix) return stamp('unix', Number(unix[1]) * 1e6 + Number(unix[2]), 'realtime', 1000, unix[0].length, null)
    return null
  }
  const short = SHORT.exec(text)
  if (short) {
    const month = MONTHS.indexOf(short[1]) + 1
    if (month === 0) return null
    const { micros, resolutionNs } = fraction(short[6])
    const local = civil(1972, month, Number(short[2]), short[3], short[4], short[5]) + micros
    return { ...stamp('short', local, 'wall', resolutionNs, short[0].length, null), month }
  }
  const full = FULL.exec(text)
  if (full) {
    const { micros, resolutionNs } = fraction(full[7])
    const local = civil(+full[1], +full[2], +full[3], full[4], full[5], full[6]) + micros
    const east = full[8] === undefined ? null : zoneMinutes(full[8])
    const at = east === null ? local : local - east * 6e7
    return stamp('full', at, east === null ? 'wall' : 'realtime', resolutionNs, full[0].length, full[8] ?? null)
  }
  return null
}

function bracketed(text: string): Stamp | null {
  const mono = MONOTONIC.exec(text)
  if (mono) {
    const kind = mono[3] === undefined ? 'monotonic' : 'delta'
    return stamp(kind, Number(mono[1]) * 1e6 + Number(mono[2]), 'monotonic', 1000, mono[0].length, null)
  }
  const ctime = CTIME.exec(text)
  if (ctime) {
    const month = MONTHS.indexOf(ctime[1]) + 1
    if (month === 0) return null
    const local = civil(Number(ctime[6]), month, Number(ctime[2]), ctime[3], ctime[4], ctime[5])
    return stamp('dmesg-ctime', local, 'wall', 1e9, ctime[0].length, null)
  }
  const human = HUMAN.exec(text)
  if (human) {
    const month = MONTHS.indexOf(human[1]) + 1
    if (month === 0) return null
    const local = civil(1972, month, Number(human[2]), human[3], human[4], '0')
    return { ...stamp('dmesg-human', local, 'wall', 60e9, human[0].length, null), month }
  }
  const delta = HUMAN_DELTA.exec(text)
  if (delta)
    return {
      ...stamp('dmesg-human-delta', null, 'wall', 60e9, delta[0].length, null),
      deltaMicros: Number(delta[1]) * 1e6 + Number(delta[2]),
    }
  return null
}

function stamp(
  kind: StampKind,
  micros: number | null,
  clock: Stamp['clock'],
  resolutionNs: number,
  end: number,
  zone: string | null,
): Stamp {
  return { kind, micros, deltaMicros: null, clock, month: 0, resolutionNs, end, zone }
}
