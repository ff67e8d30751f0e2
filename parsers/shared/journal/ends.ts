/**
 * The first and the last items of a long series, the middle only counted. What led to a death stands at the end of a
 * journal, how the service was started at its beginning.
 */
export class Ends<T> {
  #first: T[] = []
  #firstCost = 0
  #last: T[] = []
  #costs: number[] = []
  #lastCost = 0
  /** Index in #last of the oldest item that is still kept. */
  #oldest = 0
  #dropped = 0

  /** At most `count` items and `cost` (in characters, as the caller counts them) at either end. */
  constructor(
    readonly count: number,
    readonly cost: number,
  ) {}

  push(item: T, cost = 1): void {
    if (this.#last.length === 0 && this.#first.length < this.count && this.#firstCost + cost <= this.cost) {
      this.#first.push(item)
      this.#firstCost += cost
      return
    }
    this.#last.push(item)
    this.#costs.push(cost)
    this.#lastCost += cost
    while (this.#last.length - this.#oldest > 1 && this.#isOver()) {
      this.#lastCost -= this.#costs[this.#oldest]
      this.#oldest++
      this.#dropped++
    }
    // The array is cut when half of it is dead: every item is moved at most once on average.
    if (this.#oldest > 1024 && this.#oldest * 2 > this.#last.length) {
      this.#last = this.#last.slice(this.#oldest)
      this.#costs = this.#costs.slice(this.#oldest)
      this.#oldest = 0
    }
  }

  #isOver(): boolean {
    return this.#last.length - this.#oldest > this.count || this.#lastCost > this.cost
  }

  /** How many were only counted. */
  get dropped(): number {
    return this.#dropped
  }

  /** What is kept, in order. */
  list(): T[] {
    return this.#first.concat(this.#last.slice(this.#oldest))
  }
}
