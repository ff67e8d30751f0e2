/**
 * Puts the goroutines of one stream of text together into dumps: where one ends and the next begins, which rows are the
 * same goroutine printed twice, and which a panic message made up.
 */
import { type CrashText, GoroutineFlag, type GoroutineSnapshot } from '../../src/model/goroutine.js'
import type { Ns } from '../../src/model/time.js'
import { type Columns, type GoroutineRow, GoroutineTableBuilder } from '../shared/goroutine-table.js'
import { addressOf, HintWords } from '../shared/object-address.js'
import type { HeaderStatus } from './header.js'
import { RowPlaces } from './row-places.js'
import { type StackNode, stackAt } from './stack-tree.js'
import { goVersionOf } from './version.js'
import type { WalkedRows } from './walked.js'

/** A goroutine as the stream has read it. */
export interface ReadGoroutine {
  id: number
  status: HeaderStatus
  onThread: boolean | null
  /** 1-based line and byte offset of the header; offset after the last line. */
  line: number
  offset: number
  end: number
  node: StackNode
  words: HintWords
  parent: number
  /** `goroutine running on other thread; stack unavailable` */
  unavailable: boolean
  /** The text broke off inside of it. */
  cut: boolean
  ns: Ns | null
}

export type DumpFormat = 'debug2' | 'sigquit' | 'signal' | 'panic' | 'fatal'

/** A dump that is complete, but for what the stream knows of where it came from. */
export interface Dump extends Omit<GoroutineSnapshot, 'source' | 'detail' | 'pid' | 'threads' | 'objects'> {
  places: RowPlaces
  crash: CrashText | null
  /** Registers of the thread that crashed. */
  registers: Record<string, string> | null
}

export interface DumpEvents {
  dump(dump: Dump): void
  /** Goroutines that stand in a panic message. */
  forged(count: number, line: number): void
  /** Stacks that GOTRACEBACK=crash printed once more, or of further threads. */
  repeated(line: number): void
}

/** `pprof debug=2` stops there (runtime/pprof writeGoroutineStacks), in the middle of a line. */
const DEBUG2_LIMIT = 64 << 20

/** Rows after which a dump is large, and the most that are reserved on a mere guess. */
const FORESEE = 4096
const MOST_FORESEEN = 1 << 20

const FORMATS: Partial<Record<CrashText['kind'], DumpFormat>> = {
  panic: 'panic',
  'test-timeout': 'panic',
  fatal: 'fatal',
  throw: 'fatal',
  quit: 'sigquit',
  signal: 'signal',
}

interface OpenDump {
  builder: GoroutineTableBuilder
  places: RowPlaces
  /** Whether it is known to be large, and room was made. */
  foreseen: boolean
  unavailable: Set<number>
  crash: CrashText | null
  line: number
  ns: Ns | null
  /** A goroutine with state `running` and a stack of its own was seen. */
  running: boolean
  /** Nothing but goroutines and blank lines since the first. */
  contiguous: boolean
  relay: boolean
  /** The text says that the process is gone. */
  over: boolean
  cut: boolean
}

