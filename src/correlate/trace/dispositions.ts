/** What processes have made of signals: handlers by process, masks by thread (signal(7), fork(2), execve(2)). */
import type { Ref } from '../../model/ref.js'
import type { TraceCall } from '../../model/trace.js'
import { signalOf, signalSet, splitArgs } from './call-args.js'

export interface Disposition {
  kind: 'handler' | 'ignore' | 'default'
  /** The call that set it; null where it was inherited from before the trace. */
  ref: Ref | null
  /** SA_RESETHAND: it serves once. */
  once: boolean
}

/** Signals that no process can catch, ignore or block. */
export const SIGKILL = 9
export const SIGSTOP = 19

type Known = Map<number, Disposition>

/** One thing that a process made of its signals; what was before it is not read until somebody asks. */
interface Step {
  before: Step | null
  /** `execve`, or a call that sets an action. */
  did: 'execve' | { call: TraceCall; ref: Ref }
  /** What holds after it, once it has been read. It belongs to all who share the step. */
  known: Known | null
  /** Steps that are unread up to here. */
  unread: number
}

/** Steps that are kept unread: most processes end without a question about their handlers. */
const UNREAD = 256
const NOTHING: Known = new Map()

export class Dispositions {
  #last: Step | null = null

  get(number: number): Disposition | null {
    return this.#known.get(number) ?? null
  }

  /** fork: what the child does from here on is its own. */
  copy(): Dispositions {
    const copy = new Dispositions()
    copy.#last = this.#last
    return copy
  }

  /** execve: handlers are gone with the program that held them, SIG_IGN stays. */
  execve(): void {
    if (this.#last !== null) this.#step('execve')
  }

  /** A handler that serves once has served. */
  served(number: number): void {
    if (this.get(number)?.once) this.#learn(number, 'default')
  }

  /** rt_sigaction, or `signal` of 32-bit programs, that succeeded. */
  set(call: TraceCall, ref: Ref): void {
    this.#step({ call, ref })
  }

  /** What the log shows by its own lines: a handler that returned, a signal that was ignored. */
  learn(number: number, kind: Disposition['kind']): void {
    if (!this.get(number)) this.#learn(number, kind)
  }

  #learn(number: number, kind: Disposition['kind']): void {
    const known = new Map(this.#known).set(number, { kind, ref: null, once: false })
    this.#last = { before: null, did: 'execve', known, unread: 0 }
  }

  #step(did: Step['did']): void {
    const before = this.#last
    this.#last = { before, did, known: null, unread: (before?.unread ?? 0) + 1 }
    if (this.#last.unread > UNREAD) this.#read(this.#last)
  }

  get #known(): Known {
    return this.#last === null ? NOTHING : (this.#last.known ?? this.#read(this.#last))
  }

  #read(last: Step): Known {
    const steps: Step[] = []
    let step: Step | null = last
    for (; step !== null && step.known === null; step = step.before) steps.push(step)
    const known: Known = new Map(step?.known)
    for (const { did } of steps.reverse()) {
      if (did === 'execve') dropHandlers(known)
      else if (did.call.name === 'signal') setSignal(known, did.call, did.ref)
      else setAction(known, did.call, did.ref)
    }
    last.known = known
    last.before = null
    last.unread = 0
    return known
  }
}

function dropHandlers(known: Known): void {
  for (const [number, d] of known)
    if (d.kind === 'handler') known.set(number, { kind: 'default', ref: null, once: false })
}

/**
 * What rt_sigaction says of the action before is learned too.
 *
 *   > | rt_sigaction(SIGUSR1, {sa_handler=SIG_IGN, sa_mask=[USR1], …}, {sa_handler=SIG_DFL, …}, 8) = 0
 */
function setAction(known: Known, call: TraceCall, ref: Ref): void {
  const [signal, action, before] = splitArgs(call.args, 3)
  const number = signalOf(signal)
  if (!number) return
  if (before?.startsWith('{') && !known.has(number)) known.set(number, { kind: kindOf(before), ref: null, once: false })
  if (!action?.startsWith('{')) return
  known.set(number, { kind: kindOf(action), ref, once: action.includes('SA_RESETHAND') })
}

/** `signal(SIGPIPE, SIG_IGN)` */
function setSignal(known: Known, call: TraceCall, ref: Ref): void {
  const [signal, action] = splitArgs(call.args, 2)
  const number = signalOf(signal)
  if (number && action) known.set(number, { kind: kindOf(action), ref, once: true })
}

