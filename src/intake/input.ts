import { closeSync, openSync, readSync } from 'node:fs'
import type { Input } from '../model/input.js'
import type { Source } from '../model/source.js'

export const HEAD_BYTES = 64 * 1024
const CHUNK_BYTES = 1024 * 1024

/** An input that lies in memory (small, decompressed, or lifted out of another). */
export class MemoryInput implements Input {
  readonly file = null
  readonly size: number
  readonly head: Uint8Array

  constructor(
    readonly source: Source,
    readonly bytes: Uint8Array,
  ) {
    this.size = bytes.length
    this.head = bytes.subarray(0, HEAD_BYTES)
  }

  read(offset: number, length: number): Uint8Array {
    return this.bytes.subarray(offset, offset + length)
  }

  *chunks(): Iterable<Uint8Array> {
    for (let at = 0; at < this.size; at += CHUNK_BYTES) yield this.bytes.subarray(at, at + CHUNK_BYTES)
  }
}

/** An input that is a file on this machine; read piece by piece, never whole. */
export class FileInput implements Input {
  readonly head: Uint8Array

  constructor(
    readonly source: Source,
    readonly file: string,
    readonly size: number,
  ) {
    this.head = this.read(0, HEAD_BYTES)
  }

  read(offset: number, length: number, into?: Uint8Array): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.size - offset))
    const buffer = into !== undefined && into.length >= wanted ? into.subarray(0, wanted) : Buffer.allocUnsafe(wanted)
    const fd = openSync(this.file, 'r')
    try {
      return buffer.subarray(0, fill(fd, buffer, offset))
    } finally {
      closeSync(fd)
    }
  }

  *chunks(): Iterable<Uint8Array> {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES)
    const fd = openSync(this.file, 'r')
    try {
      for (let at = 0; at < this.size; ) {
        const got = fill(fd, buffer.subarray(0, Math.min(CHUNK_BYTES, this.size - at)), at)
        if (got === 0) return
        yield buffer.subarray(0, got)
        at += got
      }
    } finally {
      closeSync(fd)
    }
  }
}

/** Reads until the buffer is full or the file ends; returns the bytes read. */
function fill(fd: number, buffer: Uint8Array, offset: number): number {
  let got = 0
  while (got < buffer.length) {
    const n = readSync(fd, buffer, got, buffer.length - got, offset + got)
    if (n === 0) break
    got += n
  }
  return got
}
