/**
 * Which goroutines show the address of a lock among their arguments. Go records no owner of a lock; a word on the stack
 * of a goroutine that does not itself wait for the lock is the best that text has to offer.
 */
import { ownerOf } from '../../model/go-frames.js'
import type { Frame, GoroutineSnapshot } from '../../model/goroutine.js'
import { addTo } from '../../model/multimap.js'

/** A goroutine has an address, or that of a struct around it, among the arguments of one of its frames. */
export interface Mention {
  row: number
  /** The word itself: the lock, or the start of what holds it. */
  word: number
  /** Without `?`: the word is the argument itself, not what was left in a register. */
  sure: boolean
  frame: Frame
  /** Place of the word among the words of the frame. */
  position: number
  /** Place of the frame in the stack, innermost 0. */
  depth: number
}

/** A lock is taken to lie inside a struct that begins at most so far before it. */
const STRUCT = 4096
/** Locks after a word that are looked at as parts of what begins there. */
const NEAR = 16
/**
 * Places with more goroutines than this are sampled, and so many goroutines are looked at in all: argument words have to be
 * read again from the source.
 */
const PER_GROUP = 64
const SAMPLE = 16
const IN_ALL = 20_000
/** Frames of the locks themselves: that a waiter's Lock names the lock says nothing about who holds it. */
const LOCK_FRAME = /^(?:internal\/)?sync\.(?:\(\*(?:Mutex|RWMutex|rlocker|Cond|WaitGroup)\)|runtime_)/

export interface Mentions {
  /** By lock address. */
  of: Map<number, Mention[]>
  /** Places (indexes of groups) of which only some goroutines were looked at. */
  sampled: Set<number>
}

/**
 * Mentions of each of the addresses by goroutines of the snapshot.
 *
 * @param addresses ascending, each once
 * @param skip rows that cannot hold anything: the runtime's own goroutines, the writer of the dump
 */
export function mentionsOf(
  snapshot: GoroutineSnapshot,
  ofRow: Int32Array,
  addresses: Float64Array,
  skip: (row: number) => boolean,
): Mentions {
  const of = new Map<number, Mention[]>()
  const sampled = new Set<number>()
  if (addresses.length === 0) return { of, sampled }
  let total = 0
  for (const { group, rows, whole } of rareFirst(ofRow)) {
    if (skip(rows[0])) continue
    if (!whole || total + rows.length > IN_ALL) sampled.add(group)
    for (const row of rows) if (total++ < IN_ALL) addMentions(snapshot, row, addresses, of)
  }
  return { of, sampled }
}

function addMentions(snapshot: GoroutineSnapshot, row: number, sorted: Float64Array, of: Map<number, Mention[]>): void {
  snapshot.detail(row).frames.forEach((frame, depth) => {
    if (frame.args === undefined || frame.args === '' || LOCK_FRAME.test(frame.func) || ownerOf(frame) === 'runtime')
      return
    wordsOf(frame.args).forEach(({ word, sure }, position) => {
      if (word === 0) return
      // A struct can hold several locks; more than a few within reach are neighbours on the heap.
      const first = indexFrom(sorted, word)
      for (let i = first; i < sorted.length && i < first + NEAR && sorted[i] - word < STRUCT; i++)
        addTo(of, sorted[i], { row, word, sure, frame, position, depth })
    })
  })
}

/**
 * The first rows of each place, rare places first: who holds a lock stands alone, who waits for it stands in a crowd.
 */
function rareFirst(ofRow: Int32Array): { group: number; rows: number[]; whole: boolean }[] {
  const places: { group: number; rows: number[]; size: number }[] = []
  for (let row = 0; row < ofRow.length; row++) {
    const place = (places[ofRow[row]] ??= { group: ofRow[row], rows: [], size: 0 })
    if (place.size++ < PER_GROUP) place.rows.push(row)
  }
  return places
    .filter(p => p !== undefined)
    .sort((a, b) => a.size - b.size || a.group - b.group)
    .map(({ group, rows, size }) =>
      size <= PER_GROUP ? { group, rows, whole: true } : { group, rows: rows.slice(0, SAMPLE), whole: false },
    )
}

/**
 * The words of an argument text that can be addresses.
 *
 *   0xc0000a4210, 0x0?, {0xc00012?, 0x2}
 *                            ^ not sure
 */
export function wordsOf(args: string): { word: number; sure: boolean }[] {
  const words: { word: number; sure: boolean }[] = []
  for (const m of args.matchAll(/0x([0-9a-f]{1,16})(\??)/g)) {
    const word = Number.parseInt(m[1], 16)
    words.push({ word: word < 0x1000 ? 0 : word, sure: m[2] === '' })
  }
  return words
}

/** Index of the smallest of the sorted values that is not below `word`. */
function indexFrom(sorted: Float64Array, word: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle] < word) low = middle + 1
    else high = middle
  }
  return low
}
