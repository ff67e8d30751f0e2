/** Queues on locks: who waits for which, and which goroutine the evidence points to as the holder. */
import { ownerOf, userFrame } from '../../model/go-frames.js'
import { type Frame, type GoroutineSnapshot, PRIMITIVES, type Primitive } from '../../model/goroutine.js'
import type { HolderCandidate, LockQueue } from '../../model/waits.js'
import { type Grouping, hex, refOfRow } from './groups.js'
import { isDumper } from './idle.js'
import { type Mention, type Mentions, mentionsOf, wordsOf } from './words.js'

const KINDS: Partial<Record<Primitive, LockQueue['kind']>> = {
  mutex: 'mutex',
  'rwmutex-read': 'rwmutex',
  'rwmutex-write': 'rwmutex',
  once: 'once',
  'fd-lock': 'fd-lock',
}
const IDS = 100
const REFS = 8
const CANDIDATES = 5

/** A queue with the rows that stand in it, which the edges are made of. */
export interface Queue {
  queue: LockQueue
  rows: number[]
  /** Row of the holder; -1 where nobody can be named. */
  holderRow: number
  address: number
}

/** The queues of one snapshot. */
export function lockQueues(snapshot: GoroutineSnapshot, index: number, grouping: Grouping): Queue[] {
  const queues = gather(snapshot, index, grouping)
  const { table } = snapshot
  const known = queues.filter(q => q.address > 0)
  const mentions = mentionsOf(
    snapshot,
    grouping.ofRow,
    known.map(q => q.address),
    row => {
      const group = grouping.groups[grouping.ofRow[row]]
      return group.system || isDumper(group.primitive, table.stacks[table.stack[row]].frames)
    },
  )
  for (const queue of queues) findHolder(queue, snapshot, grouping, mentions)
  return queues
}

/** Waiters by lock. Without an address, those of one place (of one package for RWMutexes) are taken together. */
function gather(snapshot: GoroutineSnapshot, index: number, grouping: Grouping): Queue[] {
  const { table } = snapshot
  const queues = new Map<string, Queue>()
  for (let row = 0; row < table.length; row++) {
    const primitive = PRIMITIVES[table.primitive[row]]
    const kind = KINDS[primitive]
    if (kind === undefined) continue
    const address = table.object[row]
    const group = grouping.ofRow[row]
    const key =
      address > 0 ? `${kind} ${address}` : `${kind} ? ${kind === 'rwmutex' ? packageAt(grouping, group) : group}`
    let queue = queues.get(key)
    if (queue === undefined) {
      queue = { queue: emptyQueue(snapshot, index, kind, address), rows: [], holderRow: -1, address }
      queues.set(key, queue)
    }
    addWaiter(queue, snapshot, row, group, primitive)
  }
  for (const { queue } of queues.values()) queue.ids = queue.ids.sort((a, b) => a - b).slice(0, IDS)
  return [...queues.values()]
}

function packageAt(grouping: Grouping, group: number): string {
  const { frames, userFrame: at } = grouping.groups[group]
  const func = frames[at]?.func ?? ''
  return func.slice(0, func.indexOf('.', func.lastIndexOf('/') + 1))
}

function emptyQueue(snapshot: GoroutineSnapshot, index: number, kind: LockQueue['kind'], address: number): LockQueue {
  return {
    snapshot: index,
    source: snapshot.source,
    kind,
    address: address > 0 ? hex(address) : null,
    readers: 0,
    writers: 0,
    ids: [],
    groups: [],
    waitNs: null,
    candidates: [],
    candidatesLeft: 0,
    holder: null,
    cycle: -1,
    refs: [],
  }
}

function addWaiter(
  { queue, rows }: Queue,
  snapshot: GoroutineSnapshot,
  row: number,
  group: number,
  primitive: Primitive,
): void {
  const { table } = snapshot
  const count = table.counts ? table.counts[row] : 1
  if (primitive === 'rwmutex-read') queue.readers += count
  else queue.writers += count
  rows.push(row)
  if (table.ids[row] > 0 && queue.ids.length < 10 * IDS) queue.ids.push(table.ids[row])
  if (!queue.groups.includes(group) && queue.groups.length < IDS) queue.groups.push(group)
  const wait = table.waitNs[row]
  if (!Number.isNaN(wait)) {
    queue.waitNs ??= { min: wait, max: wait }
    queue.waitNs.min = Math.min(queue.waitNs.min, wait)
    queue.waitNs.max = Math.max(queue.waitNs.max, wait)
  }
  if (queue.refs.length < REFS) queue.refs.push(refOfRow(snapshot, row))
}

/** How well the evidence supports that a goroutine holds the lock; only from `NAMED` on can it be named. */
const INSIDE = 6
const EXACT = 5
const CONTAINED = 4
const EXACT_STALE = 3
const SAME_FUNCTION = 2
const NAMED = SAME_FUNCTION
const WEAK = 1

