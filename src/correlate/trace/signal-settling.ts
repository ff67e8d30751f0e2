/**
 * What became of signals that nothing more can be seen of, because their process or the log is over: whose effect no line
 * showed, and those that never arrived.
 */
import { defaultAction } from '../../model/signal-names.js'
import { SIGKILL, type ThreadMask } from './dispositions.js'
import type { Life, ThreadLife } from './life.js'
import type { ProcessTree } from './process-tree.js'
import { because, initHasNoHandler, isInit } from './signal-reasons.js'
import type { Delivery, LifeSignals, SignalStates, Waiting } from './signal-state.js'

function isBlocked(masks: readonly ThreadMask[], number: number): boolean {
  return masks.length > 0 && masks.every(m => m.blocks(number))
}

export class Settling {
  constructor(
    readonly tree: ProcessTree,
    readonly states: SignalStates,
  ) {}

  /** Settles what the end of a process leaves open. */
  end(life: Life, state: LifeSignals): void {
    for (const t of life.threads) for (const d of this.states.thread(t).open) this.#delivery(d, t, life, state)
    for (const list of state.waiting.values()) for (const w of list) this.#waiting(w, life, state)
  }

  #delivery(delivery: Delivery, thread: ThreadLife, life: Life, state: LifeSignals): void {
    const { signal } = delivery
    if (signal.outcome !== 'unknown') return
    const wentOn = this.states.thread(thread).lastSeq > delivery.seq
    if (defaultAction(signal.number) === 'stop') {
      // Group stops are not printed by every strace; SIGSTOP cannot be refused.
      if (signal.number === 19) signal.outcome = 'stopped'
      else if (wentOn && state.watched) signal.outcome = 'ignored'
      return
    }
    if (wentOn && !state.watched && life.process.runtime === 'go') {
      // The Go runtime has handlers for all signals that end a process (runtime/sigtab_linux_generic.go).
      signal.outcome = 'handled'
      return
    }
    if (!wentOn || !state.watched) return
    signal.outcome = 'ignored'
    signal.because = isInit(life)
      ? initHasNoHandler()
      : because('sig-ign', 'it had no handler and lived on: it must have been ignored from before the trace', [])
  }

  #waiting(w: Waiting, life: Life, state: LifeSignals): void {
    const { signal } = w
    if (signal.outcome === 'coalesced') this.#dropped(w, life)
    if (signal.outcome !== 'unknown') return
    if (signal.number === SIGKILL) {
      if (isInit(life)) {
        signal.outcome = 'ignored'
        signal.because = because('no-handler', 'nothing inside a pid namespace can kill its first process', [])
      }
      return
    }
    // Taken through a signalfd, perhaps: of none of its reads does the log show what it took.
    const takes = state.taken.sets.some(set => set.signals.has(signal.number) !== set.inverted)
    if (takes && !state.taken.seen) return
    const threads = w.thread ? [w.thread] : life.threads
    const masks = threads.map(t => this.states.thread(t).mask)
    const blocked = isBlocked(masks, signal.number)
    const moved = threads.some(t => this.states.thread(t).lastSeq > w.seq)
    // A log without any delivery may have been made without signals (strace -e signal=none).
    if (!blocked && !(this.tree.signalsShown && (moved || life.ended))) return
    signal.outcome = 'pending'
    if (!blocked) return
    const refs = masks.flatMap(m => (m.ref ? [m.ref] : [])).slice(0, 3)
    const text = w.thread
      ? 'the thread had it blocked'
      : threads.length === 1
        ? 'it was blocked'
        : 'every thread had it blocked'
    signal.because = because('blocked', `${text} to the end`, refs)
  }

  /** A log without any delivery (strace -e signal=none) cannot show that the one before was still pending. */
  #dropped({ signal, thread }: Waiting, life: Life): void {
    const masks = (thread ? [thread] : life.threads).map(t => this.states.thread(t).mask)
    if (this.tree.signalsShown || isBlocked(masks, signal.number)) return
    signal.outcome = 'unknown'
    signal.because = null
  }

  /** What became of signals to a process that was not traced: nobody saw it, nor which of them were dropped. */
  unwatched(state: LifeSignals): void {
    for (const list of state.waiting.values())
      for (const { signal } of list) {
        if (signal.outcome !== 'unknown' && signal.outcome !== 'coalesced') continue
        signal.outcome = 'unknown'
        signal.because = because('untraced', 'its target was not traced', [])
      }
  }
}
