/** Finds the envelopes of a file as it is read, and keeps one stream of text for each writer that shares it. */
import { withoutAnsi } from '../../src/model/text.js'
import { loggedAbort } from './aborts.js'
import type { LineAt } from './crash.js'
import {
  type Envelope,
  findHeader,
  hasEscapedLines,
  jsonEnvelope,
  nested,
  prefixEnvelope,
  resolveEscapes,
} from './envelope.js'
import { parseFunction } from './lines.js'
import type { DumpStream } from './stream.js'

/** Writers that are followed at once; the one that was silent longest gives way. */
const WRITERS = 16
/** Writers in all; a text that makes up ever new prefixes has none. */
const WRITERS_EVER = 1000
/** Lines before a header that are kept: the crash text of a dump is known as such only when its header comes. */
const KEPT_LINES = 48
const KEPT_LENGTH = 4096

interface Writer {
  envelope: Envelope
  stream: DumpStream
}

interface Candidate {
  envelope: Envelope
  header: string
  line: KeptLine
}

interface KeptLine {
  text: string
  at: LineAt
}

export class Envelopes {
  #writers: Writer[] = []
  #kept: KeptLine[] = []
  /** A header behind a prefix: the next line tells whether the prefix was of the header alone. */
  #pending: Candidate | null = null
  /** Headers whose prefix has not come again yet: a text may only speak of goroutines. */
  #candidates: Candidate[] = []
  #opened = 0

  constructor(
    readonly plain: DumpStream,
    readonly newStream: (envelope: Envelope | null) => DumpStream,
    /** Told of a header of one writer too many. */
    readonly tooMany: (at: LineAt) => void,
  ) {}

  /** Whether the next line has to come here, and not to the plain stream. */
  get busy(): boolean {
    return this.#pending !== null
  }

  /**
   * A line that is not of the plain stream, or, while a header is pending, one that nobody has seen; false where it is
   * part of nothing.
   */
  line(text: string, at: LineAt): boolean {
    const fresh = this.busy
    if (this.#settle(text)) return this.plain.line(text, at)
    for (const candidate of this.#candidates) if (candidate.envelope.unwrap(text) !== null) this.#accept(candidate)
    for (let i = 0; i < this.#writers.length; i++) {
      const writer = this.#writers[i]
      const inside = writer.envelope.unwrap(text)
      if (inside === null) continue
      if (i > 0) this.#writers.unshift(...this.#writers.splice(i, 1))
      feed(writer.stream, inside, { text, at })
      return true
    }
    if (fresh && this.plain.line(text, at)) return true
    if (text.includes('goroutine ') && this.#detect(text, at)) return true
    const abort = loggedAbort(text)
    if (abort !== null) {
      this.plain.crashes.abort(abort, at)
      return true
    }
    if (this.plain.leftover(text, at)) return true
    this.#kept.push({ text: text.slice(0, KEPT_LENGTH), at })
    if (this.#kept.length > KEPT_LINES) this.#kept.shift()
    return false
  }

  close(midLine: boolean): void {
    for (const { stream } of this.#writers) stream.close(midLine)
    this.#writers = []
  }

  #detect(text: string, at: LineAt): boolean {
    const header = findHeader(text)
    if (header === null) return false
    const envelope = recordEnvelope(text)
    if (envelope !== null) {
      const writer = this.#writer(envelope)
      if (writer !== null) feed(writer.stream, envelope.unwrap(text) ?? '', { text, at })
      else this.tooMany(at)
      return true
    }
    if (hasEscapedLines(text, header.end)) {
      const stream = this.newStream(null)
      feed(stream, withoutPrefix(resolveEscapes(text)), { text, at })
      stream.close(false)
      return true
    }
    if (header.start === 0) return false
    this.#pending = {
      envelope: prefixEnvelope(text.slice(0, header.start)),
      header: text.slice(header.start, header.end),
      line: { text, at },
    }
    return true
  }

  /**
   * Settles whose header the pending one is. Where the next line is a function without the prefix, only the header had
   * one: true, and the plain stream goes on with it.
   *
   *   2026/11/24 00:59:24 recovered: goroutine 18 [running]:
   *   main.f()
   */
  #settle(next: string): boolean {
    const pending = this.#pending
    if (pending === null) return false
    this.#pending = null
    if (pending.envelope.unwrap(next) === null && parseFunction(next) !== null) {
      this.plain.line(pending.header, pending.line.at)
      return true
    }
    this.#candidates.push(pending)
    if (this.#candidates.length > WRITERS) this.#candidates.shift()
    return false
  }

  /** The prefix came again: the header was one. */
  #accept(candidate: Candidate): void {
    this.#candidates = this.#candidates.filter(other => other !== candidate)
    const writer = this.#writer(candidate.envelope)
    if (writer !== null) feed(writer.stream, candidate.header, candidate.line)
    else this.tooMany(candidate.line.at)
  }

  /** The writer of an envelope; a new one is told what it wrote before its first header. */
  #writer(envelope: Envelope): Writer | null {
    const known = this.#writers.find(w => w.envelope.id === envelope.id)
    if (known !== undefined) return known
    if (++this.#opened > WRITERS_EVER) return null
    const writer = { envelope, stream: this.newStream(envelope) }
    this.#writers.unshift(writer)
    if (this.#writers.length > WRITERS) this.#writers.pop()?.stream.close(false)
    for (const line of this.#kept) {
      const inside = envelope.unwrap(line.text)
      if (inside !== null) feed(writer.stream, inside, line)
    }
    this.#kept = []
    return writer
  }
}

/** The envelope of a JSON record, and of a prefix inside its string. */
function recordEnvelope(text: string): Envelope | null {
  const record = jsonEnvelope(text)
  const inside = record?.unwrap(text)
  if (record === null || inside == null || inside.includes('\n')) return record
  const header = findHeader(inside)
  return header === null || header.start === 0 ? record : nested(record, prefixEnvelope(inside.slice(0, header.start)))
}

/** The first line of a text is behind a prefix; the words that begin a crash or a goroutine show where it ends. */
function withoutPrefix(text: string): string {
  const first = text.slice(0, text.indexOf('\n'))
  const start = /panic: |fatal error: |SIG[A-Z]{3,6}: [a-z]/.exec(first)?.index ?? findHeader(first)?.start
  return start === undefined ? text : text.slice(start)
}

/** Gives a stream the line, or the lines, that were inside one line of the file. */
function feed(stream: DumpStream, inside: string, { text, at }: KeptLine): void {
  stream.raw = text
  for (const part of inside.split('\n')) {
    const line = withoutAnsi(part.endsWith('\r') ? part.slice(0, -1) : part)
    if (!stream.line(line, at)) stream.leftover(line, at)
  }
}
