/** The signals that a report lists: everything that may matter, and of the noise as much as a reader can use. */
import type { Signal } from '../../model/signal.js'
import { FirstAndLast } from './first-and-last.js'

/** Noise (preemption, SIGCHLD, profiling) that is kept: the first and the last of it. */
const NOISE_KEPT = 2_000
/** Other signals that are kept: the first and the last of them. A program can raise millions. */
const KEPT = 50_000

export class SignalLog {
  readonly #noise = new FirstAndLast<Signal>(NOISE_KEPT)
  readonly #other = new FirstAndLast<Signal>(KEPT)

  add(signal: Signal): void {
    ;(signal.noise ? this.#noise : this.#other).add(signal)
  }

  /** Every signal that was kept, in the order in which they were sent. */
  all(): Signal[] {
    const time = (s: Signal) => s.sentNs ?? s.deliveredNs ?? Number.POSITIVE_INFINITY
    return [...this.#other.items(), ...this.#noise.items()]
      .map((signal, index) => ({ signal, index, ns: time(signal) }))
      .sort((a, b) => a.ns - b.ns || a.index - b.index)
      .map(x => x.signal)
  }

  /** How many were left out to keep the list bounded. */
  get dropped(): { noise: number; other: number } {
    return { noise: this.#noise.dropped, other: this.#other.dropped }
  }
}
