import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmdirSync, rmSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Limits } from '../config/settings.js'

/** Unpacked inputs up to this size stay in memory; larger ones go to a temporary file. */
const IN_MEMORY = 32 * 1024 * 1024
/** Below this size nothing is a bomb: a core of untouched pages may well shrink to a thousandth. */
const BOMB_FLOOR = 256 * 1024 * 1024
const ET_CORE = 4
const ZEROS = Buffer.alloc(64 * 1024)

/**
 * Temporary files for what was unpacked. On Linux a file has no name from the start: it is reached as /proc/self/fd/N, also
 * by worker threads, and is gone with the process however that ends. Elsewhere it lies in a private folder until `remove`.
 */
export class TemporaryFiles {
  #folder: string | null = null
  #open: number[] = []

  /** A new empty file: its descriptor, and a path by which it can be opened again. */
  create(): { fd: number; file: string } {
    this.#folder ??= mkdtempSync(join(tmpdir(), 'sigtrace-'))
    const file = join(this.#folder, String(this.#open.length))
    const fd = openSync(file, 'wx+', 0o600)
    this.#open.push(fd)
    if (process.platform !== 'linux') return { fd, file }
    unlinkSync(file)
    rmdirSync(this.#folder)
    this.#folder = null
    return { fd, file: `/proc/self/fd/${fd}` }
  }

  remove(): void {
    for (const fd of this.#open) closeSync(fd)
    this.#open = []
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true })
    this.#folder = null
  }
}

/** An input unpacked to more than the limits allow. */
export class BombError extends Error {}

/** What was spooled: bytes in memory, or a file. */
export type Spooled = { bytes: Buffer; file: null; size: number } | { bytes: null; file: string; size: number }

/**
 * An ELF core (elf(5): e_type is ET_CORE). A Go program reserves address space by the gigabyte and touches little of it, so
 * that systemd-coredump packs its core to less than a thousandth; what is not touched takes no room here either.
 */
function isElfCore(start: Uint8Array): boolean {
  if (start.length < 18 || start[0] !== 0x7f || start[1] !== 0x45 || start[2] !== 0x4c || start[3] !== 0x46)
    return false
  const bigEndian = start[5] === 2
  return start[bigEndian ? 17 : 16] === ET_CORE && start[bigEndian ? 16 : 17] === 0
}

/** Takes the pieces of a stream: in memory while they are few, in a temporary file with holes when they are many. */
export class Spool {
  #pieces: Buffer[] = []
  #size = 0
  #fd = -1
  #file = ''
  #hash: ReturnType<typeof createHash> | null
  #isCore = false

  constructor(
    private readonly temporary: TemporaryFiles,
    private readonly limits: Limits,
    /** Bytes of packed input read so far; 0 for input that is not packed. */
    private readonly packed: () => number,
    hashed = false,
  ) {
    this.#hash = hashed ? createHash('sha256') : null
  }

  /** @throws BombError once more has come out than the limits allow. */
  write(piece: Uint8Array): void {
    this.#hash?.update(piece)
    const size = this.#size + piece.length
    if (size > this.limits.unpacked) throw new BombError(`more than ${this.limits.unpacked / 2 ** 30} GiB`)
    const packed = this.packed()
    if (this.#size === 0) this.#isCore = isElfCore(piece)
    if (packed > 0 && !this.#isCore && size > BOMB_FLOOR && size / packed > this.limits.ratio)
      throw new BombError(`${Math.round(size / packed)} bytes for each packed one`)
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    // The unpackers reuse their buffers.
    if (this.#fd === -1 && size <= IN_MEMORY) this.#pieces.push(Buffer.from(bytes))
    else {
      if (this.#fd === -1) this.#toDisk()
      this.#put(bytes, this.#size)
    }
    this.#size = size
  }

  #toDisk(): void {
    const { fd, file } = this.temporary.create()
    this.#fd = fd
    this.#file = file
    let at = 0
    for (const piece of this.#pieces) {
      this.#put(piece, at)
      at += piece.length
    }
    this.#pieces = []
  }

  /** Writes all but runs of zeros: what a core holds most of stays a hole in the file. */
  #put(bytes: Buffer, position: number): void {
    for (let at = 0; at < bytes.length; at += ZEROS.length) {
      const part = bytes.subarray(at, at + ZEROS.length)
      if (part.equals(ZEROS.subarray(0, part.length))) continue
      for (let done = 0; done < part.length; )
        done += writeSync(this.#fd, part, done, part.length - done, position + at + done)
    }
  }

  /** Ends the spool. To be called once, also after an error: what arrived until then is kept. */
  end(): Spooled {
    if (this.#fd === -1) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
      this.#pieces = []
      return { bytes, file: null, size: this.#size }
    }
    ftruncateSync(this.#fd, this.#size)
    return { bytes: null, file: this.#file, size: this.#size }
  }

  /** SHA-256 of all that was written, hex; for spools made with `hashed`. */
  sha256(): string {
    return this.#hash?.digest('hex') ?? ''
  }
}
