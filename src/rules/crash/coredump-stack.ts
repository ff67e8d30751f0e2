/** The stack that systemd-coredump writes into the journal: where the thread that took the signal stood. */
import type { Analysis } from '../../model/analysis.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import { mayBeWithin } from '../../model/time.js'
import type { Death } from '../deaths.js'

/** systemd-coredump speaks when it has read the whole core. */
const READ_WITHIN_NS = 60e9
/** Frames that a sentence has room for. */
const SHOWN = 4

/** What systemd-coredump said of this death, with a stack; null where it said nothing or saw none. */
export function coredumpOf({ process, signal, ns }: Death, analysis: Analysis): LifecycleEvent | null {
  return (
    analysis.lifecycle.find(
      e =>
        e.kind === 'coredump' &&
        e.pid === process.pid &&
        e.detail.frames !== undefined &&
        (e.signal === null || e.signal === signal) &&
        mayBeWithin(e.ns, ns, READ_WITHIN_NS),
    ) ?? null
  )
}

/** Functions of that stack, innermost first; `n/a` where the module has no symbol. */
export function framesIn(event: LifecycleEvent): string[] {
  return event.detail.frames?.split(' ') ?? []
}

/** `abort, called by main`: the innermost frames that have names. */
export function placesIn(event: LifecycleEvent): string {
  return framesIn(event)
    .filter(frame => frame !== 'n/a')
    .slice(0, SHOWN)
    .join(', called by ')
}