interface Supported {
  row: number
  support: number
  basis: string
  /** The library's own code holds the lock wherever the goroutine stands: no inference is needed. */
  certain: boolean
}

function findHolder(queue: Queue, snapshot: GoroutineSnapshot, grouping: Grouping, mentions: Mentions): void {
  const waiting = new Set(queue.rows)
  const all = mentions.of.get(queue.address) ?? []
  const base = baseOf(queue, snapshot, all, waiting)
  const best = new Map<number, Supported>()
  for (const mention of all) {
    if (mention.word !== base || waiting.has(mention.row)) continue
    const found = support(mention, queue, snapshot, grouping, all, waiting)
    const known = best.get(mention.row)
    if (!known || found.support > known.support) best.set(mention.row, found)
  }
  for (const found of pastTheLock(queue, grouping)) if (!best.has(found.row)) best.set(found.row, found)
  const ranked = [...best.values()].sort((a, b) => b.support - a.support || a.row - b.row)
  const top = ranked[0]
  const alone = top !== undefined && top.support >= NAMED && ranked[1]?.support !== top.support
  queue.queue.candidates = ranked.slice(0, CANDIDATES).map(s => candidate(s, snapshot, grouping))
  queue.queue.candidatesLeft = Math.max(0, ranked.length - CANDIDATES)
  if (alone && mentions.complete) {
    queue.queue.holder = queue.queue.candidates[0]
    queue.holderRow = top.row
  }
}

/**
 * The word that stands for the lock: its own address where any goroutine shows it, else the receiver of the method that
 * the waiters call Lock in, else the nearest word before it. The nearest, as structs of the same size lie side by side on
 * the heap: the one before holds another lock.
 */
function baseOf(
  queue: Queue,
  { table }: GoroutineSnapshot,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): number {
  if (all.some(m => m.word === queue.address)) return queue.address
  const nearest = (some: readonly Mention[]) => some.reduce((max, m) => Math.max(max, m.word), 0)
  const sure = all.filter(m => m.sure)
  const receivers = sure.filter(
    m => waiting.has(m.row) && m.position === 0 && m.depth === lockingFrame(table.stacks[table.stack[m.row]].frames),
  )
  return nearest(receivers) || nearest(sure) || nearest(all)
}

/**
 * Goroutines that stand further down in the very function in which waiters call Lock: whatever its arguments, on the same
 * object they are past that Lock. One of the waiters can be such: it locks again what it has locked.
 */
function* pastTheLock({ queue }: Queue, grouping: Grouping): Generator<Supported> {
  for (const waiting of queue.groups) {
    const { frames } = grouping.groups[waiting]
    const lock = frames[lockingFrame(frames)]
    if (!lock || lock.line === null || ownerOf(lock) !== 'user') continue
    const { func, line } = lock
    for (const [g, group] of grouping.groups.entries()) {
      if (g === waiting || group.system || group.count !== 1 || (group.idle && group.idle !== 'sleeps')) continue
      const from = queue.groups.includes(g) ? lockingFrame(group.frames) + 1 : 0
      const past = group.frames.find(
        (f, depth) => depth >= from && f.func === func && f.line !== null && isPast(queue, group.frames, depth, line),
      )
      if (!past) continue
      const basis =
        queue.kind === 'once'
          ? 'it is inside the function that this call of Do runs'
          : `it is past the Lock in ${func} (line ${past.line}), in which the others wait (line ${line})`
      yield {
        row: grouping.ofRow.indexOf(g),
        support: queue.kind === 'once' ? INSIDE : SAME_FUNCTION,
        basis,
        certain: false,
      }
    }
  }
}

/** Below the Lock by its line; for a Once, called by the very Do in which the others wait. */
function isPast({ kind }: LockQueue, frames: readonly Frame[], depth: number, line: number): boolean {
  if (kind === 'once')
    return frames[depth].line === line && frames.slice(0, depth).some(f => /^sync\.\(\*Once\)\.do/i.test(f.func))
  return (frames[depth].line ?? 0) > line
}

