/**
 * The address of the lock, channel, WaitGroup, Cond, poll descriptor or semaphore that a stack waits on, out of the
 * argument words that text dumps and Delve print. A word with `?` may be a stale register spill and is never used.
 *
 * Offsets are those of the structs in Go's source: Mutex{state, sema} (the semaphore at +4), RWMutex{w Mutex, writerSem
 * +8, readerSem +12}, WaitGroup's semaphore at +8, Cond.notify at +16 on 64-bit machines.
 */
import type { Frame, Primitive } from '../../src/model/goroutine.js'

/** Take argument word `arg` of frame `frame` and subtract `delta`. */
export interface AddressRecipe {
  frame: number
  arg: number
  delta: number
}

interface Hint {
  func: RegExp
  arg: number
  /** What to subtract, by the primitive of the goroutine; a primitive that is not named cannot use the word. */
  delta: Partial<Record<Primitive, number>>
}

const LOCKS = { mutex: 4, once: 4, 'rwmutex-write': 8, 'rwmutex-read': 12, waitgroup: 8, semaphore: 0, 'fd-lock': 0 }
const CHANNEL = { 'channel-receive': 0, 'channel-send': 0 }

/** Best first: the object's own address before one that has to be computed. */
const HINTS: readonly Hint[] = [
  {
    func: /^(?:internal\/)?sync\.\(\*Mutex\)\.(?:lockSlow|Lock)$/,
    arg: 0,
    delta: { mutex: 0, once: 0, 'rwmutex-write': 0 },
  },
  { func: /^sync\.\(\*RWMutex\)\.Lock$/, arg: 0, delta: { 'rwmutex-write': 0 } },
  { func: /^sync\.\(\*RWMutex\)\.RLock$/, arg: 0, delta: { 'rwmutex-read': 0 } },
  { func: /^sync\.\(\*WaitGroup\)\.Wait$/, arg: 0, delta: { waitgroup: 0 } },
  { func: /^sync\.\(\*Cond\)\.Wait$/, arg: 0, delta: { cond: 0 } },
  { func: /^sync\.runtime_notifyListWait$/, arg: 0, delta: { cond: 16 } },
  { func: /^runtime\.chan(?:recv|send)[12]?$/, arg: 0, delta: CHANNEL },
  { func: /^(?:internal\/poll|net)\.runtime_pollWait$/, arg: 0, delta: { netpoll: 0 } },
  { func: /^(?:internal\/poll|net)\.\(\*fdMutex\)\.(?:rwlock|RWLock)$/, arg: 0, delta: { 'fd-lock': 0 } },
  { func: /^internal\/poll\.\(\*FD\)\.(?:readLock|writeLock|Close)$/, arg: 0, delta: { 'fd-lock': 0 } },
  { func: /^runtime\.semacquire1$/, arg: 0, delta: LOCKS },
  { func: /^(?:internal\/)?sync\.runtime_Semacquire(?:Mutex|RWMutexR?|WaitGroup)?$/, arg: 0, delta: LOCKS },
]

/**
 * Where the address can be found in stacks with these frames, best first. A RWMutex writer that queues behind another
 * writer waits on the Mutex at the start of the RWMutex: the semaphore is then that Mutex's, at +4.
 */
export function addressRecipes(primitive: Primitive, frames: readonly Frame[]): AddressRecipe[] {
  const behindWriter = primitive === 'rwmutex-write' && frames.some(f => f.func.endsWith('sync.(*Mutex).lockSlow'))
  const recipes: AddressRecipe[] = []
  for (const { func, arg, delta } of HINTS) {
    const off = delta[primitive]
    if (off === undefined) continue
    const frame = frames.findIndex(f => func.test(f.func))
    if (frame !== -1) recipes.push({ frame, arg, delta: behindWriter && off === 8 ? 4 : off })
  }
  return recipes
}

/**
 * Argument word `index` of an argument text; null where it is missing, not a number, marked `?`, or nil.
 *
 *   0xc0000a4210, 0x0?, {0x1, 0x2}
 *   ^ word 0      ^ word 1: stale
 */
export function argumentWord(args: string, index: number): number | null {
  const word = args.split(/[,{}]+/, index + 1)[index]?.trim()
  return word !== undefined && /^0x[0-9a-f]{1,16}$/.test(word) && word !== '0x0' ? Number.parseInt(word, 16) : null
}

/** The address that frames with their arguments give; 0 where they give none. */
export function objectAddress(primitive: Primitive, frames: readonly Frame[]): number {
  for (const { frame, arg, delta } of addressRecipes(primitive, frames)) {
    const args = frames[frame].args
    const word = args === undefined ? null : argumentWord(args, arg)
    if (word !== null && word > delta) return word - delta
  }
  return 0
}
