/** One output of `goroutines` (or its answer in JSON) on the way to a snapshot. */
import type { Frame, GoroutineSnapshot, NativeThread } from '../../src/model/goroutine.js'
import { GoroutineFlag } from '../../src/model/goroutine.js'
import { GoroutineTableBuilder } from '../shared/goroutine-table.js'
import { primitiveOfFrames } from '../shared/primitive-frames.js'
import { goMinor } from '../shared/wait-reasons.js'
import { objectOfFrames } from './objects.js'
import { type PrintedReason, type ReasonKey, reasonKey } from './reasons.js'

/** A goroutine as Delve showed it. */
export interface ShownGoroutine {
  id: number
  line: number
  /** Goroutines it stands for: the rest of a group that shows only five. */
  count: number
  /** Word of the wait reason, or of the status; '' where Delve printed nothing. */
  state: string
  /** `since` of the goroutine line, as printed. */
  since: string | null
  thread: number | null
  /** Innermost first; with arguments where `-full` or JSON gave them. */
  frames: Frame[]
  createdBy: Frame | null
  /** Only one place of the stack was shown, or it was cut at its depth. */
  elided: boolean
  selected: boolean
  labels: Record<string, string> | null
}

/** What is known of the session that a listing belongs to. */
export interface SessionFacts {
  goVersion: string | null
  pid: number | null
  /** The terminal has wait reasons per Go version (Delve 1.26 on); null where it does not say. */
  newDelve: boolean | null
}

/** GOROOT names its version in distributions and toolchain caches: `/usr/lib/go-1.19/src/runtime`, `…-go1.22.3.linux-amd64/src/…`. */
const VERSIONED_ROOT = /go-?(1\.\d{1,3}(?:\.\d{1,3})?)(?:\.[a-z0-9-]{1,30})?\/(?:libexec\/)?src\/(?:runtime|internal)\//

interface Row extends Omit<ShownGoroutine, 'frames' | 'createdBy' | 'elided'> {
  stack: number
  object: number
}

export class Listing {
  /** `[N goroutines]`, where it was printed. */
  claimed: number | null = null
  /** Delve or the capture left goroutines out: a filter, too many groups, a cut. */
  partial = false
  #builder = new GoroutineTableBuilder()
  #rows: Row[] = []
  #byId = new Map<number, number>()
  #stacks: { frames: Frame[]; createdBy: Frame | null; elided: boolean }[] = []
  /** Frames with their arguments, for the rows that have any. */
  #details = new Map<number, Frame[]>()
  #pathVersion: string | null = null

  constructor(
    readonly source: string,
    readonly line: number,
    /** `delve-groups` once it shows that it lists groups: a few goroutines of each, and how many there are. */
    public format: string,
  ) {}

  get length(): number {
    return this.#rows.length
  }

