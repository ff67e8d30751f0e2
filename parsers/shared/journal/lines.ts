import type { JournalEntry } from '../../../src/model/journal.js'
import type { Sink } from '../../../src/model/parser.js'
import type { Source } from '../../../src/model/source.js'
import { utf8, withoutAnsi } from '../../../src/model/text.js'
import type { JournalCollector } from './collect.js'
import { entryFromLine, intern } from './entry.js'
import { LineClock } from './line-clock.js'
import { HEADLINE, META_LINE, PRIORITY_PREFIX, RFC5424 } from './shapes.js'
import { readStamp } from './stamp.js'

/** `[19B blob data]`: the message is not printable text, and the text modes do not show it. */
const BLOB = /^\[(\d+(?:\.\d+)?[KMGT]?B?) blob data\]$/
const UNIT_SUFFIX = /\.(?:service|scope|slice|socket|mount|swap|target|timer|path|device|automount)$/
/** Longer messages of several lines are cut. */
const LONGEST_MESSAGE = 4 * 1024 * 1024

interface Open {
  entry: JournalEntry
  parts: string[]
  size: number
  /** Width of the prefix: lines of the same message are indented by it. */
  indent: string
}

/**
 * Reads the `short` family, `with-unit`, syslog files and dmesg line by line.
 *
 * The lines of a message after its first are indented to the column of the message; anything else between entries is
 * journalctl's own (`-- Boot …`, catalog texts) or is counted as stray.
 */
export class LineReader {
  readonly clock = new LineClock()
  #boot: string | null = null
  #monotonic = false
  #open: Open | null = null
  #stray = 0
  #firstStray = 0

  /** `kernel`: dmesg, in which no host and identifier stand. */
  constructor(
    readonly source: Source,
    readonly collector: JournalCollector,
    readonly kernel: boolean,
  ) {}