function support(
  mention: Mention,
  queue: Queue,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): Supported {
  const { row, frame, sure, word } = mention
  const group = grouping.groups[grouping.ofRow[row]]
  const at = `${frame.func}${frame.line === null ? '' : ` (line ${frame.line})`}`
  const made = (level: number, basis: string, certain = false): Supported => ({ row, support: level, basis, certain })
  if (queue.queue.kind === 'once' && /^sync\.\(\*Once\)\.(?:doSlow|Do)$/.test(frame.func))
    return made(INSIDE, 'it is inside the function that this Once runs', sure)
  if (
    queue.queue.kind === 'fd-lock' &&
    (group.primitive === 'syscall' || group.primitive === 'netpoll') &&
    /\.\(\*FD\)\./.test(frame.func)
  )
    return made(INSIDE, `it is inside ${frame.func} of the same file, which is locked for the length of the call`, sure)
  if (group.idle && group.idle !== 'sleeps')
    return made(WEAK, `${hex(word)} is an argument of ${at}, but it ${group.idle}`)
  if (notThereYet(mention, snapshot, all, waiting))
    return made(WEAK, `${hex(word)} is an argument of ${at}, which has not come to that lock yet`)
  if (!sure) {
    const stale = `the word ${hex(word)} stands among the arguments of ${at}, though it may be stale`
    return made(word === queue.address ? EXACT_STALE : WEAK, stale)
  }
  // The waiters call Lock in the same function: who stands deeper in it has got past the Lock.
  const passed = all.some(
    m => waiting.has(m.row) && m.frame.func === frame.func && m.word === word && m.sure && m.frame.line !== frame.line,
  )
  if (passed && (frame.line ?? 0) > lockLine(all, waiting, frame.func))
    return made(INSIDE, `it is past the Lock in ${at}, with the same argument ${hex(word)}`)
  if (word === queue.address) return made(EXACT, `the lock's own address is an argument of ${at}`)
  return made(CONTAINED, `${hex(word)}, the object that holds the lock, is an argument of ${at}`)
}

/** Line of a function at which waiters of the lock stand; 0 where they stand in others. */
function lockLine(all: readonly Mention[], waiting: ReadonlySet<number>, func: string): number {
  return all.reduce(
    (line, m) => (waiting.has(m.row) && m.frame.func === func ? Math.max(line, m.frame.line ?? 0) : line),
    0,
  )
}

/**
 * A goroutine that waits for a lock itself holds at most what it locked before. It has not come to this one yet where the
 * word stands after that of the lock it waits for among the arguments of the very frame that waits (locks are taken in the
 * order of parameters), or where others wait for this lock in the same function at a later line.
 */
function notThereYet(
  mention: Mention,
  { table }: GoroutineSnapshot,
  all: readonly Mention[],
  waiting: ReadonlySet<number>,
): boolean {
  const { row, frame, position, depth } = mention
  if (KINDS[PRIMITIVES[table.primitive[row]]] === undefined) return false
  if (depth !== lockingFrame(table.stacks[table.stack[row]].frames)) return false
  const own = table.object[row]
  const ownPosition = own > 0 ? wordsOf(frame.args ?? '').findIndex(w => w.word === own) : -1
  if (ownPosition !== -1 && ownPosition < position) return true
  return all.some(m => waiting.has(m.row) && m.frame.func === frame.func && (m.frame.line ?? 0) > (frame.line ?? 0))
}

/** Index of the innermost frame that is neither the runtime's nor of package sync: it calls Lock. */
function lockingFrame(frames: readonly Frame[]): number {
  return frames.findIndex(f => ownerOf(f) !== 'runtime' && !/^(?:internal\/)?sync\./.test(f.func))
}

function candidate(
  { row, basis, certain }: Supported,
  snapshot: GoroutineSnapshot,
  grouping: Grouping,
): HolderCandidate {
  const group = grouping.ofRow[row]
  const { frames } = snapshot.table.stacks[snapshot.table.stack[row]]
  const at = userFrame(frames)
  return {
    goroutine: snapshot.table.ids[row],
    group,
    basis,
    status: certain ? 'observed' : 'inferred',
    doing: doing(grouping.groups[group].primitive, grouping.groups[group].state, frames),
    frame: frames[at] ?? frames[0] ?? null,
    ref: refOfRow(snapshot, row),
  }
}

/** What a goroutine does, as the end of "goroutine 7 …". */
export function doing(primitive: Primitive, state: string, frames: readonly Frame[]): string {
  switch (primitive) {
    case 'none':
      return state === 'runnable' ? 'is ready to run' : state === 'running' ? 'runs' : `is ${state}`
    case 'syscall': {
      const call = frames.find(f => /^(?:syscall|golang\.org\/x\/sys\/unix)\.(?!(?:Raw)?Syscall)/i.test(f.func))
      return call
        ? `is in the system call ${call.func.slice(call.func.lastIndexOf('.') + 1).toLowerCase()}`
        : 'is in a system call'
    }
    case 'cgo':
      return 'is in C code'
    case 'netpoll':
      return 'waits for the network or a pipe'
    case 'sleep':
      return 'sleeps'
    case 'select':
      return 'waits in a select'
    case 'select-empty':
      return 'blocks for ever in select {}'
    case 'channel-send':
      return 'waits to send on a channel'
    case 'channel-receive':
      return 'waits to receive from a channel'
    case 'channel-nil':
      return 'blocks for ever on a nil channel'
    case 'waitgroup':
      return 'waits for a WaitGroup'
    case 'cond':
      return 'waits for a Cond'
    case 'mutex':
    case 'rwmutex-read':
    case 'rwmutex-write':
    case 'once':
    case 'fd-lock':
      return 'waits for another lock'
    default:
      return `is in state ${state}`
  }
}
