/** The first half and the last half of a sequence of any length: how long lists stay bounded without losing their ends. */
export class FirstAndLast<T> {
  readonly #first: T[] = []
  readonly #last: T[] = []
  #next = 0
  /** How many were left out between the two. */
  dropped = 0

  constructor(readonly limit: number) {}

  add(item: T): void {
    const half = this.limit / 2
    if (this.#first.length < half) this.#first.push(item)
    else if (this.#last.length < half) this.#last.push(item)
    else {
      this.#last[this.#next] = item
      this.#next = (this.#next + 1) % this.#last.length
      this.dropped++
    }
  }

  items(): T[] {
    return [...this.#first, ...this.#last.slice(this.#next), ...this.#last.slice(0, this.#next)]
  }
}
