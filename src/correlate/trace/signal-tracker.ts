/**
 * Follows each signal of a world from the call that sent it to its delivery and its effect.
 *
 * What strace prints and what the kernel does are not the same (kernel/signal.c, signal(7), ptrace(2)):
 *
 * - `---` is a stop before delivery: a traced thread has it for ignored signals too. What came of the signal stands in the
 *   next lines of that thread: rt_sigreturn (a handler ran), `+++ killed`, `--- stopped`, restart_syscall (ignored).
 * - SIGKILL has no `---` line at all, and a blocked, consumed or coalesced signal has none either.
 * - A second standard signal is dropped while a first one is pending in the same queue.
 */
import type { Signal } from '../../model/signal.js'
import { defaultAction, signalNumber } from '../../model/signal-names.js'
import type { TraceCall, TraceEvent, TraceExit, TraceSignal } from '../../model/trace.js'
import { SIGKILL } from './dispositions.js'
import { KIND, kindOf } from './kinds.js'
import type { Life, ThreadLife } from './life.js'
import type { Moment } from './moment.js'
import type { ProcessTree } from './process-tree.js'
import { codeOf } from './signal-codes.js'
import type { SignalLog } from './signal-log.js'
import { because, citeSignal, initHasNoHandler, isInit } from './signal-reasons.js'
import { Senders } from './signal-senders.js'
import { Settling } from './signal-settling.js'
import type { Delivery, LifeSignals, SignalStates, ThreadSignals, Waiting } from './signal-state.js'
import { unsentSignal } from './signal-unsent.js'
import { consumedBy } from './signal-waiters.js'

const STRAYS_KEPT = 16
const AT_ONCE_NS = 1e9
const SIGHUP = 1
const SIGSEGV = 11
const SIGPIPE = 13

function succeeded(call: TraceCall): boolean {
  return call.error === null && call.state === 'returned' && !call.injected
}

export class SignalTracker {
  readonly #senders: Senders
  readonly #settling: Settling

  constructor(
    readonly tree: ProcessTree,
    readonly states: SignalStates,
    readonly log: SignalLog,
  ) {
    this.#senders = new Senders(tree, states, log)
    this.#settling = new Settling(tree, states)
  }

  visit(event: TraceEvent, moment: Moment): void {
    const thread = this.states.thread(moment.thread)
    switch (event.type) {
      case 'call':
        this.#call(event, moment, thread)
        break
      case 'signal':
        this.#delivered(event, moment, thread)
        break
      case 'stop':
        this.#stopped(event.number, moment)
        break
      case 'exit':
        this.#exit(event, moment)
        break
    }
    thread.lastSeq = moment.seq
    thread.stopped = event.type === 'stop' ? moment.ref : null
  }

  /** A call has returned; `seq` is the place of the walk by then. */
  returned(call: TraceCall, moment: Moment): void {
    const thread = this.states.thread(moment.thread)
    this.#consumed(call, moment)
    this.#failedWrite(call, moment, thread)
    thread.lastSeq = Math.max(thread.lastSeq, moment.seq)
  }

