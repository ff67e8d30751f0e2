/**
 * Goroutines, as a dump, a debugger or a core shows them. A snapshot may hold 200,000 of them, so it is a table of
 * columns over interned stacks; what only a few of them are asked for (arguments, registers) is read again on demand.
 */
import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/** The contract's words for what a goroutine is blocked on. */
export const PRIMITIVES = [
  'mutex',
  'rwmutex-read',
  'rwmutex-write',
  'waitgroup',
  'cond',
  'once',
  'channel-send',
  'channel-receive',
  'channel-nil',
  'select',
  'select-empty',
  'sleep',
  'netpoll',
  'syscall',
  'fd-lock',
  'cgo',
  'semaphore',
  'coroutine',
  'gc',
  'runtime',
  'none',
  'unknown',
] as const
export type Primitive = (typeof PRIMITIVES)[number]

export interface Frame {
  /** Full function name, package path included: `sync.(*Mutex).Lock`. */
  func: string
  file: string | null
  line: number | null
  /** Argument text between the parentheses, as printed; only in `detail()`. */
  args?: string
  pc?: number
  inlined?: boolean
}

/** Innermost frame first. Two goroutines share a stack when functions, files, lines and creator are the same. */
export interface Stack {
  frames: readonly Frame[]
  createdBy: Frame | null
  /** Frames were left out: `...additional frames elided...` or a cut. */
  elided: boolean
}

/** Bits of `GoroutineTable.flags`. */
export const GoroutineFlag = { locked: 1, leaked: 2, durable: 4, system: 8, current: 16, truncated: 32 } as const

export interface GoroutineTable {
  length: number
  /** Goroutine ids; 0 where the form has none (debug=1 profiles). */
  ids: Float64Array
  /** Goroutines that the row stands for: 1, or the count of a debug=1 record. */
  counts: Uint32Array | null
  /** Index into `stacks`. */
  stack: Uint32Array
  /** Index into `states`. */
  state: Uint16Array
  /** How long it has waited, in ns (minutes in text dumps); NaN where not said. */
  waitNs: Float64Array
  /** 1-based line of the header in the source; 0 for binary sources (then `offsets`). */
  lines: Uint32Array
  /** Byte offset of the record, for binary sources. */
  offsets: Float64Array | null
  /** Address of the object it waits on, 0 where the evidence does not give it. */
  object: Float64Array
  /** Operating system thread, -1 where none or unknown; null where the source tells of none. */
  thread: Int32Array | null
  /** Id of the goroutine that created it, 0 where unknown. */
  parent: Float64Array
  /** `GoroutineFlag` bits. */
  flags: Uint8Array
  /** Labels by row, for the rows that have any. */
  labels: Map<number, Record<string, string>>
  /** Id of the testing/synctest group or bubble by row, for the rows that are in one. */
  bubbles: Map<number, number>
  states: string[]
  stacks: Stack[]
  /** What the words and frames of a state and stack say: index into PRIMITIVES, by row. */
  primitive: Uint8Array
}

/** One goroutine read again with everything the source says of it. */
export interface GoroutineDetail {
  frames: Frame[]
  createdBy: Frame | null
  /** Stacks of the goroutines that led to it, each at its `go` statement (GODEBUG=tracebackancestors). */
  ancestors?: { goroutine: number; frames: Frame[] }[]
  registers: Record<string, string> | null
}

export interface GoroutineSnapshot {
  source: string
  /** `debug2`, `debug1`, `proto`, `sigquit`, `panic`, `fatal`, `delve-goroutines`, `delve-json`, `core`, … */
  format: string
  goVersion: string | null
  /** Process id, where the source says it. */
  pid: number | null
  /** When the dump was taken, source time; null where the source does not say (correlate may). */
  takenNs: Ns | null
  /** The source ends before the dump does, or says so itself (64 MB limit, elided goroutines). */
  truncated: boolean
  /** First line of the dump in the source (there can be several dumps in one file). */
  line: number
  table: GoroutineTable
  /** Operating system threads, where the source lists them (Delve, cores). */
  threads: NativeThread[]
  /** Channels, locks and so on that were read from memory; empty for text. */
  objects: GoObject[]
  detail(row: number): GoroutineDetail
}

/** A runtime object read from a core: the truth about who waits where. */
export interface GoObject {
  address: number
  kind: 'channel' | 'mutex' | 'rwmutex' | 'waitgroup' | 'cond' | 'semaphore' | 'timer' | 'netpoll'
  /** `len 0, cap 8, closed`, by name. */
  state: Record<string, string | number | boolean>
  /** Goroutine ids that wait to receive, lock, read … */
  waiters: number[]
  /** Channels: goroutine ids that wait to send. */
  senders: number[]
  refs: Ref[]
}

export interface NativeThread {
  tid: number
  comm: string | null
  frames: Frame[]
  registers: Record<string, string> | null
  /** Id of the goroutine it runs, where known. */
  goroutine: number | null
  current: boolean
  /** Pending and blocked signals, as bit masks, where the evidence has them (cores). */
  sigPending: bigint | null
  sigBlocked: bigint | null
  refs: Ref[]
}

/** What a Go program (or the C library) printed as it died. */
export interface CrashText {
  source: string
  line: number
  ns: Ns | null
  kind: 'panic' | 'fatal' | 'throw' | 'signal' | 'quit' | 'test-timeout' | 'race' | 'abort' | 'msan'
  /** First line: `panic: runtime error: …`, `fatal error: all goroutines are asleep - deadlock!`. */
  message: string
  /** Earlier panics of the chain, oldest first, as printed: a deferred function panicked while one was under way. */
  earlier?: string[]
  signal: string | null
  /** Signal code as printed, hex. */
  code: string | null
  address: string | null
  pc: string | null
  /** Goroutine that was running. */
  goroutine: number | null
  pid: number | null
  /** Exit status the text names (`exit status 2`). */
  exitStatus: number | null
  refs: Ref[]
  /** Nobody has the text: it was put together from what the memory of a core holds. */
  fromMemory?: boolean
}
