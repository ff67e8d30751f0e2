import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { emptyManifest, type Manifest } from '../model/capture.js'
import type { Diagnostics } from '../model/diagnostic.js'
import type { Input } from '../model/input.js'
import { noClock, type Source, unaligned } from '../model/source.js'
import { FileInput, MemoryInput } from './input.js'

export interface Intake {
  name: string
  manifest: Manifest
  inputs: Input[]
  /** Waits for the hashes of large files and removes temporary files. */
  close(): Promise<void>
}

/** A source that nobody has read yet. */
export function newSource(path: string, bytes: number, sha256: string): Source {
  return { path, kind: 'unrecognised', bytes, sha256, records: 0, clock: noClock(), alignment: unaligned(), about: {} }
}

/** Opens everything under the paths that a user gave. */
export async function openInputs(paths: readonly string[], _diagnostics: Diagnostics): Promise<Intake> {
  const inputs: Input[] = []
  for (const path of paths) {
    const root = resolve(path)
    if (statSync(root).isDirectory()) walk(root, '', inputs)
    else open(root, basename(root), inputs)
  }
  return { name: basename(resolve(paths[0])), manifest: emptyManifest(), inputs, close: async () => {} }
}

function walk(folder: string, prefix: string, inputs: Input[]): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) walk(path, `${prefix}${entry.name}/`, inputs)
    else if (entry.isFile()) open(path, prefix + entry.name, inputs)
  }
}

function open(file: string, name: string, inputs: Input[]): void {
  const size = statSync(file).size
  const raw = size <= 64 * 1024 * 1024 ? readFileSync(file) : null
  const sha256 = raw ? createHash('sha256').update(raw).digest('hex') : ''
  if (raw && raw[0] === 0x1f && raw[1] === 0x8b) {
    const bytes = gunzipSync(raw)
    inputs.push(new MemoryInput(newSource(name, bytes.length, sha256), bytes))
  } else inputs.push(new FileInput(newSource(name, size, sha256), file, size))
}
