/**
 * Goroutines of one dump that stand in the same place, as one group: whatever their arguments, ids and parents, and
 * whatever the compiler put around them (`gowrapN`). 200,000 goroutines become a page.
 */
import type { GoroutineGroup } from '../../model/analysis.js'
import { userFrame } from '../../model/go-frames.js'
import { framesKey, placeKey } from '../../model/go-place.js'
import {
  type Frame,
  GoroutineFlag,
  type GoroutineSnapshot,
  type GoroutineTable,
  PRIMITIVES,
  type Primitive,
  type Stack,
} from '../../model/goroutine.js'
import type { Ref } from '../../model/ref.js'
import { idleReason } from './idle.js'

/** A dump's groups, and which of them each row belongs to. */
export interface Grouping {
  groups: GoroutineGroup[]
  /** Index into `groups` by row of the table. */
  ofRow: Int32Array
}

const IDS = 100
const REFS = 5

/** Groups the rows of a snapshot. Linear in the rows; work on frames is done once for each distinct stack. */
export function groupSnapshot(snapshot: GoroutineSnapshot): Grouping {
  const { table } = snapshot
  const stackKeys = table.stacks.map(stack => framesKey(stack.frames, stack.createdBy))
  const signals = table.stacks.some(s =>
    s.frames.some(f => f.func === 'os/signal.signal_recv' || f.func === 'os/signal.loop'),
  )
  const byKey = new Map<string, Building>()
  const byPair = new Map<number, Building>()
  const ofRow = new Int32Array(table.length)
  const all: Building[] = []
  const groupOf = (row: number, leaked: boolean): Building => {
    const primitive = PRIMITIVES[table.primitive[row]]
    const state = table.states[table.state[row]]
    const stack = table.stacks[table.stack[row]]
    const key = placeKey(primitive, state, stackKeys[table.stack[row]], leaked)
    let group = byKey.get(key)
    if (group === undefined) {
      group = startGroup(all.length, key, primitive, state, stack, leaked)
      byKey.set(key, group)
      all.push(group)
    }
    if (stack.createdBy?.func !== group.createdBy?.func) group.createdBy = null
    return group
  }
  for (let row = 0; row < table.length; row++) {
    const leaked = (table.flags[row] & GoroutineFlag.leaked) !== 0
    // Rows of one stack, state and mark are of one group: the key is made once for each such triple.
    const place = table.stack[row] * table.states.length + table.state[row]
    const pair = (place * PRIMITIVES.length + table.primitive[row]) * 2 + (leaked ? 1 : 0)
    let group = byPair.get(pair)
    if (group === undefined) byPair.set(pair, (group = groupOf(row, leaked)))
    addRow(group, table, row)
    ofRow[row] = group.index
  }
  return inOrder(
    all.map(g => finishGroup(g, snapshot, signals)),
    ofRow,
  )
}

/** What may be stuck first, large before small; the idle and the runtime's own last. */
function inOrder(groups: GoroutineGroup[], ofRow: Int32Array): Grouping {
  const rank = (g: GoroutineGroup) => (g.system ? 2 : g.benign ? 1 : 0)
  const order = [...groups.keys()].sort(
    (a, b) => rank(groups[a]) - rank(groups[b]) || groups[b].count - groups[a].count || a - b,
  )
  const place = new Int32Array(groups.length)
  order.forEach((from, to) => {
    place[from] = to
  })
  for (let row = 0; row < ofRow.length; row++) ofRow[row] = place[ofRow[row]]
  return { groups: order.map(i => groups[i]), ofRow }
}

interface Building {
  index: number
  key: string
  primitive: Primitive
  state: string
  stack: Stack
  leaked: boolean
  count: number
  ids: number[]
  /** As many smaller ids are known as are kept: from here on none counts. */
  idLimit: number
  rows: number[]
  waitMin: number
  waitMax: number
  object: number
  oneObject: boolean
  system: boolean
  hasOne: boolean
  createdBy: Frame | null
  labels: Record<string, string> | null | undefined
}