  #call(call: TraceCall, moment: Moment, thread: ThreadSignals): void {
    const kind = kindOf(call.name)
    if (thread.open.length > 0) this.#effectShownBy(call, kind, moment, thread)
    const { ref } = moment
    if (kind & KIND.setsAction) {
      if (succeeded(call)) this.states.life(moment.thread.life).dispositions.set(call, ref)
    } else if (kind & KIND.setsMask) {
      if (succeeded(call)) thread.mask.change(call, ref)
    } else if (kind & KIND.handlerReturn) thread.mask.change(call, ref)
    else if (call.name === 'exit_group') this.states.life(moment.thread.life).dying = true
    else if (kind & KIND.execve) {
      if (succeeded(call)) this.states.execve(moment.thread.life)
    } else this.#senders.call(call, moment)
    thread.last = { call, ref, ns: moment.ns }
  }

  /** What the next call of a thread shows of a signal that was delivered to it. */
  #effectShownBy(call: TraceCall, kind: number, moment: Moment, thread: ThreadSignals): void {
    const top = thread.open.at(-1)
    if (!top) return
    const { dispositions } = this.states.life(moment.thread.life)
    if (kind & KIND.handlerReturn) {
      thread.open.pop()
      if (!top.handled) {
        top.signal.outcome = 'handled'
        top.signal.because = null
        dispositions.learn(top.signal.number, 'handler')
      }
      citeSignal(top.signal, moment.ref)
      return
    }
    if (top.handled || top.signal.outcome !== 'unknown') return
    const before = thread.last?.call
    const resumed = call.name === 'restart_syscall' || (before?.state === 'restart' && before.name === call.name)
    if (!resumed) return
    thread.open.pop()
    top.signal.outcome = 'ignored'
    const init = isInit(moment.thread.life)
    top.signal.because = init
      ? initHasNoHandler()
      : because('restarted', 'the call that it interrupted went on, and no handler had run', [moment.ref])
    if (!init) dispositions.learn(top.signal.number, 'ignore')
  }

  #delivered(event: TraceSignal, moment: Moment, thread: ThreadSignals): void {
    const { life } = moment.thread
    const state = this.states.life(life)
    const waiting = this.#match(state, event, moment.thread) ?? this.#early(event, moment)
    const signal = waiting?.signal ?? this.#unsent(event, moment)
    signal.code = codeOf(event.info, event.number)
    signal.deliveredNs = moment.ns
    signal.deliveredTo = moment.thread.tid
    signal.outcome = 'unknown'
    if (waiting && signal.because?.kind === 'already-pending') signal.because = null
    if (waiting) citeSignal(signal, moment.ref)
    this.#handlerFailed(signal, thread)
    if (signal.number === SIGHUP && signal.code === 'SI_KERNEL' && thread.stopped !== null)
      // kill_orphaned_pgrp in kernel/exit.c: nobody is left who could continue it.
      signal.because = because(
        'orphaned-group',
        'it was stopped, and either nobody of its session was left to continue its process group, as where its parent has ended, or its terminal went away',
        [thread.stopped],
      )
    this.#decide(signal, moment, thread, state)
  }

  /**
   * A handler whose frame does not fit on the stack is not called: the kernel raises SIGSEGV (SI_KERNEL) in its place, and
   * that ends the process (signal_setup_done, force_sigsegv). So it goes with a stack that is used up.
   */
  #handlerFailed(signal: Signal, thread: ThreadSignals): void {
    const top = thread.open.at(-1)
    if (signal.number !== SIGSEGV || signal.code !== 'SI_KERNEL' || !top?.handled || top.seq < thread.lastSeq) return
    thread.open.pop()
    top.signal.outcome = 'unknown'
    signal.because = because(
      'handler-failed',
      `its handler for ${top.signal.signal} could not be called or failed at once, as where the stack is used up and the handler has none of its own (sigaltstack)`,
      top.signal.refs.slice(0, 1),
    )
  }

  /** What handlers and defaults say of a delivered signal; what they leave open the next lines will show. */
  #decide(signal: Signal, moment: Moment, thread: ThreadSignals, state: LifeSignals): void {
    const known = state.dispositions.get(signal.number)
    const delivery: Delivery = { signal, seq: moment.seq, handled: false }
    if (known?.kind === 'handler') {
      signal.outcome = 'handled'
      delivery.handled = true
      state.dispositions.served(signal.number)
    } else if (known?.kind === 'ignore') {
      signal.outcome = 'ignored'
      signal.because ??= because('sig-ign', 'it was set to be ignored (SIG_IGN)', known.ref ? [known.ref] : [])
      return
    } else {
      const action = defaultAction(signal.number)
      if (action === 'ignore') {
        signal.outcome = 'ignored'
        signal.because ??= because(
          'default-ignored',
          `${signal.signal} does nothing to a process that has no handler for it`,
          [],
        )
      } else if (action === 'continue') signal.outcome = 'continued'
    }
    thread.open.push(delivery)
  }

  /** The sent signal that this delivery is of. */
  #match(state: LifeSignals, event: TraceSignal, thread: ThreadLife): Waiting | null {
    const list = state.waiting.get(event.number)
    if (!list) return null
    const fits = (w: Waiting) => (w.thread === null || w.thread === thread) && this.#fits(w, event, thread.life)
    const index = list.findIndex(w => !w.doubtful && fits(w))
    const at = index !== -1 ? index : list.findIndex(fits)
    if (at === -1) return null
    const [found] = list.splice(at, 1)
    // Whatever was dropped before this one was sent stays dropped.
    if (!found.doubtful)
      state.waiting.set(
        event.number,
        list.filter(w => !w.doubtful || w.seq > found.seq),
      )
    return found
  }

  /** Only siginfo that names its sender shows which of those it was. */
  #early(event: TraceSignal, { thread }: Moment): Waiting | null {
    if ((event.info.pid ?? 0) === 0) return null
    return this.#senders.early(thread, w => w.signal.number === event.number && this.#fits(w, event, thread.life))
  }

  /** SIGKILL ends a process at once: one that dies later of one has had another. */
  #earlyKill({ thread, ns }: Moment): Waiting | null {
    return this.#senders.early(
      thread,
      ({ signal }) =>
        signal.number === SIGKILL && (ns === null || signal.sentNs === null || ns - signal.sentNs < AT_ONCE_NS),
    )
  }

  #fits(w: Waiting, event: TraceSignal, receiver: Life): boolean {
    const { info } = event
    const code = codeOf(info, event.number)
    if (code === null) return true
    // Under RLIMIT_SIGPENDING the kernel forgets who sent it: SI_USER, pid 0 (__send_signal_locked).
    const lost = code === 'SI_USER' && info.pid === 0
    if (w.code !== null && w.code !== code && !lost) return false
    if (w.code === 'SI_QUEUE' && w.int !== null && info.int !== undefined && w.int !== info.int) return false
    if (info.pid === undefined || info.pid === 0 || w.sender === null) return true
    if (code !== 'SI_USER' && code !== 'SI_TKILL') return true
    const leader = w.sender.threads.find(t => t.tid === w.sender!.process.pid) ?? null
    const expected =
      info.outerPid === undefined ? leader && this.tree.spaces.localOf(leader, receiver) : w.sender.process.pid
    return expected === null || expected === (info.outerPid ?? info.pid)
  }

  /** A delivery that no traced call explains; its call may stand further down in the log. */
  #unsent(event: TraceSignal, moment: Moment): Signal {
    const { signal, stray } = unsentSignal(event, moment, this.tree, this.states)
    const { strays } = this.states.life(moment.thread.life)
    if (stray) strays.push({ signal, pid: signal.sender?.pid ?? null, ns: moment.ns })
    if (strays.length > STRAYS_KEPT) strays.shift()
    this.log.add(signal)
    return signal
  }

  #consumed(call: TraceCall, moment: Moment): void {
    const state = this.states.life(moment.thread.life)
    for (const taken of consumedBy(call, state)) {
      const event = { ...taken, type: 'signal' as const, line: call.line, tid: moment.thread.tid, ns: call.ns }
      const waiting = this.#match(state, event, moment.thread)
      const signal = waiting?.signal ?? this.#unsent(event, moment)
      signal.code = codeOf(taken.info, taken.number)
      signal.deliveredNs = moment.ns
      signal.deliveredTo = moment.thread.tid
      signal.outcome = 'consumed'
      signal.because = null
      citeSignal(signal, moment.ref)
    }
  }

  /**
   * A write that fails with EPIPE raises SIGPIPE in its own thread (pipe_write, unix_stream_sendmsg). If the thread has
   * it blocked, no line will say so.
   */
  #failedWrite(call: TraceCall, moment: Moment, thread: ThreadSignals): void {
    if (
      call.error !== 'EPIPE' ||
      call.injected ||
      call.args.includes('MSG_NOSIGNAL') ||
      kindOf(call.name) & KIND.handlerReturn
    )
      return
    if (!thread.mask.blocks(13)) return
    this.#senders.kernel(13, moment, 'failed-write', `${call.name} had failed with EPIPE`)
  }

  #stopped(number: number, moment: Moment): void {
    for (const t of [moment.thread, ...moment.thread.life.threads]) {
      const open = this.states.thread(t).open
      const index = open.findLastIndex(d => d.signal.number === number && !d.handled)
      if (index === -1) continue
      const [delivery] = open.splice(index, 1)
      delivery.signal.outcome = 'stopped'
      citeSignal(delivery.signal, moment.ref)
      return
    }
  }

  #exit(event: TraceExit, moment: Moment): void {
    const { life } = moment.thread
    const state = this.states.life(life)
    if (event.how === 'killed') {
      state.dying = true
      if (event.signal !== null) this.#killed(event.signal, moment, state)
    }
    if (life.endSeq > moment.seq) return
    state.dying = true
    this.#settling.end(life, state)
    this.states.forget(life)
  }

  /** Which signal it was that a process died of. Every thread prints the same end; the first one settles it. */
  #killed(name: string, moment: Moment, state: LifeSignals): void {
    const number = signalNumber(name)
    if (number === null || moment.thread.life.deathSettled) return
    moment.thread.life.deathSettled = true
    const { life } = moment.thread
    const last = this.#lastDelivery(number, life, false) ?? this.#lastDelivery(number, life, true)
    if (last) {
      last.thread.open.splice(last.thread.open.indexOf(last.delivery), 1)
      last.delivery.signal.outcome = 'killed'
      citeSignal(last.delivery.signal, moment.ref)
      return
    }
    const waiting = state.waiting.get(number)?.filter(w => !w.doubtful) ?? []
    const early = waiting.length > 0 || number !== SIGKILL ? null : this.#earlyKill(moment)
    const [sent, ...rest] = early ? [early] : waiting
    if (sent) {
      sent.signal.outcome = 'killed'
      sent.signal.deliveredNs = moment.ns
      citeSignal(sent.signal, moment.ref)
      for (const w of rest) {
        w.signal.outcome = 'ignored'
        w.signal.because = because('dying', 'its target was already dying: the kernel drops what is sent then', [])
      }
      state.waiting.delete(number)
      return
    }
    this.#senders.unseen(number, moment, state)
  }

  /**
   * The latest delivery of a signal whose end no line has shown. One that there was a handler for counts where it is the last
   * that its thread did: a fault that is blocked ends a process all the same (force_sig_info_to_task).
   */
  #lastDelivery(number: number, life: Life, handled: boolean): { delivery: Delivery; thread: ThreadSignals } | null {
    let last: { delivery: Delivery; thread: ThreadSignals } | null = null
    for (const t of life.threads) {
      const thread = this.states.thread(t)
      for (const delivery of thread.open) {
        if (delivery.signal.number !== number || delivery.handled !== handled) continue
        if (handled && thread.lastSeq > delivery.seq) continue
        if (last === null || delivery.seq > last.delivery.seq) last = { delivery, thread }
      }
    }
    return last
  }

  /** Settles what the end of the log leaves open. */
  finish(): void {
    for (const [life, state] of this.states.lives()) {
      this.#toldByParent(life, state)
      if (life.spoke) this.#settling.end(life, state)
      else this.#settling.unwatched(state)
    }
  }

  /** The end of a process that no line of its own shows, only its parent: of the signal that was sent to it, if one was. */
  #toldByParent(life: Life, state: LifeSignals): void {
    const { exit, endNs } = life.process
    if (life.deathSettled || exit?.kind !== 'killed' || exit.signal === null) return
    const number = signalNumber(exit.signal)
    const sent = number === null ? undefined : state.waiting.get(number)?.find(w => !w.doubtful)
    if (number === SIGPIPE && !sent) this.#writeWithoutSignal(life, state)
    if (!sent || (endNs !== null && sent.signal.sentNs !== null && sent.signal.sentNs > endNs)) return
    life.deathSettled = true
    sent.signal.outcome = 'killed'
    for (const ref of exit.refs.slice(0, 1)) citeSignal(sent.signal, ref)
  }

  /** A log without signals (strace -e signal=none): the write that a process died of is its last call. */
  #writeWithoutSignal(life: Life, state: LifeSignals): void {
    for (const thread of life.threads) {
      const { last } = this.states.thread(thread)
      const [ref] = life.process.exit?.refs ?? []
      if (last?.call.error !== 'EPIPE' || !ref) continue
      life.deathSettled = true
      this.#senders.unseen(SIGPIPE, { thread, ref, ns: life.process.endNs, seq: life.endSeq }, state)
      return
    }
  }
}
