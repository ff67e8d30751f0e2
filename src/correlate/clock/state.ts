import type { Capture } from '../../model/capture.js'
import type { Source } from '../../model/source.js'
import { readingsOf } from './boot.js'
import { epochBase } from './epoch.js'
import { Evidence } from './evidence.js'
import { type Host, hostsOf, severalHosts } from './hosts.js'
import { type Mapping, mapped } from './mapping.js'
import type { Reading } from './readings.js'

/** Two sources of one host agree unless matches show more than this. */
export const AGREE_NS = 20e6

/** What the alignment of a capture has come to know: which sources have a place, and what there is to place the others by. */
export class State {
  readonly mappings = new Map<string, Mapping>()
  /** Why a source has no place. */
  readonly reasons = new Map<string, string>()
  readonly aligned: Source[] = []
  /** Capture time 0 in ns of the reference's clock. */
  origin: bigint | null = null
  reference: Source | null = null
  /** True where capture time counts from the epoch. */
  epochal = false
  readonly evidence: Evidence
  readonly hosts: Map<string, Host>
  /** The sources name more than one machine. */
  readonly several: boolean
  #read: { sources: number; readings: Reading[] } | null = null

  constructor(readonly capture: Capture) {
    this.evidence = new Evidence(capture)
    this.hosts = hostsOf(capture)
    this.several = severalHosts(this.hosts)
  }

  place(source: Source, mapping: Mapping): void {
    this.mappings.set(source.path, mapping)
    this.reasons.delete(source.path)
    this.aligned.push(source)
  }

  refuse(source: Source, why: string): null {
    this.reasons.set(source.path, `not aligned: ${why}`)
    return null
  }

  /** A source's base in ns since the epoch, where it and the manifest say enough for one. */
  epochBase(source: Source): bigint | null {
    return epochBase(source, this.capture.manifest)
  }

  /** Capture times of the earliest and the latest thing in an aligned source; null where only its base is known. */
  rangeOf(source: Source): [number, number] | null {
    const own = this.evidence.range(source)
    const mapping = this.mappings.get(source.path)
    return own && mapping ? [mapped(mapping, own[0]), mapped(mapping, own[1])] : null
  }

  /** All moments that aligned sources state on two clocks. */
  readings(): Reading[] {
    if (this.#read?.sources !== this.aligned.length)
      this.#read = {
        sources: this.aligned.length,
        readings: readingsOf(this.capture, this.mappings, this.epochal ? this.origin : null),
      }
    return this.#read.readings
  }

  /** Where several hosts are at hand, a source that names none belongs to the host that the manifest names, if any. */
  belongs(source: Source): boolean {
    const host = this.capture.manifest.host?.toLowerCase().split('.')[0]
    if (host === undefined) return false
    const is = (s: Source) => {
      const names = this.hosts.get(s.path)?.names
      return names === undefined || names.size === 0 || names.has(host)
    }
    return is(source) && this.aligned.some(is)
  }
}
