/** Where the Go runtime of a process is: in its program, in a library that was built with -buildmode=c-shared, or nowhere. */
import { PF_W, PT_LOAD } from '../elf.js'
import type { Image } from '../image.js'
import type { Executable, Loaded } from '../modules.js'
import type { Range } from './module-data.js'
import { findGoRuntime, findGoRuntimeAlone, type GoRuntime } from './runtime.js'

/** Looks through the files at hand; without any of the program's, through the variables that the core holds. */
export function locateRuntime(image: Image, executable: Executable, atHand: readonly Loaded[]): GoRuntime | null {
  let found: GoRuntime | null = null
  for (const { binary, bias } of atHand) {
    const runtime = findGoRuntime(image.memory, { elf: binary.elf, pages: binary.pages, bias })
    if (runtime?.allgs) return runtime
    found ??= runtime
  }
  return found ?? findGoRuntimeAlone(image.memory, variablesOf(image, executable))
}

/**
 * Where the program's variables can be in a core without its binary: the written parts of its file, and the zeroed memory
 * that follows them; everything that was written, where the core does not tell which file is mapped where.
 */
function variablesOf({ elf, notes }: Image, executable: Executable): Range[] {
  const written = elf.segments
    .filter(s => s.type === PT_LOAD && s.flags & PF_W && s.present > 0)
    .map(s => ({ start: s.vaddr, end: s.vaddr + s.present }))
    .sort((a, b) => a.start - b.start)
  const own = notes.files.filter(f => f.path === executable.path)
  if (own.length === 0) return written
  const ranges: Range[] = []
  let last = -1
  for (const range of written) {
    const mapped = own.some(f => f.start < range.end && range.start < f.end)
    if (!mapped && range.start !== last) continue
    ranges.push(range)
    last = range.end
  }
  return ranges
}
