/** Members of tar and zip archives, one after the other. */
import type { Readable } from 'node:stream'
import type { Entry, ZipFile } from 'yauzl'
import type { Diagnostics } from '../model/diagnostic.js'

export interface Member {
  /** Cleaned path inside the archive, `/`-separated, without `..`. */
  name: string
  /** Its bytes; to be read before the next member is asked for. */
  content: AsyncIterable<Uint8Array>
  /** Packed size of the member in bytes, where the archive packs each for itself; 0 for tar. */
  packed: number
}

/**
 * A member's name as a path inside the capture. Nothing is ever written under it, so a hostile name could only deceive a
 * reader of the report; `unsafe` says that it tried.
 */
export function cleanName(name: string): { name: string; unsafe: boolean } {
  const parts = name.replaceAll('\\', '/').split('/')
  const kept = parts.filter(p => p !== '' && p !== '.' && p !== '..')
  return { name: kept.join('/'), unsafe: parts.includes('..') || name.startsWith('/') }
}

/** The regular files of a tar stream. Links, devices and folders hold no evidence and are passed over. */
export async function* tarMembers(pieces: AsyncIterable<Uint8Array>): AsyncIterable<Member & { unsafe: boolean }> {
  const { extract } = await import('tar-stream')
  const { Readable } = await import('node:stream')
  const tar = extract()
  const source = Readable.from(pieces)
  source.on('error', error => tar.destroy(error))
  source.pipe(tar as unknown as NodeJS.WritableStream)
  for await (const entry of tar) {
    const type = entry.header.type
    if (type === 'file' || type === 'contiguous-file')
      yield { ...cleanName(entry.header.name), content: entry as AsyncIterable<Uint8Array>, packed: 0 }
    else entry.resume()
  }
}

/** The regular files of a zip. `from` is the archive in memory or a file on this machine. */
export async function* zipMembers(
  from: Buffer | string,
  source: string,
  diagnostics: Diagnostics,
): AsyncIterable<Member & { unsafe: boolean }> {
  const { default: yauzl } = await import('yauzl')
  // Names are cleaned here, so that one bad name does not cost the rest of the archive.
  const options = {
    lazyEntries: true,
    autoClose: true,
    validateEntrySize: true,
    strictFileNames: false,
    decodeStrings: false,
  }
  const zip = await new Promise<ZipFile>((done, fail) => {
    const opened = (error: Error | null, file: ZipFile) => (error ? fail(error) : done(file))
    if (typeof from === 'string') yauzl.open(from, options, opened)
    else yauzl.fromBuffer(from, options, opened)
  })
  const next = () =>
    new Promise<Entry | null>((done, fail) => {
      zip.removeAllListeners()
      zip
        .once('entry', done)
        .once('end', () => done(null))
        .once('error', fail)
      zip.readEntry()
    })
  for (let entry = await next(); entry; entry = await next()) {
    const name = (entry.fileName as unknown as Buffer).toString('utf8')
    if (name.endsWith('/')) continue
    if (entry.isEncrypted()) {
      diagnostics.add(
        'intake.encrypted',
        'loss',
        'Members of the zip are encrypted and were not read.',
        { source, offset: entry.relativeOffsetOfLocalHeader },
        'Unpack the archive with its password and give sigtrace the folder.',
      )
      continue
    }
    const content = await new Promise<Readable>((done, fail) =>
      zip.openReadStream(entry, (error, stream) => (error ? fail(error) : done(stream))),
    )
    yield { ...cleanName(name), content, packed: Math.max(1, entry.compressedSize) }
  }
}
