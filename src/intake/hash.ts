/** SHA-256 of large files, off the main thread: it costs as much time as reading the evidence does. */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const PIECE = 1024 * 1024

function hashNow(file: string): string {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(PIECE)
  const fd = openSync(file, 'r')
  try {
    for (let got = readSync(fd, buffer, 0, PIECE, null); got > 0; got = readSync(fd, buffer, 0, PIECE, null))
      hash.update(buffer.subarray(0, got))
  } finally {
    closeSync(fd)
  }
  return hash.digest('hex')
}

/**
 * SHA-256 of a file, hex, computed in a thread of its own.
 *
 * @param file path on this machine
 * @returns rejects where the file cannot be read to its end
 */
export function hashFile(file: string): Promise<string> {
  return new Promise((done, fail) => {
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { hash: file } })
    worker.once('message', done).once('error', fail)
  })
}

if (!isMainThread && typeof workerData?.hash === 'string') parentPort?.postMessage(hashNow(workerData.hash))
