/** Folders that the user names for results. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes a folder and those around it that are missing. Not with `recursive`: Node 20 tries for ever where the kernel says
 * ENOENT of a folder whose parent exists, as it does below /proc.
 *
 * @throws what mkdir(2) fails with; EEXIST where a file is in the way
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path))
    mkdirSync(path)
  }
}
