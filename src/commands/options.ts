/** Values of options, checked. Each says in one line what is wrong. */
import { UsageError } from '../config/errors.js'
import { dateOf, zoneOf } from '../config/manifest.js'
import type { Manifest } from '../model/capture.js'

/** The options by which a user states something about a capture; they go before `capture.toml`. */
export interface StatedOptions {
  pid?: string
  unit?: string
  host?: string
  zone?: string
  date?: string
  offset?: string[]
  kind?: string[]
}

/** @throws UsageError naming the option */
export function statedManifest(options: StatedOptions): Partial<Manifest> {
  const stated: Partial<Manifest> = {}
  if (options.pid !== undefined) stated.pid = wholeNumber(options.pid, '--pid')
  if (options.unit !== undefined) stated.unit = options.unit
  if (options.host !== undefined) stated.host = options.host
  if (options.zone !== undefined) stated.zoneMinutes = zoneOf(options.zone, '--zone')
  if (options.date !== undefined) stated.date = dateOf(options.date, '--date')
  stated.offsets = {}
  for (const [file, value] of (options.offset ?? []).map(o => pair(o, '--offset', 'FILE=SECONDS'))) {
    const seconds = Number(value)
    if (value === '' || !Number.isFinite(seconds))
      throw new UsageError(`--offset ${file}: ${value} is not a number of seconds`)
    stated.offsets[file] = seconds
  }
  stated.kinds = Object.fromEntries((options.kind ?? []).map(o => pair(o, '--kind', 'FILE=FORMAT')))
  return stated
}

/** @throws UsageError where `text` is not a positive whole number */
export function wholeNumber(text: string, option: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || !Number.isSafeInteger(value))
    throw new UsageError(`${option} must be a positive whole number, not ${text}`)
  return value
}

/** Nanoseconds from `500ms`, `90s`, `10m`, `2h`, `1d`. @throws UsageError for anything else */
export function duration(text: string, option: string): number {
  const m = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text)
  if (!m) throw new UsageError(`${option} must be a duration as 90s, 10m or 2h, not ${text}`)
  return Number(m[1]) * { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9, d: 86400e9 }[m[2] as 's']
}

function pair(text: string, option: string, form: string): [string, string] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new UsageError(`${option} must be ${form}, not ${text}`)
  return [text.slice(0, at), text.slice(at + 1)]
}
