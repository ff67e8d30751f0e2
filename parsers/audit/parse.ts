import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf } from '../../src/model/text.js'
import { type AuditRecord, addReading, readRecord } from '../shared/audit/records.js'
import { isSignalCall, signalsOf } from '../shared/audit/signals.js'

const LINE_LIMIT = 64 * 1024
/** Events whose records still come; auditd writes several processors' events through one another, but not far apart. */
const OPEN_EVENTS = 256
const WANTED = /^(?:SYSCALL|OBJ_PID|ANOM_ABEND|SECCOMP)$/

interface Event {
  records: AuditRecord[]
  /** Line of the record that says who did it. */
  line: number
}

/** Reads audit logs into witnesses: one for each process that a call sent a signal to, or that ended of one. */
export async function parseAudit(inputs: readonly Input[], sink: Sink): Promise<void> {
  for (const input of inputs) {
    new AuditReader(input, sink).read()
    sink.progress(input.size)
  }
}

class AuditReader {
  #open = new Map<string, Event>()
  #base: bigint | null = null
  /** `time->` line of ausearch: the same moment in local time, in ms as if in UTC. */
  #localMs: number | null = null

  constructor(
    readonly input: Input,
    readonly sink: Sink,
  ) {}

  read(): void {
    const { source } = this.input
    for (const { line, text } of linesOf(this.input.chunks(), LINE_LIMIT)) {
      // Most records of most logs are of no interest: their type alone says so, once the clock is known.
      if (this.#base !== null && text.startsWith('type=') && !WANTED.test(text.slice(5, text.indexOf(' ', 5)))) {
        source.records++
        continue
      }
      const record = readRecord(text)
      if (record) {
        source.records++
        this.#take(record, line)
      } else if (text.startsWith('time->')) this.#localMs = Date.parse(`${text.slice(6).trim()} UTC`)
      else if (/\btype=[A-Z0-9_]+ .{0,8}audit\(/.test(text))
        this.sink.diagnose(
          'audit.torn-line',
          'loss',
          'Audit records whose time or number is cut.',
          { source: source.path, line },
          'Copy /var/log/audit/audit.log again, or print it with `ausearch --raw`.',
        )
    }
    for (const event of this.#open.values()) this.#close(event)
  }

  #take(record: AuditRecord, line: number): void {
    const clock = this.input.source.clock
    if (this.#base === null) {
      this.#base = record.epochNs ?? BigInt(record.localMs!) * 1_000_000n
      clock.base = this.#base
      clock.domain = record.epochNs === null ? 'wall' : 'realtime'
      clock.resolutionNs = 1e6
      if (record.node) this.input.source.about.host = record.node
    }
    if (record.epochNs !== null && this.#localMs !== null && !Number.isNaN(this.#localMs)) {
      clock.zoneMinutes = Math.round((this.#localMs - Number(record.epochNs / 1_000_000n)) / 60_000)
      this.#localMs = null
    }
    addReading(clock, record, line)
    if (!WANTED.test(record.type) || (record.type === 'SYSCALL' && !isSignalCall(record))) return
    const known = this.#open.get(record.event)
    if (known) {
      known.records.push(record)
      if (record.type !== 'OBJ_PID') known.line = line
      return
    }
    this.#open.set(record.event, { records: [record], line })
    if (this.#open.size <= OPEN_EVENTS) return
    const [oldest, event] = this.#open.entries().next().value!
    this.#open.delete(oldest)
    this.#close(event)
  }

  #close(event: Event): void {
    const path = this.input.source.path
    for (const { record, ...signal } of signalsOf(event.records)) {
      const own = record.epochNs ?? BigInt(record.localMs!) * 1_000_000n
      this.sink.witnesses.push({
        source: path,
        by: 'audit',
        ns: Number(own - this.#base!),
        ref: { source: path, line: event.line },
        ...signal,
      })
    }
  }
}