export class DumpAssembler {
  #dump: OpenDump | null = null
  #crash: CrashText | null = null
  /** Filled anew for every goroutine: there are many. */
  readonly #rowData: GoroutineRow = {
    id: 0,
    stack: 0,
    state: '',
    stateIndex: 0,
    line: 0,
    object: 0,
    parent: 0,
    flags: 0,
  }

  constructor(
    readonly events: DumpEvents,
    readonly registers: ReadonlyMap<CrashText, Record<string, string>>,
    /** Bytes of the input, to foresee how many goroutines a large dump has. */
    readonly inputBytes: number,
  ) {}

  /** A crash began: the goroutines that follow are its. */
  mark(crash: CrashText): void {
    this.close()
    this.#crash = crash
  }

  /** `-----`: the stacks of other threads follow (GOTRACEBACK=crash). */
  relay(): void {
    if (this.#dump !== null) this.#dump.relay = true
  }

  /** A line between goroutines that is none of theirs. */
  noise(): void {
    if (this.#dump !== null) this.#dump.contiguous = false
  }

  /** `exit status 2`: what follows is of another process. */
  over(): void {
    if (this.#dump !== null) this.#dump.over = true
  }

  add(read: ReadGoroutine): void {
    const { id, status } = read
    let dump = this.#dump
    let known = dump === null ? -1 : dump.places.find(id)
    if (dump !== null && this.#beginsAnother(dump, read, known !== -1)) dump = null
    if (dump === null) {
      dump = this.#open(read)
      known = -1
    }
    const running = status.state === 'running' && !read.unavailable
    dump.running ||= running
    dump.cut = read.cut
    if (known !== -1) this.#again(dump, known, read)
    else this.#row(dump, read)
  }

  /**
   * Adds goroutines that were walked, from `row` on, for as long as nothing can be special about them: they do what `add`
   * would. Returns the row that it has to be left to.
   */
  addWalked(rows: WalkedRows, row: number): number {
    const dump = this.#dump
    if (dump === null || dump.relay || dump.over) return row
    const { builder, places } = dump
    const first = builder.length
    const columns = builder.addMany(rows, row, usual(rows, row, builder))
    const to = places.addWalked(rows, row, row + builder.length - first)
    builder.cut(first + to - row)
    if (to === row) return row
    fill(rows, row, to, builder, columns)
    dump.cut = false
    if (places.length >= FORESEE) this.#foresee(dump)
    return to
  }

  close(): void {
    const dump = this.#dump
    if (dump === null) return
    this.#dump = null
    const table = dump.builder.finish()
    const { places } = dump
    const bytes = places.end(places.length - 1) - places.offsets[0]
    const full = dump.crash === null && bytes >= DEBUG2_LIMIT - 1 && bytes <= DEBUG2_LIMIT + 1
    if (dump.cut) table.flags[table.length - 1] |= GoroutineFlag.truncated
    this.events.dump({
      format: (dump.crash && FORMATS[dump.crash.kind]) ?? 'debug2',
      goVersion: goVersionOf(table.stacks),
      takenNs: dump.ns,
      truncated: dump.cut || full,
      line: dump.line,
      table,
      places: dump.places,
      crash: dump.crash,
      registers: (dump.crash && this.registers.get(dump.crash)) ?? null,
    })
  }

  /**
   * A dump shows one goroutine that runs and has a stack: the one that dumps, or that crashed; those that run on other
   * threads cannot be read. A second one therefore begins another dump, and so does an id that was there already.
   *
   * Up to Go 1.22 a panic message is printed raw and can hold whole goroutines. Then the real one follows directly:
   * what stands between it and `panic:` was the message.
   */
  #beginsAnother(dump: OpenDump, { id, status, onThread, unavailable }: ReadGoroutine, known: boolean): boolean {
    if (dump.relay || (known && dump.unavailable.has(id) && !dump.over)) return false
    const running = status.state === 'running' && !unavailable && onThread === null
    const again = known && id !== 0 && !unavailable
    const second = running && (dump.running || dump.crash === null)
    if (!dump.over && !again && !second) return false
    const crash = dump.crash
    if (
      second &&
      !dump.over &&
      dump.contiguous &&
      crash !== null &&
      dump.builder.length > 0 &&
      crash.kind === 'panic'
    ) {
      this.events.forged(dump.builder.length, dump.line)
      this.#dump = null
      this.#crash = crash
      crash.goroutine = null
      return true
    }
    this.close()
    return true
  }

  #open(read: ReadGoroutine): OpenDump {
    const crash = this.#crash
    this.#crash = null
    const builder = new GoroutineTableBuilder(4)
    this.#dump = {
      builder,
      places: new RowPlaces(builder, this.inputBytes),
      foreseen: false,
      unavailable: new Set(),
      crash,
      line: crash?.line ?? read.line,
      ns: read.ns,
      running: false,
      contiguous: true,
      relay: false,
      over: false,
      cut: false,
    }
    const { id, status } = read
    // g0 (id 0) is a thread's scheduler, not the goroutine that was running.
    const ran = status.state === 'running' || crash?.kind === 'signal' || crash?.kind === 'quit'
    if (crash !== null && ran && id !== 0) crash.goroutine = id
    return this.#dump
  }

  #row(dump: OpenDump, read: ReadGoroutine): void {
    const { id, status } = read
    const { builder } = dump
    const stack = this.#stack(builder, read.node)
    if (status.owner !== builder) {
      status.owner = builder
      status.index = builder.state(status.state)
    }
    const state = status.index
    let flags = status.flags
    if (dump.builder.length === 0) flags |= GoroutineFlag.current
    if (id === 0) flags |= GoroutineFlag.system
    const row = this.#rowData
    row.id = id
    row.stack = stack
    row.stateIndex = state
    row.waitNs = status.waitNs
    row.line = read.line
    row.object = read.words.length === 0 ? 0 : addressOf(builder.primitive(state, stack), read.words)
    row.parent = read.parent
    row.flags = flags
    row.labels = status.labels ?? undefined
    row.bubble = status.bubble ?? undefined
    builder.add(row)
    dump.places.add(id, read.offset, read.end)
    if (dump.places.length >= FORESEE) this.#foresee(dump)
    if (read.unavailable) dump.unavailable.add(id)
  }

  /** Columns that grow are copied again and again: makes them as long as the rest of the input lets expect. */
  #foresee(dump: OpenDump): void {
    if (dump.foreseen) return
    dump.foreseen = true
    const { builder, places } = dump
    const { length, offsets } = places
    const bytes = (places.end(length - 1) - offsets[0]) / length
    const rows = Math.min(MOST_FORESEEN, Math.ceil((this.inputBytes - offsets[0]) / bytes) + FORESEE)
    builder.reserve(rows)
    places.reserve(rows)
  }

  /** The same goroutine once more: a relayed stack fills in what the first time was unavailable. */
  #again(dump: OpenDump, row: number, read: ReadGoroutine): void {
    this.events.repeated(read.line)
    if (!dump.unavailable.delete(read.id)) return
    if (read.unavailable) dump.unavailable.add(read.id)
    else {
      dump.builder.setStack(row, this.#stack(dump.builder, read.node))
      dump.places.set(row, read.offset, read.end)
    }
  }

  #stack(builder: GoroutineTableBuilder, node: StackNode): number {
    if (node.owner !== builder) {
      node.owner = builder
      node.stack = builder.stack(stackAt(node))
    }
    return node.stack
  }
}

