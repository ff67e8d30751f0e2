/** Which files a process had mapped, and which of them are at hand. */
import type { Binary } from './binary.js'
import { type BuildIds, buildIdsAt, sameBuild } from './build-id.js'
import { type Elf, ET_EXEC, PT_LOAD } from './elf.js'
import type { Memory } from './memory.js'
import { AT, type MappedFile, type Notes } from './notes.js'

/** The program itself, as far as the core shows it. */
export interface Executable {
  /** Path in the process's own file system; null where the core does not say. */
  path: string | null
  /** Where its ELF header lies in memory; null where that page is not in the core. */
  header: number | null
  ids: BuildIds | null
}

/** Finds the executable by the auxiliary vector (getauxval(3)) and the table of mapped files. */
export function executableOf(memory: Memory, notes: Notes): Executable {
  const inside = notes.auxv.get(AT.phdr) ?? notes.auxv.get(AT.entry)
  const mapped = inside === undefined ? undefined : notes.files.find(f => f.start <= inside && inside < f.end)
  const first = mapped && notes.files.find(f => f.path === mapped.path && f.offset === 0)
  const execfn = notes.auxv.get(AT.execfn)
  const path = mapped?.path ?? (execfn === undefined ? null : memory.cstring(execfn))
  // Without a table of files: the program headers follow the ELF header, in its page.
  const header = first?.start ?? (inside === undefined ? undefined : inside - (inside % 4096))
  const ids = header === undefined ? null : buildIdsAt(memory, header, true)
  return { path, header: ids === null ? null : (header ?? null), ids }
}

/** A file of the capture that is one of the process's, and what to add to its addresses. */
export interface Loaded {
  binary: Binary
  bias: number
  /** Same build id: true; nothing to compare: null. */
  matches: boolean | null
}

/** The binary of the executable among those at hand; `wrong` are those that could be meant but are another build. */
export function findProgram(
  executable: Executable,
  notes: Notes,
  machine: number,
  binaries: readonly Binary[],
): { loaded: Loaded | null; wrong: Binary[] } {
  const entry = notes.auxv.get(AT.entry)
  const wrong: Binary[] = []
  let unproven: Loaded | null = null
  for (const binary of binaries) {
    if (binary.elf.machine !== machine) continue
    const bias = entry === undefined ? biasByHeader(binary.elf, executable.header) : entry - binary.elf.entry
    const fits = bias % 4096 === 0 && bias >= 0 && (binary.elf.type !== ET_EXEC || bias === 0)
    const same = sameBuild(executable.ids, binary.ids)
    if (same === true && fits) return { loaded: { binary, bias, matches: true }, wrong: [] }
    // Nothing to compare: the place of the entry must agree to the last bit, or it is another program.
    if (same === null && fits && entry !== undefined) unproven ??= { binary, bias, matches: null }
    else if (same !== true && !ofLibrary(binary, notes)) wrong.push(binary)
  }
  return { loaded: unproven, wrong: unproven ? [] : wrong }
}

/** Shared libraries among the binaries at hand, by build id. */
export function findLibraries(memory: Memory, notes: Notes, binaries: readonly Binary[]): Loaded[] {
  const loaded: Loaded[] = []
  if (binaries.length === 0) return loaded
  for (const file of firstMappings(notes.files)) {
    const ids = buildIdsAt(memory, file.start, true)
    const binary = ids && binaries.find(b => sameBuild(ids, b.ids) === true)
    if (binary) loaded.push({ binary, bias: biasByHeader(binary.elf, file.start), matches: true })
  }
  return loaded
}

/** The first mapping of each file. */
export function firstMappings(files: readonly MappedFile[]): MappedFile[] {
  const seen = new Set<string>()
  return files.filter(f => f.offset === 0 && !seen.has(f.path) && seen.add(f.path))
}

function biasByHeader(elf: Elf, header: number | null): number {
  if (header === null) return 0
  const first = elf.segments.find(s => s.type === PT_LOAD && s.offset === 0)
  return header - (first?.vaddr ?? 0)
}

function ofLibrary(binary: Binary, notes: Notes): boolean {
  const name = binary.input.source.path.replace(/^.*\//, '')
  return /\.so(\.|$)/.test(name) || notes.files.some(f => f.path.endsWith(`/${name}`) && f.path.includes('.so'))
}
