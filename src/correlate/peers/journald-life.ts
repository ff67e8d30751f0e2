import type { Analysis } from '../../model/analysis.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Ref } from '../../model/ref.js'
import type { Ns } from '../../model/time.js'

/** A restart brings journald back within this time; PID 1 keeps the streams meanwhile (FileDescriptorStoreMax=, systemd 219 and later). */
const RESTART_NS = 1e9

/** With more hosts than this nothing is said of any journald. */
const MOST_HOSTS = 50

/** A time in which journald did not run. Capture time. */
export interface Absence {
  from: Ns
  /** null: it does not come back in the evidence. */
  to: Ns | null
  /** It was stopped for good, restarted at once, or it crashed. */
  how: 'stopped' | 'restarted' | 'crashed'
  refs: Ref[]
}

/** What the journal shows of a process that writes to it. */
export interface StreamUse {
  /** First and last entry of its standard output or error. */
  firstNs: Ns | null
  lastNs: Ns | null
  firstRef: Ref
  lastRef: Ref
  /** `_TRANSPORT=stdout` was seen; else only its pid stands before lines of a text export. */
  trusted: boolean
}

/** The journald of each host of a capture: a stop on one is no stop on another. */
export class Journalds {
  #byHost = new Map<string | null, JournaldLife>()
  readonly #none: JournaldLife

  constructor(analysis: Analysis) {
    const hosts = new Set<string | null>()
    for (const { detail } of analysis.lifecycle) if (detail.host !== undefined) hosts.add(detail.host)
    for (const { entries } of analysis.capture.journals)
      for (const { host } of entries) if (host !== null) hosts.add(host)
    if (hosts.size > MOST_HOSTS) hosts.clear()
    else if (hosts.size === 0) hosts.add(null)
    // What names no host is believed of any where there is one, of none where there are several.
    for (const host of hosts)
      this.#byHost.set(host, new JournaldLife(analysis, h => h === host || (h === null && hosts.size === 1)))
    this.#none = new JournaldLife(analysis, () => false)
  }

  /** The journald of the host on which `pid` wrote into the journal; one of which nothing is known where that is not clear. */
  of(pid: number): JournaldLife {
    if (this.#byHost.size === 1) return this.#byHost.values().next().value!
    const used = [...this.#byHost.values()].filter(life => life.useBy(pid) !== null)
    return used.length === 1 ? used[0] : this.#none
  }
}

/** journald's own life on one host, as its journal and PID 1 tell it, and who wrote into it. */
export class JournaldLife {
  readonly absences: Absence[] = []
  readonly refused: LifecycleEvent[] = []
  readonly readErrors: LifecycleEvent[] = []
  /** Pids of journald that the journal names. */
  readonly pids = new Set<number>()
  #uses = new Map<number, StreamUse>()
  /** Times of all entries that have one, ascending. */
  #times: Float64Array
  /** Release of systemd where any source says it. */
  readonly release: number | null

  /** `isHere`: whether what carries this host name (null: none) is of the host in question. */
  constructor(analysis: Analysis, isHere: (host: string | null) => boolean) {
    this.#readEvents(analysis.lifecycle.filter(event => isHere(event.detail.host ?? null)))
    this.#times = this.#readEntries(analysis, isHere)
    const release = analysis.capture.sources.map(s => s.about.systemd).find(v => v !== undefined)
    this.release = release === undefined ? null : Number.parseInt(release, 10) || null
  }

  /** Whether the journal shows that `pid` writes to it, and when. */
  useBy(pid: number): StreamUse | null {
    return this.#uses.get(pid) ?? null
  }

  /** The last absence that began before `ns`. */
  absenceBefore(ns: Ns): Absence | null {
    return this.absences.findLast(a => a.from <= ns) ?? null
  }

  /** Whether entries of the journal lie on both sides of `ns`, no more than `within` away. */
  ranAt(ns: Ns, within: Ns): boolean {
    const after = this.#firstAtOrAfter(ns)
    const before = after - 1
    return (
      before >= 0 &&
      after < this.#times.length &&
      ns - this.#times[before] <= within &&
      this.#times[after] - ns <= within &&
      !this.absences.some(a => a.from <= ns && (a.to === null || ns < a.to))
    )
  }

  /** The longest time around `ns` without any entry; null where entries do not lie on both sides. */
  silenceAround(ns: Ns): { from: Ns; to: Ns } | null {
    const after = this.#firstAtOrAfter(ns)
    if (after === 0 || after >= this.#times.length) return null
    return { from: this.#times[after - 1], to: this.#times[after] }
  }

  #firstAtOrAfter(ns: Ns): number {
    let low = 0
    let high = this.#times.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#times[middle] < ns) low = middle + 1
      else high = middle
    }
    return low
  }

  #readEvents(events: readonly LifecycleEvent[]): void {
    let gone: { from: Ns; how: 'stopped' | 'crashed'; refs: Ref[] } | null = null
    for (const event of events) {
      const { kind, ns } = event
      if (kind === 'stdout-streams-refused') this.refused.push(event)
      if (kind === 'stream-read-error') this.readErrors.push(event)
      if ((kind === 'journald-started' || kind === 'journald-stopped') && event.pid !== null) this.pids.add(event.pid)
      if (ns === null) continue
      if (kind === 'journald-stopped') gone = { from: ns, how: 'stopped', refs: event.refs }
      const crashed = kind === 'process-exited' && event.unit === 'systemd-journald.service' && event.signal !== null
      if (crashed && !gone) gone = { from: ns, how: 'crashed', refs: event.refs }
      if (kind === 'journald-started' && gone) {
        const how = gone.how === 'stopped' && ns - gone.from <= RESTART_NS ? 'restarted' : gone.how
        this.absences.push({ from: gone.from, to: ns, how, refs: [...gone.refs, ...event.refs] })
        gone = null
      }
    }
    if (gone) this.absences.push({ from: gone.from, to: null, how: gone.how, refs: gone.refs })
  }

  #readEntries(analysis: Analysis, isHere: (host: string | null) => boolean): Float64Array {
    const times: number[] = []
    for (const journal of analysis.capture.journals)
      for (const entry of journal.entries) {
        if (entry.transport === 'kernel' || !isHere(entry.host)) continue
        const ns = analysis.at(journal.source, entry.ns)
        if (ns !== null) times.push(ns)
        if (entry.pid === null || (entry.transport !== 'stdout' && entry.transport !== null)) continue
        const ref: Ref =
          entry.line !== null
            ? { source: journal.source, line: entry.line }
            : { source: journal.source, offset: entry.offset ?? 0 }
        this.#use(entry.pid, ns, ref, entry.transport === 'stdout')
      }
    return Float64Array.from(times).sort()
  }

  #use(pid: number, ns: Ns | null, ref: Ref, trusted: boolean): void {
    const use = this.#uses.get(pid)
    if (!use) {
      this.#uses.set(pid, { firstNs: ns, lastNs: ns, firstRef: ref, lastRef: ref, trusted })
      return
    }
    if (trusted) use.trusted = true
    if (ns === null) return
    if (use.firstNs === null || ns < use.firstNs) {
      use.firstNs = ns
      use.firstRef = ref
    }
    if (use.lastNs === null || ns >= use.lastNs) {
      use.lastNs = ns
      use.lastRef = ref
    }
  }
}
