/**
 * Text of the debugged program inside Delve's output: a panic, a fatal error, a whole goroutine dump. It is handed on to
 * be read as what it is.
 */

/** First lines of what a Go program prints as it dies. */
const STARTS =
  /^(?:panic: |fatal error: |SIG[A-Z]{2,8}: |goroutine \d{1,19} (?:gp=0x[0-9a-f]+ m=\S+ (?:mp=0x[0-9a-f]+ )?)?\[|runtime: goroutine stack exceeds|unexpected fault address |WARNING: DATA RACE)/
/** Lines handed on at most of one piece; longer ones are cut, and said to be by the reader of dumps. */
const LIMIT = 2_000_000

export interface Piece {
  name: string
  bytes: Uint8Array
  lines: { line: number }[]
}

export class ProgramOutput {
  #pieces: Piece[] = []
  #text: string[] = []
  #lines: { line: number }[] = []

  constructor(readonly source: string) {}

  /** Whether lines are being collected. */
  get open(): boolean {
    return this.#text.length > 0
  }

  /** Whether a line begins such text. */
  starts(text: string): boolean {
    return STARTS.test(text)
  }

  /** A line of it; `text` is latin1, as read. Empty lines count only inside. */
  add(line: number, text: string): void {
    if ((text === '' && !this.open) || this.#text.length >= LIMIT) return
    this.#text.push(text)
    this.#lines.push({ line })
  }

  end(): void {
    if (!this.open) return
    const first = this.#lines[0].line
    this.#pieces.push({
      name: `${this.source}#program-${first}`,
      bytes: Buffer.from(`${this.#text.join('\n')}\n`, 'latin1'),
      lines: this.#lines,
    })
    this.#text = []
    this.#lines = []
  }

  finish(): Piece[] {
    this.end()
    return this.#pieces
  }
}
