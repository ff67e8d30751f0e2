/**
 * The notes of a core file: who died of what, with which registers, and which files were mapped. Layouts: core(5),
 * Linux include/linux/elfcore.h, include/uapi/linux/elf.h and fs/binfmt_elf.c (fill_note_info, fill_files_note).
 */
import { type Elf, EM_AARCH64, PT_NOTE } from './elf.js'
import type { Pages } from './pages.js'
import { type Registers, readRegisters } from './registers.js'
import { readSiginfo, type Siginfo } from './siginfo.js'

const NT_PRSTATUS = 1
const NT_PRPSINFO = 3
const NT_AUXV = 6
const NT_SIGINFO = 0x53494749
const NT_FILE = 0x46494c45
const NT_GDB_TDESC = 0xff000000
/** Delve's own header note (`dump`). */
const NT_DELVE_HEADER = 0x444c5645

const MOST_NOTES = 1 << 20
const MOST_FILES = 1 << 20
const LONGEST_FILE_NOTE = 64 * 1024 * 1024

export interface CoreThread {
  tid: number
  /** pr_cursig: the signal that the core was taken for, the same in every thread of a kernel core; 0 in gcore's. */
  signal: number
  pending: bigint
  blocked: bigint
  registers: Registers
  /** Place of the note in the file. */
  offset: number
}

export interface MappedFile {
  path: string
  start: number
  end: number
  /** Offset in the mapped file of the byte at `start`. */
  offset: number
}

export interface Notes {
  threads: CoreThread[]
  siginfo: (Siginfo & { at: number })[]
  process: { pid: number; ppid: number; comm: string; args: string; at: number } | null
  /** ppid as the first thread's status has it. */
  ppid: number | null
  auxv: Map<number, number>
  files: MappedFile[]
  producer: 'kernel' | 'gcore' | 'dlv' | 'qemu' | null
  /** The notes end before they should, or make no sense from this offset on. */
  tornAt: number | null
}

/** Reads every note of a core. What cannot be read is left out and said in `tornAt`. */
export function readNotes(pages: Pages, elf: Elf): Notes {
  const notes: Notes = {
    threads: [],
    siginfo: [],
    process: null,
    ppid: null,
    auxv: new Map(),
    files: [],
    producer: null,
    tornAt: null,
  }
  const marks = { gdb: false, delve: false, sigstops: 0 }
  let left = MOST_NOTES
  for (const segment of elf.segments) {
    if (segment.type !== PT_NOTE) continue
    const end = segment.offset + segment.filesz
    let at = segment.offset
    for (; at + 12 <= end && left > 0; left--) {
      const namesz = pages.u32(at)
      const descsz = pages.u32(at + 4)
      const type = pages.u32(at + 8)
      // Padding, or the hole where a cut core's notes should be: nothing that follows can be trusted.
      if (Number.isNaN(type) || (namesz === 0 && descsz === 0 && type === 0)) break
      const desc = at + 12 + align4(namesz)
      const next = desc + align4(descsz)
      if (desc + descsz > end || desc + descsz > pages.size) break
      readNote(pages, elf, notes, marks, type, desc, descsz)
      at = next
    }
    if (at + 12 <= end) notes.tornAt ??= at
  }
  notes.producer = producerOf(notes, marks)
  return notes
}

function readNote(
  pages: Pages,
  elf: Elf,
  notes: Notes,
  marks: { gdb: boolean; delve: boolean },
  type: number,
  at: number,
  size: number,
): void {
  switch (type) {
    case NT_PRSTATUS: {
      const registers = readRegisters(pages, at + 112, elf.machine)
      if (registers === null || size < (elf.machine === EM_AARCH64 ? 384 : 328)) return
      notes.ppid ??= pages.i32(at + 36)
      notes.threads.push({
        tid: pages.i32(at + 32),
        signal: pages.u16(at + 12),
        pending: u64exact(pages, at + 16),
        blocked: u64exact(pages, at + 24),
        registers,
        offset: at,
      })
      return
    }
    case NT_PRPSINFO:
      if (size < 136) return
      notes.process = {
        pid: pages.i32(at + 24),
        ppid: pages.i32(at + 28),
        comm: text(pages.bytes(at + 40, 16)),
        args: text(pages.bytes(at + 56, 80)).trimEnd(),
        at,
      }
      return
    case NT_SIGINFO:
      if (size >= 32) notes.siginfo.push({ ...readSiginfo(pages, at), at })
      return
    case NT_AUXV:
      for (let i = 0; i + 16 <= Math.min(size, 4096); i += 16) {
        if (pages.u64(at + i) === 0) break
        notes.auxv.set(pages.u64(at + i), pages.u64(at + i + 8))
      }
      return
    case NT_FILE:
      readFiles(pages, notes, at, size)
      return
    case NT_GDB_TDESC:
      marks.gdb = true
      return
    case NT_DELVE_HEADER:
      marks.delve = true
  }
}

/** NT_FILE: count and page size, then start, end and offset (in pages) of each, then the names. */
function readFiles(pages: Pages, notes: Notes, at: number, size: number): void {
  const count = pages.u64(at)
  const pageSize = pages.u64(at + 8)
  if (!(count <= MOST_FILES) || 16 + count * 24 > size) return
  const names = pages.bytes(at + 16 + count * 24, Math.min(size - 16 - count * 24, LONGEST_FILE_NOTE))
  let from = 0
  for (let i = 0; i < count; i++) {
    const end = names.indexOf(0, from)
    if (end === -1) return
    const entry = at + 16 + i * 24
    notes.files.push({
      path: names.toString('utf8', from, end),
      start: pages.u64(entry),
      end: pages.u64(entry + 8),
      offset: pages.u64(entry + 16) * pageSize,
    })
    from = end + 1
  }
}

/** Every core writer leaves its own traces; null where they say nothing certain. */
function producerOf(notes: Notes, marks: { gdb: boolean; delve: boolean }): Notes['producer'] {
  if (marks.delve) return 'dlv'
  if (notes.threads.length === 0) return null
  // gcore writes one siginfo for each thread; the kernel one for the whole process.
  if (marks.gdb || notes.siginfo.length > 1) return 'gcore'
  if (notes.siginfo.length === 1 && notes.files.length > 0) return 'kernel'
  if (notes.siginfo.length === 0 && notes.files.length === 0 && notes.threads[0].signal !== 0) return 'qemu'
  return null
}

/** Auxiliary vector types of getauxval(3). */
export const AT = { phdr: 3, base: 7, entry: 9, execfn: 31, sysinfoEhdr: 33 } as const

function align4(n: number): number {
  return Math.ceil(n / 4) * 4
}

function text(bytes: Buffer): string {
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? bytes.length : end)
}

function u64exact(pages: Pages, at: number): bigint {
  const bytes = pages.bytes(at, 8)
  return bytes.length === 8 ? bytes.readBigUInt64LE(0) : 0n
}
