import { createHash } from 'node:crypto'
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Limits } from '../config/settings.js'

/** Unpacked inputs up to this size stay in memory; larger ones go to a temporary file. */
const IN_MEMORY = 32 * 1024 * 1024
/** Below this size nothing is a bomb: a core of untouched pages may well shrink to a thousandth. */
const BOMB_FLOOR = 256 * 1024 * 1024
const ZEROS = Buffer.alloc(64 * 1024)

/** The folder for unpacked files: made when first needed, private to this user, removed at the end. */
export class TemporaryFolder {
  #path: string | null = null
  #count = 0

  /** A path for a new file in the folder. */
  next(): string {
    this.#path ??= mkdtempSync(join(tmpdir(), 'sigtrace-'))
    return join(this.#path, String(this.#count++))
  }

  remove(): void {
    if (this.#path !== null) rmSync(this.#path, { recursive: true, force: true })
    this.#path = null
  }
}

/** An input unpacked to more than the limits allow. */
export class BombError extends Error {}

/** What was spooled: bytes in memory, or a file. */
export type Spooled = { bytes: Buffer; file: null; size: number } | { bytes: null; file: string; size: number }

/** Takes the pieces of a stream: in memory while they are few, in a temporary file with holes when they are many. */
export class Spool {
  #pieces: Buffer[] = []
  #size = 0
  #fd = -1
  #file = ''
  #hash: ReturnType<typeof createHash> | null

  constructor(
    private readonly folder: TemporaryFolder,
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
    if (packed > 0 && size > BOMB_FLOOR && size / packed > this.limits.ratio)
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
    this.#file = this.folder.next()
    this.#fd = openSync(this.#file, 'wx', 0o600)
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

  /** Closes the spool. To be called once, also after an error: what arrived until then is kept. */
  end(): Spooled {
    if (this.#fd === -1) {
      const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces)
      this.#pieces = []
      return { bytes, file: null, size: this.#size }
    }
    ftruncateSync(this.#fd, this.#size)
    closeSync(this.#fd)
    return { bytes: null, file: this.#file, size: this.#size }
  }

  /** SHA-256 of all that was written, hex; for spools made with `hashed`. */
  sha256(): string {
    return this.#hash?.digest('hex') ?? ''
  }
}
