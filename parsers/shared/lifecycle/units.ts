/** Names of units in paths and control groups. */

const UNIT_NAME = /^[\w:.\\@-]+\.(?:service|socket|scope|slice|mount|swap|target|timer|path|automount)$/

/** Whether `text` is a full unit name with a suffix. */
export function isUnitName(text: string): boolean {
  return text.length <= 256 && UNIT_NAME.test(text)
}

/**
 * The unit that a file configures: `/etc/systemd/system/a.service` and the drop-in `…/a.service.d/x.conf` both speak of
 * `a.service`. Null for other files.
 */
export function unitOfFile(path: string): string | null {
  const parts = path.split('/')
  const name = parts.at(-1) ?? ''
  if (isUnitName(name)) return name
  const folder = parts.at(-2) ?? ''
  if (name.endsWith('.conf') && folder.endsWith('.d')) {
    const unit = folder.slice(0, -2)
    if (isUnitName(unit)) return unit
  }
  return null
}

/** Innermost unit of a control group: `/system.slice/a.service/worker` is `a.service`. Slices alone are no answer. */
export function unitOfCgroup(path: string): string | null {
  for (const part of path.split('/').reverse()) if (isUnitName(part) && !part.endsWith('.slice')) return part
  return null
}
