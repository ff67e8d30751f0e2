/** Decides whether a call is kept, by the rules that `keep.ts` lays down. */
import { Descriptor, isNull, isSiginfo, OBJECT, secondArgument } from './arguments.js'
import type { Ending } from './ending.js'
import { KEEP } from './keep.js'
import { hashOf, OFTEN_SENT } from './often-sent.js'
import { FLAG } from './rows.js'
import type { Threads } from './threads.js'

const SCM_RIGHTS = Buffer.from('SCM_RIGHTS')
/** `prctl` options worth keeping, by name and by number. */
const PRCTL = /^(?:option=)?(?:PR_SET_(?:NAME|PDEATHSIG|CHILD_SUBREAPER|SECCOMP)|(?:0x1|1|0xf|15|0x24|36|0x16|22)\b)/
const FCNTL = /^(?:F_DUPFD|F_SETFD|F_SETFL|F_SETOWN|F_SETSIG|F_SETPIPE)/
const SPACE = 32
const COMMA = 44
const GREATER = 62
const LETTER_F = 70
/** struct signalfd_siginfo */
const SIGINFO_BYTES = 128
const DEFAULT = Buffer.from('SIG_DFL')
const DUMP = Buffer.from('"goroutine ')

/**
 * A goroutine dump that a program writes into a file: it dates the dump.
 *
 *   > | write(6</srv/stacks.txt>, "goroutine 18 [running]:\n"..., 3807) = 3807
 *                                 ^ second argument
 */
function beginsDump(buffer: Buffer, after: number, end: number): boolean {
  const text = secondArgument(buffer, after, end)
  if (text === -1 || buffer[text] !== DUMP[0] || buffer[text + 1] !== DUMP[1]) return false
  return buffer.compare(DUMP, 0, DUMP.length, text, Math.min(end, text + DUMP.length)) === 0
}

export class Worth {
  /** What the call last asked about uses, by hash: a descriptor, or a result that does not change. 0: that does not matter. */
  use = 0
  /** Why it would be kept, where that is a reason that may fall away: `FLAG.first`, `output`. */
  flags = 0
  readonly #descriptor = new Descriptor()

  /** @param fifos names of FIFOs of which it is to be known who held them, as they stand in the log: `</tmp/f>` */
  constructor(
    readonly threads: Threads,
    readonly fifos: readonly string[],
  ) {}

  /**
   * By name and arguments: what is known when the call begins.
   *
   * @param rule one of `KEEP`
   * @param hash of the name
   * @param t the thread
   * @param i where the arguments begin in `buffer`
   */
  byArguments(rule: number, hash: number, t: number, buffer: Buffer, i: number, end: number): boolean {
    this.use = 0
    this.flags = 0
    const descriptor = this.#descriptor
    switch (rule) {
      case KEEP.always:
      case KEEP.birth:
        return true
      case KEEP.write:
        descriptor.read(buffer, i, end, hash)
        this.use = descriptor.use
        if (descriptor.fd === 1 || descriptor.fd === 2) this.flags = FLAG.output
        if (this.flags !== 0) return true
        if (descriptor.object === OBJECT.path) return beginsDump(buffer, descriptor.after, end)
        return this.#first(t)
      case KEEP.read:
        descriptor.read(buffer, i, end, hash)
        if (descriptor.object === OBJECT.path) return false
        this.use = descriptor.use
        if (descriptor.object === OBJECT.signalfd) return true
        if (descriptor.object === OBJECT.unknown && descriptor.siginfo(buffer, end)) return true
        return this.#first(t)
      case KEEP.message:
        descriptor.read(buffer, i, end, hash)
        this.use = descriptor.use
        return buffer.subarray(i, end).includes(SCM_RIGHTS) || this.#first(t)
      case KEEP.close:
        descriptor.read(buffer, i, end, hash)
        return descriptor.object !== OBJECT.path || descriptor.fd <= 2 || this.#onFifo(buffer, i, descriptor.after)
      case KEEP.fcntl: {
        descriptor.read(buffer, i, end, hash)
        if (descriptor.object === OBJECT.path && descriptor.fd > 2) return this.#onFifo(buffer, i, descriptor.after)
        const command = secondArgument(buffer, descriptor.after, end)
        // Raw output has numbers there: kept, whatever they are.
        return (
          command !== -1 &&
          (buffer[command] !== LETTER_F || FCNTL.test(buffer.toString('latin1', command, command + 16)))
        )
      }
      case KEEP.sigaction: {
        const act = secondArgument(buffer, i, end)
        if (act === -1 || !isNull(buffer, act)) return true
        // It only asks: the answer decides.
        this.use = hashOf(buffer, i, act, hash)
        return false
      }
      case KEEP.sigmask: {
        const act = secondArgument(buffer, i, end)
        return act === -1 || !isNull(buffer, act)
      }
      case KEEP.prctl:
        return PRCTL.test(buffer.toString('latin1', i, i + 40))
      case KEEP.once:
        this.use = hash
        return this.threads.first(t, hash)
      default:
        return false
    }
  }

