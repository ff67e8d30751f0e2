/**
 * Delve's listings beside a core: two readings of the same memory ought to agree. Where they do not, one of them is wrong
 * (old Delves misname wait reasons of newer Go, and take a signal handler's frame for the goroutine's), and the reader is
 * told so.
 */
import type { Analysis } from '../model/analysis.js'
import type { Capture } from '../model/capture.js'
import type { Frame, GoroutineSnapshot } from '../model/goroutine.js'
import type { Ref } from '../model/ref.js'

/** Two listings with fewer ids in common than this are of two processes. */
const SAME_PROCESS = 0.8

/** Says how the listings of Delve in a capture differ from its cores. */
export function compareDelveWithCores({ capture }: Analysis): void {
  const listings = capture.snapshots.filter(s => s.format.startsWith('delve') && s.table.length > 1)
  if (listings.length === 0) return
  for (const core of capture.snapshots) {
    if (core.format !== 'core') continue
    const rows = new Map(Array.from(core.table.ids, (id, row) => [id, row]))
    for (const listing of listings) if (ofOneProcess(listing, core, rows)) compare(capture, listing, core, rows)
  }
}

/** Delve's texts name no process; the version of Go and the ids of the goroutines do well enough. */
function ofOneProcess(listing: GoroutineSnapshot, core: GoroutineSnapshot, rows: ReadonlyMap<number, number>): boolean {
  if (!core.goVersion?.startsWith(listing.goVersion ?? '')) return false
  const ids = new Set(listing.table.ids)
  let common = 0
  for (const id of ids) if (rows.has(id)) common++
  return common >= SAME_PROCESS * Math.max(ids.size, rows.size)
}

interface Difference {
  text: string
  ref: Ref
}

function compare(
  capture: Capture,
  listing: GoroutineSnapshot,
  core: GoroutineSnapshot,
  rows: ReadonlyMap<number, number>,
): void {
  const differences: Difference[] = []
  const seen = new Set<number>()
  for (let row = 0; row < listing.table.length; row++) {
    const id = listing.table.ids[row]
    // Rows of a grouped listing that stand for goroutines it does not name.
    if (id === 0 || (!rows.has(id) && isSpare(listing, row))) continue
    const ref = { source: listing.source, line: listing.table.lines[row] || listing.line || 1 }
    seen.add(id)
    const other = rows.get(id)
    const text = other === undefined ? 'is not in the core' : difference(listing, row, core, other)
    if (text !== null) differences.push({ text: `goroutine ${id} ${text}`, ref })
  }
  const whole = !listing.truncated && listing.format === 'delve-goroutines'
  for (const id of rows.keys())
    if (whole && !seen.has(id))
      differences.push({ text: `goroutine ${id} is not in the listing`, ref: { source: listing.source, line: 1 } })
  if (differences.length === 0) return
  const [first] = differences
  capture.diagnostics.add(
    'core.delve-differs',
    'info',
    `Delve's listing differs from ${core.source}, first: ${first.text}`,
    first.ref,
    'trust the core as it was read here, or list it again with a Delve made for the version of Go: dlv core BINARY CORE',
    differences.length,
  )
}

/** Delve lists the goroutine that is kept for callbacks from C; to the runtime it is as good as dead until one comes. */
function isSpare({ table }: GoroutineSnapshot, row: number): boolean {
  const { frames } = table.stacks[table.stack[row]]
  return frames.length > 0 && frames.every(f => f.func === 'runtime.goexit')
}

/** How one goroutine differs; null where it does not. */
function difference(listing: GoroutineSnapshot, row: number, core: GoroutineSnapshot, other: number): string | null {
  const said = listing.table.states[listing.table.state[row]]
  const read = core.table.states[core.table.state[other]]
  // A listing without a word for the state says nothing of it; `waiting` is any reason; on a thread is all that Delve
  // says of a goroutine in a system call.
  const vague = said === '' || said === 'waiting' || (said === 'running' && read === 'syscall')
  if (!vague && said !== read && !/unknown/.test(said + read)) return `is [${said}] to Delve, [${read}] in the core`
  const stack = listing.table.stacks[listing.table.stack[row]]
  const frames = core.table.stacks[core.table.stack[other]]
  if (stack.elided || frames.elided || stack.frames.length < 2 || frames.frames.some(f => f.file === null)) return null
  const [theirs, ours] = [stack.frames.map(nameOf), frames.frames.map(nameOf)]
  if (theirs.join('\n') === ours.join('\n')) return null
  // Of a goroutine on a thread Delve shows what the thread does, signal handler and all; the goroutine's own are below.
  if (theirs.slice(-ours.length).join('\n') === ours.join('\n')) return null
  const at = theirs.findIndex((name, i) => name !== ours[i])
  return `stands in ${theirs[at] ?? 'nothing more'} to Delve, in ${ours[at] ?? 'nothing more'} in the core (frame ${at === -1 ? theirs.length : at})`
}

/** Delve prints type arguments where the runtime prints `[...]`. */
function nameOf({ func }: Frame): string {
  const open = func.indexOf('[')
  const close = func.lastIndexOf(']')
  return open === -1 || close < open ? func : `${func.slice(0, open)}[...]${func.slice(close + 1)}`
}
