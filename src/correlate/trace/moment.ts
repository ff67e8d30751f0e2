import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'
import type { ThreadLife } from './life.js'

/** An event's place: whose it is, where it stands, when it was. */
export interface Moment {
  thread: ThreadLife
  ref: Ref
  /** Capture time; null where the line has none. */
  ns: Ns | null
  /** Place in the walk. */
  seq: number
}
