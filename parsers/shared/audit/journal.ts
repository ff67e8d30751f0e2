import type { JournalEntry } from '../../../src/model/journal.js'
import type { Sink } from '../../../src/model/parser.js'
import type { Ref } from '../../../src/model/ref.js'
import type { Source } from '../../../src/model/source.js'
import { type AuditRecord, addReading, readRecord } from './records.js'
import { signalsOf } from './signals.js'

/** Events whose records may still come. */
const OPEN_EVENTS = 64
const WANTED = /^(SYSCALL|OBJ_PID|ANOM_ABEND|SECCOMP) (.*)$/s

interface Event {
  records: AuditRecord[]
  entry: JournalEntry
}

/**
 * Audit records that reached a journal: from journald's own audit socket (`_TRANSPORT=audit`), or from the kernel's log where
 * no auditd runs.
 *
 *   audit[12528]: SYSCALL arch=c000003e syscall=62 success=yes exit=0 a0=30ed a1=1c …
 *   kernel: audit: type=1300 audit(1795479513.353:6): arch=c000003e syscall=62 …
 */
export class JournalAudit {
  #open = new Map<string, Event>()
  #serial = 0

  constructor(
    readonly source: Source,
    readonly sink: Sink,
  ) {}

  push(entry: JournalEntry): void {
    const text = entry.message
    if (text === null) return
    const record =
      entry.transport === 'audit' || entry.identifier === 'audit'
        ? this.#ofSocket(entry, text)
        : this.#ofKernel(entry, text)
    if (!record) return
    const known = this.#open.get(record.event)
    if (known) {
      known.records.push(record)
      return
    }
    this.#open.set(record.event, { records: [record], entry })
    if (this.#open.size <= OPEN_EVENTS) return
    const [oldest, event] = this.#open.entries().next().value!
    this.#open.delete(oldest)
    this.#close(event)
  }

  /** The serial of the event is a field of its own; where an export has left it out, a call begins each event. */
  #ofSocket(entry: JournalEntry, text: string): AuditRecord | null {
    const m = WANTED.exec(text)
    if (!m) return null
    if (m[1] !== 'OBJ_PID') this.#serial++
    const event = entry.fields._AUDIT_ID ?? `at ${this.#serial}`
    return {
      type: m[1],
      event,
      epochNs: null,
      localMs: null,
      interpreted: false,
      fields: m[2],
      node: null,
      bootNs: null,
    }
  }

  finish(): void {
    for (const event of this.#open.values()) this.#close(event)
    this.#open.clear()
  }

  #close({ records, entry }: Event): void {
    const ref: Ref =
      entry.line !== null
        ? { source: this.source.path, line: entry.line }
        : { source: this.source.path, offset: entry.offset ?? 0 }
    for (const { record: _, ...signal } of signalsOf(records))
      this.sink.witnesses.push({ source: this.source.path, by: 'audit', ns: entry.ns, ref, ...signal })
  }

  #ofKernel(entry: JournalEntry, text: string): AuditRecord | null {
    if (!text.startsWith('audit: ')) return null
    const record = readRecord(text)
    if (record && entry.monotonicNs !== null && entry.receivedNs == null)
      addReading(this.source.clock, { ...record, bootNs: BigInt(entry.monotonicNs) }, entry.line ?? 0)
    return record
  }
}
