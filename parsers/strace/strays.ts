/** Lines that are no record but belong to the log: strace's own words, what stands below a call, rests of calls. */
import { readCall } from './call-text.js'
import type { Line } from './line.js'
import { isAnnotation, isTable, ownWords } from './own-words.js'
import { ROW } from './rows.js'
import type { Scanner } from './scanner.js'

/** What was learnt from them. */
export interface Learnt {
  /** strace said that it attached to a process that was running. */
  attached: boolean
  /** Lines of a `-c` table. */
  tableLines: number
  /** The first of strace's words about a failure. */
  failure: { text: string; line: number } | null
}

export function nothingLearnt(): Learnt {
  return { attached: false, tableLines: 0, failure: null }
}

export class Strays {
  learnt = nothingLearnt()
  /** Told of each thread that strace says it attached to. */
  onAttached: (tid: number, torn: boolean) => void = () => {}

  constructor(readonly scanner: Scanner) {}

  /** True where the line is one of these. */
  take(where: Line): boolean {
    const text = where.buffer.toString('latin1', where.start, where.end)
    const other = this.words(text, where) || this.#annotation(text)
    if (other) this.scanner.state.others++
    return other || this.#rest(text, where)
  }

  #annotation(text: string): boolean {
    if (!isAnnotation(text)) return false
    if (isTable(text)) this.learnt.tableLines++
    return true
  }

  /** @param torn they stand in the middle of a call: what they announce is a child, not the process that was traced first */
  words(text: string, where: Line, torn = false): boolean {
    const words = ownWords(text)
    if (!words) return false
    const { line, at, size } = where
    if (words.kind === 'failed') this.learnt.failure ??= { text, line }
    if (words.kind === 'attached') {
      // A child that is followed is announced the same way as a process that was running.
      if (/ with \d+ threads/.test(text)) this.learnt.attached = true
      else if (this.scanner.state.calls === 0 && !torn) this.learnt.attached = true
      this.onAttached(words.tid, torn)
    }
    if (words.kind === 'attached' || words.kind === 'detached') {
      const kind = words.kind === 'attached' ? ROW.attach : ROW.detach
      this.scanner.state.rows.push(kind, 0, words.tid, line, Number.NaN, at, size, 0)
    }
    return true
  }

  /**
   * The rest of a call that strace held back until it was over (-z, -Z, --status), without a leader. It follows its
   * first half.
   *
   *   > | 20595 00:50:39.296491 wait4(20596,  <unfinished ...>
   *   > | [{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}], 0, NULL) = 20596
   */
  #rest(text: string, where: Line): boolean {
    return /\) *= /.test(text) && readCall(`x(${text}`) !== null && this.scanner.calls.resumeLast(where)
  }
}
