import type { UnitFile } from '../../src/model/lifecycle.js'
import { addTo } from '../../src/model/multimap.js'
import type { Fragment } from './file.js'

/** Folders that units are loaded from, the strongest first (systemd.unit(5), “Unit File Load Path”). */
const LOAD_PATH: readonly RegExp[] = [
  /\/etc\/systemd\/(?:system|user)\.control\//,
  /\/run\/systemd\/(?:system|user)\.control\//,
  /\/run\/systemd\/transient\//,
  /\/run\/systemd\/generator\.early\//,
  /\/etc\/systemd\/(?:system|user)\//,
  /\/\.config\/systemd\/user\//,
  /\/run\/systemd\/(?:system|user)\//,
  /\/run\/systemd\/generator\//,
  /\/usr\/local\/lib\/systemd\/(?:system|user)\//,
  /\/lib\/systemd\/(?:system|user)\//,
  /\/run\/systemd\/generator\.late\//,
]

function strength(path: string): number {
  const index = LOAD_PATH.findIndex(folder => folder.test(`/${path}`))
  return index === -1 ? LOAD_PATH.length : index
}

/**
 * The files of each unit as systemd would read them: the unit file of the strongest folder, then all drop-ins in the order
 * of their file names, whatever folder they lie in; of two drop-ins with one name only the stronger counts (systemd.unit(5)).
 * Text of `systemctl cat` is in that order already. Drop-ins of a template (`a@.service.d`) serve its instances too, and those
 * of `a-.service.d` every unit whose name begins with `a-`.
 */
export function mergeFragments(fragments: readonly Fragment[]): UnitFile[] {
  const units = new Map<string, Fragment[]>()
  for (const fragment of fragments) {
    const unit = fragment.unit ?? ''
    addTo(units, unit, fragment)
  }
  const merged: UnitFile[] = []
  for (const [unit, own] of units) {
    const all = [...own, ...alsoFor(unit).flatMap(name => units.get(name) ?? [])]
    const printed = all.filter(f => f.ordered)
    const used = printed.length > 0 ? printed : inOrder(all)
    merged.push({
      source: (used[0] ?? own[0]).source,
      unit,
      form: 'file',
      directives: used.flatMap(f => f.directives),
    })
  }
  return merged
}

/** Other names under which files configure this unit: its template, and its name cut after each dash. */
function alsoFor(unit: string): string[] {
  const [, stem, suffix] = /^(.+)(\.\w+)$/.exec(unit) ?? [null, '', '']
  const names: string[] = []
  const at = stem.indexOf('@')
  if (at !== -1 && at < stem.length - 1) names.push(stem.slice(0, at + 1) + suffix)
  for (let dash = stem.lastIndexOf('-'); dash > 0; dash = stem.lastIndexOf('-', dash - 1))
    if (dash < stem.length - 1) names.push(stem.slice(0, dash + 1) + suffix)
  return names
}

const isDropIn = (fragment: Fragment) => /\.d\/[^/]+\.conf$/.test(fragment.path)

function inOrder(fragments: readonly Fragment[]): Fragment[] {
  const main = fragments.filter(f => !isDropIn(f)).sort((a, b) => strength(a.path) - strength(b.path))
  const dropIns = new Map<string, Fragment>()
  for (const fragment of fragments.filter(isDropIn)) {
    const name = fragment.path.slice(fragment.path.lastIndexOf('/') + 1)
    const other = dropIns.get(name)
    if (!other || strength(fragment.path) < strength(other.path)) dropIns.set(name, fragment)
  }
  const sorted = [...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fragment]) => fragment)
  return [...main.slice(0, 1), ...sorted]
}
