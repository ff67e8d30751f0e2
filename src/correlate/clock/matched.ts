/** Places sources by what they and an aligned source have both seen. */
import type { Source } from '../../model/source.js'
import { duration } from '../../model/words.js'
import type { NoRelation, Relation } from './evidence.js'
import { sameHost } from './hosts.js'
import { type Mapping, mapped } from './mapping.js'
import { ownUncertainty, type Prior } from './prior.js'
import { AGREE_NS, type State } from './state.js'
import { nearestBase, wholeQuarters, zoneName } from './wall.js'

/** Cause and effect place a source only where they leave it less room than this. */
const CAUSE_NS = 1e9

/** The surest relation of a source with one that has a place; without one, what came nearest to it. */
export function bestRelation(
  state: State,
  source: Source,
): { relation: Relation | null; to: Source | null; refusal: NoRelation | null } {
  let best: Relation | null = null
  let to: Source | null = null
  let refusal: NoRelation | null = null
  if (state.evidence.has(source))
    for (const other of state.aligned) {
      if (!state.evidence.has(other)) continue
      const strangers = sameHost(source, other, state.hosts) === false
      const found = state.evidence.relate(source, other, strangers)
      if (!found) continue
      if ('reason' in found) {
        if (refusal === null || found.usable > refusal.usable) refusal = found
      } else if (best === null || total(state, found, other) < total(state, best, to!)) {
        best = found
        to = other
      }
    }
  return { relation: best, to, refusal }
}

function total(state: State, relation: Relation, to: Source): number {
  return relation.uncertaintyNs + state.mappings.get(to.path)!.uncertaintyNs
}

/** The place that a relation gives. Null where the texts may be of another run of the program, and nothing else bears them out. */
export function byMatches(
  state: State,
  source: Source,
  relation: Relation,
  to: Source,
  prior: Prior | null,
): Mapping | null {
  const over = state.mappings.get(to.path)!
  const at = (ns: number) => mapped(over, ns * (1 + relation.drift) + relation.shift)
  const uncertaintyNs = narrowed(state, source, to, relation) + over.uncertaintyNs + source.clock.resolutionNs
  const basis = `${relation.words} with ${to.path}`
  if (prior) {
    const [first, last] = relation.matched.map(ns => at(ns) - (ns + prior.shift))
    const apart = Math.max(Math.abs(first), Math.abs(last))
    const own = ownUncertainty(source, prior)
    if (apart <= AGREE_NS + uncertaintyNs)
      return {
        shift: prior.shift,
        drift: 0,
        // Borne out where the matches cannot tell the two apart; where they can, either may be right.
        uncertaintyNs: apart <= uncertaintyNs ? Math.min(uncertaintyNs + apart, own) : uncertaintyNs + apart,
        basis: `${prior.words}; ${basis} agree`,
      }
    if (relation.foreign) return null
    const ahead = `${duration(Math.abs(first + last) / 2)} ${first + last < 0 ? 'ahead' : 'behind'}`
    return { ...line(state, at, source, relation), uncertaintyNs, basis: `${basis}: its clock is ${ahead}` }
  }
  const zoned = inZoneByMatches(state, source, at(0), uncertaintyNs, basis)
  if (zoned || relation.foreign) return zoned
  return { ...line(state, at, source, relation), uncertaintyNs, basis }
}

/** The uncertainty of a fit, made smaller where cause and effect leave less room than the delays do. */
function narrowed(state: State, source: Source, to: Source, relation: Relation): number {
  const bounds = relation.drift === 0 ? state.evidence.bounds(source, to) : null
  if (!bounds || relation.shift < bounds.lower || relation.shift > bounds.upper) return relation.uncertaintyNs
  return Math.min(relation.uncertaintyNs, Math.max(relation.shift - bounds.lower, bounds.upper - relation.shift))
}

/** By cause and effect alone: where three pairs leave room for no more than a second. */
export function byCause(state: State, source: Source): Mapping | null {
  for (const other of state.aligned) {
    const bounds = state.evidence.bounds(source, other)
    const over = state.mappings.get(other.path)!
    if (
      !bounds ||
      over.segments ||
      bounds.pairs < 3 ||
      !(bounds.upper - bounds.lower <= CAUSE_NS) ||
      bounds.upper < bounds.lower
    )
      continue
    const middle = (bounds.lower + bounds.upper) / 2
    return {
      shift: mapped(over, middle),
      drift: 0,
      uncertaintyNs: (bounds.upper - bounds.lower) / 2 + over.uncertaintyNs,
      basis: `${bounds.pairs} causes and effects with ${other.path}`,
    }
  }
  return null
}

function line(
  state: State,
  at: (ns: number) => number,
  source: Source,
  relation: Relation,
): { shift: number; drift: number } {
  const range = state.evidence.range(source) ?? [0, 0]
  const over = range[1] - range[0]
  if (relation.drift === 0 || over === 0) return { shift: at(0), drift: 0 }
  const drift = (at(range[1]) - at(range[0])) / over - 1
  return { shift: at(range[0]) - range[0] * (1 + drift), drift }
}

/** Matches of a local time tell the zone and the day, and those are exact. */
function inZoneByMatches(
  state: State,
  source: Source,
  shift: number,
  uncertaintyNs: number,
  basis: string,
): Mapping | null {
  if (source.clock.domain !== 'wall' || !state.epochal) return null
  const epoch = state.origin! + BigInt(Math.round(shift))
  const dated = nearestBase(source.clock, epoch)
  const quarters = wholeQuarters(Number(dated - epoch), AGREE_NS + uncertaintyNs)
  if (quarters === null || Math.abs(quarters) > 14 * 3600e9) return null
  return {
    shift: Number(dated - state.origin!) - quarters,
    drift: 0,
    uncertaintyNs: ownUncertainty(source, null),
    basis: `local time of ${zoneName(quarters / 60e9)}, by ${basis}`,
  }
}
