/** Scans a large file in pieces, here and in one worker thread, and puts them together in order. */
import { closeSync, openSync, readSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { NEWLINE } from '../../src/model/text.js'
import type { Dialect } from './dialect.js'
import { LINE_BYTES } from './lines.js'
import type { Log } from './log.js'
import { appendPiece, type Piece, PieceScanner } from './pieces.js'
import { rehearse } from './rehearsal.js'

export const PIECE_BYTES = 4 * 1024 * 1024
/** Room for the line that crosses the end of a piece; more is made where it is longer. */
const MARGIN_BYTES = 64 * 1024

/** The most rows that are reserved because the first piece had many. */
const MOST_FORESEEN = 1 << 21

export interface WorkerTask {
  file: string
  size: number
  pieceBytes: number
  dialect: Dialect
  /** Number of the next piece that nobody has taken. */
  next: Int32Array
}

export interface WorkerResult {
  index: number
  piece: Piece
}

export async function readInPieces(
  log: Log,
  file: string,
  progress: (bytes: number) => void,
  pieceBytes = PIECE_BYTES,
): Promise<void> {
  spareCompiler()
  const size = log.input.size
  const count = Math.ceil(size / pieceBytes)
  const next = new Int32Array(new SharedArrayBuffer(4))
  const done: (Piece | undefined)[] = []
  let appended = 0
  const append = () => {
    for (let piece = done[appended]; piece; piece = done[appended]) {
      appendPiece(log, piece, (at, bytes) => reader.text(at, bytes))
      if (appended === 0) log.kept.rows.reserve(Math.min(MOST_FORESEEN, log.kept.rows.length * count))
      done[appended++] = undefined
      progress(Math.min(pieceBytes, size - (appended - 1) * pieceBytes))
    }
  }
  const { dialect } = log
  const reader = new PieceReader(dialect, file, size, pieceBytes)
  const worker = startWorker({ file, size, pieceBytes, dialect, next }, ({ index, piece }) => {
    done[index] = piece
  })
  try {
    for (let index = Atomics.add(next, 0, 1); index < count; index = Atomics.add(next, 0, 1)) {
      done[index] = reader.scan(index).piece
      append()
      // The worker's pieces arrive between ours.
      await new Promise(resolve => setImmediate(resolve))
    }
    await worker.ended
    // A worker that could not start or failed has left its pieces undone.
    for (let index = appended; index < count; index++) {
      done[index] ??= reader.scan(index).piece
      append()
    }
  } finally {
    reader.close()
  }
}

/**
 * A log of a few hundred megabytes takes two or three seconds, and V8 spends half of the processors' time on making machine
 * code, of hundreds of functions and in both threads. Told to put less of them into each other, and to wait longer before it
 * begins, it takes a tenth less in all; the code runs as fast (`npm run bench`).
 */
function spareCompiler(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')
  setFlagsFromString('--interrupt-budget=200000')
}

function startWorker(task: WorkerTask, take: (result: WorkerResult) => void): { ended: Promise<void> } {
  const worker = new Worker(new URL('./piece-worker.js', import.meta.url), { workerData: task })
  worker.on('message', take)
  const ended = new Promise<void>(resolve => {
    worker.on('error', () => resolve())
    worker.on('exit', () => resolve())
  })
  return { ended }
}

/** Reads and scans one piece after another of a file. */
export class PieceReader {
  readonly #fd: number
  #buffer: Buffer

  readonly #scanner: PieceScanner

  constructor(
    dialect: Dialect,
    file: string,
    readonly size: number,
    readonly pieceBytes: number,
  ) {
    this.#fd = openSync(file, 'r')
    this.#scanner = new PieceScanner(dialect)
    rehearse(this.#scanner)
    this.#buffer = Buffer.allocUnsafe(1 + pieceBytes + MARGIN_BYTES)
  }

  /** Scans the lines that begin in piece `index`. */
  scan(index: number): ReturnType<PieceScanner['scan']> {
    const from = index * this.pieceBytes
    // The byte before tells whether a line begins at `from`.
    const at = index === 0 ? 0 : from - 1
    let filled = this.#fill(0, at, from + this.pieceBytes - at)
    let start = 0
    if (index > 0) {
      const lf = this.#buffer.indexOf(NEWLINE)
      start = lf === -1 || lf >= filled ? filled : lf + 1
    }
    let end = filled
    if (start < filled && this.#buffer[filled - 1] !== NEWLINE) {
      // The last line goes on in the next piece.
      for (let room = MARGIN_BYTES; ; room *= 4) {
        const before = filled
        filled += this.#fill(filled, at + filled, room)
        const lf = this.#buffer.subarray(0, filled).indexOf(NEWLINE, before)
        end = lf === -1 ? filled : lf + 1
        if (lf !== -1 || filled === before || filled - before < room || filled > LINE_BYTES + this.pieceBytes) break
      }
    }
    return this.#scanner.scan(this.#buffer, start, end, at)
  }

  #fill(offset: number, at: number, wanted: number): number {
    if (offset + wanted > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(offset + wanted)
      this.#buffer.copy(larger, 0, 0, offset)
      this.#buffer = larger
    }
    let got = 0
    while (got < wanted) {
      const n = readSync(this.#fd, this.#buffer, offset + got, wanted - got, at + got)
      if (n === 0) break
      got += n
    }
    return got
  }

  /** The text at a place, as latin1. */
  text(at: number, size: number): string {
    const buffer = Buffer.allocUnsafe(size)
    return buffer.toString('latin1', 0, readSync(this.#fd, buffer, 0, size, at))
  }

  close(): void {
    closeSync(this.#fd)
  }
}
