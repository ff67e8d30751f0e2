/** Which goroutines of a dump could still do something by themselves, and so wake the others. */
import type { Capture } from '../../model/capture.js'
import { ownerOf } from '../../model/go-frames.js'
import type { GoroutineSnapshot, Primitive } from '../../model/goroutine.js'
import type { Ref } from '../../model/ref.js'
import type { Liveness } from '../../model/waits.js'
import { type Grouping, refOfSnapshot } from './groups.js'
import { isDumper } from './idle.js'

/**
 * Blocked on these, a goroutine waits for another goroutine. All else ends by itself or may: the clock, the network, the
 * kernel, C code; a select may hold a timer.
 */
const NEEDS_ANOTHER = new Set<Primitive>([
  'mutex',
  'rwmutex-read',
  'rwmutex-write',
  'waitgroup',
  'cond',
  'once',
  'channel-send',
  'channel-receive',
  'channel-nil',
  'select-empty',
  'semaphore',
  'fd-lock',
  'coroutine',
])

/** Forms that show every goroutine, each by itself. A panic shows one, a profile counts places. */
const WHOLE = new Set(['debug2', 'sigquit', 'fatal', 'delve-goroutines', 'delve-json', 'core'])

const ASLEEP = /all goroutines are asleep - deadlock!|no goroutines \(main called runtime\.Goexit\) - deadlock!/

export function livenessOf(snapshot: GoroutineSnapshot, index: number, grouping: Grouping, capture: Capture): Liveness {
  const { groups, ofRow } = grouping
  const live: number[] = []
  const signals = groups.some(g => g.frames.some(f => f.func.startsWith('os/signal.')))
  groups.forEach((group, g) => {
    // Who writes the dump runs because of it; main that does so goes on with its own work.
    if (group.system || (isDumper(group.primitive, group.frames) && !group.main)) return
    // With a signal loop in the program, a goroutine that receives may be waiting for a signal: somebody outside can wake it.
    const outside = signals && group.primitive === 'channel-receive' && group.count === 1
    if (outside || !NEEDS_ANOTHER.has(group.primitive)) live.push(g)
  })
  const crash = capture.crashes.find(
    c => c.source === snapshot.source && ASLEEP.test(c.message) && c.line <= snapshot.line + 1,
  )
  const whole = WHOLE.has(snapshot.format) && !snapshot.truncated && snapshot.table.length > 0
  const refs: Ref[] = crash ? crash.refs : [refOfSnapshot(snapshot)]
  const timed = groups.flatMap((group, g) =>
    group.primitive === 'channel-receive' && !group.system && !live.includes(g) && mayBeTimer(snapshot, group.ids)
      ? [g]
      : [],
  )
  const ticking = live.filter(g => onlyTicks(snapshot, grouping, g, ofRow))
  return {
    snapshot: index,
    source: snapshot.source,
    asleep: crash ? 'runtime' : whole && live.length === 0 && groups.some(g => !g.system) ? 'dump' : null,
    live,
    ticking,
    timed,
    whole,
    refs,
  }
}

/** A timer's channel carries a time.Time; a core shows the size of what a channel carries, text does not. */
const TIME_BYTES = 24

function mayBeTimer({ objects }: GoroutineSnapshot, ids: readonly number[]): boolean {
  if (objects.length === 0) return true
  const waiting = new Set(ids)
  const channels = objects.filter(o => o.kind === 'channel' && o.waiters.some(id => waiting.has(id)))
  return channels.length === 0 || channels.some(o => o.state.elemSize === undefined || o.state.elemSize === TIME_BYTES)
}

/**
 * Sleeps in functions that were given nothing (no arguments, no closure): what it can reach are package variables, and
 * what its own calls made. Goroutine 1 reaches all that main made, and is never such.
 *
 *   time.Sleep(0x1dcd6500)
 *   main.heartbeat()
 *                 ^ no arguments
 */
function onlyTicks(snapshot: GoroutineSnapshot, { groups }: Grouping, g: number, ofRow: Int32Array): boolean {
  const group = groups[g]
  if (group.primitive !== 'sleep' || group.count > 100 || group.main) return false
  const row = ofRow.indexOf(g)
  const { frames } = snapshot.detail(row)
  const own = frames.filter(f => ownerOf(f) === 'user' || ownerOf(f) === 'library')
  return own.length > 0 && own.every(f => f.args === '' && !/\.func\d|\.\(/.test(f.func))
}
