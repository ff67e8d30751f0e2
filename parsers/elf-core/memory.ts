import { type Elf, PT_LOAD } from './elf.js'
import type { Pages } from './pages.js'

/** A run of addresses and where their bytes lie. */
export interface Piece {
  start: number
  end: number
  pages: Pages
  offset: number
}

/** The pieces that a file's PT_LOAD segments bring, moved by `bias`. */
export function piecesOf(elf: Elf, pages: Pages, bias = 0): Piece[] {
  const pieces: Piece[] = []
  for (const s of elf.segments)
    if (s.type === PT_LOAD && s.present > 0 && Number.isSafeInteger(s.vaddr))
      pieces.push({ start: s.vaddr + bias, end: s.vaddr + bias + s.present, pages, offset: s.offset })
  return pieces
}

/**
 * The memory of the dead process: what the core holds, and behind it what the files hold that were mapped (the kernel
 * does not write unmodified file pages into a core, core(5) "coredump_filter"). Numbers that nobody has are NaN.
 */
export class Memory {
  readonly core: Piece[]
  readonly files: Piece[] = []
  #at: Piece = { start: 0, end: 0, pages: undefined as unknown as Pages, offset: 0 }

  constructor(core: Piece[]) {
    this.core = core.sort((a, b) => a.start - b.start)
  }

  /** Adds what a mapped file holds, for just the addresses that the core leaves out. */
  back(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      let start = piece.start
      for (const known of this.core) {
        if (known.end <= start) continue
        if (known.start >= piece.end) break
        if (known.start > start) this.files.push(cut(piece, start, known.start))
        start = known.end
      }
      if (start < piece.end) this.files.push(cut(piece, start, piece.end))
    }
    this.files.sort((a, b) => a.start - b.start)
  }

  u8(addr: number): number {
    return this.#find(addr, 1) ? this.#at.pages.u8(addr - this.#at.start + this.#at.offset) : Number.NaN
  }

  u16(addr: number): number {
    return this.#find(addr, 2) ? this.#at.pages.u16(addr - this.#at.start + this.#at.offset) : Number.NaN
  }

  u32(addr: number): number {
    return this.#find(addr, 4) ? this.#at.pages.u32(addr - this.#at.start + this.#at.offset) : Number.NaN
  }

  i32(addr: number): number {
    return this.#find(addr, 4) ? this.#at.pages.i32(addr - this.#at.start + this.#at.offset) : Number.NaN
  }

  /** As a double: exact up to 2^53, which holds for every address of user space. */
  u64(addr: number): number {
    return this.#find(addr, 8) ? this.#at.pages.u64(addr - this.#at.start + this.#at.offset) : Number.NaN
  }

  /** Up to `length` bytes from `addr` on, as far as they are contiguous in one piece. */
  bytes(addr: number, length: number): Buffer {
    if (!this.#find(addr, 1)) return Buffer.alloc(0)
    const room = Math.min(length, this.#at.end - addr)
    return this.#at.pages.bytes(addr - this.#at.start + this.#at.offset, room)
  }

  /** The NUL-terminated string at an address; null where it is unreadable or longer than `limit`. */
  cstring(addr: number, limit = 4096): string | null {
    for (let size = 128; ; size = Math.min(limit, size * 8)) {
      const bytes = this.bytes(addr, size)
      const end = bytes.indexOf(0)
      if (end !== -1) return bytes.toString('utf8', 0, end)
      if (bytes.length < size || size >= limit) return null
    }
  }

  /** The parts of a run of addresses that can be read, in order: what a header claims may be far more. */
  runs(start: number, end: number): { start: number; end: number }[] {
    const runs: { start: number; end: number }[] = []
    for (const piece of [...this.core, ...this.files])
      if (piece.end > start && piece.start < end)
        runs.push({ start: Math.max(start, piece.start), end: Math.min(end, piece.end) })
    return runs.sort((a, b) => a.start - b.start)
  }

  /** Where in the core's file the byte of an address lies; null where the core does not hold it. */
  offsetInCore(addr: number): number | null {
    const piece = pieceAt(this.core, addr, 1)
    return piece ? addr - piece.start + piece.offset : null
  }

  #find(addr: number, length: number): boolean {
    if (addr >= this.#at.start && addr + length <= this.#at.end) return true
    const piece = pieceAt(this.core, addr, length) ?? pieceAt(this.files, addr, length)
    if (piece === null) return false
    this.#at = piece
    return true
  }
}

function cut(piece: Piece, start: number, end: number): Piece {
  return { start, end, pages: piece.pages, offset: piece.offset + start - piece.start }
}

/** The piece that holds `length` bytes from `addr` on. */
function pieceAt(pieces: readonly Piece[], addr: number, length: number): Piece | null {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pieces[middle].start <= addr) low = middle + 1
    else high = middle
  }
  const piece = pieces[low - 1]
  return piece !== undefined && addr + length <= piece.end ? piece : null
}
