import type { Capture } from '../../model/capture.js'
import type { Source } from '../../model/source.js'
import { byReadings } from './boot.js'
import { chooseReference } from './epoch.js'
import { describeReference, type Mapping } from './mapping.js'
import { bestRelation, byCause, byMatches } from './matched.js'
import { byOverlap } from './overlap.js'
import { byPrior, priorOf } from './prior.js'
import { State } from './state.js'

/** Puts the sources of a capture on the clock of one of them, each by the best evidence that there is. */
export function align(capture: Capture): State {
  const state = new State(capture)
  const dated = capture.sources.filter(s => s.clock.base !== null && s.clock.domain !== 'none')
  const reference = chooseReference(dated)
  if (!reference) return state
  const epoch = state.epochBase(reference)
  state.reference = reference
  state.origin = epoch ?? reference.clock.base
  state.epochal = epoch !== null
  state.place(reference, {
    shift: 0,
    drift: 0,
    uncertaintyNs: reference.clock.resolutionNs,
    basis: `the reference: ${describeReference(reference, state.epochal)}`,
  })
  // Each source that has found its place can give another one its.
  let waiting = dated.filter(s => s !== reference)
  for (let before = -1; waiting.length !== before; ) {
    before = waiting.length
    waiting = waiting.filter(source => {
      const mapping = placeFor(state, source)
      if (mapping) state.place(source, mapping)
      return mapping === null
    })
  }
  return state
}

function placeFor(state: State, source: Source): Mapping | null {
  const known = stated(state, source) ?? sameGroup(state, source)
  if (known) return known
  if (source.clock.domain === 'monotonic' || source.clock.domain === 'boottime') {
    const read = byReadings(source, state.readings())
    if (read !== null) return typeof read === 'string' ? state.refuse(source, read) : read
  }
  const prior = priorOf(state, source)
  if (prior?.exact) return byPrior(state, source, prior, null)
  const { relation, to, refusal } = bestRelation(state, source)
  const matched = relation && to ? byMatches(state, source, relation, to, prior) : null
  if (matched) return matched
  if (prior) return byPrior(state, source, prior, refusal)
  const caused = byCause(state, source)
  if (caused) return caused
  if (source.clock.domain === 'wall') return byOverlap(state, source)
  return state.refuse(source, refusal?.reason ?? 'nothing that another source has seen too')
}

/** An offset from the manifest or the command line: the user knows. */
function stated(state: State, source: Source): Mapping | null {
  const epoch = source.path in state.capture.manifest.offsets ? state.epochBase(source) : null
  if (epoch === null || !state.epochal) return null
  return {
    shift: Number(epoch - state.origin!),
    drift: 0,
    uncertaintyNs: source.clock.resolutionNs,
    basis: `stated: ${state.capture.manifest.offsets[source.path]} s added`,
  }
}

/** Files of one `strace -ff` share a clock. */
function sameGroup(state: State, source: Source): Mapping | null {
  const group = state.capture.traces.find(t => t.source === source.path)?.group ?? null
  if (group === null) return null
  const sibling = state.aligned.find(
    s =>
      s.clock.domain === source.clock.domain &&
      s.clock.domain !== 'relative' &&
      state.capture.traces.some(t => t.source === s.path && t.group === group),
  )
  if (!sibling) return null
  const known = state.mappings.get(sibling.path)!
  const shift = known.shift + Number(source.clock.base! - sibling.clock.base!) * (1 + known.drift)
  return { ...known, shift, basis: `same clock as ${sibling.path}` }
}
