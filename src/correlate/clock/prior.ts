/** Where a source lies if nothing but its kind of clock counts, and what speaks against that. */
import type { Source } from '../../model/source.js'
import { counted, duration } from '../../model/words.js'
import { bySameBoot, LOCAL_CLOCK_NS } from './boot.js'
import type { NoRelation } from './evidence.js'
import { sameHost } from './hosts.js'
import { type Mapping, mapped } from './mapping.js'
import { AGREE_NS, type State } from './state.js'
import { nearestBase } from './wall.js'

/** Sources that are further apart in time may not be of one incident, or not of one clock. */
const MEET_NS = 600e9
/** How far the stamps of a kind of source can be from the moment they stand for. */
const LATENESS: Record<string, number> = { journald: 5e6, audit: 12e6 }

export interface Prior {
  shift: number
  words: string
  /** It is certain that the clock is the same. */
  sure: boolean
  /** Needs no matches to bear it out. */
  exact?: boolean
  uncertaintyNs?: number
}

/** How far the stamps of a source are from what they stand for, on a clock that is shared. */
export function ownUncertainty(source: Source, prior: Prior | null): number {
  return source.clock.resolutionNs + (prior?.uncertaintyNs ?? LATENESS[source.kind] ?? 0.1e6)
}

/** What the same host's CLOCK_REALTIME (or local time) makes of a source; null where nothing says that it is the same. */
export function priorOf(state: State, source: Source): Prior | null {
  const { domain } = source.clock
  if (domain === 'monotonic' || domain === 'boottime') return sameBootAs(state, source)
  const boot = state.epochal ? bySameBoot(source, state.capture, state.readings()) : null
  if (boot) {
    const plain = Number(state.epochBase(source)! - state.origin!)
    if (Math.abs(boot.shift - plain) <= AGREE_NS)
      return { shift: plain, words: 'same clock (CLOCK_REALTIME), same boot', sure: true, exact: true }
    return {
      shift: boot.shift,
      words: `same boot, by ${counted(boot.count, 'time')} since boot`,
      sure: true,
      exact: true,
    }
  }
  const epoch = state.epochBase(source)
  const local = epoch === null && source.clock.domain === 'wall'
  if (!local && (epoch === null || !state.epochal)) return null
  const peers = state.aligned.filter(s => s.clock.domain === 'wall' || s.clock.domain === 'realtime')
  const same = peers.some(s => sameHost(s, source, state.hosts) === true)
  if (!same && state.several && !state.belongs(source)) return null
  if (!local) return { shift: Number(epoch! - state.origin!), words: 'same clock (CLOCK_REALTIME)', sure: same }
  // Local times of one machine are of one zone; without one, they can only be set beside each other.
  if (state.epochal) return null
  return {
    shift: Number(nearestBase(source.clock, state.origin!) - state.origin!),
    words: 'same local time',
    sure: same,
  }
}

/** Times since boot beside those of another source of times since boot. */
function sameBootAs(state: State, source: Source): Prior | null {
  const other = state.aligned.find(
    s =>
      (s.clock.domain === 'monotonic' || s.clock.domain === 'boottime') &&
      !state.mappings.get(s.path)!.segments &&
      (s.clock.bootId === undefined || source.clock.bootId === undefined || s.clock.bootId === source.clock.bootId) &&
      sameHost(s, source, state.hosts) !== false,
  )
  if (!other) return null
  const shift = state.mappings.get(other.path)!.shift + Number(source.clock.base! - other.clock.base!)
  return { shift, words: `time since boot, as ${other.path}`, sure: false, uncertaintyNs: LOCAL_CLOCK_NS }
}

/** The place that a prior gives, unless the evidence speaks against it: then the source has none, and says why. */
export function byPrior(state: State, source: Source, prior: Prior, refusal: NoRelation | null): Mapping | null {
  let uncertaintyNs = ownUncertainty(source, prior)
  const range = state.evidence.range(source)
  if (!prior.sure && range) {
    const gap = distance(state, [range[0] + prior.shift, range[1] + prior.shift])
    const matches = refusal?.reason ?? 'no matches'
    if (gap > MEET_NS)
      return state.refuse(source, `${matches}, and its times lie ${duration(gap)} from those of the others`)
  }
  const common = smallestDelay(state, source, prior.shift)
  if (common !== null && !prior.sure) {
    const matches = counted(common.count, 'usable match', 'usable matches')
    if (common.delay === null) return state.refuse(source, `${matches}, and none that a shared clock allows`)
    uncertaintyNs = Math.max(uncertaintyNs, common.delay)
  }
  const against = contradiction(state, source, prior.shift)
  if (against !== null && !prior.sure)
    return state.refuse(source, `a shared clock would put effects ${duration(against)} before their causes`)
  const checked = refusal && refusal.usable > 0 ? `; ${refusal.reason}: not enough to check it` : ''
  return { shift: prior.shift, drift: 0, uncertaintyNs, basis: prior.words + checked }
}

/** Of the texts that the source and a trace or journal both have once: how late the promptest is, if the clock is shared. */
function smallestDelay(state: State, source: Source, shift: number): { count: number; delay: number | null } | null {
  let count = 0
  let delay: number | null = null
  for (const other of state.aligned) {
    if (!state.evidence.has(other) || (source.kind === 'strace') === (other.kind === 'strace')) continue
    const written = source.kind === 'strace'
    for (const { from, to } of state.evidence.commonTexts(source, other)) {
      count++
      const [own, there] = [from + shift, mapped(state.mappings.get(other.path)!, to)]
      const late = written ? there - own : own - there
      if (late >= -AGREE_NS && late <= 6e9 && (delay === null || late < delay)) delay = Math.max(0, late)
    }
  }
  return count === 0 ? null : { count, delay }
}

/** By how much a shift breaks the order of causes and effects, beyond what two shared clocks can; null where it does not. */
function contradiction(state: State, source: Source, shift: number): number | null {
  let worst = 0
  for (const other of state.aligned) {
    const bounds = state.evidence.bounds(source, other)
    if (!bounds) continue
    // Where the other's clock stands to this one's, if the shift were true.
    const offset = shift - state.mappings.get(other.path)!.shift
    worst = Math.max(worst, bounds.lower - offset, offset - bounds.upper)
  }
  return worst > AGREE_NS ? worst : null
}

/** Distance in capture time between a range and the ranges of what is aligned; 0 where they meet. */
function distance(state: State, range: [number, number]): number {
  let least = Infinity
  for (const source of state.aligned) {
    const own = state.rangeOf(source)
    if (own) least = Math.min(least, Math.max(0, own[0] - range[1], range[0] - own[1]))
  }
  return least === Infinity ? 0 : least
}
