/** Debug sections of an ELF file, unpacked. */
import { inflateSync } from 'node:zlib'
import { type Elf, sectionOf } from './elf.js'
import type { Pages } from './pages.js'

const CHDR = 24
const ELFCOMPRESS_ZLIB = 1
/** Debug information beyond this is not unpacked: the tables of the versions know the layout too. */
const LARGEST = 64 * 1024 * 1024

/** The string at an offset of a string section; null where there is none. */
export function stringAt(strings: Buffer | null, offset: number): string | null {
  const end = strings?.indexOf(0, offset) ?? -1
  return strings && end !== -1 ? strings.toString('utf8', offset, end) : null
}

/** A section that is only unpacked when it is asked for. */
export function lazily(elf: Elf, pages: Pages, name: string): () => Buffer | null {
  let bytes: Buffer | null | undefined
  return () => (bytes === undefined ? (bytes = sectionBytes(elf, pages, name)) : bytes)
}

/** A debug section's bytes, unpacked: `.debug_x` (perhaps SHF_COMPRESSED) or `.zdebug_x` of older linkers. */
export function sectionBytes(elf: Elf, pages: Pages, name: string): Buffer | null {
  const plain = sectionOf(elf, `.${name}`)
  const old = plain ? undefined : sectionOf(elf, `.z${name}`)
  const section = plain ?? old
  if (!section || section.size > LARGEST) return null
  const bytes = pages.bytes(section.offset, section.size)
  if (plain && !plain.compressed) return bytes
  // Elf64_Chdr: type, reserved, size, alignment. Old: "ZLIB" and the size, big-endian.
  if (plain && pages.u32(section.offset) !== ELFCOMPRESS_ZLIB) return null
  try {
    return inflateSync(bytes.subarray(plain ? CHDR : 12), { maxOutputLength: LARGEST })
  } catch {
    return null
  }
}
