/** Signals on their way: who sent them, to whom, and which of them the kernel drops at once. */
import type { Ref } from '../../model/ref.js'
import type { Because, Signal } from '../../model/signal.js'
import { isRealTime, signalName } from '../../model/signal-names.js'
import type { TraceCall } from '../../model/trace.js'
import { decoration, fdOf, pidOf, signalOf, splitArgs } from './call-args.js'
import { KIND, kindOf } from './kinds.js'
import type { Life, ThreadLife } from './life.js'
import type { Moment } from './moment.js'
import { ProcessGroups } from './process-groups.js'
import type { ProcessTree } from './process-tree.js'
import { pidOfPidfd, SENDING, type Send, sendOf } from './sends.js'
import type { SignalLog } from './signal-log.js'
import { because, isInit } from './signal-reasons.js'
import { isNoise } from './signal-source.js'
import type { LifeSignals, SignalStates, Waiting } from './signal-state.js'

const SIGKILL = 9
const SIGPIPE = 13
const SIGSYS = 31
/** Options of prctl(2), by name and as -X and -e raw print them. */
const PR_SET_PDEATHSIG = /^(?:PR_SET_PDEATHSIG\b|(?:0x)?1\b)/
const PR_SET_SECCOMP = /^(?:PR_SET_SECCOMP\b|22\b|0x16\b)/
/** What strict mode allows (seccomp(2)); any other call ends the thread by SIGKILL. */
const STRICT_CALLS = new Set(['read', 'write', '_exit', 'exit', 'sigreturn', 'rt_sigreturn'])
const TELLS = new Set(['clone', 'clone2', 'clone3', 'fork', 'vfork', 'pidfd_open', 'prctl', 'seccomp', 'close'])
/** Dropped signals of one kind that are remembered, in case they turn out to arrive. */
const DOUBTFUL_KEPT = 64
const EARLY_KEPT = 256

export class Senders {
  readonly #groups: ProcessGroups
  /** Sent to processes that no line had shown by then. */
  readonly #early: Waiting[] = []

  constructor(
    readonly tree: ProcessTree,
    readonly states: SignalStates,
    readonly log: SignalLog,
  ) {
    this.#groups = new ProcessGroups(tree)
  }

  call(call: TraceCall, moment: Moment): void {
    if (SENDING.has(call.name)) {
      const send = sendOf(call)
      if (send) for (const target of this.#targets(send, moment)) this.#send(send, target, moment)
      return
    }
    const { thread, seq } = moment
    if (ProcessGroups.CALLS.has(call.name)) this.#groups.call(call, thread, seq)
    if (!TELLS.has(call.name)) return
    if (call.error !== null || call.ret === null || call.state !== 'returned') return
    if (kindOf(call.name) & KIND.birth) {
      const child = this.tree.spaces.find(thread.life, { local: call.ret, outer: null, comm: null }, seq)
      if (!child || child.to < seq) return
      this.states.born(child, thread)
      if (child.life !== thread.life) this.#groups.born(child.life)
    } else if (call.name === 'pidfd_open') {
      const pid = pidOfPidfd(decoration(call.retText ?? '')) ?? pidOf(splitArgs(call.args, 1)[0])
      if (pid) this.states.life(thread.life).pidfds.set(call.ret, pid)
    } else if (call.name === 'prctl') {
      const [option, value] = splitArgs(call.args, 2)
      if (PR_SET_SECCOMP.test(option) && /^(?:SECCOMP_MODE_STRICT\b|1$|0x1$)/.test(value ?? ''))
        this.states.life(thread.life).strict = moment.ref
      if (!PR_SET_PDEATHSIG.test(option)) return
      const number = signalOf(value)
      this.states.life(thread.life).parentDeath = number ? { number, ref: moment.ref } : null
    } else if (call.name === 'seccomp') {
      if (/^SECCOMP_SET_MODE_STRICT\b/.test(call.args)) this.states.life(thread.life).strict = moment.ref
    } else if (call.name === 'close') {
      const { pidfds } = this.states.life(thread.life)
      if (pidfds.size === 0) return
      const fd = fdOf(call.args)
      if (fd) pidfds.delete(fd.fd)
    }
  }

  #targets(send: Send, { thread, seq }: Moment): Target[] {
    const { life } = thread
    const { aim } = send
    const process = (l: Life): Target => ({ pid: l.process.pid, tid: null, life: l, thread: null })
    switch (aim.to) {
      case 'process': {
        // kill() takes any thread's id and means its process.
        const found = this.tree.spaces.find(life, aim.pid, seq)
        return [
          found ? process(found.life) : { pid: aim.pid.outer ?? aim.pid.local, tid: null, life: null, thread: null },
        ]
      }
      case 'thread': {
        const found = this.tree.spaces.find(life, aim.tid, seq)
        if (found) return [{ pid: found.life.process.pid, tid: found.tid, life: found.life, thread: found }]
        const tid = aim.tid.outer ?? aim.tid.local
        return [{ pid: aim.tgid?.outer ?? aim.tgid?.local ?? tid, tid, life: null, thread: null }]
      }
      case 'own-group':
        return this.#groups.ownGroup(life, seq).map(process)
      case 'group': {
        const members = this.#groups.members(life, aim.pgid, seq)
        return members.length > 0 ? members.map(process) : [{ pid: aim.pgid, tid: null, life: null, thread: null }]
      }
      case 'everybody':
        // Everybody that the caller sees and may signal, but neither itself nor its init (kill_something_info).
        return [...this.tree.processes()]
          .filter(l => l !== life && this.#sees(life, l) && l.threads.some(t => t.from <= seq) && l.endSeq > seq)
          .map(process)
      case 'pidfd': {
        const pid = this.states.life(life).pidfds.get(aim.fd)
        if (!pid) return []
        const found = this.tree.spaces.find(life, pid, seq)
        return [found ? process(found.life) : { pid: pid.outer ?? pid.local, tid: null, life: null, thread: null }]
      }
    }
  }

  /** Whether kill(-1) of one process means another: one in its own pid namespace or below, and not the first in it. */
  #sees(by: Life, other: Life): boolean {
    if (by.space === other.space) return !isInit(other)
    return by.space.own
  }

