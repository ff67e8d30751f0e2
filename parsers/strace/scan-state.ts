/** What a scan has put down so far, and remembers of the lines before. */
import { LineClock } from './clock.js'
import { Deferred } from './deferred.js'
import type { Dialect } from './dialect.js'
import type { Leader } from './leader.js'
import { Lines } from './line-index.js'
import { Notes } from './notes.js'
import { Rows } from './rows.js'
import { IS, Threads } from './threads.js'

export class ScanState {
  readonly rows = new Rows()
  readonly threads: Threads
  readonly lines = new Lines()
  notes = new Notes()
  readonly clock: LineClock
  /** Lines that another part of the log decides on; null where this one begins at the start of the log. */
  readonly deferred: Deferred | null
  /** Lines read. */
  line = 0
  /** Those of them that are no records: blank, strace's own words, program output, what stands below a call. */
  others = 0
  calls = 0
  /** Time of the line at hand where it is known already (a deferred line); else NaN. */
  given = Number.NaN

  /** @param middle it begins somewhere in the middle of the log: what threads did before is not known */
  constructor(
    readonly dialect: Dialect,
    middle: boolean,
  ) {
    this.threads = new Threads(middle ? IS.unknown : 0)
    this.deferred = middle ? new Deferred() : null
    this.clock = new LineClock(dialect.base, dialect.undated)
  }

  /** Lines that are records of strace: calls, halves of calls, signals, ends; and what could not be read. */
  get records(): number {
    return this.line - this.others
  }

  /** Forgets everything; the room that its tables have stays. */
  clear(): void {
    this.rows.length = 0
    this.threads.clear()
    this.deferred?.clear()
    this.lines.length = 0
    this.notes = new Notes()
    this.clock.clear()
    this.line = this.others = this.calls = 0
  }

  /** Time of the line whose leader was read; NaN where it has none. */
  now(leader: Leader, line: number): number {
    return Number.isNaN(this.given) ? this.clock.at(leader, line) : this.given
  }
}
