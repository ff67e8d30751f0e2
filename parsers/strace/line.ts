/** Where a line stands. A scanner has one and fills it anew for each line. */
export interface Line {
  /** The line is `buffer[start, end)` without its line end. */
  buffer: Buffer
  start: number
  end: number
  /** Offset of the line in the input. */
  at: number
  /** Its length in the input; not `end - start` where colours were taken out or a torn line was put together. */
  size: number
  /** 1-based. */
  line: number
}
