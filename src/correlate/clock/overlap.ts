/** Local times of an unknown zone where nothing has been matched: the zone that alone makes sense, if there is one. */
import type { Source } from '../../model/source.js'
import { type Mapping, mapped } from './mapping.js'
import { ownUncertainty } from './prior.js'
import type { State } from './state.js'
import { nearestBase, zoneName, zonesThatOverlap } from './wall.js'

/** What a death takes until PID 1 has told of it, in ns. */
const TOLD_WITHIN_NS = 10e9
/** The kernel's coarse clock, by which audit dates, lags by up to a tick (CONFIG_HZ=100). */
const COARSE_NS = 10e6

/**
 * The zone in which the source tells of a death just after another source shows it, or the only one in which its times meet
 * those of the others.
 */
export function byOverlap(state: State, source: Source): Mapping | null {
  const range = state.evidence.range(source)
  const others = rangeOfAll(state)
  const stated = source.clock.zoneMinutes ?? state.capture.manifest.zoneMinutes
  if (!state.epochal || !range || !others || (state.several && stated === null))
    return state.refuse(source, 'local time of an unknown zone')
  const near = state.origin! + BigInt(Math.round((others[0] + others[1]) / 2))
  const dated = Number(nearestBase(source.clock, near) - state.origin!)
  if (stated !== null)
    return {
      shift: dated - stated * 60e9,
      drift: 0,
      uncertaintyNs: ownUncertainty(source, null),
      basis: `local time of ${zoneName(stated)}, on the day that is nearest to the other sources`,
    }
  // A stamp that counts seconds cuts off their fractions: what it dates last can have been almost a second later.
  const end = range[1] + dated + source.clock.resolutionNs + COARSE_NS
  const meeting = zonesThatOverlap([range[0] + dated - COARSE_NS, end], others)
  const told = meeting.filter(zone => tells(state, source, dated - zone * 60e9))
  const zones = told.length > 0 ? told : meeting
  if (zones.length !== 1)
    return state.refuse(source, `local time of an unknown zone (${zones.length === 0 ? 'none' : 'several'} would fit)`)
  const why = told.length > 0 ? 'where the same death is told of' : 'the only zone in which it meets the other sources'
  return {
    shift: dated - zones[0] * 60e9,
    drift: 0,
    uncertaintyNs: ownUncertainty(source, null),
    basis: `local time, taken as ${zoneName(zones[0])}: ${why}`,
  }
}

/** Whether, with this shift, a death is told of after it happened and not much later. */
function tells(state: State, source: Source, shift: number): boolean {
  return state.aligned.some(other => {
    const slack = source.clock.resolutionNs + other.clock.resolutionNs + 3e6
    return state.evidence.deaths(source, other).some(({ from, to }) => {
      const later = mapped(state.mappings.get(other.path)!, to) - (from + shift)
      const delay = source.kind === 'strace' ? later : -later
      return delay >= -slack && delay <= TOLD_WITHIN_NS + slack
    })
  })
}

function rangeOfAll(state: State): [number, number] | null {
  let all: [number, number] | null = null
  for (const source of state.aligned) {
    const own = state.rangeOf(source)
    if (own) all = all ? [Math.min(all[0], own[0]), Math.max(all[1], own[1])] : own
  }
  return all
}
