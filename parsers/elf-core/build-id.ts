/** Build ids: which very binary a process ran. ld(1) `--build-id`, cmd/internal/buildid. */
import { PT_NOTE } from './elf.js'
import type { Words } from './registers.js'

const NT_GNU_BUILD_ID = 3
const NT_GO_BUILD_ID = 4

export interface BuildIds {
  /** GNU build id in hex. */
  gnu: string | null
  /** Go's own, as `go tool buildid` prints it. */
  go: string | null
}

/** Something that bytes can be read from by offset or address. */
export interface Bytes extends Words {
  bytes(at: number, length: number): Buffer
  u32(at: number): number
  u16(at: number): number
}

/**
 * The build ids of the ELF file that starts at `at`, in a file (`moved` false: notes lie at their file offsets) or in the
 * memory of a process (true: at their addresses, relative to the first mapped page).
 */
export function buildIdsAt(from: Bytes, at: number, moved: boolean): BuildIds | null {
  if (from.u32(at) !== 0x464c457f) return null
  const ids: BuildIds = { gnu: null, go: null }
  const phoff = from.u64(at + 32)
  const phnum = from.u16(at + 56)
  for (let i = 0; i < Math.min(phnum, 256); i++) {
    const header = at + phoff + i * 56
    if (from.u32(header) !== PT_NOTE) continue
    // The notes of a build id lie in the first page, whose offset and distance from the start agree.
    const start = at + from.u64(header + 8)
    const size = from.u64(header + 32)
    if (moved && !(from.u64(header + 8) < 4096)) continue
    readIds(from, start, Math.min(size, 64 * 1024), ids)
  }
  return ids
}

function readIds(from: Bytes, start: number, size: number, ids: BuildIds): void {
  for (let at = start; at + 12 <= start + size; ) {
    const namesz = from.u32(at)
    const descsz = from.u32(at + 4)
    const type = from.u32(at + 8)
    if (Number.isNaN(type) || namesz + descsz === 0 || namesz + descsz > size) return
    const name = from
      .bytes(at + 12, namesz)
      .toString('latin1')
      .replace(/\0+$/, '')
    const desc = at + 12 + Math.ceil(namesz / 4) * 4
    if (name === 'GNU' && type === NT_GNU_BUILD_ID) ids.gnu ??= from.bytes(desc, descsz).toString('hex')
    if (name === 'Go' && type === NT_GO_BUILD_ID) ids.go ??= from.bytes(desc, descsz).toString('latin1')
    at = desc + Math.ceil(descsz / 4) * 4
  }
}

/** Whether two files are the same build; null where neither side has an id to compare. */
export function sameBuild(a: BuildIds | null, b: BuildIds | null): boolean | null {
  if (a?.gnu && b?.gnu) return a.gnu === b.gnu
  if (a?.go && b?.go) return a.go === b.go
  return null
}

/** The id to show: GNU's where there is one. */
export function shownId(ids: BuildIds | null): string | null {
  return ids?.gnu ?? ids?.go ?? null
}
