/**
 * Wait reasons that Delve's terminal printed, put right where they can be.
 *
 * Up to Delve 1.25 the terminal turned the runtime's number into a word by one table, that of Go 1.13 to 1.19. Of a
 * program built by Go 1.20 or later some words are wrong, of one built by Go 1.26 nearly all: a goroutine in a channel
 * receive is shown as `sleep`. The text names neither version. What gives it away is the place where the goroutine
 * stands: nobody sleeps in `main.consume` without `time.Sleep` between.
 */
import { ownerOf } from '../../src/model/go-frames.js'
import type { Frame, Primitive } from '../../src/model/goroutine.js'
import { primitiveOf } from '../shared/primitive.js'
import { primitiveOfFrames } from '../shared/primitive-frames.js'
import { DELVE_STATIC, TABLE_STARTS, waitReason } from '../shared/wait-reasons.js'

export interface PrintedReason {
  reason: string
  /** Frames of the goroutine as far as they were shown, innermost first. */
  frames: readonly Frame[]
}

export interface ReasonKey {
  /** What a printed word means; null: it cannot be told. Words that are not in it mean themselves. */
  words: Map<string, string | null>
  /** `as printed`, or how it was put right, for the provenance of the source. */
  basis: string
}

const AS_PRINTED: ReasonKey = { words: new Map(), basis: 'as printed' }
const UNKNOWN = /^unknown wait reason (\d{1,4})$/

/** Wait reasons that cannot be where the goroutine stands right in the user's own code: a library frame is between. */
const NEEDS_LIBRARY = new Set<Primitive>([
  'sleep',
  'netpoll',
  'mutex',
  'rwmutex-read',
  'rwmutex-write',
  'waitgroup',
  'cond',
  'fd-lock',
])
/** Words that only user code waits for: the User location of such a goroutine is never the runtime's `gopark`. */
const NEEDS_USER = new Set<Primitive>(['channel-receive', 'channel-send', 'channel-nil', 'select', 'select-empty'])

/** Statuses, which are no wait reasons: they mean what they say. */
const STATUSES = new Set([
  '',
  'unreadable',
  'idle',
  'runnable',
  'running',
  'syscall',
  'waiting',
  'dead',
  'copystack',
  'leaked',
])

/**
 * @param go minor version of Go that built the program, null where unknown
 * @param newDelve whether the terminal has a table per Go version (1.26 on); null where unknown
 */
export function reasonKey(printed: readonly PrintedReason[], go: number | null, newDelve: boolean | null): ReasonKey {
  const seen = new Set(printed.map(p => p.reason).filter(word => !STATUSES.has(word)))
  const numbers = [...seen].filter(word => UNKNOWN.test(word))
  const newWords = [...seen].some(word => !DELVE_STATIC.includes(word) && !UNKNOWN.test(word))
  if (newDelve === true || newWords) return numbers.length === 0 || go === null ? AS_PRINTED : byNumber(numbers, go)
  if (go !== null && go < 20) return AS_PRINTED
  if (go !== null && newDelve === false)
    return translated(seen, [go], `Go 1.${go}, wait reasons printed by a table of Go 1.19`)
  // Bare numbers (JSON without GetVersion) have no printed meaning that could be the right one.
  const bare = numbers.length > 0 && numbers.length === seen.size
  const plain = bare ? Number.POSITIVE_INFINITY : contradictions(printed, word => word)
  if (plain === 0) return AS_PRINTED
  const eras = go !== null ? [go] : TABLE_STARTS.filter(start => bare || start >= 20)
  const counts = eras.map(era => contradictions(printed, word => translate(word, era)))
  const best = Math.min(...counts)
  if (best >= plain) return AS_PRINTED
  const fitting = eras.filter((_, i) => counts[i] === best)
  return translated(
    seen,
    fitting,
    bare
      ? 'bare numbers, read by the tables of Go that fit the places'
      : `wait reasons printed by a table of Go 1.19 for a later Go (${plain} cannot be where they stand)`,
  )
}

function translate(word: string, era: number): string | null {
  const number = UNKNOWN.exec(word)
  const index = number ? Number(number[1]) : DELVE_STATIC.indexOf(word)
  return index <= 0 ? word : waitReason(index, era)
}

/** Words on which all eras that fit agree; null for the others. */
function translated(seen: Set<string>, eras: readonly number[], basis: string): ReasonKey {
  const words = new Map<string, string | null>()
  for (const word of seen) {
    const meanings = new Set(eras.map(era => translate(word, era)))
    words.set(word, meanings.size === 1 ? ([...meanings][0] ?? null) : null)
  }
  return { words, basis }
}

function byNumber(words: readonly string[], go: number): ReasonKey {
  return {
    words: new Map(words.map(word => [word, waitReason(Number(UNKNOWN.exec(word)?.[1]), go)])),
    basis: `numbers looked up in the table of Go 1.${go}`,
  }
}

/** How many goroutines cannot wait for what `meaning` makes of their word, where they stand. */
function contradictions(printed: readonly PrintedReason[], meaning: (word: string) => string | null): number {
  let count = 0
  for (const { reason, frames } of printed) {
    const word = meaning(reason)
    if (word === null || UNKNOWN.test(word) || frames.length === 0) continue
    if (contradicts(primitiveOf(word, []), frames)) count++
  }
  return count
}

function contradicts(told: Primitive, frames: readonly Frame[]): boolean {
  if (told === 'unknown' || told === 'none') return false
  const seen = primitiveOfFrames(frames)
  if (seen !== 'unknown') return seen !== told && !SAME[told]?.includes(seen)
  const top = frames[0]
  if (top.func === 'runtime.gopark') return NEEDS_USER.has(told) && frames.length === 1
  return NEEDS_LIBRARY.has(told) && ownerOf(top) === 'user' && !inStandardFile(top.file)
}

/** What frames show more finely than the word, or less. */
const SAME: Partial<Record<Primitive, readonly Primitive[]>> = {
  mutex: ['once', 'rwmutex-write', 'semaphore'],
  'rwmutex-write': ['mutex', 'semaphore'],
  'rwmutex-read': ['mutex', 'semaphore'],
  waitgroup: ['semaphore'],
  semaphore: ['mutex', 'once', 'rwmutex-write', 'rwmutex-read', 'waitgroup', 'cond', 'fd-lock'],
  'channel-nil': ['channel-send', 'channel-receive'],
}

/** Inlined library code keeps the user's function but shows the library's file: `mutex.go:70 main.zMutex`. */
function inStandardFile(file: string | null): boolean {
  return file !== null && /\/src\/(?:sync|internal|runtime|time|net|os|syscall)\//.test(file)
}
