import { closeSync, openSync, readSync } from 'node:fs'
import type { Input } from '../../src/model/input.js'

const PAGE = 64 * 1024
const EMPTY: Buffer = Buffer.alloc(0)

/**
 * Numbers and bytes of one input at any offset. A core can be many gigabytes of which a few megabytes matter: a file is
 * read a page at a time, and the few pages last used are kept, in buffers that are used again (touching fresh memory
 * costs more than reading the file). An input in memory is used as it lies.
 *
 * Everything is little-endian. A read past the end gives NaN (numbers) or a shorter piece (bytes), never an exception.
 */
export class Pages {
  readonly size: number
  #whole: Buffer | null = null
  #fd: number | null = null
  /** By page: its slot and one more; 0 where it is not in memory. */
  readonly #slots: Int32Array
  /** By slot: the page's bytes, which page it is, and when it was last asked for. */
  readonly #buffers: Buffer[] = []
  readonly #indexes: number[] = []
  readonly #used: number[] = []
  #clock = 0
  #pos = 0

  /** `keep`: how many 64 KiB pages may stay in memory. */
  constructor(
    private readonly input: Input,
    private readonly keep = 64,
  ) {
    this.size = input.size
    if (input.file === null) this.#whole = asBuffer(input.read(0, input.size))
    this.#slots = new Int32Array(this.#whole ? 0 : Math.ceil(input.size / PAGE))
  }

  /** Opens the file for many reads, runs `work`, and closes it again; reads before and after cost more. */
  during<T>(work: () => T): T {
    if (this.input.file === null || this.#fd !== null) return work()
    this.#fd = openSync(this.input.file, 'r')
    try {
      return work()
    } finally {
      closeSync(this.#fd)
      this.#fd = null
    }
  }

  u8(at: number): number {
    const buffer = this.#locate(at, 1)
    return buffer === null ? Number.NaN : buffer[this.#pos]
  }

  u16(at: number): number {
    const buffer = this.#locate(at, 2)
    return buffer === null ? Number.NaN : buffer.readUInt16LE(this.#pos)
  }

  u32(at: number): number {
    const buffer = this.#locate(at, 4)
    return buffer === null ? Number.NaN : buffer.readUInt32LE(this.#pos)
  }

  i32(at: number): number {
    const buffer = this.#locate(at, 4)
    return buffer === null ? Number.NaN : buffer.readInt32LE(this.#pos)
  }

  /** As a double: exact up to 2^53, which holds for every address of user space. */
  u64(at: number): number {
    const b = this.#locate(at, 8)
    if (b === null) return Number.NaN
    const p = this.#pos
    const low = (b[p] | (b[p + 1] << 8) | (b[p + 2] << 16) | (b[p + 3] << 24)) >>> 0
    const high = (b[p + 4] | (b[p + 5] << 8) | (b[p + 6] << 16) | (b[p + 7] << 24)) >>> 0
    return low + high * 4294967296
  }

  /** Up to `length` bytes; shorter at the end of the input. Not to be written to. */
  bytes(at: number, length: number): Buffer {
    if (!(at >= 0) || !(length > 0) || at >= this.size) return EMPTY
    const end = Math.min(this.size, at + length)
    if (this.#whole) return this.#whole.subarray(at, end)
    const first = Math.floor(at / PAGE)
    // A copy: the page's buffer will hold another page in time.
    if (end <= (first + 1) * PAGE) return Buffer.from(this.#page(first).subarray(at - first * PAGE, end - first * PAGE))
    return this.#fromInput(at, end - at)
  }

  /** The buffer that holds `length` bytes of `at`, their place in `#pos`; null where the input ends before. */
  #locate(at: number, length: number): Buffer | null {
    if (!(at >= 0) || at + length > this.size) return null
    if (this.#whole) {
      this.#pos = at
      return this.#whole
    }
    const index = Math.floor(at / PAGE)
    const offset = at - index * PAGE
    if (offset + length > PAGE) {
      this.#pos = 0
      const both = this.bytes(at, length)
      return both.length === length ? both : null
    }
    const page = this.#page(index)
    this.#pos = offset
    return offset + length <= page.length ? page : null
  }

  /** What is asked for after the work can come too late: an unpacked file is gone when the analysis is over. */
  #fromInput(at: number, length: number): Buffer {
    try {
      return asBuffer(this.input.read(at, length))
    } catch {
      return EMPTY
    }
  }

  #page(index: number): Buffer {
    let slot = this.#slots[index] - 1
    if (slot < 0) slot = this.#load(index)
    this.#used[slot] = ++this.#clock
    return this.#buffers[slot]
  }

  /** Brings a page into a free slot, or into that of the page which was not asked for the longest. */
  #load(index: number): number {
    let slot = this.#buffers.length
    if (slot === this.keep) {
      slot = 0
      for (let i = 1; i < this.keep; i++) if (this.#used[i] < this.#used[slot]) slot = i
      this.#slots[this.#indexes[slot]] = 0
    }
    this.#buffers[slot] = this.#read(index, this.#buffers[slot])
    this.#indexes[slot] = index
    this.#slots[index] = slot + 1
    return slot
  }

  #read(index: number, used: Buffer | undefined): Buffer {
    const length = Math.min(PAGE, this.size - index * PAGE)
    if (this.#fd === null) return this.#fromInput(index * PAGE, length)
    // The last page of a file is shorter: its buffer is of no use for others, nor theirs for it.
    const buffer = used?.length === length ? used : Buffer.allocUnsafeSlow(length)
    let got = 0
    while (got < length) {
      const read = readSync(this.#fd, buffer, got, length - got, index * PAGE + got)
      if (read === 0) return buffer.subarray(0, got)
      got += read
    }
    return buffer
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
