import { createHash } from 'node:crypto'
import { closeSync, createReadStream, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { MANIFEST_NAME, readManifest } from '../config/manifest.js'
import { DEFAULT_LIMITS, type Limits } from '../config/settings.js'
import { emptyManifest, type Manifest } from '../model/capture.js'
import type { Diagnostics } from '../model/diagnostic.js'
import type { Input } from '../model/input.js'
import { noClock, type Source, unaligned } from '../model/source.js'
import { type Member, tarMembers, zipMembers } from './archive.js'
import { hashFile } from './hash.js'
import { FileInput, MemoryInput } from './input.js'
import { BombError, Spool, type Spooled, TemporaryFiles } from './spool.js'
import { type Packing, packingOf, unpack } from './unpack.js'
import { type Found, unreadable, walk } from './walk.js'

/** Files up to this size are read whole and hashed at once. */
const SMALL = 16 * 1024 * 1024
/** What is read of a file below /proc at the most. */
const PROC_BYTES = 1024 * 1024
/** An archive in an archive in an archive; deeper is no way to keep evidence. */
const MAX_DEPTH = 5

export interface Intake {
  name: string
  manifest: Manifest
  inputs: Input[]
  /** Settles when the hashes of large files, computed beside the parsing, stand in their sources. */
  hashed(): Promise<void>
  /** Removes temporary files. To be called whatever happens. */
  close(): void
}

/** A source that nobody has read yet. */
export function newSource(path: string, bytes: number, sha256: string): Source {
  return { path, kind: 'unrecognised', bytes, sha256, records: 0, clock: noClock(), alignment: unaligned(), about: {} }
}

/**
 * Opens everything under the paths that a user gave: folders, files, `-` for standard input; what is compressed or
 * packed in archives is unpacked, within limits.
 *
 * @throws UsageError for a path that does not exist, and for a `capture.toml` that cannot be understood
 */
export async function openInputs(
  paths: readonly string[],
  diagnostics: Diagnostics,
  limits: Limits = DEFAULT_LIMITS,
): Promise<Intake> {
  const { name, root, found } = walk(paths, limits.files, diagnostics)
  const manifestPath = root && found.find(f => f.kind === 'file' && f.name === MANIFEST_NAME)
  const manifest = manifestPath
    ? await readManifest(readFileSync(join(root, MANIFEST_NAME), 'utf8'), MANIFEST_NAME)
    : emptyManifest()
  const opener = new Opener(diagnostics, limits)
  try {
    for (const one of found) if (one.name !== MANIFEST_NAME || !manifestPath) await opener.open(one)
    opener.finish()
  } catch (error) {
    opener.temporary.remove()
    throw error
  }
  return {
    name,
    manifest,
    inputs: opener.inputs,
    hashed: async () => void (await Promise.all(opener.hashes)),
    close: () => opener.temporary.remove(),
  }
}

class Opener {
  readonly inputs: Input[] = []
  readonly hashes: Promise<void>[] = []
  readonly temporary = new TemporaryFiles()
  #names = new Set<string>()
  readonly #noFiles = { count: 0, first: '' }

  constructor(
    private readonly diagnostics: Diagnostics,
    private readonly limits: Limits,
  ) {}

  async open(found: Found): Promise<void> {
    if (found.kind === 'links') return this.#add(found.name, memory(Buffer.from(found.text)))
    if (found.kind === 'stdin') return this.#stdin(found.name)
    if (found.kind === 'pipe') return this.#stream(found.name, createReadStream(found.path))
    try {
      if (found.size <= SMALL) {
        const bytes = found.size === 0 ? readSome(found.path) : readFileSync(found.path)
        const sha256 = createHash('sha256').update(bytes).digest('hex')
        await this.#unpacked(found.name, memory(bytes), sha256, 0)
        return
      }
      const before = this.inputs.length
      await this.#unpacked(found.name, { bytes: null, file: found.path, size: found.size }, '', 0)
      const sources = this.inputs.slice(before).map(i => i.source)
      const hashing = hashFile(found.path).then(
        sha256 => {
          for (const source of sources) if (source.path === found.name) source.sha256 = sha256
        },
        error => unreadable(found.name, error, this.diagnostics),
      )
      this.hashes.push(hashing)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (found.size > 0 || (code !== 'EINVAL' && code !== 'EIO'))
        return unreadable(found.name, error, this.diagnostics)
      if (this.#noFiles.count++ === 0) this.#noFiles.first = found.name
    }
  }

  /** Says once what was passed over many times. */
  finish(): void {
    const { count, first } = this.#noFiles
    if (count > 0)
      this.diagnostics.add(
        'intake.no-content',
        'info',
        'Files below /proc that have no content to read (attr, mem, ns) were passed over.',
        { source: first, offset: 0 },
        'Nothing to do.',
        count,
      )
  }

  async #stdin(name: string): Promise<void> {
    // `journalctl -f -o json | sigtrace analyze -` ends with Ctrl-C: what was read until then is what is wanted.
    const enough = () => void process.stdin.destroy()
    process.once('SIGINT', enough)
    try {
      await this.#stream(name, process.stdin)
    } finally {
      process.off('SIGINT', enough)
    }
  }

  async #stream(name: string, stream: AsyncIterable<Buffer>): Promise<void> {
    const spool = new Spool(this.temporary, this.limits, () => 0, true)
    try {
      for await (const piece of stream) spool.write(piece)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') this.#damaged(name, error)
    }
    await this.#unpacked(name, spool.end(), spool.sha256(), 0)
  }

  /** Adds an input, or what is packed in it. `sha256` is that of the bytes as they were given. */
  async #unpacked(name: string, what: Spooled, sha256: string, depth: number): Promise<void> {
    const head = headOf(what)
    const packing = packingOf(head)
    if (packing === null || !this.#may(packing, name, depth)) return this.#add(name, what, sha256)
    if (packing === 'tar') return this.#members(name, tarMembers(piecesOf(what)), depth)
    if (packing === 'zip')
      return this.#members(name, zipMembers(what.bytes ?? what.file, name, this.diagnostics), depth)
    if (packing === 'bzip2') return this.#add(name, what, sha256)
    let packed = 0
    async function* counted(): AsyncIterable<Uint8Array> {
      for await (const piece of piecesOf(what)) {
        packed += piece.length
        yield piece
      }
    }
    const spooled = await this.#spool(name, unpack(packing, counted()), () => packed)
    if (spooled) await this.#unpacked(name, spooled, sha256, depth + 1)
    else this.#add(name, what, sha256)
  }

  /** Says why a packed input stays packed. */
  #may(packing: Packing, name: string, depth: number): boolean {
    if (depth >= MAX_DEPTH)
      this.#loss(
        'intake.nested',
        `Archives are packed in each other more than ${MAX_DEPTH} deep.`,
        name,
        'Unpack the outer archives and give sigtrace the folder.',
      )
    else if (packing === 'bzip2')
      this.#loss('intake.bzip2', 'bzip2 is not read.', name, 'Unpack it with bunzip2 and give sigtrace the file.')
    else return true
    return false
  }

  async #members(archive: string, members: AsyncIterable<Member & { unsafe: boolean }>, depth: number): Promise<void> {
    try {
      for await (const member of members) {
        const name = `${archive}/${member.name || 'unnamed'}`
        if (member.unsafe)
          this.diagnostics.add(
            'intake.unsafe-name',
            'info',
            'Members of the archive have names that lead out of it; the names were cleaned.',
            { source: archive, offset: 0 },
            'Nothing was written under these names. Ask where the archive comes from.',
          )
        if (this.inputs.length >= this.limits.files) {
          this.#loss(
            'intake.too-many-files',
            'The archive holds more files than are looked at.',
            archive,
            'Unpack it and give sigtrace the part that matters, or raise limits.files in sigtrace.toml.',
          )
          break
        }
        const spooled = await this.#spool(name, member.content, () => member.packed)
        if (spooled) await this.#unpacked(name, spooled, digest(spooled), depth + 1)
      }
    } catch (error) {
      this.#damaged(archive, error)
    }
  }

  /** Gathers a stream. A bomb gives null; a stream that breaks off gives what came before. */
  async #spool(name: string, content: AsyncIterable<Uint8Array>, packed: () => number): Promise<Spooled | null> {
    const spool = new Spool(this.temporary, this.limits, packed)
    try {
      for await (const piece of content) spool.write(piece)
    } catch (error) {
      const spooled = spool.end()
      if (error instanceof BombError) {
        this.#loss(
          'intake.bomb',
          `Unpacks to far more than it should (${error.message}) and was left packed.`,
          name,
          'If it is what you expect, unpack it yourself and give sigtrace the file, or raise limits.ratio or limits.unpacked-gib in sigtrace.toml.',
        )
        return null
      }
      this.#damaged(name, error)
      return spooled.size > 0 ? spooled : null
    }
    return spool.end()
  }

  #damaged(name: string, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    this.#loss(
      'intake.damaged',
      `Cut or damaged while packed (${why}); what came before that was read.`,
      name,
      'Copy the file again; a complete one has the same size on both sides.',
    )
  }

  #loss(code: string, text: string, source: string, remedy: string): void {
    this.diagnostics.add(code, 'loss', text, { source, offset: 0 }, remedy)
  }

  #add(name: string, what: Spooled, sha256 = digest(what)): void {
    let unique = name
    for (let n = 2; this.#names.has(unique); n++) unique = `${name}#${n}`
    this.#names.add(unique)
    const source = newSource(unique, what.size, sha256)
    this.inputs.push(what.bytes ? new MemoryInput(source, what.bytes) : new FileInput(source, what.file, what.size))
  }
}

