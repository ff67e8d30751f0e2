/** Reads a whole log. */
import type { Input } from '../../src/model/input.js'
import { spareCompiler } from '../shared/spare-compiler.js'
import type { Dialect } from './dialect.js'
import { fifosOf } from './fifos.js'
import { eachLine } from './lines.js'
import { Log } from './log.js'
import { Mixed } from './mixed.js'
import { Strays } from './strays.js'

/**
 * @param tid of all lines that name no thread; 0 where it is not known
 * @param progress told of bytes that have been read
 */
export function readLog(input: Input, dialect: Dialect, tid: number, progress: (bytes: number) => void): Log {
  spareCompiler(input.size)
  const log = readOnce(input, dialect, tid, progress)
  dialect.fifos = fifosOf(log)
  return dialect.fifos.length === 0 ? log : readOnce(input, dialect, tid, () => {})
}

function readOnce(input: Input, dialect: Dialect, tid: number, progress: (bytes: number) => void): Log {
  const log = new Log(input, dialect)
  const each = (chunk: Buffer, at: number) => {
    log.putAside(chunk, at)
    log.kept.foresee((at + chunk.length) / input.size)
    progress(chunk.length)
  }
  if (dialect.mixed || dialect.colours) {
    const mixed = new Mixed(log, tid)
    log.learnt = mixed.strays.learnt
    log.output = mixed.output
    mixed.finish(eachLine(input, mixed, each))
  } else {
    const strays = new Strays(log.scanner)
    log.learnt = strays.learnt
    log.scanner.stray = where => strays.take(where)
    eachLine(input, log.scanner, each)
  }
  log.scanner.finish()
  return log
}
