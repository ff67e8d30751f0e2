/**
 * A session of Delve's terminal, line by line: listings, stacks, threads, stops, and what the debugged program printed
 * in between.
 *
 * What one stop of the program showed belongs together: a stack that `bt` printed is given to the goroutine of the
 * listing that stands in the same stretch between two stops.
 */
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf, utf8, withoutAnsi } from '../../src/model/text.js'
import { StopReader } from './crash.js'
import { FrameReader } from './frames.js'
import * as grammar from './lines.js'
import { DelveLog, logLine } from './log.js'
import { PlaceReader } from './places.js'
import { ProgramOutput } from './program-output.js'
import { RowReader } from './rows.js'
import type { SessionState } from './session-state.js'
import { Stretch } from './stretch.js'

/** Commands whose echo stands after the prompt in a session that was typed; what a filter left out cannot be seen. */
const COMMAND = /^(?:goroutines|grs|goroutine|gr|bt|stack|threads?|tr|[a-z][a-z-]{0,20})(?: [^:]{0,400})?$/
const FILTER = /^(?:goroutines|grs)\b.* -(?:with|without|w|chan)\b/
const NOT_ASCII = /[\x80-\xff]/
/** Lines of the terminal that hold no evidence: greetings, source listings, breakpoints, warnings. */
const CHATTER =
  /^(?:[^\s(].{0,400}:\d{1,9} in \S.{0,400}$|Type 'help' for list of commands\.|Warning: |Breakpoint |Watchpoint |Stopped at: |Command aborted|no source available|xcr0: |\[stderr\] *$|(?:=>)? {0,8}\d{1,9}:\t|\t(?:print|goroutine|stack|args|locals|cond) |Deferred |defer \d|Sending output to pager|Would you like to|received SIGINT|interrupted$|Process restarted|API server listening at: )/

export class Session {
  #state: SessionState
  #rows: RowReader
  #frames: FrameReader
  #places: PlaceReader
  #unread = { count: 0, line: 0 }
  #log: DelveLog
  #stops: StopReader
  #output: ProgramOutput

  constructor(
    readonly input: Input,
    readonly sink: Sink,
  ) {
    const path = input.source.path
    this.#state = {
      stretch: new Stretch(input.source, sink),
      current: { goroutine: null, thread: null },
      facts: { goVersion: null, pid: null, newDelve: null },
      records: 0,
    }
    const endBlock = () => this.#endBlock()
    this.#rows = new RowReader(path, this.#state, () => this.#frames.endFrame())
    this.#frames = new FrameReader(this.#state, () => this.#rows.row, endBlock)
    this.#places = new PlaceReader(this.#state, endBlock)
    this.#log = new DelveLog(path)
    this.#stops = new StopReader(path)
    this.#output = new ProgramOutput(path)
  }

  read(): void {
    const { source } = this.input
    for (const { line, text, cut } of linesOf(this.#counted())) {
      if (cut) this.#unreadAt(line)
      this.#feed(line, withoutAnsi(NOT_ASCII.test(text) ? utf8(text) : text), text)
    }
    this.#closeStretch()
    const { events, clock } = this.#log.finish()
    this.sink.logs.push(...events)
    if (clock) source.clock = clock
    this.sink.crashes.push(...this.#stops.finish())
    for (const piece of this.#output.finish()) this.sink.derive(piece.name, piece.bytes, source.path, piece.lines)
    source.records = this.#state.records + events.length
    this.#diagnose()
  }

  *#counted(): Generator<Uint8Array> {
    for (const chunk of this.input.chunks()) {
      yield chunk
      this.sink.progress(chunk.length)
    }
  }

  /** One line without colours; `raw` is the line as read, for what is handed on. */
  #feed(line: number, clean: string, raw: string): void {
    const { text: prompted, prompted: fresh } = grammar.withoutPrompt(clean)
    const text = prompted.startsWith('[stderr] ') ? prompted.slice(9) : prompted
    if (fresh) {
      this.#endBlock()
      this.#output.end()
      if (text === '') return
      if (COMMAND.test(text)) {
        this.#rows.filtered = FILTER.test(text)
        return
      }
    }
    if (text.trim() === '') {
      this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
      return
    }
    if (this.#rows.take(line, text) || this.#frames.take(line, text) || this.#places.take(line, text)) {
      this.#output.end()
      return
    }
    if (this.#output.open && !this.#ends(text)) {
      this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
      return
    }
    if (this.#event(line, text) || CHATTER.test(text) || this.#rows.isHeading(text)) return
    if (this.#output.starts(text)) this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
    else this.#unreadAt(line)
  }

  /** Whether a line of Delve's ends what the program printed. */
  #ends(text: string): boolean {
    return grammar.stopLine(text) !== null || grammar.exitLine(text) !== null || text.startsWith('Command failed: ')
  }

  #event(line: number, text: string): boolean {
    const logged = logLine(text)
    if (logged) {
      this.#log.add(logged, line)
      return true
    }
    const stop = grammar.stopLine(text)
    if (stop) {
      this.#closeStretch()
      this.#state.current = { goroutine: stop.goroutine, thread: null }
      this.#stops.stop(stop, line)
      this.#log.note('delve-stop', text.slice(2), line, this.#state.facts.pid)
      this.#state.records++
      return true
    }
    if (this.#stops.argument(text)) return true
    const exit = grammar.exitLine(text)
    if (exit) {
      this.#closeStretch()
      this.#state.facts.pid ??= exit.pid
      this.#log.note('delve-exit', text, line, exit.pid)
      return true
    }
    const versions = grammar.versionWarning(text)
    if (versions) {
      this.#state.facts.goVersion ??= versions.go
      if (versions.minimum !== null) this.#state.facts.newDelve = versions.minimum >= 24
      return true
    }
    const failed = /^Command failed: (.{1,300})/.exec(text)
    if (failed) {
      this.#endBlock()
      this.#log.note('delve-failed', failed[1], line)
      this.sink.diagnose(
        'delve.command-failed',
        'info',
        `a command given to Delve failed: ${utf8(failed[1])}`,
        { source: this.input.source.path, line },
        'repeat it with a Delve that supports the Go version of the program; cores need the very binary that wrote them',
      )
      return true
    }
    return false
  }

  /** Ends the listing, stack or place that was being printed. */
  #endBlock(): void {
    this.#frames.endFrame()
    this.#rows.end()
    this.#frames.endStack()
    this.#places.end()
  }

  /** The program goes on or has ended: what was shown up to here is one state of it. */
  #closeStretch(): void {
    this.#endBlock()
    this.#stops.stacks(this.#state.stretch.stacks)
    this.#state.stretch.close(this.#state.facts)
    this.#state.stretch = new Stretch(this.input.source, this.sink)
  }

  #unreadAt(line: number): void {
    if (this.#unread.count === 0) this.#unread.line = line
    this.#unread.count++
  }

  #diagnose(): void {
    const { path } = this.input.source
    if (this.#unread.count > 0)
      this.sink.diagnose(
        'delve.other-text',
        'info',
        'lines that are neither of Delve nor of a goroutine dump, such as output of the program',
        { source: path, line: this.#unread.line },
        'nothing to do, unless the first of them is a line of Delve: then please report it',
        this.#unread.count,
      )
    if (this.#log.left > 0)
      this.sink.diagnose(
        'delve.log-thinned',
        'info',
        'events of the log that are counted but not shown: its first and last are',
        { source: path, line: 1 },
        'log fewer layers, e.g. `--log-output debugger`',
        this.#log.left,
      )
  }
}
