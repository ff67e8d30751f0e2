import type { SessionFacts } from './listing.js'
import type { Stretch } from './stretch.js'

/** What the readers of a session share: the stretch between two stops that is being read, and what is selected in it. */
export interface SessionState {
  stretch: Stretch
  /** Goroutine and thread that commands without a number speak of. */
  current: { goroutine: number | null; thread: number | null }
  facts: SessionFacts
  /** Goroutines, threads, stacks and stops that were read. */
  records: number
}