  #first(t: number): boolean {
    if (!this.threads.first(t, this.use)) return false
    this.flags = FLAG.first
    return true
  }

  #onFifo(buffer: Buffer, from: number, end: number): boolean {
    return this.fifos.length > 0 && this.fifos.some(fifo => buffer.subarray(from, end).includes(fifo, 0, 'latin1'))
  }

  /** By its result alone. `tid`: the number that the line gives. */
  byResult(rule: number, tid: number, buffer: Buffer, from: number, end: number, ending: Ending): boolean {
    if (ending.remarkable) return true
    if (rule === KEEP.wait) return !ending.zero
    if (rule === KEEP.open) return this.#onFifo(buffer, from, end)
    return rule === KEEP.self && ending.pid(buffer, from) !== tid
  }

  /** Whether the answer to a sigaction that only asked is worth it. `use`: what `this.use` was when the call began. */
  answers(rule: number, use: number, buffer: Buffer, from: number, end: number, ending: Ending): boolean {
    if (rule !== KEEP.sigaction || !ending.zero) return false
    return OFTEN_SENT.has(use) || !buffer.subarray(from, end).includes(DEFAULT)
  }

  /** An end-of-file on what is not a file. `use`: what `this.use` was when the call began. */
  endOfFile(rule: number, use: number, ending: Ending): boolean {
    return (rule === KEEP.read || rule === KEEP.message) && ending.zero && use !== 0
  }

  /** True for the second half of a message that hands on descriptors. */
  carriesRights(rule: number, buffer: Buffer, i: number, end: number): boolean {
    return rule === KEEP.message && buffer.subarray(i, end).includes(SCM_RIGHTS)
  }

  /**
   * True for the second half of a read that took siginfos, whole ones. Beginning with no more than the number of a descriptor,
   * nothing had shown that it is a signalfd.
   *
   *   > | 30182 <... read resumed>"\\17\\0\\0\\0\\0\\0\\0\\0"..., 128) = 128
   *                                ^
   */
  takesSignals(rule: number, use: number, buffer: Buffer, i: number, end: number, ending: Ending): boolean {
    if (rule !== KEEP.read || use === 0 || buffer[i] !== SPACE) return false
    const mark = buffer.indexOf(GREATER, i)
    let at = mark + 1
    while (buffer[at] === SPACE || buffer[at] === COMMA) at++
    if (mark === -1 || at >= end || !isSiginfo(buffer, at, end)) return false
    const bytes = ending.pid(buffer, i)
    return bytes > 0 && bytes % SIGINFO_BYTES === 0
  }

  /** True where it would be kept but failed in a way that changes nothing: `close` or `fcntl` of what is not open. */
  inVain(rule: number, ending: Ending): boolean {
    return (rule === KEEP.close || rule === KEEP.fcntl) && ending.failed && !ending.telling && !ending.long
  }
}
