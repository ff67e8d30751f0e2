/**
 * The short way for lines that come to nothing, which most lines of a large log are: takes them all, in WebAssembly
 * (`assembly/quiet.ts`), and gives the others to who looks closer. Only logs of `-f -ttt -o` take this way.
 */
import { NEWLINE } from '../../src/model/text.js'
import { type Dialect, shapeOf } from './dialect.js'
import { PID, TIME } from './leader.js'
import { type QuietModule, quietModule } from './quiet-module.js'
import type { ScanState } from './scan-state.js'

/** Is given a line that is worth a look: `buffer[start, end)` without its LF, at offset `at` of the input. */
export type Look = (buffer: Buffer, start: number, end: number, at: number) => void

/** The module's memory holds one log at a time. */
let owner: Quiet | null = null

export class Quiet {
  private constructor(
    readonly state: ScanState,
    readonly module: QuietModule,
  ) {}

  /** Whether the lines of a log may go this way. */
  static suits(dialect: Dialect): boolean {
    if (dialect.fifos.length > 0) return false
    return !dialect.mixed && !dialect.colours && dialect.shapes === 1 << shapeOf(PID.file, TIME.epoch)
  }

  /** The short way for a log; null where it must not take it. Whichever log was on it leaves it. */
  static for(state: ScanState): Quiet | null {
    const module = Quiet.suits(state.dialect) ? quietModule() : null
    if (module === null) return null
    owner?.leave()
    owner = new Quiet(state, module)
    module.functions.begin(state.dialect.base)
    module.clock.set(state.clock.state)
    state.clock.state = module.clock
    state.threads.join(module)
    return owner
  }

  /** Whether the log is still on its way. */
  get isOn(): boolean {
    return owner === this
  }

  /** All lines have to be looked at from here on. */
  leave(): void {
    if (owner !== this) return
    owner = null
    this.state.clock.state = this.module.clock.slice()
    this.state.threads.part()
  }

  /**
   * All whole lines in `buffer[start, end)`, unless it comes to leave the way; returns where the rest begins.
   *
   * @param at offset of `buffer[0]` in the input
   */
  scan(buffer: Buffer, start: number, end: number, at: number, look: Look): number {
    const { module } = this
    let from = start
    while (from < end) {
      const size = Math.min(end - from, module.textBytes)
      module.put(buffer.subarray(from, from + size))
      const rest = this.#run(buffer, from, size, at, look)
      from += rest
      if (from === end || size < module.textBytes || !this.isOn) break
      if (rest > 0) continue
      // A line longer than all that is taken at once.
      const lf = buffer.indexOf(NEWLINE, from)
      if (lf === -1 || lf >= end) break
      this.state.line++
      look(buffer, from, lf, at + from)
      from = lf + 1
    }
    return from
  }

  /** The lines in the `size` bytes that are in place, which stand at `from` in `buffer`; returns where the rest begins in them. */
  #run(buffer: Buffer, from: number, size: number, at: number, look: Look): number {
    const { state, module } = this
    const { run } = module.functions
    const offset = at + from
    let next = 0
    module.line = state.line
    for (;;) {
      const stopped = run(next, size, offset)
      state.line = module.line
      state.calls += module.calls
      if (stopped === 0) break
      const { start, end } = module
      look(buffer, from + start, from + end, offset + start)
      next = end + 1
      if (!module.isFull()) continue
      state.threads.refill()
      // So many threads are busy that it would be full again and again.
      if (module.isFull(0.5)) this.leave()
      if (!this.isOn) break
    }
    module.eachNoted((line, start) => state.lines.add(line, offset + start))
    return this.isOn ? module.start : next
  }
}
