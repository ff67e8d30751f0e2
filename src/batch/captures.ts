import { readdirSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { UsageError } from '../config/errors.js'

export interface CapturePath {
  /** Unique; names its report too. */
  name: string
  path: string
}

/** What batch itself writes is no capture. */
const OWN_OUTPUT = /^sigtrace-report/

/**
 * The captures below folders: every sub-folder and every file (an archive, a lone log) is one of its own.
 *
 * @throws UsageError for a path that is no folder
 */
export function capturesBelow(folders: readonly string[]): CapturePath[] {
  const captures: CapturePath[] = []
  const taken = new Set<string>()
  for (const folder of folders) {
    let names: string[]
    try {
      names = readdirSync(folder).sort((a, b) => (a < b ? -1 : 1))
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      throw new UsageError(
        `${folder}: ${code === 'ENOENT' ? 'no such file or directory' : code === 'ENOTDIR' ? 'not a folder; "sigtrace analyze" reads single files' : code}`,
      )
    }
    for (const entry of names) {
      const path = join(folder, entry)
      const stat = statSync(path, { throwIfNoEntry: false })
      if (OWN_OUTPUT.test(entry) || !stat || (!stat.isDirectory() && !stat.isFile())) continue
      const plain = folders.length > 1 ? `${basename(resolve(folder))}-${entry}` : entry
      let name = plain
      for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`
      taken.add(name)
      captures.push({ name, path })
    }
  }
  return captures
}
