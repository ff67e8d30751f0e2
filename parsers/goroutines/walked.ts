/** Goroutines that were walked: views on the numbers that `assembly/walk.ts` leaves. */
import type { HintWords } from '../shared/object-address.js'
import type { HeaderStatus } from './header.js'
import type { StackNode } from './stack-tree.js'

/** As in `assembly/walk.ts`. */
export const ROW_FIELDS = 8
export const ROW_WORDS = 8
const ROW = { id: 0, status: 1, line: 2, offset: 3, end: 4, node: 5, parent: 6, words: 7 }
const ON_THREAD = [null, false, true]

export class WalkedRows {
  /** Lines and statuses by the numbers that stand for them. */
  nodes: StackNode[] = []
  statuses: HeaderStatus[] = []
  /** Goroutines that are complete. The first is one that had begun before; after the last another may have begun. */
  complete = 0
  /** Goroutines in all. */
  length = 0

  constructor(
    readonly fields: Float64Array,
    readonly words: Float64Array,
    readonly hints: Uint8Array,
  ) {}

  id(row: number): number {
    return this.fields[row * ROW_FIELDS + ROW.id]
  }

  status(row: number): HeaderStatus {
    return this.statuses[this.fields[row * ROW_FIELDS + ROW.status] >> 2]
  }

  onThread(row: number): boolean | null {
    return ON_THREAD[this.fields[row * ROW_FIELDS + ROW.status] & 3]
  }

  line(row: number): number {
    return this.fields[row * ROW_FIELDS + ROW.line]
  }

  /** Byte offset of the header. */
  offset(row: number): number {
    return this.fields[row * ROW_FIELDS + ROW.offset]
  }

  /** Byte offset after the last line. */
  end(row: number): number {
    return this.fields[row * ROW_FIELDS + ROW.end]
  }

  node(row: number): StackNode {
    return this.nodes[this.fields[row * ROW_FIELDS + ROW.node]]
  }

  /** Id of the goroutine that created it, 0 where its line does not say; -1 where there was no such line. */
  parent(row: number): number {
    return this.fields[row * ROW_FIELDS + ROW.parent]
  }

  /** Adds what its frames tell of its object. */
  tell(row: number, words: HintWords): void {
    const first = row * ROW_WORDS
    const end = first + this.fields[row * ROW_FIELDS + ROW.words]
    for (let i = first; i < end; i++) words.push(this.hints[i], this.words[i])
  }
}
