/** Reads cores that tests hold in memory or as files, with no more of the program around them than the parser. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { elfCore } from '../../../parsers/elf-core/index.js'
import { MemoryInput } from '../../../src/intake/input.js'
import { type Capture, emptyCapture } from '../../../src/model/capture.js'
import { type Diagnostic, Diagnostics } from '../../../src/model/diagnostic.js'
import type { GoroutineSnapshot } from '../../../src/model/goroutine.js'
import type { Input } from '../../../src/model/input.js'
import { noClock, type Source, unaligned } from '../../../src/model/source.js'

export interface ReadCores extends Pick<Capture, 'cores' | 'crashes' | 'snapshots' | 'sources'> {
  diagnostics: Diagnostic[]
}

/** A fixture's bytes, unpacked. */
export function fixture(name: string): Buffer {
  const known = unpacked.get(name) ?? gunzipSync(readFileSync(`test/fixtures/cores/${name}.gz`))
  unpacked.set(name, known)
  return known
}
const unpacked = new Map<string, Buffer>()

export function sourceOf(path: string, bytes: number): Source {
  return { path, kind: 'elf-core', bytes, sha256: '', records: 0, clock: noClock(), alignment: unaligned(), about: {} }
}

/** Parses files by name. */
export function readCores(files: Record<string, Uint8Array>): Promise<ReadCores> {
  return readInputs(Object.entries(files).map(([path, bytes]) => new MemoryInput(sourceOf(path, bytes.length), bytes)))
}

export async function readInputs(inputs: Input[]): Promise<ReadCores> {
  const diagnostics = new Diagnostics()
  const capture = emptyCapture('test', diagnostics)
  await elfCore.parse(inputs, {
    ...capture,
    diagnose: (code, severity, text, first, remedy, count) =>
      diagnostics.add(code, severity, text, first, remedy, count),
    progress: () => {},
    derive: () => {},
  })
  const { cores, crashes, snapshots } = capture
  return { cores, crashes, snapshots, sources: inputs.map(i => i.source), diagnostics: diagnostics.list() }
}

/** Row of a goroutine; fails where there is none. */
export function rowOf(snapshot: GoroutineSnapshot, id: number): number {
  const row = snapshot.table.ids.indexOf(id)
  if (row === -1) throw new Error(`no goroutine ${id}`)
  return row
}

/** `func file:line` of a goroutine's frames, innermost first. */
export function framesOf(snapshot: GoroutineSnapshot, id: number): string[] {
  const { table } = snapshot
  return table.stacks[table.stack[rowOf(snapshot, id)]].frames.map(f => `${f.func} ${f.file}:${f.line}`)
}
