/**
 * Reads one stream of text, line by line: goroutines, and the crash texts around them. An input is one stream, or, where
 * several writers share it (a syslog file), one for each.
 */
import type { CrashText } from '../../src/model/goroutine.js'
import type { Ns } from '../../src/model/time.js'
import { firstWord, HintWords } from '../shared/object-address.js'
import { CrashReader, type LineAt } from './crash.js'
import { DumpAssembler, type DumpEvents, type ReadGoroutine } from './dump.js'
import { type HeaderStatus, isHeaderLike, newStatus, parseHeader } from './header.js'
import * as lines from './lines.js'
import { NodeKind, type StackNode, type StackTree } from './stack-tree.js'
import type { WalkedRows } from './walked.js'

export interface StreamEvents extends DumpEvents {
  /** The stream is over; these crash texts were in it. */
  closed(crashes: readonly CrashText[]): void
  /** Part of a goroutine could not be read: `damaged-header`, `torn-frame`, `orphan-frame`. */
  lost(what: 'damaged-header' | 'torn-frame' | 'orphan-frame' | 'too-many-stacks', line: number): void
  /** Lines of somebody else between the lines of a goroutine. */
  foreign(count: number, line: number): void
}

/** A function line that has no place yet may be followed by so many lines of others. */
const PATIENCE = 64

/** Terminals and mailers wrap at 80 or 120 columns; arguments can fill several hundred. */
const LONGEST_PART = 1000

/** What the lines outside of a goroutine belong to. */
type Block = 'none' | 'runtime-stack'

export class DumpStream {
  readonly crashes: CrashReader
  readonly #dumps: DumpAssembler
  /** Where the stack of the open goroutine has got to; null outside of goroutines and inside of ancestors. */
  node: StackNode | null = null
  /** Whether a goroutine is open, and what has been read of it; the object is filled anew for each. */
  open = false
  /** The line of the file that is being read, in its envelope. */
  raw = ''
  readonly read: ReadGoroutine
  /** Inside `[originating from goroutine N]:` */
  #stackEnd: StackNode | null = null
  /** Lines of others since the stack last grew, and where it had got to then. */
  #strangers = { count: 0, line: 0, node: null as StackNode | null }
  /** The last of them: the name of a C function, or the first part of a line that was wrapped; the next line tells. */
  #last: string | null = null
  /** Blank lines since the last other line; and whether every line is followed by one. */
  #blanks = 0
  #doubled = false
  /** Lines have to come through `line()`: blank lines stand between them. */
  slow = false
  #block: Block = 'none'
  #orphan = false

  constructor(
    readonly tree: StackTree,
    readonly events: StreamEvents,
    source: { path: string; bytes: number },
    pid: number | null,
    /** Source time of a line of the file, where the envelope says it. */
    readonly momentOf: ((raw: string) => Ns | null) | null,
  ) {
    this.crashes = new CrashReader(source.path, pid, () => (momentOf === null ? null : momentOf(this.raw)))
    this.#dumps = new DumpAssembler(events, this.crashes.registers, source.bytes)
    this.read = newGoroutine(tree.root)
  }

