/** The signals that a report lists: everything that may matter, and of the noise as much as a reader can use. */
import type { Signal } from '../../model/signal.js'

/** Noise (preemption, SIGCHLD, profiling) that is kept: the first and the last of it. */
const NOISE_KEPT = 2_000
/** Other signals that are kept: the first and the last of them. A program can raise millions. */
const KEPT = 50_000

/** The first half and the last half of a sequence of any length. */
class Ends<T> {
  readonly #first: T[] = []
  readonly #last: T[] = []
  #next = 0
  dropped = 0

  constructor(readonly half: number) {}

  add(item: T): void {
    if (this.#first.length < this.half) this.#first.push(item)
    else if (this.#last.length < this.half) this.#last.push(item)
    else {
      this.#last[this.#next] = item
      this.#next = (this.#next + 1) % this.half
      this.dropped++
    }
  }

  items(): T[] {
    return [...this.#first, ...this.#last.slice(this.#next), ...this.#last.slice(0, this.#next)]
  }
}

export class SignalLog {
  readonly #noise = new Ends<Signal>(NOISE_KEPT / 2)
  readonly #other = new Ends<Signal>(KEPT / 2)

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
  get dropped(): number {
    return this.#noise.dropped + this.#other.dropped
  }
}
