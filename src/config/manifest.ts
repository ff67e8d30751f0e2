import { emptyManifest, type Manifest } from '../model/capture.js'
import { UsageError } from './errors.js'
import type { Shape } from './shape.js'

export const MANIFEST_NAME = 'capture.toml'

const SHAPE: Shape = {
  host: 'string',
  zone: 'string',
  date: 'day',
  pid: 'integer',
  unit: 'string',
  offsets: { map: 'number' },
  kinds: { map: 'string' },
}

/**
 * Reads `capture.toml`.
 *
 * @param text the file's text
 * @param file its name for messages
 * @throws UsageError naming line and column
 */
export async function readManifest(text: string, file: string): Promise<Manifest> {
  const { readToml } = await import('./toml.js')
  const value = readToml(text, file, SHAPE)
  const manifest = emptyManifest()
  manifest.host = (value.host as string) ?? null
  manifest.pid = (value.pid as number) ?? null
  manifest.unit = (value.unit as string) ?? null
  if (value.date !== undefined) manifest.date = dateOf(dayText(value.date as string | Date), `${file}: date`)
  if (value.zone !== undefined) manifest.zoneMinutes = zoneOf(value.zone as string, `${file}: zone`)
  manifest.offsets = { ...(value.offsets as Record<string, number>) }
  manifest.kinds = { ...(value.kinds as Record<string, string>) }
  return manifest
}

/** TOML has days of its own (`date = 2026-11-24`); a quoted one is as good. */
function dayText(value: string | Date): string {
  return typeof value === 'string' ? value : value.toISOString().slice(0, 10)
}

/** A day as `2026-11-24`. @throws UsageError when it is none. */
export function dateOf(text: string, what: string): string {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(day) || new Date(day).toISOString().slice(0, 10) !== text)
    throw new UsageError(`${what} must be a day as 2026-11-24, not ${text}`)
  return text
}

/** Minutes east of UTC from `UTC`, `Z`, `+01:00`, `-0330` or `+5`. @throws UsageError for anything else. */
export function zoneOf(text: string, what: string): number {
  if (/^(?:UTC|GMT|Z)$/i.test(text)) return 0
  const m = /^([+-])(\d{1,2})(?::?(\d\d))?$/.exec(text)
  const minutes = m ? Number(m[2]) * 60 + Number(m[3] ?? 0) : Number.NaN
  if (!m || minutes > 14 * 60) throw new UsageError(`${what} must be an offset from UTC as +01:00, not ${text}`)
  return m[1] === '-' ? -minutes : minutes
}
