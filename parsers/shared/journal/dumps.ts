import type { JournalEntry } from '../../../src/model/journal.js'
import type { Sink } from '../../../src/model/parser.js'
import type { Lifted } from '../../../src/model/source.js'

/**
 * Lifts goroutine dumps and Go crash texts out of a journal. journald stores a dump line by line, between the lines of
 * other services, without the blank lines: here every process gets its text back, in order.
 *
 * A line that only speaks of a panic is not a dump: a block is handed on when it holds a goroutine header, a race report, or
 * the first line that the runtime prints before it ends the process (runtime/panic.go printpanics and throw, signal_unix.go).
 */

/** A line with which a dump can begin. */
const START =
  /goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|^(?:panic: |fatal error: |SIG[A-Z]{2,8}: |PC=0x|runtime: |unexpected fault address |WARNING: DATA RACE)|\bpanic (?:serving|recovered)\b/
/** What glibc, libstdc++ and the sanitizers print before they abort: one line is all that there is to lift. */
const ABORT =
  /: Assertion [`'].{1,2000}' failed\.$|^(?:terminate called |\*\*\* .{1,200} \*\*\*|(?:free|malloc|calloc|realloc|munmap_chunk)\(\): |double free or corruption|corrupted (?:size|double)|malloc: |Fatal glibc error: |libc\+\+abi: terminat|pure virtual method called|==\d{1,10}==ERROR: [A-Z]\w{1,20}Sanitizer: )/
/** What a block must hold to be one. */
const PROOF = /goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[|^(?:panic: |fatal error: |WARNING: DATA RACE)/
const isStart = (text: string) => START.test(text) || ABORT.test(text)
/** Lines that stand in dumps: frames, places, registers, headers. */
const DUMPISH =
  /^(?:\s+\S|goroutine |created by |panic: |fatal error: |\[signal |\[originating |exit status |PC=0x|r\w{1,5}\s+0x|lr\s+0x|sp\s+0x|pc\s+0x|fault\s+0x|[cfg]s\s+0x|eflags|-----|={5}|Goroutine |Previous |Read at |Write at |runtime |\.\.\.additional|SIG[A-Z])|\bgoroutine \d+ \[/
const isDumpish = (text: string) => DUMPISH.test(text) || (text.endsWith(')') && text.includes('('))
/** So many lines of something else end a block. */
const PATIENCE = 40
const MOST_STREAMS = 4096
const LONGEST_BLOCK = 64 * 1024 * 1024
/** More dumps than this, or more text, are only counted: a service that panics at each request. */
const MOST_DUMPS = 200
const MOST_TEXT = 192 * 1024 * 1024

interface Line {
  text: string
  at: { line?: number; offset?: number }
}

interface Stream {
  key: string
  block: Line[] | null
  /** Lines at the end of the block that do not look like a dump. */
  idle: number
  size: number
  proven: boolean
  first: JournalEntry | null
  order: number
  cut: boolean
}

export class DumpLifter {
  #streams = new Map<string, Stream>()
  #count = new Map<string, number>()
  #text = 0
  #left = 0
  #lifted: { name: string; bytes: Uint8Array; lines: Line['at'][]; about: Lifted; order: number }[] = []

  /** `expandedTabs`: the mode prints a tab as eight spaces; they are turned back at the start of a line. */
  constructor(
    readonly source: string,
    readonly sink: Sink,
    readonly expandedTabs: boolean,
  ) {}

  /** Looks at an entry of a program. `lineStep`: 1 where line k of the message stands k lines below, 0 where all stand on one. */
  push(entry: JournalEntry, lineStep: 0 | 1, order: number): void {
    let text = entry.message
    if (text === null) return
    const starts = isStart(text) || (text.includes('\n') && text.split('\n').some(isStart))
    // Nearly all entries: no dump begins, and none goes on.
    if (!starts && this.#streams.size === 0) return
    const stream = this.#streamOf(entry, starts)
    if (!stream) return
    // rsyslog writes control characters as #nnn; a dump in one such line is taken apart.
    if (starts && text.includes('#012')) text = text.replaceAll('#012', '\n').replaceAll('#011', '\t')
    if (!text.includes('\n')) this.#line(stream, entry, text, 0, order)
    else
      for (const [index, part] of text.split('\n').entries()) this.#line(stream, entry, part, index * lineStep, order)
  }

  /** Hands the texts on; of those that began before `undated` the time is not known. */
  finish(undated: number): void {
    for (const stream of this.#streams.values()) this.#close(stream)
    this.#streams.clear()
    if (this.#left > 0)
      this.sink.diagnose(
        'journald.dumps-counted',
        'loss',
        `The journal holds more than ${MOST_DUMPS} dumps; the others are only counted.`,
        { source: this.source, line: 1 },
        'Export only the time in question: journalctl -u UNIT --since … --until …',
        this.#left,
      )
    this.#lifted.sort((a, b) => a.order - b.order)
    for (const { name, bytes, lines, about, order } of this.#lifted)
      this.sink.derive(name, bytes, this.source, lines, order < undated ? { ...about, ns: null } : about)
  }

  /** The dump of this process that is open, or a new one where `begins`. */
  #streamOf(entry: JournalEntry, begins: boolean): Stream | null {
    const key =
      entry.fields._STREAM_ID !== undefined
        ? `${entry.fields._STREAM_ID} ${entry.pid}`
        : `${entry.host} ${entry.identifier ?? entry.unit} ${entry.pid}`
    let stream = this.#streams.get(key)
    if (!stream && !begins) return null
    if (!stream) {
      if (this.#streams.size >= MOST_STREAMS) {
        const [oldest, gone] = this.#streams.entries().next().value!
        this.#close(gone)
        this.#streams.delete(oldest)
      }
      stream = { key, block: null, idle: 0, size: 0, proven: false, first: null, order: 0, cut: false }
      this.#streams.set(key, stream)
    }
    return stream
  }

  #line(stream: Stream, entry: JournalEntry, text: string, below: number, order: number): void {
    const starts = isStart(text)
    if (!stream.block) {
      if (!starts) return
      stream.block = []
      stream.first = entry
      stream.order = order
    }
    if (stream.size > LONGEST_BLOCK) {
      stream.cut = true
      return
    }
    const at = entry.line !== null ? { line: entry.line + below } : { offset: entry.offset ?? 0 }
    stream.block.push({ text, at })
    stream.size += text.length + 1
    if (!stream.proven && (PROOF.test(text) || ABORT.test(text))) stream.proven = true
    stream.idle = starts || isDumpish(text) ? 0 : stream.idle + 1
    if (stream.idle > PATIENCE) {
      this.#close(stream)
      this.#streams.delete(stream.key)
    }
  }

  #close(stream: Stream): void {
    const { block, first } = stream
    if (block && first && stream.proven && (this.#lifted.length >= MOST_DUMPS || this.#text > MOST_TEXT)) this.#left++
    else if (block && first && stream.proven) {
      this.#text += stream.size
      const lines = stream.idle > 0 ? block.slice(0, -stream.idle) : block
      const texts = this.expandedTabs ? lines.map(l => l.text.replace(/^ {8}(?=\S)/, '\t')) : lines.map(l => l.text)
      const who = `${first.comm ?? first.identifier ?? first.unit ?? 'unknown'}[${first.pid ?? '?'}]`
      const number = (this.#count.get(who) ?? 0) + 1
      this.#count.set(who, number)
      this.#lifted.push({
        name: `${this.source}#${who}${number > 1 ? `.${number}` : ''}`,
        bytes: Buffer.from(`${texts.join('\n')}\n`, 'utf8'),
        lines: lines.map(l => l.at),
        about: { ns: first.ns, pid: first.pid, unit: first.unit },
        order: stream.order,
      })
      if (stream.cut)
        this.sink.diagnose(
          'journald.dump-cut',
          'loss',
          `A dump in the journal is longer than ${LONGEST_BLOCK} bytes; the rest of it was not read.`,
          { source: this.source, ...lines[0].at },
          'Write the dump to a file of its own and add it to the capture.',
        )
    }
    stream.block = null
    stream.first = null
    stream.proven = false
    stream.cut = false
    stream.idle = 0
    stream.size = 0
  }
}
