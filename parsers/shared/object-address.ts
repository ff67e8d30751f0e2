/**
 * The address of the lock, channel, WaitGroup, Cond, poll descriptor or semaphore that a stack waits on, out of the
 * argument words that text dumps and Delve print. A word with `?` may be a stale register spill and is never used.
 *
 * Offsets are those of the structs in Go's source: Mutex{state, sema} (the semaphore at +4), RWMutex{w Mutex, writerSem
 * +8, readerSem +12}, WaitGroup's semaphore at +8, Cond.notify at +16 on 64-bit machines.
 */
import { type Frame, PRIMITIVES, type Primitive } from '../../src/model/goroutine.js'

interface Hint {
  func: RegExp
  /** What to subtract, by the primitive of the goroutine; a primitive that is not named cannot use the word. */
  delta: Partial<Record<Primitive, number>>
}

const LOCKS = { mutex: 4, once: 4, 'rwmutex-write': 8, 'rwmutex-read': 12, waitgroup: 8, semaphore: 0, 'fd-lock': 0 }
const CHANNEL = { 'channel-receive': 0, 'channel-send': 0 }

/** Best first: the object's own address before one that has to be computed. */
const HINTS: readonly Hint[] = [
  {
    func: /^(?:internal\/)?sync\.\(\*Mutex\)\.(?:lockSlow|Lock)$/,
    delta: { mutex: 0, once: 0, 'rwmutex-write': 0 },
  },
  { func: /^sync\.\(\*RWMutex\)\.Lock$/, delta: { 'rwmutex-write': 0 } },
  { func: /^sync\.\(\*RWMutex\)\.RLock$/, delta: { 'rwmutex-read': 0 } },
  { func: /^sync\.\(\*WaitGroup\)\.Wait$/, delta: { waitgroup: 0 } },
  { func: /^sync\.\(\*Cond\)\.Wait$/, delta: { cond: 0 } },
  { func: /^sync\.runtime_notifyListWait$/, delta: { cond: 16 } },
  { func: /^runtime\.chan(?:recv|send)[12]?$/, delta: CHANNEL },
  { func: /^(?:internal\/poll|net)\.runtime_pollWait$/, delta: { netpoll: 0 } },
  { func: /^(?:internal\/poll|net)\.\(\*fdMutex\)\.(?:rwlock|RWLock)$/, delta: { 'fd-lock': 0 } },
  { func: /^internal\/poll\.\(\*FD\)\.(?:readLock|writeLock|Close)$/, delta: { 'fd-lock': 0 } },
  { func: /^runtime\.semacquire1$/, delta: LOCKS },
  { func: /^(?:internal\/)?sync\.runtime_Semacquire(?:Mutex|RWMutexR?|WaitGroup)?$/, delta: LOCKS },
]

/** So many frames of one stack tell of its object at most: a lock inside a lock inside a Once. */
const MOST_WORDS = 8

/** What the frames of one stack tell of its object: pairs of a hint and an argument word, innermost frame first. */
export class HintWords {
  length = 0
  /** Indexes that `hintOf` gave. */
  readonly hints = new Int8Array(MOST_WORDS)
  /** First argument words of the frames; 0 where the word is nil, marked `?`, or not printed. */
  readonly words = new Float64Array(MOST_WORDS)

  push(hint: number, word: number): void {
    if (this.length === MOST_WORDS) return
    this.hints[this.length] = hint
    this.words[this.length++] = word
  }
}

/** Which hint a function's first argument is, or -1. */
export function hintOf(func: string): number {
  return HINTS.findIndex(hint => hint.func.test(func))
}

const LOCK_SLOW = 0
const MUTEX_SEMAPHORE = 4
const WRITER_SEMAPHORE = 8

/** By hint and primitive: what to subtract, or -1. */
const DELTAS = HINTS.map(({ delta }) => Int8Array.from(PRIMITIVES, primitive => delta[primitive] ?? -1))
const RWMUTEX_WRITE = PRIMITIVES.indexOf('rwmutex-write')

/**
 * The address that the words of a stack give, best hint first; 0 where they give none. A RWMutex writer that queues
 * behind another writer waits on the Mutex at the start of the RWMutex: the semaphore is then that Mutex's, at +4.
 *
 * @param primitive index into PRIMITIVES
 */
export function addressOf(primitive: number, { length, hints, words }: HintWords): number {
  let best = HINTS.length
  let address = 0
  const behindWriter = primitive === RWMUTEX_WRITE && hints.subarray(0, length).includes(LOCK_SLOW)
  for (let i = 0; i < length; i++) {
    const hint = hints[i]
    let delta = DELTAS[hint][primitive]
    if (delta === -1 || hint >= best) continue
    if (behindWriter && delta === WRITER_SEMAPHORE) delta = MUTEX_SEMAPHORE
    if (words[i] <= delta) continue
    best = hint
    address = words[i] - delta
  }
  return address
}

/**
 * First word of an argument text; 0 where it is missing, not a number, marked `?`, or nil.
 *
 *   0xc0000a4210, {0x1?, 0x2}
 *   ^
 */
export function firstWord(args: string): number {
  const word = /^0x([0-9a-f]{1,16})(?:,|$)/.exec(args)
  return word === null ? 0 : Number.parseInt(word[1], 16)
}

/** The address that frames with their arguments give; 0 where they give none. */
export function objectAddress(primitive: Primitive, frames: readonly Frame[]): number {
  const words = new HintWords()
  for (const { func, args } of frames) {
    const hint = args === undefined ? -1 : hintOf(func)
    if (hint !== -1) words.push(hint, firstWord(args as string))
  }
  return addressOf(PRIMITIVES.indexOf(primitive), words)
}