/** `{sa_handler=SIG_IGN, …}`, `{SIG_IGN}` (up to strace 4.14), `SIG_IGN`, `{sa_handler=0x1, …}` (-X raw). */
function kindOf(action: string): Disposition['kind'] {
  const word = /^\{?(?:sa_handler=|sa_sigaction=)?(\w+)/.exec(action)?.[1]
  if (word === 'SIG_IGN' || word === '0x1') return 'ignore'
  return word === 'SIG_DFL' || word === '0' ? 'default' : 'handler'
}

/**
 * What is known of the signals that a thread blocks, as 32-bit words: bit n-1 of the first pair is signal n. A thread
 * that was there before the trace has a mask that only its own calls tell bit by bit.
 */
export class Mask {
  constructor(
    readonly low: number,
    readonly high: number,
    readonly knownLow: number,
    readonly knownHigh: number,
    /** The call that set it. */
    readonly ref: Ref | null,
  ) {}

  static readonly unknown = new Mask(0, 0, 0, 0, null)

  /** True where it is known that the signal is blocked. */
  blocks(number: number): boolean {
    return bit(this.low & this.knownLow, this.high & this.knownHigh, number)
  }

  /** The mask after rt_sigprocmask(how, set, old). */
  static after(before: Mask, call: TraceCall, ref: Ref): Mask {
    const [how, set, old] = splitArgs(call.args, 3)
    const base = before.knownLow === -1 ? before : (Mask.of(old, null) ?? before)
    const given = Mask.of(set, ref)
    if (!given) return base
    if (how?.includes('SIG_SETMASK') || how === '2' || how === '0x2') return given
    const unblock = how?.includes('SIG_UNBLOCK') || how === '1' || how === '0x1'
    return new Mask(
      unblock ? base.low & ~given.low : base.low | given.low,
      unblock ? base.high & ~given.high : base.high | given.high,
      base.knownLow | given.low,
      base.knownHigh | given.high,
      ref,
    )
  }

  /** Reads `[USR1 RT_2]` or `~[KILL]`; null where it is not a set. */
  static of(arg: string | undefined, ref: Ref | null): Mask | null {
    const set = signalSet(arg)
    if (!set) return null
    let low = 0
    let high = 0
    for (const n of set.signals)
      if (n <= 32) low |= 1 << (n - 1)
      else high |= 1 << (n - 33)
    if (set.inverted) {
      low = ~low
      high = ~high
    }
    return new Mask(low & ~UNBLOCKABLE, high, -1, -1, ref)
  }
}

/** Changes of a mask that are kept unread. */
const CHANGES = 64

/** The mask of a thread, read out of its calls only when somebody asks. */
export class ThreadMask {
  #mask: Mask
  #unread: { call: TraceCall; ref: Ref }[] = []

  constructor(mask = Mask.unknown) {
    this.#mask = mask
  }

  /** rt_sigprocmask that succeeded, or the return of a handler, which restores the mask from before it. */
  change(call: TraceCall, ref: Ref): void {
    this.#unread.push({ call, ref })
    if (this.#unread.length > CHANGES) this.#read()
  }

  blocks(number: number): boolean {
    return this.#read().blocks(number)
  }

  /** The call that set it last. */
  get ref(): Ref | null {
    return this.#read().ref
  }

  get isKnown(): boolean {
    return this.#unread.length > 0 || this.#mask !== Mask.unknown
  }

  /** A birth: the child begins with its maker's mask. */
  copy(): ThreadMask {
    const copy = new ThreadMask(this.#mask)
    copy.#unread = [...this.#unread]
    return copy
  }

  #read(): Mask {
    for (const { call, ref } of this.#unread) {
      if (call.name.endsWith('procmask')) this.#mask = Mask.after(this.#mask, call, ref)
      else {
        const restored = /mask=(~?\[[^\]]*\])/.exec(call.args)
        if (restored) this.#mask = Mask.of(restored[1], ref) ?? this.#mask
      }
    }
    this.#unread = []
    return this.#mask
  }
}

const UNBLOCKABLE = (1 << (SIGKILL - 1)) | (1 << (SIGSTOP - 1))

function bit(low: number, high: number, number: number): boolean {
  return number <= 32 ? ((low >>> (number - 1)) & 1) === 1 : ((high >>> (number - 33)) & 1) === 1
}
