/** What the signal tracker remembers of processes and threads while it walks a world. */
import type { Ref } from '../../model/ref.js'
import type { Signal } from '../../model/signal.js'
import type { Ns } from '../../model/time.js'
import type { TraceCall } from '../../model/trace.js'
import type { PidArg, SignalSet } from './call-args.js'
import { Dispositions, ThreadMask } from './dispositions.js'
import type { Life, ThreadLife } from './life.js'

/** A signal that was sent and has not been seen to arrive. */
export interface Waiting {
  signal: Signal
  /** Thread that it was aimed at; null for one to the whole process. */
  thread: ThreadLife | null
  /** Process that sent it; null for the kernel. */
  sender: Life | null
  code: string | null
  int: number | null
  /** Another one like it was pending already: it was dropped, unless it turns out to arrive all the same. */
  doubtful: boolean
  seq: number
}

/** A signal that has been delivered, and whose effect the next lines of the thread will show. */
export interface Delivery {
  signal: Signal
  seq: number
  /** Its effect is known; it waits for its rt_sigreturn only. */
  handled: boolean
}

export interface LifeSignals {
  dispositions: Dispositions
  /** Handlers were watched from the start of this program on: one that is not known is not there. */
  watched: boolean
  waiting: Map<number, Waiting[]>
  /** Deliveries that no call was found for, latest last: the call may stand further down in the log. */
  strays: { signal: Signal; pid: number | null; ns: Ns | null }[]
  pidfds: Map<number, PidArg>
  signalfds: Set<number>
  /** The signals that those take, and whether any was seen taken: reads need not be in the log, nor what was read. */
  taken: { sets: SignalSet[]; seen: boolean }
  /** SIGKILL was sent or exit_group called: what comes now is dropped (prepare_signal in kernel/signal.c). */
  dying: boolean
  /** PR_SET_PDEATHSIG, and the call that set it. */
  parentDeath: { number: number; ref: Ref } | null
  /** The call that put it into seccomp's strict mode. */
  strict: Ref | null
}

export interface ThreadSignals {
  mask: ThreadMask
  open: Delivery[]
  /** Last call of the thread, and its place. */
  last: { call: TraceCall; ref: Ref; ns: Ns | null } | null
  lastSeq: number
  /** Its last line says that it was stopped. */
  stopped: Ref | null
}

export class SignalStates {
  readonly #lives = new Map<Life, LifeSignals>()
  readonly #threads = new Map<ThreadLife, ThreadSignals>()

  /** @param watched the trace shows rt_sigaction from the start of programs on */
  constructor(readonly watched: boolean) {}

  life(life: Life): LifeSignals {
    let state = this.#lives.get(life)
    if (!state) {
      const parent = life.born && life.parent ? this.#lives.get(life.parent) : undefined
      state = {
        dispositions: parent?.dispositions.copy() ?? new Dispositions(),
        watched: parent?.watched ?? false,
        waiting: new Map(),
        strays: [],
        pidfds: new Map(parent?.pidfds),
        signalfds: new Set(parent?.signalfds),
        taken: { sets: [...(parent?.taken.sets ?? [])], seen: false },
        dying: false,
        parentDeath: null,
        strict: parent?.strict ?? null,
      }
      this.#lives.set(life, state)
    }
    return state
  }

  thread(thread: ThreadLife): ThreadSignals {
    let state = this.#threads.get(thread)
    if (!state)
      this.#threads.set(thread, (state = { mask: new ThreadMask(), open: [], last: null, lastSeq: -1, stopped: null }))
    return state
  }

  /** A birth: the child has its parent's handlers, and the mask of the thread that made it. */
  born(child: ThreadLife, maker: ThreadLife): void {
    if (child.life !== maker.life) this.life(child.life)
    const state = this.thread(child)
    if (!state.mask.isKnown) state.mask = this.thread(maker).mask.copy()
  }

  execve(life: Life): void {
    const state = this.life(life)
    state.dispositions.execve()
    state.watched = this.watched
    state.parentDeath = null
  }

  /** A life that is over and fully accounted for needs no memory. */
  forget(life: Life): void {
    this.#lives.delete(life)
    for (const t of life.threads) this.#threads.delete(t)
  }

  *lives(): Iterable<[Life, LifeSignals]> {
    yield* this.#lives
  }
}
