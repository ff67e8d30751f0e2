import type { Input } from '../../src/model/input.js'

const PAGE = 64 * 1024
const EMPTY: Buffer = Buffer.alloc(0)

/**
 * Numbers and bytes of one input at any offset. A core can be many gigabytes of which a few megabytes matter: a file is
 * read a page at a time and only the pages last used are kept; an input in memory is used as it lies.
 *
 * Everything is little-endian. A read past the end gives NaN (numbers) or a shorter piece (bytes), never an exception.
 */
export class Pages {
  readonly size: number
  #whole: Buffer | null = null
  #cache = new Map<number, Buffer>()
  #lastIndex = -1
  #last = EMPTY
  #pos = 0

  /** `keep`: how many 64 KiB pages may stay in memory. */
  constructor(
    private readonly input: Input,
    private readonly keep = 512,
  ) {
    this.size = input.size
    if (input.file === null) {
      const all = input.read(0, input.size)
      this.#whole = Buffer.from(all.buffer, all.byteOffset, all.byteLength)
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
    const buffer = this.#locate(at, 8)
    if (buffer === null) return Number.NaN
    return buffer.readUInt32LE(this.#pos) + buffer.readUInt32LE(this.#pos + 4) * 4294967296
  }

  /** Up to `length` bytes; shorter at the end of the input. Not to be written to. */
  bytes(at: number, length: number): Buffer {
    if (!(at >= 0) || !(length > 0) || at >= this.size) return EMPTY
    const end = Math.min(this.size, at + length)
    if (this.#whole) return this.#whole.subarray(at, end)
    const first = Math.floor(at / PAGE)
    if (end <= (first + 1) * PAGE) return this.#page(first).subarray(at - first * PAGE, end - first * PAGE)
    const got = this.input.read(at, end - at)
    return Buffer.from(got.buffer, got.byteOffset, got.byteLength)
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

  #page(index: number): Buffer {
    if (index === this.#lastIndex) return this.#last
    let page = this.#cache.get(index)
    if (page) {
      // Moved to the young end: a Map keeps the order of insertion.
      this.#cache.delete(index)
    } else {
      const got = this.input.read(index * PAGE, Math.min(PAGE, this.size - index * PAGE))
      page = Buffer.from(got.buffer, got.byteOffset, got.byteLength)
      if (this.#cache.size >= this.keep) this.#cache.delete(this.#cache.keys().next().value!)
    }
    this.#cache.set(index, page)
    this.#lastIndex = index
    this.#last = page
    return page
  }
}
