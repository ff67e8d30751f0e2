/** What Delve showed between two stops of the program: one state of it, put together from listings, stacks and threads. */
import type { Frame, NativeThread } from '../../src/model/goroutine.js'
import type { Sink } from '../../src/model/parser.js'
import type { Source } from '../../src/model/source.js'
import { Listing, type SessionFacts } from './listing.js'

/** A stack that was printed on its own, by `bt`, `stack` or `goroutine N bt`. */
export interface ShownStack {
  line: number
  goroutine: number | null
  thread: number | null
  frames: Frame[]
  createdBy: Frame | null
  elided: boolean
}

export class Stretch {
  listings: Listing[] = []
  stacks: ShownStack[] = []
  #threads: NativeThread[] = []

  constructor(
    readonly source: Source,
    readonly sink: Sink,
  ) {}

  addThread(tid: number, frames: Frame[], current: boolean, line: number): void {
    this.#threads.push({
      tid,
      comm: null,
      frames,
      registers: null,
      goroutine: null,
      current,
      sigPending: null,
      sigBlocked: null,
      refs: [{ source: this.source.path, line }],
    })
  }

  /** Gives each stack to its goroutine or thread, and the sink a snapshot for each listing. */
  close(facts: SessionFacts): void {
    const loose: ShownStack[] = []
    for (const stack of this.stacks) {
      const thread = this.#threads.find(t => t.tid === stack.thread)
      if (stack.goroutine === null && thread && stack.frames.length > thread.frames.length) thread.frames = stack.frames
      let held = false
      if (stack.goroutine)
        for (const listing of this.listings)
          held = listing.attach(stack.goroutine, stack.frames, stack.createdBy, stack.elided) || held
      if (!held && (stack.goroutine || !thread)) loose.push(stack)
    }
    if (this.listings.length === 0 && (loose.length > 0 || this.#threads.length > 0))
      this.listings.push(this.#stacksAsListing(loose))
    for (const listing of this.listings) this.#finish(listing, facts)
  }

  /** Without a listing the stacks that were shown are all there is: the snapshot is partial and says so. */
  #stacksAsListing(stacks: readonly ShownStack[]): Listing {
    const first = stacks[0]?.line ?? this.#threads[0]?.refs[0].line ?? 1
    const listing = new Listing(this.source.path, first, 'delve-stack')
    listing.partial = true
    const shown = new Map<number, ShownStack>()
    for (const stack of stacks) {
      if (stack.goroutine) {
        const known = shown.get(stack.goroutine)
        if (!known || stack.frames.length > known.frames.length) shown.set(stack.goroutine, stack)
      } else if (stack.frames.length > 0) this.addThread(stack.thread ?? 0, stack.frames, true, stack.line)
    }
    for (const [id, { line, frames, createdBy, elided }] of shown)
      listing.add({
        id,
        line,
        count: 1,
        state: 'waiting',
        since: null,
        thread: null,
        frames,
        createdBy,
        elided,
        selected: false,
        labels: null,
      })
    return listing
  }

  #finish(listing: Listing, facts: SessionFacts): void {
    const { snapshot, key } = listing.finish(facts, this.#threads)
    this.sink.snapshots.push(snapshot)
    const at = { source: listing.source, line: listing.line }
    if (key.words.size > 0) {
      this.source.about['wait reasons'] = key.basis
      this.sink.diagnose(
        'delve.wait-reasons',
        'info',
        `Delve named wait reasons by the table of another Go version; ${key.basis}`,
        at,
        'use Delve 1.26 or later, or `goroutines -t`, whose frames show what each goroutine waits for',
      )
    }
    if (listing.claimed !== null && snapshot.truncated && !listing.partial)
      this.sink.diagnose(
        'delve.listing-cut',
        'loss',
        `a listing says ${listing.claimed} goroutines and shows ${listing.length}`,
        at,
        'save the whole output of `goroutines -t`, e.g. with `dlv core BINARY CORE -r FILE < commands > out.txt`',
      )
  }
}
