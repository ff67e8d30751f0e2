import type { JournalEntry } from '../../../src/model/journal.js'
import type { Sink } from '../../../src/model/parser.js'
import type { Source } from '../../../src/model/source.js'
import { utf8, withoutAnsi } from '../../../src/model/text.js'
import type { JournalCollector } from './collect.js'
import { blankEntry, intern } from './entry.js'
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
  message: string
  /** Lines of the message after its first. */
  more: string[] | null
  size: number
  /** Width of the prefix: lines of the same message are indented by it. */
  column: number
  indent: string | null
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
    const head = headOf(text, this.source.path, number, this.clock, this.kernel)
    if (head) {
      this.close()
      if (head.monotonic) this.#monotonic = true
      this.#open = { entry: head.entry, message: head.message, more: null, size: 0, column: head.column, indent: null }
      return
    }
    const open = this.#open
    const indent = open ? (open.indent ??= ' '.repeat(open.column)) : ''
    if (text.trim() === '' && !(open && text.startsWith(indent))) return
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
    if (open && (text.startsWith(indent) || (text.startsWith(' ') && open.more))) {
      open.size += text.length
      open.more ??= []
      if (open.size < LONGEST_MESSAGE) open.more.push(text.slice(indent.length))
      return
    }
    if (/^\s/.test(text) && !open) return
    this.#stray++
    if (this.#stray === 1) this.#firstStray = number
  }

  /** Ends the entry that the last line belongs to. */
  close(): void {
    if (!this.#open) return
    const { entry, message, more } = this.#open
    this.#open = null
    const whole = more ? `${message}\n${more.join('\n')}` : message
    const text = withoutAnsi(/[^\x00-\x7f]/.test(whole) ? utf8(whole) : whole)
    const blob = text.endsWith(' blob data]') ? BLOB.exec(text) : null
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
  entry: JournalEntry
  monotonic: boolean
  /** Column (0-based) at which the message begins. */
  column: number
  message: string
}

function headOf(text: string, source: string, line: number, clock: LineClock, kernel: boolean): Head | null {
  const first = text.charCodeAt(0)
  // `<` or `1`: RFC 5424 has a version behind the priority.
  const structured = (first === 60 || first === 49) && /^(?:<\d{1,3}>)?1 \d{4}-/.test(text) ? RFC5424.exec(text) : null
  if (structured) return structuredHead(structured, text, source, line, clock)
  // `<` or a lower-case letter: a priority.
  const prefix = first === 60 || (first >= 97 && first <= 122) ? (PRIORITY_PREFIX.exec(text)?.[0].length ?? 0) : 0
  const stamp = readStamp(prefix === 0 ? text : text.slice(prefix))
  if (!stamp) return null
  const entry = blankEntry(source, line)
  entry.ns = clock.ns(stamp)
  const monotonic = stamp.clock === 'monotonic'
  if (monotonic && stamp.micros !== null) entry.monotonicNs = stamp.micros * 1000
  const rest = text.slice(prefix + stamp.end)
  const length = kernel ? kernelPrefix(rest, entry) : journalPrefix(rest, entry, stamp.kind === 'full')
  return { entry, monotonic, column: text.length - rest.length + length, message: rest.slice(length) }
}

/** Reads host, identifier and pid into the entry; returns the length of what it read. */
function journalPrefix(rest: string, entry: JournalEntry, mayBeUnit: boolean): number {
  const shape = HEADLINE.exec(rest)
  if (!shape) return 0
  const name = shape[2]
  if (shape[1] !== undefined) entry.host = intern(shape[1])
  if (shape[3] !== undefined) entry.pid = Number(shape[3])
  // `with-unit` shows the unit instead of the identifier, of a user's unit both: user@1000.service/app.service.
  if (mayBeUnit && UNIT_SUFFIX.test(name)) entry.unit = intern(name.slice(name.lastIndexOf('/') + 1))
  else entry.identifier = intern(name)
  if (name === 'kernel' && shape[3] === undefined) entry.transport = 'kernel'
  return shape[0].length
}

/**
 * dmesg: everything behind the stamp is the message, except what CONFIG_PRINTK_CALLER adds; daemons that write to
 * /dev/kmsg put their name before it.
 *
 *   > | [   12.345678][  T123] systemd[1]: Hostname set to <vm>.
 *                     ^ caller ^ not the kernel
 */
function kernelPrefix(rest: string, entry: JournalEntry): number {
  const caller = /^\[ {0,8}[TC]\d{1,10}\] /.exec(rest)?.[0].length ?? 0
  const daemon = /^(systemd(?:-[\w-]{1,40})?)\[(\d{1,10})\]: /.exec(rest.slice(caller, caller + 80))
  entry.identifier = daemon ? daemon[1] : 'kernel'
  entry.transport = daemon ? 'syslog' : 'kernel'
  if (daemon) entry.pid = Number(daemon[2])
  return caller + (daemon?.[0].length ?? 0)
}

function structuredHead(m: RegExpExecArray, text: string, source: string, line: number, clock: LineClock): Head | null {
  const stamp = readStamp(`${m[1]} `)
  if (!stamp) return null
  const message = (m[7] ?? '').replace(/^\xef\xbb\xbf/, '')
  const entry = blankEntry(source, line)
  entry.ns = clock.ns(stamp)
  entry.transport = m[3] === 'kernel' ? 'kernel' : 'syslog'
  if (m[2] !== '-') entry.host = intern(m[2])
  if (m[3] !== '-') entry.identifier = intern(m[3])
  if (/^\d{1,10}$/.test(m[4])) entry.pid = Number(m[4])
  return { entry, monotonic: false, column: text.length - message.length, message }
}
