/**
 * From what a goroutine says of itself (status or wait reason, and frames) to the primitive it is blocked on.
 *
 * A wait reason of its own decides. Where one reason serves several primitives (`semacquire` stood for every lock up to
 * Go 1.19), and where there is none (profiles, old Delves, numbers that no table knows), the frames do.
 */
import type { Frame, Primitive } from '../../src/model/goroutine.js'
import { PRIMITIVES } from '../../src/model/goroutine.js'
import { primitiveOfFrames } from './primitive-frames.js'

/**
 * Every word that Go 1.0 to 1.27 prints between the brackets (`runtime.waitReasonStrings`, `gStatusStrings`, and the
 * reason arguments of `gopark` before Go 1.11). `null`: the word alone does not tell.
 */
export const WAIT_REASONS: Readonly<Record<string, Primitive | null>> = {
  'chan receive': 'channel-receive',
  'chan send': 'channel-send',
  'chan receive (nil chan)': 'channel-nil',
  'chan send (nil chan)': 'channel-nil',
  select: 'select',
  'select (no cases)': 'select-empty',
  sleep: 'sleep',
  'IO wait': 'netpoll',
  semacquire: null,
  'sync.Mutex.Lock': 'mutex',
  'sync.RWMutex.RLock': 'rwmutex-read',
  'sync.RWMutex.Lock': 'rwmutex-write',
  'sync.WaitGroup.Wait': 'waitgroup',
  'sync.Cond.Wait': 'cond',
  coroutine: 'coroutine',
  'synctest.Run': 'runtime',
  'synctest.Wait': 'runtime',
  // The collector, and user code that has to help it.
  'GC assist marking': 'gc',
  'GC assist wait': 'gc',
  'GC sweep wait': 'gc',
  'GC scavenge wait': 'gc',
  'GC worker (idle)': 'gc',
  'GC worker (active)': 'gc',
  'GC mark termination': 'gc',
  'GC weak to strong wait': 'gc',
  'wait for GC cycle': 'gc',
  'garbage collection': 'gc',
  'garbage collection scan': 'gc',
  'Concurrent GC wait': 'gc',
  'mark wait (idle)': 'gc',
  'force gc (idle)': 'gc',
  'GC (fractional) worker (idle)': 'gc',
  // Other goroutines and moments of the runtime.
  'finalizer wait': 'runtime',
  'cleanup wait': 'runtime',
  'timer goroutine': 'runtime',
  'timer goroutine (idle)': 'runtime',
  'trace reader': 'runtime',
  'trace reader (blocked)': 'runtime',
  'GOMAXPROCS updater (idle)': 'runtime',
  'stopping the world': 'runtime',
  'flushing proc caches': 'runtime',
  'trace goroutine status': 'runtime',
  'trace proc status': 'runtime',
  'page trace flush': 'runtime',
  'dumping heap': 'runtime',
  'debug call': 'runtime',
  panicwait: 'runtime',
  'stack growth': 'runtime',
  'stack split': 'runtime',
  semarelease: 'runtime',
  // Statuses (`_G…`): not blocked, or the word alone does not tell.
  idle: 'none',
  runnable: 'none',
  running: 'none',
  preempted: 'none',
  copystack: 'none',
  dead: 'none',
  moribund: 'none',
  enqueue: 'none',
  'waiting for cgo callback': 'cgo',
  syscall: null,
  waiting: null,
  leaked: null,
  '???': null,
  'unknown wait reason': null,
}

/** Reasons that only goroutines of the runtime itself ever wait for. */
const SYSTEM_REASONS = new Set([
  'GC sweep wait',
  'GC scavenge wait',
  'GC worker (idle)',
  'GC worker (active)',
  'mark wait (idle)',
  'force gc (idle)',
  'finalizer wait',
  'cleanup wait',
  'timer goroutine',
  'timer goroutine (idle)',
  'GOMAXPROCS updater (idle)',
])

/** Whether the reason alone shows a goroutine of the runtime. */
export function isSystemReason(state: string): boolean {
  return SYSTEM_REASONS.has(state)
}

const QUALIFIER = / \((?:scan|leaked|durable|synctest)\)$/

/** The reason without the qualifiers that later versions append to it: `chan send (leaked)` is `chan send`. */
export function bareState(state: string): string {
  let bare = state
  while (QUALIFIER.test(bare)) bare = bare.replace(QUALIFIER, '')
  return bare
}

/**
 * The primitive of a goroutine.
 *
 * @param state status or wait reason as printed; '' where there is none
 * @param frames innermost first; may be empty
 */
export function primitiveOf(state: string, frames: readonly Frame[]): Primitive {
  const bare = bareState(state)
  const told = Object.hasOwn(WAIT_REASONS, bare) ? WAIT_REASONS[bare] : null
  if (told === 'mutex') {
    // RWMutex writers queue on a Mutex inside the RWMutex, callers of Once.Do on one inside the Once.
    const finer = primitiveOfFrames(frames)
    return finer === 'rwmutex-write' || finer === 'once' ? finer : 'mutex'
  }
  if (told !== null) return told
  const seen = primitiveOfFrames(frames)
  if (seen !== 'unknown') return seen
  if (bare === 'syscall') return 'syscall'
  return bare === 'semacquire' ? 'semaphore' : 'unknown'
}

const INDEX = new Map(PRIMITIVES.map((name, index) => [name, index]))

/** Place of a primitive in PRIMITIVES, for the `primitive` column. */
export function primitiveIndex(primitive: Primitive): number {
  return INDEX.get(primitive) as number
}
