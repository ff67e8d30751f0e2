/** ELF headers of 64-bit little-endian files: elf(5), and the generic ABI for the rest. */
import type { Pages } from './pages.js'

export const ET_EXEC = 2
export const ET_DYN = 3
export const ET_CORE = 4

export const EM_X86_64 = 62
export const EM_AARCH64 = 183

export const PT_LOAD = 1
export const PT_NOTE = 4

export const PF_X = 1
export const PF_W = 2

export const SHT_NOBITS = 8
const SHF_COMPRESSED = 0x800
const PN_XNUM = 0xffff
/** Far above what any core has (vm.max_map_count is 65,530 by default); a damaged header must not cost gigabytes. */
const MOST_HEADERS = 1 << 20

export interface Segment {
  type: number
  flags: number
  /** Place of the bytes in the file. */
  offset: number
  vaddr: number
  /** Bytes that the header says are in the file. */
  filesz: number
  /** Bytes of them that are really there. */
  present: number
  memsz: number
}

export interface Section {
  name: string
  type: number
  addr: number
  offset: number
  size: number
  link: number
  compressed: boolean
}

export interface Elf {
  type: number
  machine: number
  entry: number
  segments: Segment[]
  sections: Section[]
  /** What the headers promise and the file does not hold, in bytes. */
  missing: number
}

const MACHINES: Record<number, string> = {
  3: 'x86',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  [EM_X86_64]: 'x86-64',
  [EM_AARCH64]: 'arm64',
  243: 'riscv',
  258: 'loongarch',
}

/** Name of an e_machine; `machine 99` for one without. */
export function machineName(machine: number): string {
  return MACHINES[machine] ?? `machine ${machine}`
}

/** Whether registers and stacks of the machine can be read. */
export function isKnownMachine(machine: number): boolean {
  return machine === EM_X86_64 || machine === EM_AARCH64
}

/** Whether the bytes start as an ELF file does. */
export function isElf(head: Uint8Array): boolean {
  return head.length >= 20 && head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46
}

/** e_type and e_machine of an ELF head (either byte order), and whether it is 64-bit little-endian. */
export function kindOf(head: Uint8Array): { type: number; machine: number; readable: boolean } {
  const little = head[5] === 1
  const u16 = (at: number) => (little ? head[at] | (head[at + 1] << 8) : (head[at] << 8) | head[at + 1])
  return { type: u16(16), machine: u16(18), readable: little && head[4] === 2 }
}

/** Headers of a 64-bit little-endian ELF file. Tables that lie beyond the end of the file come back short. */
export function readElf(pages: Pages): Elf {
  const elf: Elf = {
    type: pages.u16(16),
    machine: pages.u16(18),
    entry: pages.u64(24),
    segments: [],
    sections: [],
    missing: 0,
  }
  const phoff = pages.u64(32)
  const shoff = pages.u64(40)
  let phnum = pages.u16(56)
  // More than 65,534 segments: the count stands in sh_info of section 0 (elf(5), PN_XNUM).
  if (phnum === PN_XNUM && pages.u32(shoff + 44) > 0) phnum = pages.u32(shoff + 44)
  let wanted = 0
  for (let i = 0; i < Math.min(phnum, MOST_HEADERS); i++) {
    const at = phoff + i * 56
    const memsz = pages.u64(at + 40)
    // The last field of a header is the first that a cut file lacks.
    if (Number.isNaN(memsz) || Number.isNaN(pages.u64(at + 48))) {
      elf.missing += (phnum - i) * 56
      break
    }
    const offset = pages.u64(at + 8)
    const filesz = pages.u64(at + 32)
    const present = Math.max(0, Math.min(filesz, pages.size - offset))
    wanted += filesz - present
    elf.segments.push({
      type: pages.u32(at),
      flags: pages.u32(at + 4),
      offset,
      vaddr: pages.u64(at + 16),
      filesz,
      present,
      memsz,
    })
  }
  elf.missing += wanted
  readSections(pages, elf, shoff)
  return elf
}

function readSections(pages: Pages, elf: Elf, shoff: number): void {
  const count = pages.u16(60)
  const names = pages.u16(62)
  if (!(shoff > 0) || !(count > 0)) return
  const namesAt = pages.u64(shoff + names * 64 + 24)
  for (let i = 0; i < count; i++) {
    const at = shoff + i * 64
    const size = pages.u64(at + 32)
    if (Number.isNaN(size)) return
    elf.sections.push({
      name: cstring(pages, namesAt + pages.u32(at), 256),
      type: pages.u32(at + 4),
      addr: pages.u64(at + 16),
      offset: pages.u64(at + 24),
      size,
      link: pages.u32(at + 40),
      compressed: (pages.u64(at + 8) & SHF_COMPRESSED) !== 0,
    })
  }
}

/** A section by name; undefined where there is none or it occupies no bytes of the file. */
export function sectionOf(elf: Elf, name: string): Section | undefined {
  return elf.sections.find(s => s.name === name && s.type !== SHT_NOBITS)
}

/** The NUL-terminated string at an offset, at most `limit` bytes of it. */
export function cstring(pages: Pages, at: number, limit: number): string {
  const bytes = pages.bytes(at, limit)
  const end = bytes.indexOf(0)
  return bytes.toString('latin1', 0, end === -1 ? bytes.length : end)
}