function startGroup(
  index: number,
  key: string,
  primitive: Primitive,
  state: string,
  stack: Stack,
  leaked: boolean,
): Building {
  return {
    index,
    key,
    primitive,
    state,
    stack,
    leaked,
    count: 0,
    ids: [],
    idLimit: Number.POSITIVE_INFINITY,
    rows: [],
    waitMin: Number.POSITIVE_INFINITY,
    waitMax: Number.NEGATIVE_INFINITY,
    object: 0,
    oneObject: true,
    system: true,
    hasOne: false,
    createdBy: stack.createdBy,
    labels: undefined,
  }
}

function addRow(group: Building, table: GoroutineTable, row: number): void {
  const first = group.count === 0
  group.count += table.counts ? table.counts[row] : 1
  const id = table.ids[row]
  if (id > 0) {
    if (id === 1) group.hasOne = true
    // Keeps the smallest; cut in blocks, so that each id is sorted a bounded number of times, and ascending ones never.
    if (id < group.idLimit && group.ids.push(id) > 2 * IDS) {
      group.ids = smallest(group.ids)
      group.idLimit = group.ids[IDS - 1]
    }
  }
  if (group.rows.length < REFS) group.rows.push(row)
  const wait = table.waitNs[row]
  if (wait < group.waitMin) group.waitMin = wait
  if (wait > group.waitMax) group.waitMax = wait
  const object = table.object[row]
  if (first) group.object = object
  else if (object !== group.object) group.oneObject = false
  if ((table.flags[row] & GoroutineFlag.system) === 0) group.system = false
  if (table.labels.size > 0) group.labels = commonLabels(group.labels, table.labels.get(row))
}

function commonLabels(
  known: Record<string, string> | null | undefined,
  labels: Record<string, string> | undefined,
): Record<string, string> | null {
  if (known === undefined) return labels ?? null
  if (known === null || labels === undefined) return null
  const common = Object.entries(known).filter(([key, value]) => labels[key] === value)
  return common.length > 0 ? Object.fromEntries(common) : null
}

function smallest(ids: number[]): number[] {
  return ids.sort((a, b) => a - b).slice(0, IDS)
}

function finishGroup(group: Building, snapshot: GoroutineSnapshot, signals: boolean): GoroutineGroup {
  const { frames } = group.stack
  const main = group.count === 1 && (group.ids.length > 0 ? group.hasOne : standsInMain(frames))
  const idle = group.system ? 'goroutine of the Go runtime' : idleReason(group.primitive, frames, main, signals)
  return {
    source: snapshot.source,
    count: group.count,
    ids: smallest(group.ids),
    state: group.leaked ? `${group.state} (leaked)` : group.state,
    primitive: group.primitive,
    object:
      group.oneObject && group.object > 0 ? { kind: objectKind(group.primitive), address: hex(group.object) } : null,
    waitNs: group.waitMax >= group.waitMin ? { min: group.waitMin, max: group.waitMax } : null,
    system: group.system,
    benign: idle !== null && !group.leaked,
    frames: [...frames],
    createdBy: group.createdBy,
    labels: group.labels ?? null,
    userFrame: userFrame(frames),
    main,
    key: group.key,
    leaked: group.leaked,
    idle,
    refs: group.rows.map(row => refOfRow(snapshot, row)),
  }
}

/** Below main.main only the runtime stands. */
function standsInMain(frames: readonly Frame[]): boolean {
  const main = frames.findIndex(f => f.func === 'main.main')
  return main !== -1 && frames.slice(main + 1).every(f => f.func.startsWith('runtime.'))
}

/** Where a dump begins in its source; for a binary one, its first goroutine. */
export function refOfSnapshot(snapshot: GoroutineSnapshot): Ref {
  const { source, line, table } = snapshot
  return line > 0 || table.length === 0 ? { source, line: Math.max(1, line) } : refOfRow(snapshot, 0)
}

/** Where a goroutine stands in its source. */
export function refOfRow({ source, table, line }: GoroutineSnapshot, row: number): Ref {
  if (table.lines[row] > 0) return { source, line: table.lines[row] }
  return table.offsets ? { source, offset: table.offsets[row] } : { source, line }
}

/** The kind of object that a goroutine blocked on a primitive waits for. */
export function objectKind(primitive: Primitive): string {
  if (primitive.startsWith('channel')) return 'channel'
  if (primitive.startsWith('rwmutex')) return 'rwmutex'
  return primitive === 'netpoll' ? 'poll descriptor' : primitive
}

export function hex(address: number): string {
  return `0x${address.toString(16)}`
}
