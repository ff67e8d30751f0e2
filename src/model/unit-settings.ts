/** What a unit's settings are in effect: later assignments win, an empty one starts a list anew (systemd.syntax(7)). */
import type { UnitFile } from './lifecycle.js'
import type { Ref } from './ref.js'

export interface Setting {
  key: string
  value: string
  ref: Ref
}

/** Names under which `systemctl show` prints a setting that unit files spell otherwise. */
const SHOWN_AS: Record<string, string> = {
  RestartSec: 'RestartUSec',
  TimeoutStopSec: 'TimeoutStopUSec',
  TimeoutStartSec: 'TimeoutStartUSec',
  TimeoutAbortSec: 'TimeoutAbortUSec',
  WatchdogSec: 'WatchdogUSec',
  StartLimitIntervalSec: 'StartLimitIntervalUSec',
}

/** The setting in effect; null where it is not set (then systemd's default holds) or not known. */
export function settingOf(unit: UnitFile, key: string): Setting | null {
  const name = unit.form === 'show' ? (SHOWN_AS[key] ?? key) : key
  const last = unit.directives.findLast(d => d.key === name)
  return last && last.value !== '' ? { key, value: last.value, ref: last.ref } : null
}

/** All values of a list setting (Environment=, ExecStart=), those before an empty assignment dropped. */
export function valuesOf(unit: UnitFile, key: string): Setting[] {
  const values: Setting[] = []
  for (const d of unit.directives) {
    if (d.key !== key) continue
    if (d.value === '') values.length = 0
    else values.push({ key, value: d.value, ref: d.ref })
  }
  return values
}

/**
 * The command lines of ExecStart=, without the prefixes `@-:+!` of systemd.service(5).
 *
 *   > | ExecStart={ path=/lab/go/chatty ; argv[]=/lab/go/chatty -iv 200ms ; ignore_errors=no ; … }     (systemctl show)
 *                                                ^
 */
export function commandsOf(unit: UnitFile): Setting[] {
  return valuesOf(unit, 'ExecStart').map(setting => {
    const shown = /^\{ path=(\S+) ; argv\[\]=(.*?) ; /.exec(setting.value)
    return { ...setting, value: shown ? shown[2] : setting.value.replace(/^[@:+!|-]+/, '').trim() }
  })
}

/** Name of the program that a command line starts, without its folder. */
export function programName(command: string): string {
  const path = /^"([^"]+)"|^'([^']+)'|^(\S+)/.exec(command)
  const first = path?.[1] ?? path?.[2] ?? path?.[3] ?? ''
  return first.slice(first.lastIndexOf('/') + 1)
}

/** The unit's text where the capture holds it, else what systemctl show or status printed of it. */
export function unitNamed(units: readonly UnitFile[], name: string): UnitFile | null {
  return (
    units.find(u => u.unit === name && u.form === 'file') ??
    units.find(u => u.unit === name && u.directives.length > 12) ??
    units.find(u => u.unit === name) ??
    null
  )
}

/** The setting in effect of the unit of that name, from whatever form of it the capture holds. */
export function unitSetting(units: readonly UnitFile[], name: string | null, key: string): Setting | null {
  if (name === null) return null
  for (const unit of units) {
    if (unit.unit !== name) continue
    const setting = settingOf(unit, key)
    if (setting) return setting
  }
  return null
}
