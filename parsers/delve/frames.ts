/** Frames as `bt`, `stack` and `goroutines -t` print them, with the variables that `-full` adds. */
import type { Frame } from '../../src/model/goroutine.js'
import * as grammar from './lines.js'
import type { ShownGoroutine } from './listing.js'
import { pointerOf, pointerTypeOf, StackArguments, type Variable } from './objects.js'
import type { SessionState } from './session-state.js'
import type { ShownStack } from './stretch.js'

/** Variables that are kept of one frame. */
const VARIABLES = 200

export class FrameReader {
  /** The stack that is being printed on its own; null where none is. */
  #stack: ShownStack | null = null
  #variables: Variable[] = []
  #words = new StackArguments()

  constructor(
    readonly state: SessionState,
    /** The goroutine of the listing that is being printed: frames that are set in by a tab are its. */
    readonly row: () => ShownGoroutine | null,
    /** Ends whatever was being printed. */
    readonly endBlock: () => void,
  ) {}

  /** Takes a line of a stack; false where it is none. */
  take(line: number, text: string): boolean {
    const frame = grammar.frameLine(text)
    if (frame) {
      this.#start(line, text, frame)
      return true
    }
    const frames = this.#open()
    if (frames === null) return false
    const top = frames[frames.length - 1]
    const at = grammar.atLine(text)
    if (at) {
      if (top.file === null) Object.assign(top, at)
      return true
    }
    if (/^\s{0,64}(?:\(truncated\)$|error: )/.test(text)) {
      const cut = this.#stack ?? this.row()
      if (cut) cut.elided = true
      return true
    }
    const variable = /^\s{4}/.test(text) ? grammar.variableLine(text) : null
    if (variable) {
      const { name, value } = variable
      if (this.#variables.length < VARIABLES)
        this.#variables.push({ name, pointer: pointerOf(value), type: pointerTypeOf(value), parameter: false })
      return true
    }
    return /^\s{1,64}(?:frame: |defer \d|deferred by |at )/.test(text)
  }

  /** Gives the frame that ends here the argument words that its variables make. */
  endFrame(): void {
    const frames = this.#open()
    if (frames && this.#variables.length > 0) {
      const frame = frames[frames.length - 1]
      const args = this.#words.of(frame, this.#variables)
      if (args !== null) frame.args = args
    }
    this.#variables = []
  }

  /** The stack that was printed on its own is over. */
  endStack(): void {
    this.#stack = null
  }

  #start(line: number, text: string, { depth, frame }: NonNullable<ReturnType<typeof grammar.frameLine>>): void {
    this.endFrame()
    if (depth === 0) this.#words = new StackArguments()
    const row = this.row()
    if (row && /^\t/.test(text)) {
      // The first frame of `goroutines -t` replaces the place that stood for the whole stack.
      if (depth === 0) row.frames = []
      row.frames.push(frame)
      row.elided = false
      return
    }
    if (depth === 0 || this.#stack === null) {
      this.endBlock()
      this.#stack = { line, ...this.state.current, frames: [], createdBy: null, elided: false }
      this.state.stretch.stacks.push(this.#stack)
      this.state.records++
    }
    this.#stack.frames.push(frame)
  }

  /** Frames of the stack that is being printed; null where none is. */
  #open(): Frame[] | null {
    const row = this.row()
    const frames = this.#stack?.frames ?? (row && !row.elided ? row.frames : null)
    return frames && frames.length > 0 ? frames : null
  }
}
