import type { Input } from '../../../src/model/input.js'
import type { JournalEntry } from '../../../src/model/journal.js'
import type { Sink } from '../../../src/model/parser.js'
import { JournalAudit } from '../audit/journal.js'
import { LifecycleReader } from '../lifecycle/read.js'
import { DumpLifter } from './dumps.js'
import { Ends } from './ends.js'

/** Entries that are kept at either end of a journal, and characters of message text. */
const KEPT_ENTRIES = 30_000
const KEPT_CHARACTERS = 24 * 1024 * 1024

/** Entries that are held back until the order of the journal is known; and at most, where it is reversed. */
const UNDECIDED = 2000
const MOST_REVERSED = 400_000

interface Held {
  entry: JournalEntry
  lineStep: 0 | 1
}

/**
 * Takes the entries of one journal in order and hands on what matters: the words of systemd and the kernel as lifecycle
 * events, dumps as texts of their own, and the entries themselves, of which the middle of a very large journal is only counted.
 */
export class JournalCollector {
  #entries = new Ends<{ entry: JournalEntry; order: number }>(KEPT_ENTRIES, KEPT_CHARACTERS)
  #lifecycle: LifecycleReader
  #dumps: DumpLifter
  #audit: JournalAudit
  #count = 0
  /** Entries before this one lie on a clock that has ended. */
  #undated = 0
  #unprintable = 0
  #firstUnprintable: JournalEntry | null = null

  /** Entries not dealt with yet: the first ones, or all where the newest come first (`journalctl -r`). */
  #held: Held[] | null = []
  #heldCharacters = 0
  #ups = 0
  #downs = 0
  #last: number | null = null

  /** `format`: as in `Journal.format` (`json`, `short-iso`, `export` …). */
  constructor(
    readonly input: Input,
    readonly sink: Sink,
    readonly format: string,
    options: { expandedTabs?: boolean } = {},
  ) {
    this.#lifecycle = new LifecycleReader(input.source.path, sink)
    this.#dumps = new DumpLifter(input.source.path, sink, options.expandedTabs ?? false)
    this.#audit = new JournalAudit(input.source, sink)
  }

  /** `lineStep`: 1 where the lines of a message stand below each other in the source, 0 where all stand in one place. */
  add(entry: JournalEntry, lineStep: 0 | 1): void {
    if (!this.#held) {
      this.#take(entry, lineStep)
      return
    }
    this.#held.push({ entry, lineStep })
    this.#heldCharacters += entry.message?.length ?? 0
    if (entry.ns !== null && this.#last !== null && this.#held.length <= UNDECIDED) {
      if (entry.ns > this.#last) this.#ups++
      else if (entry.ns < this.#last) this.#downs++
    }
    this.#last = entry.ns ?? this.#last
    // Entries that were sent before others and arrived after them make single steps back; a reversed journal has only those.
    const ascends = this.#ups >= 3 && this.#ups * 2 > this.#downs
    const most = this.#isReversed() ? MOST_REVERSED : UNDECIDED
    if (ascends || this.#held.length > most || this.#heldCharacters > KEPT_CHARACTERS) this.#release(false)
  }

  #isReversed(): boolean {
    return this.#downs >= 2 && this.#downs > this.#ups * 3
  }

  #release(reversed: boolean): void {
    const held = this.#held ?? []
    this.#held = null
    if (reversed) held.reverse()
    for (const { entry, lineStep } of held) this.#take(entry, lineStep)
  }

  #take(entry: JournalEntry, lineStep: 0 | 1): void {
    const order = this.#count++
    // `systemd 252.39-1~deb12u2 running in system mode (+PAM …)`: the first thing that PID 1 says.
    const release = entry.pid === 1 ? /^systemd (\d{3})\S{0,40} running in system mode/.exec(entry.message ?? '') : null
    if (release) this.input.source.about.systemd = release[1]
    if (!this.#lifecycle.read(entry, order)) this.#dumps.push(entry, lineStep, order)
    this.#audit.push(entry)
    this.#entries.push({ entry, order }, 200 + (entry.message?.length ?? 0))
  }

  /** An entry whose message the export left out (`null`, `[19B blob data]`). */
  addUnprintable(entry: JournalEntry): void {
    this.#unprintable++
    this.#firstUnprintable ??= entry
    this.add(entry, 0)
  }

  /** The clock starts again: the times of all entries so far have no place on it. */
  forgetTimes(): void {
    this.#release(false)
    this.#undated = this.#count
  }

  finish(): void {
    const { source } = this.input
    this.#release(this.#isReversed())
    this.#lifecycle.finish(this.#undated)
    this.#dumps.finish(this.#undated)
    this.#audit.finish()
    source.records = this.#count
    const entries = this.#entries.list().map(({ entry, order }) => {
      if (order < this.#undated) entry.ns = entry.monotonicNs = null
      return entry
    })
    if (this.#undated > 0)
      this.sink.diagnose(
        'journald.other-boots',
        'loss',
        'Entries of earlier boots are timed since their own boot and are not dated.',
        { source: source.path, line: 1 },
        'Export with -o short-iso-precise or -o export, or one boot at a time with -b.',
        this.#undated,
      )
    this.sink.journals.push({ source: source.path, format: this.format, entries })
    if (this.#entries.dropped > 0)
      this.sink.diagnose(
        'journald.counted',
        'info',
        `${this.#entries.dropped} entries in the middle of this journal were read for events and dumps, but their text is not kept.`,
        { source: source.path, line: 1 },
        'Export only the time and unit in question: journalctl -u UNIT --since … --until … -o export',
        this.#entries.dropped,
      )
    if (this.#firstUnprintable)
      this.sink.diagnose(
        'journald.message-left-out',
        'loss',
        'The export left out messages that are long or hold unprintable bytes.',
        { source: source.path, line: this.#firstUnprintable.line ?? 1 },
        'Export again with journalctl -o export, or -o json -a.',
        this.#unprintable,
      )
  }
}