// Short loops of their own, since there are many rows: the compiler is done with them before the dump is.

/** Up to where the rows from `row` on are such as the table has had before, and nothing can be special about them. */
function usual(rows: WalkedRows, row: number, builder: GoroutineTableBuilder): number {
  for (; row < rows.complete; row++) {
    const status = rows.status(row)
    if (status.owner !== builder || rows.node(row).owner !== builder || rows.ids[row] === 0) break
    if (status.state === 'running' || status.labels !== null || status.bubble !== null) break
  }
  return row
}

/** Fills in what goroutines have by their status and stack, and by their words, in the last rows of a table. */
function fill(rows: WalkedRows, row: number, to: number, builder: GoroutineTableBuilder, columns: Columns): void {
  const { stack, state, waitNs, flags, primitive } = columns
  const shift = builder.length - to
  for (let i = row; i < to; i++) {
    const status = rows.status(i)
    const at = i + shift
    const kind = builder.kind(status.index, rows.node(i).stack)
    stack[at] = rows.node(i).stack
    state[at] = status.index
    waitNs[at] = status.waitNs
    flags[at] = status.flags | kind.flags
    primitive[at] = kind.primitive
  }
  for (let i = row; i < to; i++)
    if (rows.words[i] > 0) columns.object[i + shift] = address(rows, i, primitive[i + shift])
}

const words = new HintWords()

function address(rows: WalkedRows, row: number, primitive: number): number {
  words.length = 0
  rows.tell(row, words)
  return addressOf(primitive, words)
}