  /** Takes the next line; `number` is its 1-based place in the source. */
  line(number: number, text: string): void {
    const head = headOf(text, this.clock, this.kernel)
    if (head) {
      this.close()
      if (head.stampKind === 'monotonic') this.#monotonic = true
      const entry = head.entry(this.source.path, number)
      this.#open = { entry, parts: [head.message], size: 0, indent: ' '.repeat(head.column) }
      return
    }
    const open = this.#open
    if (text.trim() === '' && !(open && text.startsWith(open.indent))) return
    if (META_LINE.test(utf8(text.slice(0, 200)))) {
      this.close()
      this.clock.header(text)
      const next = /^-- (?:Boot ([0-9a-f]{32})|Reboot) --$/.exec(text)
      if (next) {
        this.#boot = next[1] ?? null
        // Times since boot of another boot than the last one are no times of this source's clock.
        if (this.#monotonic) this.collector.forgetTimes()
      }
      return
    }
    if (open && (text.startsWith(open.indent) || (text.startsWith(' ') && open.parts.length > 1))) {
      open.size += text.length
      if (open.size < LONGEST_MESSAGE) open.parts.push(text.slice(open.indent.length))
      return
    }
    if (/^\s/.test(text) && !open) return
    this.#stray++
    if (this.#stray === 1) this.#firstStray = number
  }

  /** Ends the entry that the last line belongs to. */
  close(): void {
    if (!this.#open) return
    const { entry, parts } = this.#open
    this.#open = null
    const text = withoutAnsi(utf8(parts.join('\n')))
    const blob = BLOB.exec(text)
    entry.message = blob ? null : text
    if (blob) entry.fields.blob = blob[1]
    entry.bootId = this.#boot
    if (blob) this.collector.addUnprintable(entry)
    else this.collector.add(entry, 1)
  }

  /** Ends the last entry, writes the clock into the source and says what could not be used. */
  finish(sink: Sink): void {
    this.close()
    this.clock.describe(this.source, this.#boot)
    if (this.clock.mixed > 0)
      sink.diagnose(
        'journald.mixed-times',
        'loss',
        'Entries carry another kind of time than the first one; they are not dated.',
        { source: this.source.path, line: 1 },
        'Keep one output mode per file.',
        this.clock.mixed,
      )
    if (this.#stray > 0)
      sink.diagnose(
        'journald.stray-line',
        'loss',
        'Lines between the entries that belong to none.',
        { source: this.source.path, line: this.#firstStray },
        'Export with journalctl -o export or -o short-iso-precise, without other tools in between.',
        this.#stray,
      )
  }
}

interface Head {
  stampKind: 'monotonic' | 'other'
  /** Column (0-based) at which the message begins. */
  column: number
  message: string
  entry(source: string, line: number): JournalEntry
}

function headOf(text: string, clock: LineClock, kernel: boolean): Head | null {
  const structured = /^(?:<\d{1,3}>)?1 \d{4}-/.test(text) ? RFC5424.exec(text) : null
  if (structured) return structuredHead(structured, text, clock)
  const prefix = PRIORITY_PREFIX.exec(text)?.[0].length ?? 0
  const stamp = readStamp(prefix === 0 ? text : text.slice(prefix))
  if (!stamp) return null
  const rest = text.slice(prefix + stamp.end)
  const ns = clock.ns(stamp)
  const stampKind = stamp.clock === 'monotonic' ? 'monotonic' : 'other'
  const monotonicNs = stamp.clock === 'monotonic' && stamp.micros !== null ? stamp.micros * 1000 : null
  if (kernel) return kernelHead(rest, text.length - rest.length, ns, monotonicNs, stampKind)
  const shape = HEADLINE.exec(rest)
  const known: Partial<JournalEntry> = { ns, monotonicNs }
  if (shape) {
    if (shape[1] !== undefined) known.host = intern(shape[1])
    if (shape[3] !== undefined) known.pid = Number(shape[3])
    const name = shape[2]
    // `with-unit` shows the unit instead of the identifier, of a user's unit both: user@1000.service/app.service.
    if (stamp.kind === 'full' && UNIT_SUFFIX.test(name)) known.unit = intern(name.slice(name.lastIndexOf('/') + 1))
    else known.identifier = intern(name)
    if (name === 'kernel' && shape[3] === undefined) known.transport = 'kernel'
  }
  const message = rest.slice(shape?.[0].length ?? 0)
  return {
    stampKind,
    column: text.length - message.length,
    message,
    entry: (source, line) => entryFromLine(source, line, { message: null, ...known }),
  }
}

/**
 * dmesg: everything behind the stamp is the message, except what CONFIG_PRINTK_CALLER adds; daemons that write to
 * /dev/kmsg put their name before it.
 *
 *   > | [   12.345678][  T123] systemd[1]: Hostname set to <vm>.
 *                     ^ caller ^ not the kernel
 */
function kernelHead(
  rest: string,
  column: number,
  ns: number | null,
  monotonicNs: number | null,
  stampKind: Head['stampKind'],
): Head {
  const caller = /^\[ {0,8}[TC]\d{1,10}\] /.exec(rest)?.[0].length ?? 0
  const daemon = /^(systemd(?:-[\w-]{1,40})?)\[(\d{1,10})\]: /.exec(rest.slice(caller, caller + 80))
  const at = caller + (daemon?.[0].length ?? 0)
  const known: Partial<JournalEntry> = daemon
    ? { identifier: daemon[1], pid: Number(daemon[2]), transport: 'syslog' }
    : { identifier: 'kernel', transport: 'kernel' }
  return {
    stampKind,
    column: column + at,
    message: rest.slice(at),
    entry: (source, line) => entryFromLine(source, line, { message: null, ns, monotonicNs, ...known }),
  }
}

function structuredHead(m: RegExpExecArray, text: string, clock: LineClock): Head | null {
  const stamp = readStamp(`${m[1]} `)
  if (!stamp) return null
  const message = (m[7] ?? '').replace(/^\xef\xbb\xbf/, '')
  const known: Partial<JournalEntry> = { ns: clock.ns(stamp), transport: m[3] === 'kernel' ? 'kernel' : 'syslog' }
  if (m[2] !== '-') known.host = intern(m[2])
  if (m[3] !== '-') known.identifier = intern(m[3])
  if (/^\d{1,10}$/.test(m[4])) known.pid = Number(m[4])
  return {
    stampKind: 'other',
    column: text.length - message.length,
    message,
    entry: (source, line) => entryFromLine(source, line, { message: null, ...known }),
  }
}