  #send(send: Send & { lost: boolean }, target: Target, moment: Moment): void {
    const { life } = moment.thread
    const signal: Signal = {
      number: send.number,
      signal: signalName(send.number),
      origin: send.origin,
      code: null,
      sender: { pid: life.process.pid, tid: moment.thread.tid, comm: life.process.comm },
      senderBasis: 'syscall',
      target: { pid: target.pid, tid: target.tid },
      sentNs: moment.ns,
      deliveredNs: null,
      deliveredTo: null,
      outcome: 'unknown',
      because: null,
      noise: isNoise(send.number, send.code, target.life === life),
      refs: [moment.ref],
    }
    if (send.lost) {
      signal.outcome = 'failed'
      signal.because = because('queue-full', 'the receiver’s user had RLIMIT_SIGPENDING signals pending already', [
        moment.ref,
      ])
      this.log.add(signal)
      return
    }
    if (!target.life) {
      signal.because = because('untraced', 'its target was not traced', [])
      this.log.add(signal)
      if (!life.space.own) return
      this.#early.push({
        signal,
        thread: null,
        sender: life,
        code: send.code,
        int: send.int,
        doubtful: true,
        seq: moment.seq,
      })
      if (this.#early.length > EARLY_KEPT) this.#early.shift()
      return
    }
    const state = this.states.life(target.life)
    if (this.#arrived(signal, state, life)) return
    this.log.add(signal)
    this.#queue(
      { signal, thread: target.thread, sender: life, code: send.code, int: send.int, doubtful: false, seq: moment.seq },
      target.life,
      moment.seq,
    )
  }

  /**
   * The signal that was sent to a process before its first line: one that was there before the log, or whose birth is of no
   * kind that was recorded (`-e trace=kill`). Its arrival shows that it was traced after all.
   */
  early(receiver: ThreadLife, fits: (w: Waiting) => boolean): Waiting | null {
    const { life } = receiver
    // Who was born later is another one of that number.
    if (life.born) return null
    const index = this.#early.findIndex(
      ({ signal: { target }, seq }, i) =>
        (target.tid === null ? target.pid === life.process.pid : target.tid === receiver.tid) &&
        life.threads.every(t => t.from > seq) &&
        fits(this.#early[i]),
    )
    if (index === -1) return null
    const [found] = this.#early.splice(index, 1)
    found.signal.because = null
    found.signal.target.pid = life.process.pid
    return found
  }

  /** A delivery that stands above its own call in the log: the call was interrupted, or lines were written late. */
  #arrived(signal: Signal, state: LifeSignals, sender: Life): boolean {
    const index = state.strays.findIndex(
      s =>
        s.signal.number === signal.number &&
        s.pid === sender.process.pid &&
        s.ns !== null &&
        signal.sentNs !== null &&
        s.ns >= signal.sentNs,
    )
    if (index === -1) return false
    const [stray] = state.strays.splice(index, 1)
    stray.signal.origin = signal.origin
    stray.signal.sender = signal.sender
    stray.signal.senderBasis = 'syscall'
    stray.signal.because = null
    stray.signal.target = signal.target
    stray.signal.sentNs = signal.sentNs
    stray.signal.refs.unshift(...signal.refs)
    return true
  }

  #queue(w: Waiting, life: Life, seq: number): void {
    const state = this.states.life(life)
    if ((state.dying || life.endSeq < seq) && !isInit(life)) {
      w.signal.outcome = 'ignored'
      w.signal.because = because('dying', 'its target was already dying: the kernel drops what is sent then', [])
      return
    }
    const list = state.waiting.get(w.signal.number) ?? []
    state.waiting.set(w.signal.number, list)
    if (!isRealTime(w.signal.number)) {
      const first = list.find(other => !other.doubtful && other.thread === w.thread)
      if (first) {
        w.doubtful = true
        w.signal.outcome = 'coalesced'
        w.signal.because = because(
          'already-pending',
          `a ${w.signal.signal} was pending already: one is kept, the rest are dropped`,
          first.signal.refs.slice(0, 1),
        )
      }
    }
    list.push(w)
    if (list.length > DOUBTFUL_KEPT) {
      const oldest = list.findIndex(other => other.doubtful)
      list.splice(oldest === -1 ? 0 : oldest, 1)
    }
    if (w.signal.number === SIGKILL && !isInit(life)) state.dying = true
  }

  /** A signal that the kernel raised in a thread that has it blocked. */
  kernel(number: number, moment: Moment, kind: Because, text: string): void {
    const { thread } = moment
    const signal = fromKernel(number, thread.life.process.pid, thread.tid, moment.ref)
    signal.sentNs = moment.ns
    signal.because = because(kind, text, [moment.ref])
    this.log.add(signal)
    this.#queue(
      { signal, thread, sender: null, code: 'SI_USER', int: null, doubtful: false, seq: moment.seq },
      thread.life,
      moment.seq,
    )
  }

  /** A death by a signal that no line shows being sent or delivered, as it always is with SIGKILL. */
  unseen(number: number, moment: Moment, state: LifeSignals): void {
    const { life } = moment.thread
    const signal = fromKernel(number, life.process.pid, null, moment.ref)
    signal.origin = 'unknown'
    signal.deliveredNs = moment.ns
    signal.outcome = 'killed'
    const init = life.space.byLocal.get(1)?.at(-1)?.life
    const { last } = this.states.thread(moment.thread)
    if (number === SIGPIPE && last?.call.error === 'EPIPE' && !last.call.args.includes('MSG_NOSIGNAL')) {
      // The log was made without signals (strace -e signal=none), or the line is lost.
      signal.origin = 'kernel'
      signal.target.tid = moment.thread.tid
      signal.sentNs = last.ns
      signal.refs.unshift(last.ref)
      signal.because = because('failed-write', `${last.call.name} had failed with EPIPE`, [last.ref])
    } else if (state.parentDeath?.number === number && life.parent && life.parent.endSeq < moment.seq) {
      const parent = life.parent.process
      signal.origin = 'kernel'
      signal.sender = { pid: parent.pid, tid: null, comm: parent.comm }
      signal.senderBasis = 'inferred'
      signal.because = because('parent-died', 'it had asked for this signal at its parent’s death (PR_SET_PDEATHSIG)', [
        state.parentDeath.ref,
      ])
    } else if (number === SIGSYS) {
      // One that a process sends has a line, and so has SECCOMP_RET_TRAP; SECCOMP_RET_KILL_* ends it without one.
      signal.origin = 'kernel'
      signal.because = because(
        'forbidden-call',
        last
          ? `it ended in ${last.call.name} without a line of a signal, as where a seccomp filter forbids that call`
          : 'it ended without a line of a signal, as where a seccomp filter forbids a call',
        last ? [last.ref] : [],
      )
    } else if (number === SIGKILL && state.strict && last && !STRICT_CALLS.has(last.call.name)) {
      signal.origin = 'kernel'
      signal.because = because(
        'forbidden-call',
        `it had entered seccomp’s strict mode, in which a call like ${last.call.name} ends it by SIGKILL`,
        [state.strict, last.ref],
      )
    } else if (
      number === SIGKILL &&
      !life.space.own &&
      init &&
      init !== life &&
      Math.min(init.dyingSeq, init.endSeq) < moment.seq
    ) {
      signal.origin = 'kernel'
      signal.because = because(
        'namespace-init-died',
        'the first process of its pid namespace had ended, which kills the rest',
        init.process.exit?.refs.slice(0, 1) ?? [],
      )
    }
    this.log.add(signal)
  }
}

interface Target {
  pid: number
  tid: number | null
  life: Life | null
  thread: ThreadLife | null
}

function fromKernel(number: number, pid: number, tid: number | null, ref: Ref): Signal {
  return {
    number,
    signal: signalName(number),
    origin: 'kernel',
    code: null,
    sender: null,
    senderBasis: null,
    target: { pid, tid },
    sentNs: null,
    deliveredNs: null,
    deliveredTo: null,
    outcome: 'unknown',
    because: null,
    noise: false,
    refs: [ref],
  }
}