  /** Reads a line without its end; false where it means nothing here. */
  line(text: string, at: LineAt): boolean {
    if (text === '') return this.blank()
    if (text.charCodeAt(0) === 103 && text.startsWith('goroutine ')) {
      const header = parseHeader(text)
      if (header !== null) {
        this.begin(header.id, header.onThread, header.status, at.line, at.offset, at.end)
        return true
      }
    }
    if (this.open && this.#body(text, at)) {
      this.#last = null
      if (this.#blanks > 0) this.#doubled = true
      this.#blanks = 0
      this.read.end = at.end
      return true
    }
    return this.#outside(text, at)
  }

  /** A blank line ends a goroutine, unless the text has one after every line. */
  blank(): boolean {
    this.crashes.blank()
    this.#orphan = false
    if (!this.open) {
      if (!this.#doubled) this.#block = 'none'
      return true
    }
    this.#blanks++
    this.slow = true
    const fresh = this.node?.kind === NodeKind.root && !this.read.unavailable
    if (this.#blanks > 1 || !(fresh || this.#doubled)) this.finish(false)
    return true
  }

  /** The open goroutine is complete, or the text broke off (`cut`). */
  finish(cut: boolean): void {
    if (!this.open) return
    this.#countStrangers()
    const { read } = this
    read.node = this.#stackEnd ?? this.node ?? this.tree.root
    if (hangs(read.node) && read.node.parent !== null) {
      if (!cut) this.events.lost('torn-frame', read.line)
      read.node = read.node.parent
    }
    read.cut = cut
    this.open = false
    this.node = null
    this.#stackEnd = null
    this.#dumps.add(read)
  }

  /**
   * The stream is over.
   *
   * @param midLine the text ends without a line feed
   */
  close(midLine: boolean): void {
    // A last goroutine that lacks its creator was cut off, where the text itself ends in the middle of a line.
    const node = this.#stackEnd ?? this.node
    const complete = node !== null && (node.kind === NodeKind.creatorPlace || this.read.id === 1)
    this.finish(node !== null && (hangs(node) || (midLine && !complete)))
    this.#dumps.close()
    this.events.closed(this.crashes.found)
  }

  /** A header line: a goroutine begins. */
  begin(id: number, onThread: boolean | null, status: HeaderStatus, line: number, offset: number, end: number): void {
    this.finish(false)
    const crash = this.crashes.goroutine()
    if (crash !== null) this.#dumps.mark(crash)
    const { read } = this
    read.id = id
    read.onThread = onThread
    read.status = status
    read.line = line
    read.offset = offset
    read.end = end
    read.ns = this.momentOf === null ? null : this.momentOf(this.raw)
    read.words.length = 0
    read.parent = 0
    read.unavailable = false
    this.open = true
    this.node = this.tree.root
    this.#stackEnd = null
    this.#strangers.count = 0
    this.#last = null
    this.#blanks = 0
    this.slow = this.#doubled
    this.#block = 'none'
    this.#orphan = false
  }

  /** Goroutines were walked, from the open one on: what their lines would do is done. */
  walked(rows: WalkedRows): void {
    for (let row = 0; row < rows.length; ) {
      // Whatever stood around the first does not concern those after the second.
      const next = row > 1 && this.momentOf === null ? this.#dumps.addWalked(rows, row) : row
      if (next === row) this.#walkedOne(rows, row++)
      else row = next
    }
  }

  #walkedOne(rows: WalkedRows, row: number): void {
    const { read } = this
    if (row > 0)
      this.begin(
        rows.ids[row],
        rows.onThread(row),
        rows.status(row),
        rows.lines[row],
        rows.offsets[row],
        rows.ends[row],
      )
    this.node = rows.node(row)
    this.#last = null
    if (rows.parents[row] !== -1) read.parent = rows.parents[row]
    read.end = rows.ends[row]
    rows.tell(row, read.words)
    if (row < rows.complete) this.blank()
  }

  /** A line of the open goroutine. */
  #body(text: string, at: LineAt): boolean {
    const node = this.#stackEnd === null ? this.node : null
    const place = lines.parsePlace(text)
    if (place !== null) {
      if (node === null) return this.#stackEnd !== null
      const kind = PLACE_OF[node.kind]
      if (kind !== undefined) return this.#grow(node, kind, place.literal, at)
      const name = this.#last !== null && lines.isBareName(this.#last) ? this.#last : null
      this.#last = null
      const base = name !== null && place.tail.includes('pc=0x') ? this.tree.child(node, NodeKind.bare, name) : null
      if (base !== null) {
        this.#strangers.count--
        return this.#grow(base, NodeKind.place, place.literal, at)
      }
      // ` pc=0x…` alone is the end of a place line that was wrapped.
      if (place.file !== null) this.events.lost('orphan-frame', at.line)
      return true
    }
    const func = lines.parseFunction(text)
    if (func !== null) {
      if (node === null) return this.#stackEnd !== null
      const base = this.#base(node, at)
      const grown = this.#grow(base, NodeKind.func, func.literal, at)
      const hint = this.node?.hint ?? -1
      if (grown && hint !== -1) this.read.words.push(hint, firstWord(func.args))
      return grown
    }
    const creator = lines.parseCreator(text)
    if (creator !== null) {
      if (node === null) return this.#stackEnd !== null
      this.read.parent = creator.parent
      return this.#grow(this.#base(node, at), NodeKind.creator, creator.literal, at)
    }
    if (lines.isElided(text)) return node === null || this.#grow(this.#base(node, at), NodeKind.elided, '...', at)
    if (lines.isUnavailable(text)) {
      this.read.unavailable = true
      return true
    }
    if (lines.parseAncestor(text) !== null) {
      this.#stackEnd ??= node
      this.node = null
      return true
    }
    const pc = lines.parseNonGo(text)
    if (pc !== null) return node === null || this.#grow(this.#base(node, at), NodeKind.nonGo, 'non-Go function', at)
    if (lines.isRuntimeNoise(text)) return true
    return false
  }

  /** The node that the next frame goes on from: a function whose place never came is passed over. */
  #base(node: StackNode, at: LineAt): StackNode {
    if (!hangs(node) || node.parent === null) return node
    this.events.lost('torn-frame', at.line)
    if (node.hint !== -1) this.read.words.length--
    return node.parent
  }

