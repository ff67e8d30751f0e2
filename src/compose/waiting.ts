/** Where goroutines wait, said where nothing proves that one of them hangs: the place to look, and no verdict. */
import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import { placeOf } from '../model/go-place.js'
import type { Primitive } from '../model/goroutine.js'
import { counted, duration } from '../model/words.js'

/** What goroutines can hang in; who sleeps, or waits for the network, is woken by others than goroutines. */
const WAITS: Partial<Record<Primitive, string>> = {
  mutex: 'for a mutex',
  'rwmutex-read': 'to read under an RWMutex',
  'rwmutex-write': 'to write under an RWMutex',
  waitgroup: 'for a WaitGroup',
  cond: 'for a Cond',
  once: 'for a sync.Once',
  semaphore: 'for a semaphore',
  'fd-lock': 'for the lock of a descriptor',
  'channel-send': 'to send on a channel',
  'channel-receive': 'to receive from a channel',
  select: 'in a select',
}
/** Places that a summary names. */
const PLACES = 3
/** Shorter waits are an ordinary moment of a busy program. */
const WORTH_NS = 60e9

/**
 * The places of the last dump in which most goroutines wait, in one or two sentences; null where none waits outside of
 * its ordinary place.
 */
export function whoWaits({ groups }: Analysis): string | null {
  const last = groups.reduce((latest, g) => (g.again ? latest : Math.max(latest, g.snapshot ?? 0)), -1)
  const waiting = groups
    .filter(g => g.snapshot === last && !g.system && !g.benign && WAITS[g.primitive] !== undefined)
    .sort((a, b) => b.count - a.count)
  if (waiting.length === 0) return null
  const named = waiting.slice(0, PLACES).map(inWords)
  const left = waiting.slice(PLACES).reduce((sum, g) => sum + g.count, 0)
  const more = left > 0 ? `, and ${left} elsewhere` : ''
  const who = waiting.length === 1 && waiting[0].count === 1 ? 'it' : 'one of them'
  return `${named.join('; ')}${more}. Nothing proves that ${who} will not be woken: a second dump, a minute later, shows who has not moved.`
}

function inWords(group: GoroutineGroup): string {
  const frame = group.frames[group.userFrame] ?? group.frames[0]
  const place = frame ? ` in ${placeOf(frame)}` : ''
  const longest = group.waitNs?.max ?? 0
  const since = longest >= WORTH_NS ? `, up to ${duration(longest)} by now` : ''
  return `${counted(group.count, 'goroutine')} ${group.count === 1 ? 'waits' : 'wait'} ${WAITS[group.primitive]}${place}${since}`
}
