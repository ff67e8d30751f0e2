import type { JournalEntry } from '../../../src/model/journal.js'
import type { LifecycleEvent } from '../../../src/model/lifecycle.js'
import type { Sink } from '../../../src/model/parser.js'
import type { Ref } from '../../../src/model/ref.js'
import { Ends } from '../journal/ends.js'
import { readCoredump } from './coredump.js'
import { readDaemon } from './daemons.js'
import { KernelReader } from './kernel.js'
import { readManager } from './manager.js'
import { RUNTIMES, readRuntime } from './runtimes.js'
import type { Words } from './words.js'

/** Of each kind of event about each unit so many are kept at either end. A service that flaps for weeks writes millions. */
const KEPT_OF_A_KIND = 400
const MOST_SERIES = 20_000

type Event = LifecycleEvent & { source: string; order: number }

/** Who speaks in an entry: only these are believed when they speak of units and deaths. */
type Speaker = 'manager' | 'kernel' | 'coredump' | 'daemon' | 'runtime' | 'nobody' | 'program'

/**
 * Turns what systemd, the kernel, journald and systemd-coredump say into lifecycle events. What a program prints about
 * units or signals is never taken for it: the speaker is told by trusted fields (_PID, _TRANSPORT), or by the identifier
 * where the export has nothing better.
 */
export class LifecycleReader {
  #kernel = new KernelReader()
  #series = new Map<string, Ends<Event>>()

  constructor(
    readonly source: string,
    readonly sink: Sink,
  ) {}

  /** Returns true where a part of the system spoke, false where a program did. `order` ascends within the source. */
  read(entry: JournalEntry, order: number): boolean {
    const speaker = speakerOf(entry)
    if (speaker === 'program') return false
    const words =
      speaker === 'kernel'
        ? this.#kernel.read(entry)
        : speaker === 'coredump'
          ? readCoredump(entry)
          : speaker === 'runtime'
            ? readRuntime(entry)
            : (readManager(entry) ?? readDaemon(entry) ?? (speaker === 'nobody' ? this.#anybody(entry) : null))
    if (words) this.#keep(entry, words, order)
    // The keepers of containers are programs like others: what else they print can be a goroutine dump.
    return words !== null || (speaker !== 'nobody' && speaker !== 'runtime')
  }

  #anybody(entry: JournalEntry): Words | null {
    return readCoredump(entry) ?? this.#kernel.read(entry)
  }

  #keep(entry: JournalEntry, words: Words, order: number): void {
    const place: Ref = { source: this.source }
    if (entry.line !== null) place.line = entry.line
    else place.offset = entry.offset ?? 0
    const event: Event = {
      kind: words.kind,
      ns: entry.ns,
      unit: words.unit ?? null,
      pid: words.pid ?? null,
      comm: words.comm ?? null,
      signal: words.signal ?? null,
      code: words.code ?? null,
      result: words.result ?? null,
      text: firstLine(entry.message ?? ''),
      refs: [place],
      detail: words.detail ?? {},
      source: this.source,
      order,
    }
    if (entry.host !== null) event.detail.host = entry.host
    // A user's manager sends signals too; PID 1 needs no mention.
    if (entry.pid !== null && entry.pid > 1 && (words.kind === 'killing' || words.kind === 'client-signal'))
      event.detail.byPid = String(entry.pid)
    const key = `${event.kind} ${event.unit}`
    let series = this.#series.get(key)
    if (!series) {
      if (this.#series.size >= MOST_SERIES) return
      series = new Ends<Event>(KEPT_OF_A_KIND, Number.POSITIVE_INFINITY)
      this.#series.set(key, series)
    }
    series.push(event)
  }

  /** Hands the events to the sink, in the order of the source; those before `undated` without a time. */
  finish(undated = 0): void {
    const kept: Event[] = []
    let dropped = 0
    for (const series of this.#series.values()) {
      for (const event of series.list()) kept.push(event)
      dropped += series.dropped
    }
    kept.sort((a, b) => a.order - b.order)
    for (const { order, ...event } of kept) this.sink.lifecycle.push(order < undated ? { ...event, ns: null } : event)
    if (dropped > 0)
      this.sink.diagnose(
        'journald.events-counted',
        'info',
        `${dropped} events of units that did the same thing many times are counted, but not kept; the first and last ${KEPT_OF_A_KIND} of each kind are.`,
        { source: this.source, line: 1 },
        'Export only the time and unit in question: journalctl -u UNIT --since … --until …',
        dropped,
      )
  }
}

function speakerOf(entry: JournalEntry): Speaker {
  if (entry.transport === 'kernel' || entry.identifier === 'kernel') return 'kernel'
  // A program can choose its identifier, but not _COMM and _PID. `-o with-unit` shows the unit instead.
  const name = entry.comm ?? entry.identifier ?? /^(systemd-[a-z]+)[@.]/.exec(entry.unit ?? '')?.[1] ?? null
  if (name?.startsWith('systemd-coredum') || (entry.fields.COREDUMP_PID !== undefined && entry.comm === null))
    return 'coredump'
  if (name === 'systemd' || (entry.pid === 1 && entry.comm === null)) return 'manager'
  // The child that systemd forked speaks under the program's name in brackets until execve.
  if (entry.identifier?.startsWith('(') || entry.comm?.startsWith('(')) return 'manager'
  if (name === null && entry.message?.startsWith(`${entry.unit}: Failed at step `)) return 'manager'
  if (name?.startsWith('systemd-') || name === 'chronyd' || name === 'ntpd') return 'daemon'
  if (name !== null && RUNTIMES.has(name)) return 'runtime'
  // `-o cat` and the like: nobody is named. The wording alone decides.
  if (name === null && entry.unit === null && entry.transport === null) return 'nobody'
  return 'program'
}

function firstLine(text: string): string {
  const end = text.indexOf('\n')
  const line = end === -1 ? text : text.slice(0, end)
  return line.length > 500 ? `${line.slice(0, 500)}…` : line
}
