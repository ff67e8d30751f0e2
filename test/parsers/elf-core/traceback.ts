/** Compares goroutines of a core with Go's own traceback, which the same process printed as it died. */
import type { GoroutineSnapshot } from '../../../src/model/goroutine.js'

export interface TracedGoroutine {
  id: number
  state: string
  /** `func file:line`, innermost first. */
  frames: string[]
  /** Calls with their arguments, as printed. */
  calls: string[]
  /** Program counters, where the traceback has them; inlined calls have none. */
  pcs: number[]
  createdBy: string | null
  /** The runtime left out the middle of a deep stack: the first 50 frames are there, and the last 50. */
  elided: boolean
}

/** Goroutines of a traceback by id; the first that has frames counts, for relays repeat what came before. */
export function readTraceback(text: string): Map<number, TracedGoroutine> {
  const found = new Map<number, TracedGoroutine>()
  let now: TracedGoroutine | null = null
  let func: string | null = null
  for (const line of text.split('\n')) {
    const header = /^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[([^\],]+)/.exec(line)
    if (header) {
      const state = header[2].replace(/ \((?:scan|leaked|durable)\)/g, '')
      now = { id: Number(header[1]), state, frames: [], calls: [], pcs: [], createdBy: null, elided: false }
      func = null
      if ((found.get(now.id)?.frames.length ?? 0) === 0) found.set(now.id, now)
    } else if (now === null) continue
    else if (line === '' || line === '-----') now = null
    else if (/^\.\.\.(?:\d+|additional) frames elided/.test(line)) now.elided = true
    else if (line.startsWith('\t')) {
      const place = /^\t(.*):(\d+)(?: .* pc=0x([0-9a-f]+))?/.exec(line)
      if (func === null || place === null) continue
      const text = `${func} ${place[1]}:${place[2]}`
      if (func.startsWith('created by ')) now.createdBy = text.slice('created by '.length)
      else now.frames.push(text)
      if (place[3]) now.pcs.push(Number.parseInt(place[3], 16))
      func = null
    } else if (line.startsWith('created by ')) func = line.replace(/ in goroutine \d+$/, '')
    else {
      const call = /^(.+)\([^()]*\)$/.exec(line)
      func = call ? call[1].replace(/^panic$/, 'runtime.gopanic') : null
      if (call) now.calls.push(line.replace(/^panic\(/, 'runtime.gopanic('))
    }
  }
  return found
}

/**
 * Every difference between a snapshot and a traceback, in words.
 *
 * Two are none: goroutine 0 is the scheduler of a thread, which a core lists among the threads; and the goroutine that
 * died has, in the core, the frames by which it died (raise, crash, …) above those that it printed before.
 */
export function differences(snapshot: GoroutineSnapshot, truth: Map<number, TracedGoroutine>): string[] {
  const { table } = snapshot
  const found: string[] = []
  const seen = new Set<number>()
  for (let row = 0; row < table.length; row++) {
    const id = table.ids[row]
    seen.add(id)
    const traced = truth.get(id)
    if (!traced) {
      found.push(`goroutine ${id} is only in the core`)
      continue
    }
    const state = table.states[table.state[row]]
    if (state !== traced.state) found.push(`goroutine ${id}: state ${state}, truth ${traced.state}`)
    const stack = table.stacks[table.stack[row]]
    const frames = stack.frames.map(f => `${f.func} ${f.file}:${f.line}`)
    const dying = state === 'running' ? Math.max(0, frames.indexOf(traced.frames[0])) : 0
    const ours = traced.elided ? [...frames.slice(0, 50), ...frames.slice(-50)] : frames.slice(dying)
    if (ours.join('\n') !== traced.frames.join('\n'))
      found.push(`goroutine ${id}: frames\n${frames.join('\n')}\ntruth\n${traced.frames.join('\n')}`)
    const creator = stack.createdBy && `${stack.createdBy.func} ${stack.createdBy.file}:${stack.createdBy.line}`
    // The traceback leaves out who created the main goroutine.
    if (creator !== traced.createdBy && id !== 1)
      found.push(`goroutine ${id}: created by ${creator}, truth ${traced.createdBy}`)
  }
  for (const id of truth.keys()) if (id !== 0 && !seen.has(id)) found.push(`goroutine ${id} is not in the core`)
  return found
}

/** Differences in the arguments of the goroutines that do not run. */
export function argumentDifferences(snapshot: GoroutineSnapshot, truth: Map<number, TracedGoroutine>): string[] {
  const found: string[] = []
  for (let row = 0; row < snapshot.table.length; row++) {
    const id = snapshot.table.ids[row]
    if (snapshot.table.states[snapshot.table.state[row]] === 'running') continue
    const calls = snapshot.detail(row).frames.map(f => `${f.func}(${f.args})`)
    for (const [i, call] of (truth.get(id)?.calls ?? []).entries())
      if (call !== calls[i]) found.push(`goroutine ${id}: ${calls[i]}, truth ${call}`)
  }
  return found
}
