/**
 * How much of a capture the report keeps, whatever the input. What goes beyond is left out and counted (`Report.cut`),
 * so that a report of a 2 GB log or of 100,000 goroutines stays a document that opens at once.
 */
export const LIMITS = {
  findings: 200,
  links: 60,
  refs: 40,
  signals: 20_000,
  /** Signals that are the runtime's own noise. */
  noise: 2_000,
  processes: 5_000,
  threads: 2_000,
  blockedCalls: 1_000,
  groups: 500,
  frames: 100,
  edges: 2_000,
  events: 400,
  lanes: 40,
  spans: 400,
  excerptLines: 1_500,
  excerptBytes: 384 * 1024,
  missing: 12,
} as const

/** Counts what was left out, list by list. */
export class Cuts {
  #left = new Map<string, number>()

  /** The first `limit` of `items`; the rest is counted under `list`. */
  first<T>(list: string, items: readonly T[], limit: number): T[] {
    this.add(list, items.length - limit)
    return items.slice(0, limit)
  }

  add(list: string, left: number): void {
    if (left > 0) this.#left.set(list, (this.#left.get(list) ?? 0) + left)
  }

  list(): { list: string; left: number }[] {
    return [...this.#left].map(([list, left]) => ({ list, left }))
  }
}
