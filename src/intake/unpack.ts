/** What is packed in what: recognised by its first bytes, unpacked as a stream. */
import { createGunzip } from 'node:zlib'

export type Packing = 'gzip' | 'zstd' | 'xz' | 'lz4' | 'bzip2' | 'tar' | 'zip'

function starts(head: Uint8Array, ...bytes: number[]): boolean {
  return head.length >= bytes.length && bytes.every((b, i) => head[i] === b)
}

/** How the bytes are packed, by their magic numbers; null where they are not, as far as is known. */
export function packingOf(head: Uint8Array): Packing | null {
  if (starts(head, 0x1f, 0x8b, 8)) return 'gzip'
  if (starts(head, 0x28, 0xb5, 0x2f, 0xfd)) return 'zstd'
  if (starts(head, 0xfd, 0x37, 0x7a, 0x58, 0x5a, 0)) return 'xz'
  if (starts(head, 0x04, 0x22, 0x4d, 0x18)) return 'lz4'
  if (
    starts(head, 0x42, 0x5a, 0x68) &&
    head[3] >= 0x31 &&
    head[3] <= 0x39 &&
    starts(head.subarray(4), 0x31, 0x41, 0x59)
  )
    return 'bzip2'
  if (starts(head, 0x50, 0x4b, 3, 4) || starts(head, 0x50, 0x4b, 5, 6)) return 'zip'
  if (isTar(head)) return 'tar'
  return null
}

/**
 * A tar header is 512 bytes whose sum, the checksum field itself counted as blanks, stands in octal at offset 148.
 * Archives before POSIX have no `ustar` at 257, so the sum decides.
 */
function isTar(head: Uint8Array): boolean {
  if (head.length < 512 || head[0] === 0) return false
  const stated = Number.parseInt(Buffer.from(head.subarray(148, 156)).toString('latin1').replace(/[\0 ]/g, ''), 8)
  let sum = 0
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : head[i]
  return sum === stated
}

/** The stream ended or broke before the packed data did. */
export class DamagedError extends Error {}

/**
 * Unpacks one stream of compressed pieces.
 *
 * @throws DamagedError where the packed bytes are cut or wrong; what came before has been yielded
 */
export async function* unpack(
  packing: 'gzip' | 'zstd' | 'xz' | 'lz4',
  pieces: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  try {
    if (packing === 'gzip') yield* gunzip(pieces)
    else if (packing === 'zstd') yield* unzstd(pieces)
    else if (packing === 'xz') yield* unxz(pieces)
    else yield* unlz4(pieces)
  } catch (error) {
    throw new DamagedError(error instanceof Error ? error.message : String(error))
  }
}

async function* gunzip(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { Readable } = await import('node:stream')
  const source = Readable.from(pieces)
  const gunzip = createGunzip({ chunkSize: 256 * 1024 })
  source.on('error', error => gunzip.destroy(error))
  yield* source.pipe(gunzip)
}

async function* unzstd(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { Decompress } = await import('fzstd')
  let out: Uint8Array[] = []
  let done = false
  const stream = new Decompress((piece, final) => {
    out.push(piece)
    done = final ?? false
  })
  for await (const piece of pieces) {
    // fzstd keeps what it is given; pieces may be reused by whoever reads them.
    stream.push(Uint8Array.from(piece))
    yield* out
    out = []
  }
  stream.push(new Uint8Array(0), true)
  yield* out
  if (!done) throw new Error('unexpected end of the compressed data')
}

async function* unxz(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { default: xz } = await import('xz-decompress')
  const iterator = pieces[Symbol.asyncIterator]()
  const packed = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next()
      if (next.done) controller.close()
      else controller.enqueue(next.value)
    },
  })
  const reader = new xz.XzReadableStream(packed).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value
}

/**
 * lz4js works on whole frames, so the packed bytes are gathered first. It also takes a frame that was cut for a whole one,
 * so the blocks are counted here, and only whole ones are given to it.
 */
async function* unlz4(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { default: lz4 } = await import('lz4js')
  const gathered: Uint8Array[] = []
  for await (const piece of pieces) gathered.push(Uint8Array.from(piece))
  const packed = Buffer.concat(gathered)
  const { end, whole } = lz4Frame(packed)
  if (whole) yield lz4.decompress(packed)
  else {
    if (end > 0) yield lz4.decompress(Buffer.concat([packed.subarray(0, end), Buffer.alloc(4)]))
    throw new Error('unexpected end of the compressed data')
  }
}

/** Bits of the FLG byte of a frame. */
const LZ4_CONTENT_SIZE = 0x08
const LZ4_BLOCK_CHECKSUM = 0x10
const LZ4_DICTIONARY = 0x01

/**
 * Where the last whole block of the first frame ends, and whether its end mark follows (lz4_Frame_format.md):
 *
 *   04 22 4d 18 | FLG BD [content size 8] [dictionary id 4] HC | size data [checksum 4] | size data … | 00 00 00 00
 */
function lz4Frame(packed: Buffer): { end: number; whole: boolean } {
  if (packed.length < 7) return { end: 0, whole: false }
  const flags = packed[4]
  let at = 7 + (flags & LZ4_CONTENT_SIZE ? 8 : 0) + (flags & LZ4_DICTIONARY ? 4 : 0)
  while (at + 4 <= packed.length) {
    const size = packed.readUInt32LE(at) & 0x7fffffff
    if (size === 0) return { end: at, whole: true }
    const next = at + 4 + size + (flags & LZ4_BLOCK_CHECKSUM ? 4 : 0)
    if (next > packed.length) break
    at = next
  }
  return { end: at, whole: false }
}
