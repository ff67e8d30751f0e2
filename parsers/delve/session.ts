/**
 * A session of Delve's terminal, line by line: listings, stacks, threads, stops, and what the debugged program printed
 * in between.
 *
 * What one stop of the program showed belongs together: a stack that `bt` printed is given to the goroutine of the
 * listing that stands in the same stretch between two stops.
 */
import type { Frame } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf, utf8, withoutAnsi } from '../../src/model/text.js'
import { StopReader } from './crash.js'
import * as grammar from './lines.js'
import { Listing, type SessionFacts, type ShownGoroutine } from './listing.js'
import { DelveLog, logLine } from './log.js'
import { argumentsOf, pointerOf, type Variable } from './objects.js'
import { ProgramOutput } from './program-output.js'
import { type ShownStack, Stretch } from './stretch.js'

/** Commands whose echo stands after the prompt in a session that was typed; what a filter left out cannot be seen. */
const COMMAND = /^(?:goroutines|grs|goroutine|gr|bt|stack|threads?|tr|[a-z][a-z-]{0,20})(?: [^:]{0,400})?$/
const FILTER = /^(?:goroutines|grs)\b.* -(?:with|without|w|chan)\b/
const NOT_ASCII = /[\x80-\xff]/
/** Lines of the terminal that hold no evidence: greetings, source listings, breakpoints, warnings. */
const CHATTER =
  /^(?:[^\s(].{0,400}:\d{1,9} in \S.{0,400}$|Type 'help' for list of commands\.|Warning: |Breakpoint |Watchpoint |Stopped at: |Command aborted|no source available|xcr0: |\[stderr\] *$|(?:=>)? {0,8}\d{1,9}:\t|\t(?:print|goroutine|stack|args|locals|cond) |Deferred |defer \d|Sending output to pager|Would you like to|received SIGINT|interrupted$|Process restarted|API server listening at: )/

export class Session {
  #listing: Listing | null = null
  #stretch: Stretch
  #row: ShownGoroutine | null = null
  /** Of a listing by groups: rows since the last total; null in a plain listing. */
  #groupRows: number | null = null
  #stack: ShownStack | null = null
  #variables: Variable[] = []
  #place: { goroutine: number; places: Map<grammar.LocationKind, Frame> } | null = null
  #current: { goroutine: number | null; thread: number | null } = { goroutine: null, thread: null }
  #filtered = false
  #facts: SessionFacts = { goVersion: null, pid: null, newDelve: null }
  #records = 0
  #unread = { count: 0, line: 0 }
  #log: DelveLog
  #stops: StopReader
  #output: ProgramOutput

  constructor(
    readonly input: Input,
    readonly sink: Sink,
  ) {
    const path = input.source.path
    this.#stretch = new Stretch(input.source, sink)
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
    source.records = this.#records + events.length
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
        this.#filtered = FILTER.test(text)
        return
      }
    }
    if (text.trim() === '') {
      this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
      return
    }
    if (this.#goroutine(line, text) || this.#frame(line, text) || this.#thread(line, text)) {
      this.#output.end()
      return
    }
    if (this.#output.open && !this.#ends(text)) {
      this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
      return
    }
    if (this.#event(line, text) || CHATTER.test(text) || this.#listingText(text)) return
    if (this.#output.starts(text)) this.#output.add(line, grammar.withoutPrompt(withoutAnsi(raw)).text)
    else this.#unreadAt(line)
  }

  /** Whether a line of Delve's ends what the program printed. */
  #ends(text: string): boolean {
    return grammar.stopLine(text) !== null || grammar.exitLine(text) !== null || text.startsWith('Command failed: ')
  }

  #goroutine(line: number, text: string): boolean {
    const shown = grammar.goroutineLine(text)
    if (shown) {
      this.#listing ??= this.#newListing(line)
      this.#endRow()
      const { location, kind, reason, grouped, ...rest } = shown
      if (grouped) {
        this.#listing.format = 'delve-groups'
        this.#groupRows = (this.#groupRows ?? 0) + 1
      }
      const go = kind === 'Go' && location !== null && location.func !== 'runtime.newproc'
      this.#row = {
        ...rest,
        line,
        count: 1,
        state: reason ?? '',
        frames: kind === 'Go' || location === null ? [] : [location],
        createdBy: go ? location : null,
        elided: true,
        labels: null,
      }
      if (shown.selected) this.#current = { goroutine: shown.id, thread: shown.thread }
      this.#records++
      return true
    }
    if (this.#listing === null) return false
    const claimed = /^\[(\d{1,15}) goroutines\]$/.exec(text)
    if (claimed) {
      this.#listing.claimed = Number(claimed[1])
      this.#endListing()
      return true
    }
    const total = /^\t{1,2}Total: (\d{1,15})$/.exec(text)
    if (total) {
      this.#endGroup(Number(total[1]))
      return true
    }
    const labels = grammar.labelsLine(text)
    if (labels && this.#row) {
      this.#row.labels = labels
      return true
    }
    if (text === 'Too many groups') this.#listing.partial = true
    return text === 'Too many groups'
  }

  /** Headings of a grouped listing: `FILE:LINE in FUNC`, or the value of a label. */
  #listingText(text: string): boolean {
    return this.#listing !== null && (/:\d{1,9} in \S/.test(text) || this.#groupRows !== null)
  }

  #frame(line: number, text: string): boolean {
    const frame = grammar.frameLine(text)
    if (frame) {
      this.#endFrame()
      if (this.#row && /^\t/.test(text)) {
        // The first frame of `goroutines -t` replaces the place that stood for the whole stack.
        if (frame.depth === 0) this.#row.frames = []
        this.#row.frames.push(frame.frame)
        this.#row.elided = false
        return true
      }
      if (frame.depth === 0 || this.#stack === null) this.#newStack(line)
      this.#stack?.frames.push(frame.frame)
      return true
    }
    const frames = this.#openFrames()
    if (frames === null) return false
    const top = frames[frames.length - 1]
    const at = grammar.atLine(text)
    if (at) {
      if (top.file === null) Object.assign(top, at)
      return true
    }
    if (/^\s{0,64}(?:\(truncated\)$|error: )/.test(text)) {
      if (this.#stack) this.#stack.elided = true
      else if (this.#row) this.#row.elided = true
      return true
    }
    const variable = /^\s{4}/.test(text) ? grammar.variableLine(text) : null
    if (variable) {
      if (this.#variables.length < 200)
        this.#variables.push({ name: variable.name, pointer: pointerOf(variable.value) })
      return true
    }
    return /^\s{1,64}(?:frame: |defer \d|deferred by |at )/.test(text)
  }

  /** Frames of the stack that is being printed; null where none is. */
  #openFrames(): Frame[] | null {
    const frames = this.#stack?.frames ?? (this.#row && !this.#row.elided ? this.#row.frames : null)
    return frames && frames.length > 0 ? frames : null
  }

  #thread(line: number, text: string): boolean {
    const thread = grammar.threadLine(text)
    if (thread) {
      this.#endBlock()
      if (thread.selected) this.#current.thread ??= thread.tid
      const frames = thread.frame ? [thread.frame] : []
      this.#stretch.addThread(thread.tid, frames, thread.selected, line)
      this.#records++
      return true
    }
    const switched = grammar.switchedLine(text)
    if (switched) {
      this.#current = switched
      return true
    }
    const current = grammar.currentThreadLine(text)
    if (current !== null) {
      this.#current.thread = current
      return true
    }
    const header = grammar.goroutineHeader(text)
    if (header !== null) {
      this.#current.goroutine = header
      this.#place = { goroutine: header, places: new Map() }
      return true
    }
    const place = this.#place && grammar.goroutinePlace(text)
    if (!place || !this.#place) return false
    if (place.location) this.#place.places.set(place.kind, place.location)
    if (place.kind === 'Start') this.#endPlace(line)
    return true
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
      this.#current = { goroutine: stop.goroutine, thread: null }
      this.#stops.stop(stop, line)
      this.#log.note('delve-stop', text.slice(2), line, this.#facts.pid)
      this.#records++
      return true
    }
    if (this.#stops.argument(text)) return true
    const exit = grammar.exitLine(text)
    if (exit) {
      this.#closeStretch()
      this.#facts.pid ??= exit.pid
      this.#log.note('delve-exit', text, line, exit.pid)
      return true
    }
    const versions = grammar.versionWarning(text)
    if (versions) {
      this.#facts.goVersion ??= versions.go
      if (versions.minimum !== null) this.#facts.newDelve = versions.minimum >= 24
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

  #newListing(line: number): Listing {
    const listing = new Listing(this.input.source.path, line, 'delve-goroutines')
    listing.partial = this.#filtered
    this.#stretch.listings.push(listing)
    return listing
  }

  #newStack(line: number): void {
    this.#endBlock()
    this.#stack = { line, ...this.#current, frames: [], createdBy: null, elided: false }
    this.#stretch.stacks.push(this.#stack)
    this.#records++
  }

  /** Gives the frame that ends here the argument words that its variables make. */
  #endFrame(): void {
    const frames = this.#openFrames()
    if (frames && this.#variables.length > 0) {
      const frame = frames[frames.length - 1]
      const args = argumentsOf(frame.func, this.#variables)
      if (args !== null) frame.args = args
    }
    this.#variables = []
  }

  #endRow(): void {
    this.#endFrame()
    if (this.#row) this.#listing?.add(this.#row)
    this.#row = null
  }

  /** `Total: 12` below at most five goroutines: the rest is one row of its own. */
  #endGroup(total: number): void {
    const last = this.#row
    this.#endRow()
    const rest = total - (this.#groupRows ?? 0)
    if (last && rest > 0)
      this.#listing?.add({ ...last, id: 0, count: rest, thread: null, since: null, selected: false, labels: null })
    this.#groupRows = 0
  }

  #endListing(): void {
    this.#endRow()
    this.#listing = null
    this.#groupRows = null
    this.#filtered = false
  }

  #endBlock(): void {
    this.#endFrame()
    this.#endListing()
    this.#stack = null
    this.#place = null
  }

  /** `goroutine` printed four places: a stack of what is known of it. */
  #endPlace(line: number): void {
    if (!this.#place) return
    const { goroutine, places } = this.#place
    const frames = [...new Set([places.get('Runtime'), places.get('User'), places.get('Start')])].filter(
      f => f !== undefined,
    )
    const go = places.get('Go')
    const createdBy = go && go.func !== 'runtime.newproc' ? go : null
    this.#stretch.stacks.push({ line, goroutine, thread: this.#current.thread, frames, createdBy, elided: true })
    this.#place = null
  }

  /** The program goes on or has ended: what was shown up to here is one state of it. */
  #closeStretch(): void {
    this.#endBlock()
    this.#stops.stacks(this.#stretch.stacks)
    this.#stretch.close(this.#facts)
    this.#stretch = new Stretch(this.input.source, this.sink)
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
