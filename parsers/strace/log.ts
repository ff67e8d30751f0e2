/** A log while it is read, and when it has been. */
import type { Input } from '../../src/model/input.js'
import type { Dialect } from './dialect.js'
import type { Kept } from './kept.js'
import { Scanner } from './scanner.js'
import { type Learnt, nothingLearnt } from './strays.js'
import { Texts } from './texts.js'

export class Log {
  readonly scanner: Scanner
  readonly kept: Kept
  readonly texts: Texts
  /** Names of calls by hash, as far as they are known. */
  readonly names = new Map<number, string>()
  learnt: Learnt = nothingLearnt()
  /** A line named its thread. */
  follows: boolean
  /** Program output between the lines, where there can be any. */
  output: { line: number; text: string }[] = []

  /** Rows whose text has been put aside, as far as there was room. */
  #aside = 0

  constructor(
    readonly input: Input,
    readonly dialect: Dialect,
    quietFrom?: number,
  ) {
    this.scanner = new Scanner(dialect, quietFrom)
    this.kept = this.scanner.state.kept
    this.texts = new Texts(input)
    this.follows = dialect.follows
  }

  /** Puts the text of the events aside that have come since the last time: `buffer`, the input at offset `at`, is at hand. */
  putAside(buffer: Buffer, at: number): void {
    const { rows } = this.kept
    // What is glued or has colours is made again from the input.
    if (!this.dialect.mixed && !this.dialect.colours) {
      this.texts.open(buffer, at)
      for (let i = this.#aside; i < rows.length; i++) this.texts.put(rows, i)
      this.texts.close()
    }
    this.#aside = rows.length
  }
}
