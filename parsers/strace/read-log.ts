/** Reads a whole log: in one go, or, when it is a large file that strace alone wrote, in pieces on two processors. */
import type { Input } from '../../src/model/input.js'
import type { Dialect } from './dialect.js'
import { eachLine } from './lines.js'
import { Log } from './log.js'
import { Mixed } from './mixed.js'
import { Strays } from './strays.js'

/** From this size on, a second thread is worth its start. */
const PIECES_FROM_BYTES = 32 * 1024 * 1024

/**
 * @param tid of all lines that name no thread; 0 where it is not known
 * @param progress told of bytes that have been read
 */
export async function readLog(
  input: Input,
  dialect: Dialect,
  tid: number,
  progress: (bytes: number) => void,
): Promise<Log> {
  const log = new Log(input, dialect)
  if (dialect.mixed || dialect.colours) readMixed(log, tid, progress)
  else {
    const strays = new Strays(log.scanner)
    log.learnt = strays.learnt
    log.scanner.stray = where => strays.take(where)
    if (input.file !== null && input.size >= PIECES_FROM_BYTES) {
      const { readInPieces } = await import('./parallel.js')
      await readInPieces(log, input.file, progress)
    } else
      eachLine(input, log.scanner, bytes => {
        log.drain()
        progress(bytes)
      })
  }
  log.scanner.finish()
  log.drain()
  return log
}

function readMixed(log: Log, tid: number, progress: (bytes: number) => void): void {
  const mixed = new Mixed(log, tid)
  log.learnt = mixed.strays.learnt
  log.output = mixed.output
  const cut = eachLine(log.input, mixed, bytes => {
    log.drain()
    progress(bytes)
  })
  mixed.finish(cut)
}
