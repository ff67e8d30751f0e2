/**
 * The short way through a large dump: goroutines whose lines were all seen before are walked in WebAssembly
 * (`assembly/walk.ts`), which makes of them what the line parser would. Everything else is handed back, and what the line
 * parser makes of that is taught here.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import type { Input } from '../../src/model/input.js'
import { type Assembly, loadAssembly } from '../shared/assembly.js'
import type { HeaderStatus } from './header.js'
import { NodeKind, type StackNode } from './stack-tree.js'
import type { DumpStream } from './stream.js'
import { WalkedRows } from './walked.js'

interface Functions {
  begin(): void
  learn(parent: number, length: number, kind: number, hint: number): number
  link(parent: number, child: number): void
  learnStatus(length: number): number
  forgetStatuses(): void
  run(from: number, start: number, end: number): void
}

/** As in `assembly/walk.ts`. */
const DESK = { line: 0, base: 1, at: 2, complete: 3, rows: 4 }

/** Characters that may begin something else together with what follows them, or that are no bytes. */
const DOUBTFUL = /[\x1b\u0100-\uffff]/

let shared: Walker | null | undefined

/**
 * A walker that knows nothing yet; null where there is no WebAssembly (`node --jitless`). They share one memory: an input
 * has to be read to its end before the next begins.
 */
export function newWalker(): Walker | null {
  if (shared === undefined) {
    const assembly = loadAssembly<Functions>(new URL('./assembly/walk.wasm', import.meta.url))
    shared = assembly === null ? null : new Walker(assembly)
  }
  shared?.forget()
  return shared
}

export class Walker {
  readonly #module: Functions
  readonly #text: Buffer
  readonly #lesson: Buffer
  readonly #tailLimit: number
  readonly #desk: Float64Array
  /** What was walked last. */
  readonly rows: WalkedRows
  /** Number of the line where the last walk ended. */
  line = 0

  constructor({ buffer, functions, constant }: Assembly<Functions>) {
    const place = (name: string) => constant(name)!
    this.#module = functions
    this.#text = Buffer.from(buffer, place('text'), place('TEXT_BYTES'))
    this.#lesson = Buffer.from(buffer, place('lesson'), place('LESSON_BYTES'))
    this.#tailLimit = place('TAIL_BYTES')
    this.#desk = new Float64Array(buffer, place('desk'), place('DESK_FIELDS'))
    this.rows = new WalkedRows(buffer, place, place('ROWS') + 1)
  }

  /** Another input begins. */
  forget(): void {
    this.#module.begin()
    this.rows.nodes = []
    this.rows.statuses = []
  }

  /** The input in order, in pieces that can be walked. A piece is only valid until the next one is asked for. */
  *pieces(input: Pick<Input, 'chunks' | 'file' | 'size'>): Iterable<Buffer> {
    const text = this.#text
    if (input.file === null) {
      for (const chunk of input.chunks()) {
        for (let at = 0; at < chunk.length; at += text.length) {
          const piece = chunk.subarray(at, at + text.length)
          text.set(piece)
          yield text.subarray(0, piece.length)
        }
      }
      return
    }
    // Read straight to where it is walked.
    const fd = openSync(input.file, 'r')
    try {
      for (let at = 0, got = -1; at < input.size && got !== 0; at += got) {
        got = readSync(fd, text, 0, Math.min(text.length, input.size - at), at)
        yield text.subarray(0, got)
      }
    } finally {
      closeSync(fd)
    }
  }

  /**
   * Walks the last piece from `start` on, for a stream that stands in a goroutine, and tells the stream what was walked.
   * `line` is the number of the line where it ended.
   *
   * @param end of the piece
   * @param line number of the line at `start`
   * @param base byte offset of the piece in the input
   * @returns where the first line starts that is left
   */
  walk(stream: DumpStream, start: number, end: number, line: number, base: number): number {
    const { node, tree } = stream
    const { rows } = this
    rows.length = 0
    this.line = line
    if (node === null || node.number === -1) return start
    const desk = this.#desk
    desk[DESK.line] = line
    desk[DESK.base] = base
    rows.nodes[0] = tree.root
    this.#module.run(node.number, start, end)
    this.line = desk[DESK.line]
    const at = desk[DESK.at]
    if (at === start) return at
    rows.complete = desk[DESK.complete]
    rows.length = desk[DESK.rows]
    stream.walked(rows)
    return at
  }

  /** A line came again below its parent: it will be known there. */
  learn(parent: StackNode, child: StackNode): void {
    if (parent.number === -1) return
    if (child.number !== -1) {
      this.#module.link(parent.number, child.number)
      return
    }
    if (!isPlain(child) || !this.#note(child.literal, this.#lesson.length)) return
    child.number = this.#module.learn(parent.number, child.literal.length, child.kind, child.hint)
    if (child.number !== -1) this.rows.nodes[child.number] = child
  }

  /**
   * A header will be known by what stands behind its bracket.
   *
   *   goroutine 18 [chan receive, 5 minutes]:
   *                 ^
   */
  learnStatus(tail: string, status: HeaderStatus): void {
    if (DOUBTFUL.test(tail) || !this.#note(tail, this.#tailLimit)) return
    let number = this.#module.learnStatus(tail.length)
    if (number === -1) {
      this.#module.forgetStatuses()
      number = this.#module.learnStatus(tail.length)
    }
    this.rows.statuses[number] = status
  }

  #note(text: string, limit: number): boolean {
    if (text.length === 0 || text.length > limit) return false
    this.#lesson.write(text, 'latin1')
    return true
  }
}

/**
 * Whether every line that begins like this, and goes on as lines of its kind do, is taken for it by the line parser: what
 * follows could make another line of it.
 */
function isPlain({ kind, literal }: StackNode): boolean {
  if (DOUBTFUL.test(literal)) return false
  if (kind === NodeKind.func) return !/^[#\\^<]/.test(literal)
  if (kind === NodeKind.creator) return !literal.includes(' in goroutine ')
  return (kind === NodeKind.place || kind === NodeKind.creatorPlace) && /\d$/.test(literal)
}
