/** The memory and the functions of `assembly/quiet.ts`, as the rest of the parser sees them. */
import { type Assembly, loadAssembly } from '../shared/assembly.js'
import { NAME } from './bytes.js'
import { KEEP, keepHashes, keepRules, LONG_NS } from './keep.js'
import { OFTEN_SENT } from './often-sent.js'

/** What a thread does, as far as the short way knows. */
export const DOES = {
  /** Its last call returned, and nothing is unusual. */
  nothing: 0,
  /** It is in a call that is kept by no rule. */
  waits: 1,
  /** `threads.ts` knows it, and the short way does not. */
  other: 2,
  /** As `waits`, but its result may be worth it: `rule` and `use` are told. */
  uses: 3,
} as const

/** A thread as the short way leaves it. */
export class QuietThread {
  /** One of `DOES`. */
  does = 0
  rule = 0
  use = 0
  /** Hash of the name of its last call. */
  hash = 0
  /** Line of that call, 0 where none began on the short way; bytes of the line and of its leader, offset, time in ns. */
  line = 0
  size = 0
  lead = 0
  at = 0
  ns = 0
}

/** Numbers that both sides read and write, by their place: as in `assembly/quiet.ts`. */
const DESK = { line: 0, start: 1, end: 2, calls: 3, lastTid: 4, noted: 5, threads: 6 }
/** Places of what is known of a thread, in words of four bytes, and in all: as in `assembly/quiet.ts`. */
const THREAD = { does: 1, rule: 2, use: 3, hash: 5, line: 6, size: 7, lead: 8, at: 10, ns: 12 }
const THREAD_WORDS = 16

interface Functions {
  begin(base: number): void
  run(start: number, end: number, offset: number): number
  forgetThreads(): void
  find(tid: number): number
  leave(tid: number): number
  idle(tid: number): number
  see(tid: number, use: number): void
  unsee(tid: number): void
  bear(tid: number): void
}

export class QuietModule {
  readonly functions: Functions
  /** Takes the place of `LineClock.state` while a log is read. */
  readonly clock: Float64Array<ArrayBuffer>
  /** Bytes of text that are taken at once. */
  readonly textBytes: number
  readonly #bytes: Uint8Array
  readonly #words: Int32Array
  readonly #doubles: Float64Array
  readonly #place: (name: string) => number
  /** Place of the desk in `#words`. */
  readonly #desk: number
  readonly #text: number
  readonly #mostThreads: number
  readonly #found = new QuietThread()

  constructor({ buffer, functions, constant }: Assembly<Functions>) {
    this.functions = functions
    const place = (name: string) => constant(name)!
    this.#place = place
    this.#bytes = new Uint8Array(buffer)
    this.#words = new Int32Array(buffer)
    this.#doubles = new Float64Array(buffer)
    this.#desk = place('desk') >> 2
    this.#text = place('text')
    this.#mostThreads = place('MOST_THREADS')
    this.textBytes = place('TEXT_BYTES')
    this.clock = new Float64Array(buffer, place('clock'), place('CLOCK_FIELDS'))
    const same = { ...KEEP, slots: keepRules.length }
    for (const [name, here] of [['LONG_NS', LONG_NS] as const, ...Object.entries(same)]) {
      const there = constant(name) ?? constant(`KEEP_${name.toUpperCase()}`) ?? here
      if (there !== here) throw new Error(`assembly/quiet.ts has ${there} for ${name}, keep.ts has ${here}`)
    }
    this.#bytes.set(NAME, place('nameBytes'))
    this.#bytes.set(keepRules, place('keepRule'))
    this.#words.set(keepHashes, place('keepHash') >> 2)
    this.#words.set([...OFTEN_SENT], place('oftenSent') >> 2)
  }

  /** Puts text in place: at most `textBytes`. */
  put(text: Uint8Array): void {
    this.#bytes.set(text, this.#text)
  }

  /** Number of the line at hand. */
  get line(): number {
    return this.#words[this.#desk + DESK.line]
  }

  set line(line: number) {
    this.#words[this.#desk + DESK.line] = line
  }

  /** Where the line starts that `run` stopped at, or the rest; and where that line ends. */
  get start(): number {
    return this.#words[this.#desk + DESK.start]
  }

  get end(): number {
    return this.#words[this.#desk + DESK.end]
  }

  /** Calls that began in the lines of the last `run`, and the thread of the last quiet line so far. */
  get calls(): number {
    return this.#words[this.#desk + DESK.calls]
  }

  get lastTid(): number {
    return this.#words[this.#desk + DESK.lastTid]
  }

  /** Whether there is no room for further threads; with a `share` of 0.5, whether half of the room is taken. */
  isFull(share = 1): boolean {
    return this.#words[this.#desk + DESK.threads] >= this.#mostThreads * share
  }

  /** Tells of the lines that were noted (`line-index.ts`), with their places in the text, and forgets them. */
  eachNoted(tell: (line: number, start: number) => void): void {
    const words = this.#words
    const [starts, lines] = [this.#place('notedAt') >> 2, this.#place('notedLine') >> 2]
    for (let i = 0; i < words[this.#desk + DESK.noted]; i++) tell(words[lines + i], words[starts + i])
    words[this.#desk + DESK.noted] = 0
  }

  /** What is known of a thread, in an object that is filled anew each time; null where nothing is. */
  thread(tid: number): QuietThread | null {
    const at = this.functions.find(tid)
    if (at === 0) return null
    const found = this.#found
    const words = this.#words
    const w = at >> 2
    found.does = words[w + THREAD.does]
    found.rule = words[w + THREAD.rule]
    found.use = words[w + THREAD.use]
    found.hash = words[w + THREAD.hash]
    found.line = words[w + THREAD.line]
    found.size = words[w + THREAD.size]
    found.lead = words[w + THREAD.lead]
    found.at = this.#doubles[(w + THREAD.at) >> 1]
    found.ns = this.#doubles[(w + THREAD.ns) >> 1]
    return found
  }

  /** Ids of all threads that are known. */
  *tids(): Generator<number> {
    const words = this.#words
    const [order, threads] = [this.#place('order') >> 2, this.#place('threads') >> 2]
    const count = words[this.#desk + DESK.threads]
    for (let i = 0; i < count; i++) yield words[threads + words[order + i] * THREAD_WORDS]
  }
}

let loaded: QuietModule | null | undefined

/** The module, loaded at its first use; null where there is no WebAssembly. */
export function quietModule(): QuietModule | null {
  if (loaded === undefined) {
    const assembly = loadAssembly<Functions>(new URL('./assembly/quiet.wasm', import.meta.url))
    loaded = assembly === null ? null : new QuietModule(assembly)
  }
  return loaded
}
