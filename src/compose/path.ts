import type { Actor, Finding } from '../model/finding.js'
import type { Report } from '../model/report.js'
import type { ToTime } from './time.js'

/** A drawing with more columns than this cannot be read. */
const MAX_ACTORS = 12

/** The signal's path: the links of the verdict in which somebody acts on somebody, and who they are, in order of appearance. */
export function signalPath(verdict: Finding | null, time: ToTime): Report['path'] {
  const actors = new Map<string, Actor>()
  const steps: Report['path']['steps'] = []
  const known = (actor: Actor) => {
    if (!actors.has(actor.key) && actors.size < MAX_ACTORS) actors.set(actor.key, actor)
    return actors.has(actor.key)
  }
  for (const [link, { from, to, label, ns, status }] of (verdict?.chain ?? []).entries()) {
    if (!from || !to || !known(from) || !known(to)) continue
    steps.push({ link, from: from.key, to: to.key, label: label ?? '', ns: time(ns), status })
  }
  return { actors: [...actors.values()].map(({ key, name, kind }) => ({ key, name, kind })), steps }
}
