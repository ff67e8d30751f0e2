/** A log while it is read, and when it has been. */
import type { Input } from '../../src/model/input.js'
import type { Dialect } from './dialect.js'
import { Kept } from './kept.js'
import { Scanner } from './scanner.js'
import { type Learnt, nothingLearnt } from './strays.js'
import { Texts } from './texts.js'

export class Log {
  readonly scanner: Scanner
  readonly kept = new Kept()
  readonly texts: Texts
  /** Names of calls by hash, as far as they are known. */
  readonly names = new Map<number, string>()
  learnt: Learnt = nothingLearnt()
  /** A line named its thread. */
  follows: boolean
  /** Program output between the lines, where there can be any. */
  output: { line: number; text: string }[] = []

  constructor(
    readonly input: Input,
    readonly dialect: Dialect,
  ) {
    this.scanner = new Scanner(dialect)
    this.texts = new Texts(input)
    this.follows = dialect.follows
  }

  /** Moves what the scanner has put down so far to what is kept. */
  drain(): void {
    const { rows } = this.scanner.state
    for (let i = 0; i < rows.length; i++) this.kept.take(rows, i)
    rows.length = 0
  }
}
