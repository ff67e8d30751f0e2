import type { Source } from './source.js'

/**
 * One input as a parser sees it: named, of known size, readable at any offset. Compressed files and archive members
 * have been unpacked by the intake (into memory when small, into a temporary file when not).
 */
export interface Input {
  source: Source
  size: number
  /** The first bytes, at most 64 KiB. */
  head: Uint8Array
  /** A file on this machine that holds exactly these bytes, for workers and random access; null when in memory. */
  file: string | null
  /**
   * Reads up to `length` bytes at `offset`; shorter at the end of the input. `into` may be overwritten and handed back: who
   * reads a thousand times spares the pages of a new buffer each time.
   */
  read(offset: number, length: number, into?: Uint8Array): Uint8Array
  /** The input in order, in pieces of about 1 MiB. A piece is only valid until the next one is asked for. */
  chunks(): Iterable<Uint8Array>
}
