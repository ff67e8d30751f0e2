import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { UsageError } from '../config/errors.js'
import type { Diagnostics } from '../model/diagnostic.js'

/** Something that a path leads to: a file, standard input, a pipe, or a folder of links written down as text. */
export type Found =
  | { kind: 'file'; path: string; name: string; size: number }
  | { kind: 'stdin'; name: string }
  /** A named pipe, or what the shell makes of `<(zcat strace.log.gz)`. */
  | { kind: 'pipe'; path: string; name: string }
  | { kind: 'links'; name: string; text: string }

export interface Walk {
  /** Name of the capture, for titles. */
  name: string
  /** The folder that the manifest stands in, where a folder was given. */
  root: string | null
  found: Found[]
}

/** Our own output in the folder that is analysed again is no evidence. */
const OWN_OUTPUT = /^sigtrace-report(?:\.|$)/

/**
 * Everything under the paths that a user gave, in a fixed order. Names are relative to the one folder given, or else to
 * the folder that all paths share.
 *
 * @throws UsageError for a path that does not exist or cannot be opened at all
 */
export function walk(paths: readonly string[], limit: number, diagnostics: Diagnostics): Walk {
  const real = paths.filter(p => p !== '-').map(p => resolve(p))
  const single = real.length === 1 && paths.length === 1 && statOf(real[0], paths[0]).isDirectory()
  const base = single ? real[0] : sharedFolder(real)
  const found: Found[] = []
  for (const path of paths) {
    if (path === '-') {
      if (!found.some(f => f.kind === 'stdin')) found.push({ kind: 'stdin', name: 'stdin' })
      continue
    }
    const full = resolve(path)
    const stat = statOf(full, path)
    const name = relative(base, full).split(sep).join('/')
    if (stat.isDirectory()) enter(full, name === '' ? '' : `${name}/`, found, limit, diagnostics)
    else if (stat.isFile()) found.push({ kind: 'file', path: full, name: name || basename(full), size: stat.size })
    else if (stat.isFIFO()) found.push({ kind: 'pipe', path: full, name: name || basename(full) })
    else throw new UsageError(`${path}: neither a file nor a folder`)
  }
  onlyOnce(found)
  if (found.length > limit) {
    const { name } = found[limit]
    diagnostics.add(
      'intake.too-many-files',
      'loss',
      `Only the first ${limit} files were looked at.`,
      { source: name, offset: 0 },
      'Point sigtrace at a smaller folder, or raise limits.files in sigtrace.toml.',
      found.length - limit,
    )
    found.length = limit
  }
  const only = real.length === 1 ? basename(real[0]) : real.length > 1 ? basename(base) : 'stdin'
  return { name: only || 'capture', root: single ? base : null, found }
}

/** Drops what was given twice: one evidence seen double is no second witness. */
function onlyOnce(found: Found[]): void {
  const seen = new Set<string>()
  const fresh = (one: Found) => {
    const key = one.kind === 'links' || one.kind === 'stdin' ? one.name : realPath(one.path)
    return !seen.has(key) && seen.add(key)
  }
  let kept = 0
  for (const one of found) if (fresh(one)) found[kept++] = one
  found.length = kept
}

/** Below /proc there are links that lead to no path at all. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function statOf(path: string, given: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const why = code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : code
    throw new UsageError(`${given}: ${why}`)
  }
}

function sharedFolder(paths: readonly string[]): string {
  if (paths.length === 0) return resolve('.')
  let shared = dirname(paths[0])
  while (!paths.every(p => dirname(p) === shared || p.startsWith(shared === sep ? sep : shared + sep)))
    shared = dirname(shared)
  return shared
}

function enter(folder: string, prefix: string, found: Found[], limit: number, diagnostics: Diagnostics): void {
  let names: string[]
  try {
    // By code unit, not by locale: the same folder gives the same report anywhere.
    names = readdirSync(folder).sort((a, b) => (a < b ? -1 : 1))
  } catch (error) {
    unreadable(prefix || basename(folder), error, diagnostics)
    return
  }
  const links: string[] = []
  for (const name of names) {
    // One more than allowed, so that the limit is noticed, but not a million.
    if (found.length > limit) return
    const path = join(folder, name)
    try {
      const own = lstatSync(path)
      // In a copied /proc/PID/fd the links are the evidence; where they lead on this machine says nothing.
      if (own.isSymbolicLink() && /^\d+$/.test(name)) {
        links.push(`${name} -> ${readlinkSync(path)}\n`)
        continue
      }
      // A link to a folder could lead anywhere, and in circles.
      const stat = own.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : own
      if (own.isDirectory()) enter(path, `${prefix}${name}/`, found, limit, diagnostics)
      else if (stat?.isFile() && !OWN_OUTPUT.test(name))
        found.push({ kind: 'file', path, name: prefix + name, size: stat.size })
      else if (!stat?.isFile())
        diagnostics.add(
          'intake.not-a-file',
          'info',
          'Links to folders, sockets, pipes and devices are not followed.',
          { source: prefix + name, offset: 0 },
          'Copy what it leads to into the capture.',
        )
    } catch (error) {
      unreadable(prefix + name, error, diagnostics)
    }
  }
  if (links.length > 0) found.push({ kind: 'links', name: `${prefix}links`, text: links.join('') })
}

/** A file or folder that this user may not read, said once with a count. */
export function unreadable(name: string, error: unknown, diagnostics: Diagnostics): void {
  diagnostics.add(
    'intake.unreadable',
    'error',
    `Could not be read: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}.`,
    { source: name, offset: 0 },
    'Run sigtrace as a user who may read it, or copy it with the right permissions.',
  )
}
