/**
 * FIFOs by name. A file and a FIFO look alike in a log, and who opens and closes files is kept of neither. But when a write
 * to a path fails with EPIPE, the path is a FIFO (pipe(7)), and who had it open is the question.
 *
 *   > | 3264  write(1</tmp/fifo/p>, "hello\nhello\n"..., 8190) = -1 EPIPE (Broken pipe)
 *                     ^ the log is read once more, for the opens and closes of this
 */
import type { TraceCall } from '../../src/model/trace.js'
import { Events } from './decode.js'
import type { Log } from './log.js'
import { FLAG, ROW } from './rows.js'

/** So many are followed. */
const MOST = 16

/** The FIFOs that a log has shown, as they stand behind descriptors: `</tmp/fifo/p>`. */
export function fifosOf({ kept: { rows }, texts, names, dialect }: Log): string[] {
  const found = new Set<string>()
  if (!dialect.fdPaths) return []
  const events = new Events(rows, texts, names)
  for (let i = 0; i < rows.length && found.size < MOST; i++) {
    if (rows.kind[i] !== ROW.call || (rows.flags[i] & FLAG.failing) === 0) continue
    const { error, args } = events.at(i) as TraceCall
    const path = error === 'EPIPE' ? /^\d+(<\/[^>]*>)/.exec(args) : null
    if (path) found.add(path[1])
  }
  return [...found]
}
