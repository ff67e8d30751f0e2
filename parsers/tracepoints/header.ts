/** What `perf script --header` and ftrace say above the events (perf-script(1), perf.data's header features). */
import type { Source } from '../../src/model/source.js'

/**
 * One `#` line; fills `source.about` and `source.clock.readings`.
 *
 *   # clockid: monotonic (1)
 *   # reference time: 2026-11-24 00:16:27.359288 = 1795479387.359288 (TOD) = 3319.789655260 (monotonic)
 */
export function readHeader(line: string, number: number, source: Source): void {
  const named = /^# (hostname|os release|perf version|cmdline|arch|captured on|tracer|clockid) ?: +(.+?)\s*$/.exec(line)
  if (named) {
    if (named[1] === 'clockid') source.about.clockid = named[2].replace(/ \(\d+\)$/, '')
    else source.about[named[1]] = named[2]
    return
  }
  const reading = /^# reference time: .{1,60}? = (\d{1,12})\.(\d{6}) \(TOD\) = (\d{1,12})\.(\d{9}) \((\w+)\)/.exec(line)
  if (!reading) return
  const realtime = BigInt(reading[1]) * 1_000_000_000n + BigInt(reading[2]) * 1000n
  const own = BigInt(reading[3]) * 1_000_000_000n + BigInt(reading[4])
  if (reading[5].startsWith('mono') || reading[5] === 'boottime') {
    source.clock.domain = reading[5] === 'boottime' ? 'boottime' : 'monotonic'
    source.clock.resolutionNs = 1
    source.clock.readings = [...(source.clock.readings ?? []), { own, realtime, line: number }]
    source.clock.base ??= own
  }
}
