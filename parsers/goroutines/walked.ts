/** Goroutines that were walked: views on the columns that `assembly/walk.ts` fills. */
import type { HintWords } from '../shared/object-address.js'
import type { HeaderStatus } from './header.js'
import type { StackNode } from './stack-tree.js'

/** As in `assembly/walk.ts`. */
const MOST_WORDS = 8
const ON_THREAD = [null, false, true]

export class WalkedRows {
  /** Lines and statuses by the numbers that stand for them. */
  nodes: StackNode[] = []
  statuses: HeaderStatus[] = []
  /** Goroutines in all. The first is one that had begun before: its header is not among what is said of it. */
  length = 0
  /** Those that are complete: all, or all but the last. */
  complete = 0
  readonly ids: Float64Array
  readonly lines: Uint32Array
  /** Byte offset of the header. */
  readonly offsets: Float64Array
  /** Byte offset after the last line. */
  readonly ends: Float64Array
  /** Id of the goroutine that created it, 0 where no line says; -1 in the first where no line was walked that could. */
  readonly parents: Float64Array
  /** How many words tell of its object. */
  readonly words: Int32Array
  readonly #statuses: Int32Array
  readonly #nodes: Int32Array
  readonly #values: Float64Array
  readonly #hints: Uint8Array

  /**
   * @param buffer memory of the module
   * @param place of one of its constants
   * @param rows that the columns have room for
   */
  constructor(buffer: ArrayBuffer, place: (name: string) => number, rows: number) {
    this.ids = new Float64Array(buffer, place('rowIds'), rows)
    this.lines = new Uint32Array(buffer, place('rowLines'), rows)
    this.offsets = new Float64Array(buffer, place('rowOffsets'), rows)
    this.ends = new Float64Array(buffer, place('rowEnds'), rows)
    this.parents = new Float64Array(buffer, place('rowParents'), rows)
    this.words = new Int32Array(buffer, place('rowWords'), rows)
    this.#statuses = new Int32Array(buffer, place('rowStatuses'), rows)
    this.#nodes = new Int32Array(buffer, place('rowNodes'), rows)
    this.#values = new Float64Array(buffer, place('words'), rows * MOST_WORDS)
    this.#hints = new Uint8Array(buffer, place('hints'), rows * MOST_WORDS)
  }

  status(row: number): HeaderStatus {
    return this.statuses[this.#statuses[row] >> 2]
  }

  onThread(row: number): boolean | null {
    return ON_THREAD[this.#statuses[row] & 3]
  }

  /** Where its stack has got to. */
  node(row: number): StackNode {
    return this.nodes[this.#nodes[row]]
  }

  /** Adds what its frames tell of its object. */
  tell(row: number, words: HintWords): void {
    const first = row * MOST_WORDS
    for (let i = first; i < first + this.words[row]; i++) words.push(this.#hints[i], this.#values[i])
  }
}
