/** What rules about systemd's and the kernel's words share: lives of a unit, links out of events, the processes they mean. */
import type { Analysis } from '../model/analysis.js'
import type { Actor, Link } from '../model/finding.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import { livesOfPid } from '../model/lives.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import { shutdownAround } from '../model/shutdowns.js'

/** Events of one unit, in order, from one start to the next. */
export interface UnitLife {
  unit: string
  events: LifecycleEvent[]
}

/** Events by unit and host, cut where the unit starts again. Events without a unit are left out. */
export function livesOf(analysis: Analysis): UnitLife[] {
  const current = new Map<string, UnitLife>()
  const lives: UnitLife[] = []
  for (const event of analysis.lifecycle) {
    if (event.unit === null) continue
    const key = `${event.unit} ${event.detail.host ?? ''}`
    let life = current.get(key)
    const begins = event.kind === 'starting' || (event.kind === 'started' && life?.events.at(-1)?.kind !== 'starting')
    if (!life || (begins && life.events.some(e => !STARTS.has(e.kind)))) {
      life = { unit: event.unit, events: [] }
      current.set(key, life)
      lives.push(life)
    }
    life.events.push(event)
  }
  return lives
}

/** Whether two lines can be of one machine: a merged journal holds several, and a unit or a pid of one is nobody's of another. */
export function sameHost(a: LifecycleEvent, b: LifecycleEvent): boolean {
  return a.detail.host === undefined || b.detail.host === undefined || a.detail.host === b.detail.host
}

/** The journal knows this pid under other names only: of another boot, or another life. */
export function isSomebodyElse(analysis: Analysis, pid: number, comm: string | null): boolean {
  if (comm === null) return false
  const names = new Set<string>()
  for (const { entries } of analysis.capture.journals)
    for (const entry of entries) if (entry.pid === pid && entry.comm !== null) names.add(entry.comm.slice(0, 15))
  return names.size > 0 && !names.has(comm.slice(0, 15))
}

/** Kinds that come before a service runs. */
const STARTS: ReadonlySet<LifecycleEvent['kind']> = new Set([
  'starting',
  'started',
  'forked',
  'unknown-directive',
  'exec-failed',
])

/** A link that an event shows. */
export function observed(event: LifecycleEvent, text: string, more: Partial<Link> = {}): Link {
  return { text, status: 'observed', refs: event.refs, ns: event.ns, ...more }
}

/** The link that says that the machine was going down when this stop began; null where no line says so. */
export function shutdownLink(analysis: Analysis, stop: LifecycleEvent): Link | null {
  const shutdown = shutdownAround(analysis.lifecycle, stop)
  return shutdown && { ...shutdown, status: 'observed' }
}

export const SYSTEMD: Actor = { key: 'pid:1', name: 'systemd', kind: 'process' }
export const KERNEL: Actor = { key: 'kernel', name: 'kernel', kind: 'kernel' }

/** The process of a pid; `unit` where only that is known. */
export function actorOf(pid: number | null, comm: string | null, unit: string | null): Actor {
  if (pid !== null) return { key: `pid:${pid}`, name: comm ?? `pid ${pid}`, kind: 'process' }
  return { key: `unit:${unit ?? 'unknown'}`, name: comm ?? unit ?? 'the process', kind: 'process' }
}

/** `chatty (pid 482)`, `pid 482`, `ingest.service`: as much as is known. */
export function who(pid: number | null, comm: string | null, unit: string | null): string {
  if (pid !== null) return comm === null ? `pid ${pid}` : `${comm} (pid ${pid})`
  return comm ?? unit ?? 'a process'
}

/**
 * The process that an event means: the life of that pid that ended around `ns`. A comm that contradicts is somebody
 * else: pids of the kernel and of a container's trace are numbered apart.
 */
export function processOf(
  analysis: Analysis,
  pid: number | null,
  comm: string | null,
  ns: number | null,
): Process | null {
  if (pid === null) return null
  const lives = livesOfPid(analysis, pid).filter(
    p => comm === null || p.comm === null || p.comm === comm || p.comm.slice(0, 15) === comm.slice(0, 15),
  )
  if (lives.length <= 1 || ns === null) return lives.at(-1) ?? null
  const distance = (p: Process) => (p.endNs === null ? Number.POSITIVE_INFINITY : Math.abs(p.endNs - ns))
  return lives.reduce((best, p) => (distance(p) < distance(best) ? p : best))
}

/** Places of the end of a process. */
export function exitRefs(process: Process | null): Ref[] {
  return process?.exit?.refs.slice(-2) ?? []
}

/** Cuts a title to the length that a report has room for, at a word. */
export function titled(text: string): string {
  return text.length <= 90 ? text : `${text.slice(0, 89).replace(/\s+\S*$/, '')}…`
}