  #grow(node: StackNode, kind: NodeKind, literal: string, at: LineAt): boolean {
    const child = this.tree.child(node, kind, literal)
    if (child !== null) this.node = child
    else {
      // The rest of the goroutine is passed over.
      this.events.lost('too-many-stacks', at.line)
      this.#stackEnd = this.#base(node, at)
      this.node = null
    }
    return true
  }

  /** A line that is none of a goroutine's. */
  #outside(text: string, at: LineAt): boolean {
    const crash = this.crashes.line(text, at)
    if (crash !== null) {
      if (this.open && crash !== 'part') this.finish(false)
      this.#block = 'none'
      if (crash === 'mark' && this.crashes.current !== null) this.#dumps.mark(this.crashes.current)
      else if (crash === 'relay') this.#dumps.relay()
      else if (crash === 'exit') this.#dumps.over()
      else if (crash === 'runtime-stack') this.#block = 'runtime-stack'
      return true
    }
    if (this.open) return this.#stranger(text, at)
    if (isHeaderLike(text)) {
      this.events.lost('damaged-header', at.line)
      this.#orphan = true
      return true
    }
    return this.#block !== 'none' && isFrameText(text)
  }

  /**
   * A line that is part of nothing else either. Frames without a header show that the beginning of the text is missing;
   * only a place line is proof, for `f(x)` may be anything.
   */
  leftover(text: string, at: LineAt): boolean {
    const place = this.open ? null : lines.parsePlace(text)
    if (place !== null && (this.#orphan || /\.(?:go|s):\d+$/.test(place.literal))) {
      if (!this.#orphan) this.events.lost('orphan-frame', at.line)
      this.#orphan = true
      return true
    }
    this.#dumps.noise()
    return false
  }

  /** Somebody else's line between those of a goroutine; or a C function's name, which has no parentheses. */
  #stranger(text: string, at: LineAt): boolean {
    if (isHeaderLike(text)) {
      this.finish(false)
      this.events.lost('damaged-header', at.line)
      this.#orphan = true
      return true
    }
    this.#countStrangers()
    const wrapped = this.#last === null ? '' : this.#last + text
    if (isFrameText(wrapped) && this.#body(wrapped, at)) {
      this.#last = null
      this.#strangers.count--
      this.read.end = at.end
      return true
    }
    this.#last = text.length < LONGEST_PART ? text : null
    this.#dumps.noise()
    const strangers = this.#strangers
    if (strangers.count === 0) Object.assign(strangers, { line: at.line, node: this.node })
    if (++strangers.count > PATIENCE) this.finish(false)
    return false
  }

  /** Lines of others stand inside of the goroutine when its stack went on after them. */
  #countStrangers(): void {
    const { count, line, node } = this.#strangers
    if (count === 0 || node === this.node) return
    this.events.foreign(count, line)
    this.#strangers.count = 0
  }
}

function newGoroutine(root: StackNode): ReadGoroutine {
  return {
    id: 0,
    status: newStatus(),
    onThread: null,
    line: 0,
    offset: 0,
    end: 0,
    node: root,
    words: new HintWords(),
    parent: 0,
    unavailable: false,
    cut: false,
    ns: null,
  }
}

/** A line that waits for its place. */
function hangs(node: StackNode): boolean {
  return node.kind === NodeKind.func || node.kind === NodeKind.creator
}

const PLACE_OF: Partial<Record<NodeKind, NodeKind>> = {
  [NodeKind.func]: NodeKind.place,
  [NodeKind.creator]: NodeKind.creatorPlace,
}

function isFrameText(text: string): boolean {
  return (
    lines.parseFunction(text) !== null ||
    lines.parsePlace(text) !== null ||
    lines.isElided(text) ||
    lines.parseCreator(text) !== null ||
    lines.parseNonGo(text) !== null
  )
}
