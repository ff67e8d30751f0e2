import type { Capture } from '../model/capture.js'
import type { Ns } from '../model/time.js'
import { align } from './clock/aligner.js'
import { reportSteps } from './clock/boot.js'
import { mapped } from './clock/mapping.js'
import { alignMerged } from './clock/merged.js'

export interface Clocks {
  /** Capture time 0, in ns since the epoch of the reference clock; null where nothing is dated. */
  origin: bigint | null
  /** Path of the source whose clock is the reference. */
  reference: string | null
  /** Source time to capture time; null where the source has no place on the reference clock. */
  at(source: string, ns: Ns | null): Ns | null
  /** Half width of the interval in which a source's capture times lie, in ns; null where the source is not aligned. */
  uncertainty(source: string): Ns | null
}

/**
 * Puts every source on one clock and writes what it did into `source.alignment`: the domain's own meaning where sources
 * share a clock, matches of what two sources have both seen, moments that are stated on two clocks, the manifest's word.
 * Where none of these says enough, the source stays without a place and says why.
 */
export function alignClocks(capture: Capture): Clocks {
  alignMerged(capture)
  const state = align(capture)
  reportSteps(capture)
  for (const source of capture.sources) {
    const mapping = state.mappings.get(source.path)
    if (mapping) {
      const own = Number(source.clock.base! - state.origin!)
      source.alignment = {
        offsetNs: Math.round(own - mapped(mapping, 0)),
        uncertaintyNs: Math.round(mapping.uncertaintyNs),
        basis: mapping.basis,
        drift: mapping.drift,
      }
    } else source.alignment.basis = state.reasons.get(source.path) ?? 'no times'
  }
  // A text that was lifted out of another and has no clock of its own is timed by the other's.
  const outer = new Map<string, string>()
  for (const { path, clock, derivedFrom } of capture.sources)
    if (derivedFrom && clock.base === null) outer.set(path, outer.get(derivedFrom.source) ?? derivedFrom.source)
  return {
    origin: state.origin,
    reference: state.reference?.path ?? null,
    at(source, ns) {
      const mapping = state.mappings.get(outer.get(source) ?? source)
      return mapping === undefined || ns === null ? null : mapped(mapping, ns)
    },
    uncertainty: source => state.mappings.get(outer.get(source) ?? source)?.uncertaintyNs ?? null,
  }
}
