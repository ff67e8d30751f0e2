/**
 * Puts the returns of calls into the walk. Events come in the order in which calls were entered; what a call did to
 * descriptors counts from when it returned, and one that waited (accept, a write to a full pipe) can return long after.
 */
import type { Ns } from '../../model/time.js'
import type { Trace, TraceCall, TraceEvent } from '../../model/trace.js'
import type { Moment } from './moment.js'

interface Open {
  call: TraceCall
  moment: Moment
  /** Where it returned: a line of a lone log, a time where several logs are walked at once. */
  at: number
}

type Held = Pick<Open, 'call' | 'moment'>

export class Returns {
  /** Calls that have not returned, a heap by `at`. */
  readonly #open: Open[] = []
  /** Of several logs without `<T>`: calls that had returned by the next line of their thread, by thread. */
  readonly #undated = new Map<number, Held>()

  /** @param single one log only, so that lines are an order */
  constructor(
    readonly single: boolean,
    /** Told of the call with the time of its return, at the place of the walk that its return has. */
    readonly returned: (call: TraceCall, moment: Moment) => void,
  ) {}

  /** Tells of all calls that had returned before an event, which has this time and is at `seq` in the walk. */
  before({ line, tid }: TraceEvent, ns: Ns | null, seq: number): void {
    const now = this.single ? line : (ns ?? Number.NEGATIVE_INFINITY)
    while (this.#open.length > 0 && this.#open[0].at < now) this.#first(seq - 1)
    if (this.#undated.size === 0) return
    const held = this.#undated.get(tid)
    if (!held) return
    this.#undated.delete(tid)
    this.#tell(held, seq - 1)
  }

  /**
   * In a lone log a call on one line returned before anything else happened. In the files of -ff every call stands on one
   * line, at its entry: a wait4 that found a child long after, too.
   */
  entered(call: TraceCall, moment: Moment, endNs: Ns | null): void {
    const oneLine = call.endLine === null || call.endLine === call.line
    if (oneLine && (this.single || call.state !== 'returned')) this.returned(call, moment)
    else if (oneLine && endNs === null) this.#undated.set(call.tid, { call, moment })
    else {
      const at = this.single ? (call.endLine ?? call.line) : (endNs ?? moment.ns ?? 0)
      this.#push({ call, moment: { ...moment, ns: endNs ?? moment.ns }, at })
    }
  }

  /** Tells of the rest, at the end of the walk. */
  finish(seq: number): void {
    while (this.#open.length > 0) this.#first(seq)
    for (const held of this.#undated.values()) this.#tell(held, seq)
    this.#undated.clear()
  }

  #tell({ call, moment }: Held, seq: number): void {
    this.returned(call, { ...moment, seq: Math.max(seq, moment.seq) })
  }

  #first(seq: number): void {
    const heap = this.#open
    const [open] = heap
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      for (let i = 0; ; ) {
        let least = i
        for (const child of [2 * i + 1, 2 * i + 2])
          if (child < heap.length && heap[child].at < heap[least].at) least = child
        if (least === i) break
        ;[heap[i], heap[least]] = [heap[least], heap[i]]
        i = least
      }
    }
    this.#tell(open, seq)
  }

  #push(open: Open): void {
    const heap = this.#open
    heap.push(open)
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1
      if (heap[parent].at <= heap[i].at) return
      ;[heap[i], heap[parent]] = [heap[parent], heap[i]]
      i = parent
    }
  }
}

/** Several logs are ordered by time alone. */
export function isSingle(traces: readonly Trace[]): boolean {
  return traces.length === 1
}