/**
 * A file that is empty by its size. Those below /proc are not, and some have no end to speak of (pagemap has 8 bytes for each
 * page of the address space).
 */
function readSome(path: string): Buffer {
  const buffer = Buffer.alloc(PROC_BYTES)
  const fd = openSync(path, 'r')
  try {
    let got = 0
    for (let n = -1; n !== 0 && got < buffer.length; got += n) n = readSync(fd, buffer, got, buffer.length - got, null)
    return buffer.subarray(0, got)
  } finally {
    closeSync(fd)
  }
}

function memory(bytes: Buffer): Spooled {
  return { bytes, file: null, size: bytes.length }
}

function digest(what: Spooled): string {
  const hash = createHash('sha256')
  if (what.bytes) return hash.update(what.bytes).digest('hex')
  for (const piece of new FileInput(newSource('', 0, ''), what.file, what.size).chunks()) hash.update(piece)
  return hash.digest('hex')
}

function headOf(what: Spooled): Uint8Array {
  return what.bytes
    ? what.bytes.subarray(0, 512)
    : new FileInput(newSource('', 0, ''), what.file, what.size).read(0, 512)
}

async function* piecesOf(what: Spooled): AsyncIterable<Uint8Array> {
  if (what.bytes) for (let at = 0; at < what.bytes.length; at += 65536) yield what.bytes.subarray(at, at + 65536)
  else yield* createReadStream(what.file, { highWaterMark: 1024 * 1024 })
}
