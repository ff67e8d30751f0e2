/** Where results and messages go, and what happens when nobody reads them any more. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { UsageError } from '../config/errors.js'
import { makeFolder } from '../config/folders.js'

let readerGone = false

/**
 * A reader of our output that leaves early (`sigtrace rules | head -1`) is no fault: what is left is dropped in silence
 * and the exit status stays what the work gives. Node ignores SIGPIPE and reports EPIPE as an 'error' event.
 */
export function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      if (stream === process.stdout) readerGone = true
    })
}

/** Writes to standard output and waits while the reader is slow. */
export async function print(text: string | Uint8Array): Promise<void> {
  if (readerGone || process.stdout.destroyed) return
  if (!process.stdout.write(text))
    await new Promise<void>(done => {
      const over = () => {
        process.stdout.off('drain', over).off('error', over).off('close', over)
        done()
      }
      process.stdout.on('drain', over).on('error', over).on('close', over)
    })
}

/** One line on standard error. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Writes the pieces to a file, its folder made where it is missing.
 *
 * @throws UsageError where the file cannot be written
 */
export async function writeOut(file: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  let fd: number
  try {
    makeFolder(dirname(file))
    fd = openSync(file, 'w')
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
  try {
    for await (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
    }
  } finally {
    closeSync(fd)
  }
}
