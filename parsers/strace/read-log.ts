/** Reads a whole log. */
import { setFlagsFromString } from 'node:v8'
import type { Input } from '../../src/model/input.js'
import type { Dialect } from './dialect.js'
import { fifosOf } from './fifos.js'
import { eachLine } from './lines.js'
import { Log } from './log.js'
import { Mixed } from './mixed.js'
import { Strays } from './strays.js'

const LARGE_BYTES = 32 * 1024 * 1024

/**
 * For a log of a few hundred megabytes V8 spends a large part of the processors' time on making machine code of hundreds of
 * functions. Told to put less of them into each other, and to wait longer before it begins, it takes a sixth less in all;
 * the code runs as fast (`npm run bench`).
 */
function spareCompiler(): void {
  setFlagsFromString('--max-inlined-bytecode-size-cumulative=300')
  setFlagsFromString('--interrupt-budget=200000')
}

/**
 * @param tid of all lines that name no thread; 0 where it is not known
 * @param progress told of bytes that have been read
 */
export function readLog(input: Input, dialect: Dialect, tid: number, progress: (bytes: number) => void): Log {
  if (input.size >= LARGE_BYTES) spareCompiler()
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
