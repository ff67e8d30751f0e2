/** Words and evidence that the rules about goroutines share. */
import type { Analysis, GoroutineGroup } from '../model/analysis.js'
import { confidenceOf, type Finding, type Link } from '../model/finding.js'
import { placeOf, shortFunc } from '../model/go-place.js'
import type { Frame } from '../model/goroutine.js'
import type { HolderCandidate, Liveness, LockQueue } from '../model/waits.js'
import { counted, duration } from '../model/words.js'

export { placeOf, shortFunc }

/** A minute: what a text dump can show at all, and longer than anything healthy waits for a lock. */
export const LONG_NS = 60e9

/** The frame that names the place of a group: the user's own, else the first that is not the runtime's. */
export function frameOf(group: GoroutineGroup): Frame | null {
  if (group.userFrame >= 0) return group.frames[group.userFrame]
  return group.frames.find(f => !f.func.startsWith('runtime.')) ?? group.frames[0] ?? null
}

/**
 * Equal for one problem seen in several dumps, whatever their form: the primitive, the place, and who called there. The
 * closure at the bottom of a stack may be the go statement's own, which only some forms show.
 */
export function problemKey(group: GoroutineGroup): string {
  const place = frameOf(group)
  const caller = group.frames[group.userFrame + 1]
  const called = group.userFrame < 0 || !caller || /\.func\d+$|^runtime\./.test(caller.func) ? '' : caller.func
  return `${group.primitive} ${place?.func}:${place?.line} ${called}`
}

/** `goroutine 7`, `500 goroutines`. */
export function who(group: GoroutineGroup): string {
  return group.count === 1 && group.ids.length === 1 ? `goroutine ${group.ids[0]}` : counted(group.count, 'goroutine')
}

/** ` for 12 min`, ` for 3 to 90 min`; empty where the dump does not say. */
export function waited(group: { waitNs: GoroutineGroup['waitNs'] }): string {
  if (group.waitNs === null) return ''
  const { min, max } = group.waitNs
  return min === max ? `, for ${duration(max)}` : `, for ${duration(min)} to ${duration(max)}`
}

/**
 * Groups that wait on a primitive and are worth a rule's look: not the runtime's own, their place is shown, and no other
 * listing shows them better.
 */
export function* groupsOn(analysis: Analysis, primitive: GoroutineGroup['primitive']): Generator<GoroutineGroup> {
  for (const group of analysis.groups)
    if (group.primitive === primitive && !group.system && !group.again && group.frames.length > 0) yield group
}

export function livenessOf(analysis: Analysis, group: GoroutineGroup): Liveness | undefined {
  return analysis.goroutines?.liveness.find(l => l.snapshot === group.snapshot)
}

/** A lock in words. */
export function kindWord(kind: LockQueue['kind']): string {
  return kind === 'fd-lock'
    ? 'file’s write lock'
    : kind === 'once'
      ? 'sync.Once'
      : kind === 'rwmutex'
        ? 'RWMutex'
        : 'mutex'
}

/** The goroutine that may hold a lock, by name. */
export function holderName({ goroutine, frame }: HolderCandidate): string {
  return goroutine > 0
    ? `goroutine ${goroutine}`
    : `a goroutine in ${frame ? shortFunc(frame.func) : 'an unknown place'}`
}

const NAMES = 5

/** Goroutines that may hold a lock, with what they do: `goroutine 7 (sleeps) or goroutine 9 (runs)`. */
export function namesOf(candidates: readonly HolderCandidate[], more = 0): string {
  const left = more + Math.max(0, candidates.length - NAMES)
  const names = candidates.slice(0, NAMES).map(c => `${holderName(c)} (${c.doing})`)
  if (left > 0) return `any of ${names.join(', ')} and ${left} more`
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names[names.length - 1]}` : names.join('')
}

/** Groups of the same dump, itself left out. */
export function othersOf(analysis: Analysis, group: GoroutineGroup): GoroutineGroup[] {
  return analysis.groups.filter(g => g.snapshot === group.snapshot && g !== group && !g.system)
}

/** Whether a cycle of locks, which is the root of other waits, was found in a dump. */
export function hasLockCycle(analysis: Analysis, snapshot: number | undefined): boolean {
  return analysis.goroutines?.queues.some(q => q.snapshot === snapshot && q.cycle >= 0) ?? false
}

export interface Keyed {
  /** Equal for the same problem seen in another dump. */
  key: string
  finding: Finding
  /** Dump that it was seen in: its index in `Capture.snapshots`. */
  snapshot: number | undefined
  /** Goroutines that it is about: of equally supported findings the larger is kept. */
  weight?: number
}

/** A finding about one group, so that it folds with those of the same problem in other dumps. */
export function keyed(group: GoroutineGroup, finding: Finding): Keyed {
  return { key: problemKey(group), snapshot: group.snapshot, weight: group.count, finding }
}

/** One finding for each problem, the best supported of those with one key; says in how many dumps it was seen. */
export function folded(found: Iterable<Keyed>): Finding[] {
  const byKey = new Map<string, { best: Finding; strength: number; count: number; dumps: Set<number | undefined> }>()
  for (const { key, finding, snapshot, weight = 0 } of found) {
    const known = byKey.get(key)
    const strength = strengthOf(finding) + 1 - 1 / (1 + weight)
    if (!known) byKey.set(key, { best: finding, strength, count: 1, dumps: new Set([snapshot]) })
    else {
      known.count++
      known.dumps.add(snapshot)
      if (strength > known.strength) Object.assign(known, { best: finding, strength })
    }
  }
  return [...byKey.values()].map(({ best, count, dumps }) => {
    if (count === 1) return best
    const also = dumps.size > 1 ? ` The same is seen in ${dumps.size} dumps.` : ` There are ${count} such in the dump.`
    return { ...best, count, summary: best.summary + also }
  })
}

const CONFIDENCES = ['insufficient', 'possible', 'likely', 'proven']
const SEVERITIES = ['note', 'warning', 'error', 'fatal']

function strengthOf({ severity, chain }: Finding): number {
  return (
    SEVERITIES.indexOf(severity) * 100 +
    CONFIDENCES.indexOf(confidenceOf(chain)) * 10 +
    (chain.some(l => l.text.includes('0x')) ? 2 : 0)
  )
}

/** At most 90 characters, cut at a word. */
export function title(text: string): string {
  const sentence = text.charAt(0).toUpperCase() + text.slice(1)
  if (sentence.length <= 90) return sentence
  const cut = sentence.slice(0, 89)
  return `${cut.slice(0, Math.max(60, cut.lastIndexOf(' ')))}…`
}

/** Who and where, for `Finding.subject`. */
export function subjectOf(analysis: Analysis, group: GoroutineGroup): Finding['subject'] {
  const pid = group.snapshot === undefined ? null : analysis.capture.snapshots[group.snapshot]?.pid
  return { ...(pid ? { pid } : {}), ...(group.ids.length > 0 ? { goroutine: group.ids[0] } : {}) }
}

/** The link that shows a group where it waits. */
export function waitsLink(group: GoroutineGroup, what: string): Link {
  const { object } = group
  const on = object === null ? '' : ` ${object.address}`
  return {
    text: `${who(group)} ${group.count === 1 ? 'waits' : 'wait'} ${what}${on} in ${placeOf(frameOf(group))}${waited(group)}`,
    status: 'observed',
    refs: group.refs,
  }
}
