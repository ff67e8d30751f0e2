/** Threads, and what is selected: `threads`, `thread N`, `goroutine`, `goroutine N`. */
import type { Frame } from '../../src/model/goroutine.js'
import * as grammar from './lines.js'
import type { SessionState } from './session-state.js'

export class PlaceReader {
  /** The four places that `goroutine` prints, as far as they have come. */
  #place: { goroutine: number; places: Map<grammar.LocationKind, Frame> } | null = null

  constructor(
    readonly state: SessionState,
    /** Ends whatever was being printed. */
    readonly endBlock: () => void,
  ) {}

  /** Takes a line about a thread or the selected goroutine; false where it is none. */
  take(line: number, text: string): boolean {
    const { state } = this
    const thread = grammar.threadLine(text)
    if (thread) {
      this.endBlock()
      if (thread.selected) state.current.thread ??= thread.tid
      state.stretch.addThread(thread.tid, thread.frame ? [thread.frame] : [], thread.selected, line)
      state.records++
      return true
    }
    const switched = grammar.switchedLine(text)
    if (switched) {
      state.current = switched
      return true
    }
    const current = grammar.currentThreadLine(text)
    if (current !== null) {
      state.current.thread = current
      return true
    }
    const header = grammar.goroutineHeader(text)
    if (header !== null) {
      state.current.goroutine = header
      this.#place = { goroutine: header, places: new Map() }
      return true
    }
    const place = this.#place && grammar.goroutinePlace(text)
    if (!place || !this.#place) return false
    if (place.location) this.#place.places.set(place.kind, place.location)
    if (place.kind === 'Start') this.#finish(line)
    return true
  }

  /** What was being printed is over, whole or not. */
  end(): void {
    this.#place = null
  }

  /** `goroutine` printed four places: a stack of what is known of it. */
  #finish(line: number): void {
    if (!this.#place) return
    const { goroutine, places } = this.#place
    const frames = [...new Set([places.get('Runtime'), places.get('User'), places.get('Start')])].filter(
      f => f !== undefined,
    )
    const go = places.get('Go')
    const createdBy = go && go.func !== 'runtime.newproc' ? go : null
    const { thread } = this.state.current
    this.state.stretch.stacks.push({ line, goroutine, thread, frames, createdBy, elided: true })
    this.#place = null
  }
}