  add(shown: ShownGoroutine): void {
    const { frames, createdBy, elided, ...rest } = shown
    const row = this.#rows.length
    this.#rows.push({ ...rest, stack: this.#intern(frames, createdBy, elided), object: objectOfFrames(frames) })
    if (shown.id !== 0 && !this.#byId.has(shown.id)) this.#byId.set(shown.id, row)
    if (frames.some(f => f.args !== undefined)) this.#details.set(row, frames)
  }

  /** Gives a goroutine the stack that `bt` or Stacktrace showed of it; false where the listing does not hold it. */
  attach(id: number, frames: Frame[], createdBy: Frame | null, elided: boolean): boolean {
    const row = this.#byId.get(id)
    if (row === undefined) return false
    const target = this.#rows[row]
    const known = this.#stacks[target.stack]
    const better = frames.length > known.frames.length || (known.elided && !elided)
    if (better) target.stack = this.#intern(frames, createdBy ?? known.createdBy, elided)
    else if (createdBy && !known.createdBy) target.stack = this.#intern(known.frames, createdBy, known.elided)
    if (frames.some(f => f.args !== undefined)) {
      this.#details.set(row, frames)
      target.object ||= objectOfFrames(frames)
    }
    return true
  }

  /** The stacks of rows, for telling which goroutine a stack without a number belongs to. */
  *stacks(): Generator<{ id: number; frames: readonly Frame[] }> {
    for (const row of this.#rows) yield { id: row.id, frames: this.#stacks[row.stack].frames }
  }

  /** The snapshot, and how its wait reasons were read. The listing must not be used any more. */
  finish(facts: SessionFacts, threads: NativeThread[]): { snapshot: GoroutineSnapshot; key: ReasonKey } {
    const goVersion = facts.goVersion ?? this.#pathVersion
    const key = reasonKey(this.#printed(), goMinor(goVersion), facts.newDelve)
    const waits = waitTimes(this.#rows.map(r => r.since))
    const runs = new Map(threads.filter(t => t.goroutine !== null).map(t => [t.goroutine, t.tid]))
    this.#rows.forEach((row, i) => {
      const state = key.words.has(row.state) ? (key.words.get(row.state) ?? 'unknown wait reason') : row.state
      const thread = row.thread ?? runs.get(row.id) ?? -1
      this.#builder.add({
        id: row.id,
        stack: row.stack,
        state: state === '' ? unprinted(this.#stacks[row.stack].frames, thread) : state,
        ...(row.count !== 1 && { count: row.count }),
        waitNs: waits[i],
        line: row.line,
        object: row.object,
        thread,
        flags: row.selected ? GoroutineFlag.current : 0,
        ...(row.labels && { labels: row.labels }),
      })
    })
    const onThread = new Map(this.#rows.filter(r => r.thread !== null && r.id > 0).map(r => [r.thread, r.id]))
    for (const thread of threads) thread.goroutine ??= onThread.get(thread.tid) ?? null
    const table = this.#builder.finish()
    const details = this.#details
    const snapshot: GoroutineSnapshot = {
      source: this.source,
      format: this.format,
      goVersion,
      pid: facts.pid,
      takenNs: null,
      truncated: this.partial || (this.claimed !== null && this.claimed > this.#shown()),
      line: this.line,
      table,
      threads,
      objects: [],
      detail(row) {
        const stack = table.stacks[table.stack[row]]
        return { frames: details.get(row) ?? [...stack.frames], createdBy: stack.createdBy, registers: null }
      },
    }
    return { snapshot, key }
  }

  /** Goroutines shown, the uncounted rest of groups included. */
  #shown(): number {
    return this.#rows.reduce((sum, row) => sum + row.count, 0)
  }

  #intern(frames: readonly Frame[], createdBy: Frame | null, elided: boolean): number {
    const bare = frames.map(({ args: _, ...frame }) => frame)
    const index = this.#builder.stack({ frames: bare, createdBy, elided })
    if (index === this.#stacks.length) {
      this.#stacks.push({ frames: bare, createdBy, elided })
      this.#pathVersion ??= versionOfPaths(createdBy ? [...bare, createdBy] : bare)
    }
    return index
  }

  /** Each reason at each place once: 100,000 goroutines in one place are one witness. */
  #printed(): PrintedReason[] {
    const seen = new Set<string>()
    const printed: PrintedReason[] = []
    for (const { state, stack } of this.#rows) {
      if (state === '' || seen.has(`${state} ${stack}`)) continue
      seen.add(`${state} ${stack}`)
      printed.push({ reason: state, frames: this.#stacks[stack].frames })
    }
    return printed
  }
}

/** Delve prints a word only for goroutines that wait: the others run, want to run, or are in a system call. */
function unprinted(frames: readonly Frame[], thread: number): string {
  const seen = primitiveOfFrames(frames)
  if (seen === 'syscall' || seen === 'cgo' || frames.some(f => f.func === 'os/signal.signal_recv')) return 'syscall'
  return thread === -1 ? 'runnable' : 'running'
}

function versionOfPaths(frames: readonly Frame[]): string | null {
  for (const { file } of frames) {
    const m = file === null ? null : VERSIONED_ROOT.exec(file)
    if (m) return `go${m[1]}`
  }
  return null
}

/**
 * How long each goroutine has waited at least, in ns; undefined where it cannot be told.
 *
 * Delve 1.20 and later print `g.waitsince` itself, nanoseconds of the monotonic clock: the wait is at least the distance
 * to the latest of them. Delve 1.6 to 1.9 took it for a date and print the age of 1970 (`498743h21m11s`): only distances
 * between those mean anything, and they grow by the microseconds that printing takes, so below a second nothing is said.
 */
function waitTimes(since: readonly (string | null)[]): (number | undefined)[] {
  const raw = since.map(text => (text === null ? null : /^\d+$/.test(text) ? Number(text) : -goDuration(text)))
  let latest = Number.NEGATIVE_INFINITY
  for (const value of raw) if (value !== null && value > latest) latest = value
  return raw.map(value => (value === null || latest - value < 1e9 ? undefined : latest - value))
}

const UNITS: Record<string, number> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, µs: 1e3, us: 1e3, ns: 1 }

/** `498743h21m11.1s` in ns. */
function goDuration(text: string): number {
  let ns = 0
  for (const m of text.matchAll(/(\d{1,12}(?:\.\d{1,9})?)(h|ms|m|µs|us|ns|s)/g)) ns += Number(m[1]) * UNITS[m[2]]
  return ns
}
