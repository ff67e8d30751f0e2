/** What a scan has put down so far, and remembers of the lines before. */
import { LineClock } from './clock.js'
import type { Dialect } from './dialect.js'
import { Kept } from './kept.js'
import { Lines } from './line-index.js'
import { Notes } from './notes.js'
import { Threads } from './threads.js'

export class ScanState {
  readonly kept = new Kept()
  readonly rows = this.kept.rows
  readonly threads = new Threads()
  readonly lines = new Lines()
  readonly notes = new Notes()
  readonly clock: LineClock
  /** Lines read. */
  line = 0
  /** Those of them that are no records: blank, strace's own words, program output, what stands below a call. */
  others = 0
  calls = 0

  constructor(readonly dialect: Dialect) {
    this.clock = new LineClock(dialect.base, dialect.undated)
  }

  /** Lines that are records of strace: calls, halves of calls, signals, ends; and what could not be read. */
  get records(): number {
    return this.line - this.others
  }
}
