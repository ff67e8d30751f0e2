/** What could not be used, counted while scanning; said in words at the end. Plain data, so that it crosses threads. */

export interface Note {
  count: number
  /** 1-based line of the first. */
  line: number
}

export class Notes {
  readonly byCode = new Map<string, Note>()

  add(code: string, line: number, count = 1): void {
    const note = this.byCode.get(code)
    if (note) {
      note.count += count
      // A part of the log tells of its lines when others have told of later ones.
      if (line < note.line) note.line = line
    } else this.byCode.set(code, { count, line })
  }

  count(code: string): number {
    return this.byCode.get(code)?.count ?? 0
  }
}
