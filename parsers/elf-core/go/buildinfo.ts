import type { Memory } from '../memory.js'

const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')

export interface BuildInfo {
  /** `go1.19.8`. */
  version: string
  /** `path`, `mod`, `dep`, `build` lines, as `go version -m` prints them. */
  modules: string
}

/**
 * Go's build information, which every binary carries and which stripping leaves (debug/buildinfo). Since Go 1.18 the
 * strings stand in it; before, it points to them.
 *
 *   \xff␠Go␠buildinf: 08 02 … 08 go1.19.8 …
 *                     ^^ pointer size
 *                        ^^ flags: 2 = strings follow at +32, each a varint length and the bytes
 */
export function buildInfoAt(memory: Memory, addr: number): BuildInfo | null {
  if (!memory.bytes(addr, MAGIC.length).equals(MAGIC)) return null
  const flags = memory.u8(addr + 15)
  if (flags & 2) {
    const version = counted(memory, addr + 32)
    const modules = version && counted(memory, version.end)
    return version ? { version: version.text, modules: modules?.text ?? '' } : null
  }
  const version = goString(memory, memory.u64(addr + 16))
  return version === null ? null : { version, modules: goString(memory, memory.u64(addr + 24)) ?? '' }
}

/** Finds the build information in a run of memory: it is aligned to 16 bytes. */
export function findBuildInfo(memory: Memory, start: number, end: number): BuildInfo | null {
  const piece = 1024 * 1024
  for (let at = start; at < end; at += piece - 64) {
    const bytes = memory.bytes(at, Math.min(piece, end - at))
    for (let i = bytes.indexOf(MAGIC); i !== -1; i = bytes.indexOf(MAGIC, i + 1)) {
      const found = (at + i) % 16 === 0 ? buildInfoAt(memory, at + i) : null
      if (found) return found
    }
    if (bytes.length === 0) return null
  }
  return null
}

/** `go1.` as a little-endian number. */
const GO1 = 0x2e316f67
const LONGEST_VERSION = 64

/**
 * The version out of `runtime.buildVersion`, for programs that were linked without build information: the string header
 * among the program's variables that leads to a version and nothing else.
 */
export function findVersion(memory: Memory, start: number, end: number): string | null {
  for (let at = Math.ceil(start / 8) * 8; at + 16 <= end; at += 8) {
    const length = memory.u64(at + 8)
    if (!(length >= 5 && length <= LONGEST_VERSION) || memory.u32(memory.u64(at)) !== GO1) continue
    const text = goString(memory, at, LONGEST_VERSION)
    if (text !== null && /^go1\.\d+(?:\.\d+|rc\d+|beta\d+)?(?:[ -].*)?$/.test(text)) return text
  }
  return null
}

function counted(memory: Memory, addr: number): { text: string; end: number } | null {
  let length = 0
  let scale = 1
  let byte: number
  do {
    byte = memory.u8(addr++)
    if (Number.isNaN(byte) || scale > 2 ** 28) return null
    length += (byte & 0x7f) * scale
    scale *= 128
  } while (byte & 0x80)
  if (length > 1 << 20) return null
  return { text: memory.bytes(addr, length).toString('utf8'), end: addr + length }
}

/** A Go string header {data, len} at an address. */
export function goString(memory: Memory, addr: number, limit = 1 << 20): string | null {
  const length = memory.u64(addr + 8)
  if (!(length <= limit)) return null
  const bytes = memory.bytes(memory.u64(addr), length)
  return bytes.length === length ? bytes.toString('utf8') : null
}
