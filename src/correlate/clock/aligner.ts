import type { Capture } from '../../model/capture.js'
import type { Source } from '../../model/source.js'
import { counted, duration } from '../../model/words.js'
import { byReadings, bySameBoot, LOCAL_CLOCK_NS, readingsOf } from './boot.js'
import { chooseReference, epochBase } from './epoch.js'
import { Evidence, type NoRelation, type Relation } from './evidence.js'
import { type Host, hostsOf, sameHost, severalHosts } from './hosts.js'
import { describeReference, type Mapping, mapped } from './mapping.js'
import type { Reading } from './readings.js'
import { nearestBase, wholeQuarters, zoneName, zonesThatOverlap } from './wall.js'

/** Two sources of one host agree unless matches show more than this. */
const AGREE_NS = 20e6
/** Cause and effect place a source only where they leave it less room than this. */
const CAUSE_NS = 1e9
/** Sources that are further apart in time may not be of one incident, or not of one clock. */
const MEET_NS = 600e9
/** How far the stamps of a kind of source can be from the moment they stand for. */
const LATENESS: Record<string, number> = { journald: 5e6, audit: 12e6 }
/** Where a source lies if nothing but its kind of clock counts, and whether it is certain that the clock is the same. */
interface Prior {
  shift: number
  words: string
  sure: boolean
  /** Needs no matches to bear it out. */
  exact?: boolean
  uncertaintyNs?: number
}

/** Puts the sources of a capture on the clock of one of them, each by the best evidence that there is. */
export class Aligner {
  readonly mappings = new Map<string, Mapping>()
  readonly reasons = new Map<string, string>()
  /** Capture time 0 in ns of the reference's clock. */
  origin: bigint | null = null
  reference: Source | null = null
  readonly #evidence: Evidence
  readonly #hosts: Map<string, Host>
  readonly #several: boolean
  #aligned: Source[] = []
  /** True where capture time counts from the epoch. */
  #epochal = false
  #read: { sources: number; readings: Reading[] } | null = null

  constructor(readonly capture: Capture) {
    this.#evidence = new Evidence(capture)
    this.#hosts = hostsOf(capture)
    this.#several = severalHosts(this.#hosts)
  }

  align(): void {
    const dated = this.capture.sources.filter(s => s.clock.base !== null && s.clock.domain !== 'none')
    const reference = chooseReference(dated)
    if (!reference) return
    const epoch = epochBase(reference, this.capture.manifest)
    this.reference = reference
    this.origin = epoch ?? reference.clock.base
    this.#epochal = epoch !== null
    this.#set(reference, {
      shift: 0,
      drift: 0,
      uncertaintyNs: reference.clock.resolutionNs,
      basis: `the reference: ${describeReference(reference, this.#epochal)}`,
    })
    let waiting = dated.filter(s => s !== reference)
    for (let before = -1; waiting.length !== before; ) {
      before = waiting.length
      waiting = waiting.filter(source => {
        const mapping = this.#tryAlign(source)
        if (mapping) this.#set(source, mapping)
        return mapping === null
      })
    }
  }

  /** Capture time of a source's time; null where the source has no place on the clock. */
  at(path: string, ns: number): number | null {
    const mapping = this.mappings.get(path)
    return mapping === undefined ? null : mapped(mapping, ns)
  }

  #set(source: Source, mapping: Mapping): void {
    this.mappings.set(source.path, mapping)
    this.reasons.delete(source.path)
    this.#aligned.push(source)
  }

  #tryAlign(source: Source): Mapping | null {
    const stated = this.#stated(source)
    if (stated) return stated
    const grouped = this.#sameGroup(source)
    if (grouped) return grouped
    if (source.clock.domain === 'monotonic' || source.clock.domain === 'boottime') {
      const read = byReadings(source, this.#readings())
      if (typeof read === 'object' && read) return read
      if (typeof read === 'string') {
        this.#refuse(source, read)
        return null
      }
    }
    const prior = this.#prior(source)
    if (prior?.exact) return this.#byPrior(source, prior, null)
    const { relation, to, refusal } = this.#bestRelation(source)
    if (relation && to) return this.#byMatches(source, relation, to, prior)
    if (prior) return this.#byPrior(source, prior, refusal)
    const caused = this.#byCause(source)
    if (caused) return caused
    if (source.clock.domain === 'wall') return this.#byOverlap(source)
    this.#refuse(source, refusal?.reason ?? 'nothing that another source has seen too')
    return null
  }

  #refuse(source: Source, why: string): void {
    this.reasons.set(source.path, `not aligned: ${why}`)
  }

  /** An offset from the manifest or the command line: the user knows. */
  #stated(source: Source): Mapping | null {
    const epoch = source.path in this.capture.manifest.offsets ? epochBase(source, this.capture.manifest) : null
    if (epoch === null || !this.#epochal) return null
    return {
      shift: Number(epoch - this.origin!),
      drift: 0,
      uncertaintyNs: source.clock.resolutionNs,
      basis: `stated: ${this.capture.manifest.offsets[source.path]} s added`,
    }
  }

  /** Files of one `strace -ff` share a clock. */
  #sameGroup(source: Source): Mapping | null {
    const group = this.capture.traces.find(t => t.source === source.path)?.group ?? null
    if (group === null) return null
    const sibling = this.#aligned.find(
      s =>
        s.clock.domain === source.clock.domain &&
        s.clock.domain !== 'relative' &&
        this.capture.traces.some(t => t.source === s.path && t.group === group),
    )
    if (!sibling) return null
    const known = this.mappings.get(sibling.path)!
    const shift = known.shift + Number(source.clock.base! - sibling.clock.base!) * (1 + known.drift)
    return { ...known, shift, basis: `same clock as ${sibling.path}` }
  }

  /** What the same host's CLOCK_REALTIME (or local time) makes of a source; null where nothing says that it is the same. */
  #prior(source: Source): Prior | null {
    const { domain } = source.clock
    if (domain === 'monotonic' || domain === 'boottime') return this.#sameBootAs(source)
    const boot = this.#epochal ? bySameBoot(source, this.capture, this.#readings()) : null
    if (boot) {
      const plain = Number(epochBase(source, this.capture.manifest)! - this.origin!)
      if (Math.abs(boot.shift - plain) <= AGREE_NS)
        return { shift: plain, words: 'same clock (CLOCK_REALTIME), same boot', sure: true, exact: true }
      return {
        shift: boot.shift,
        words: `same boot, by ${counted(boot.count, 'time')} since boot`,
        sure: true,
        exact: true,
      }
    }
    const epoch = epochBase(source, this.capture.manifest)
    const local = epoch === null && source.clock.domain === 'wall'
    if (!local && (epoch === null || !this.#epochal)) return null
    const peers = this.#aligned.filter(s => s.clock.domain === 'wall' || s.clock.domain === 'realtime')
    const same = peers.some(s => sameHost(s, source, this.#hosts) === true)
    if (!same && this.#several && !this.#belongs(source)) return null
    if (!local) return { shift: Number(epoch! - this.origin!), words: 'same clock (CLOCK_REALTIME)', sure: same }
    // Local times of one machine are of one zone; without one, they can only be set beside each other.
    if (this.#epochal) return null
    return {
      shift: Number(nearestBase(source.clock, this.origin!) - this.origin!),
      words: 'same local time',
      sure: same,
    }
  }

  /** Times since boot beside those of another source of times since boot. */
  #sameBootAs(source: Source): Prior | null {
    const other = this.#aligned.find(
      s =>
        (s.clock.domain === 'monotonic' || s.clock.domain === 'boottime') &&
        !this.mappings.get(s.path)!.segments &&
        (s.clock.bootId === undefined || source.clock.bootId === undefined || s.clock.bootId === source.clock.bootId) &&
        sameHost(s, source, this.#hosts) !== false,
    )
    if (!other) return null
    const shift = this.mappings.get(other.path)!.shift + Number(source.clock.base! - other.clock.base!)
    return { shift, words: `time since boot, as ${other.path}`, sure: false, uncertaintyNs: LOCAL_CLOCK_NS }
  }

  #readings(): Reading[] {
    if (this.#read?.sources !== this.#aligned.length)
      this.#read = {
        sources: this.#aligned.length,
        readings: readingsOf(this.capture, this.mappings, this.#epochal ? this.origin : null),
      }
    return this.#read.readings
  }

  /** Where several hosts are at hand, a source that names none belongs to the host that the manifest names, if any. */
  #belongs(source: Source): boolean {
    const host = this.capture.manifest.host?.toLowerCase().split('.')[0]
    if (host === undefined) return false
    const is = (s: Source) => {
      const names = this.#hosts.get(s.path)?.names
      return names === undefined || names.size === 0 || names.has(host)
    }
    return is(source) && this.#aligned.some(is)
  }

  #bestRelation(source: Source): { relation: Relation | null; to: Source | null; refusal: NoRelation | null } {
    let best: Relation | null = null
    let to: Source | null = null
    let refusal: NoRelation | null = null
    if (this.#evidence.has(source))
      for (const other of this.#aligned) {
        if (!this.#evidence.has(other)) continue
        const strangers = sameHost(source, other, this.#hosts) === false
        const found = this.#evidence.relate(source, other, strangers)
        if (!found) continue
        if ('reason' in found) {
          if (refusal === null || found.usable > refusal.usable) refusal = found
        } else if (best === null || this.#total(found, other) < this.#total(best, to!)) {
          best = found
          to = other
        }
      }
    return { relation: best, to, refusal }
  }

  #total(relation: Relation, to: Source): number {
    return relation.uncertaintyNs + this.mappings.get(to.path)!.uncertaintyNs
  }

  #byMatches(source: Source, relation: Relation, to: Source, prior: Prior | null): Mapping {
    const over = this.mappings.get(to.path)!
    const at = (ns: number) => mapped(over, ns * (1 + relation.drift) + relation.shift)
    const uncertaintyNs = this.#narrowed(source, to, relation) + over.uncertaintyNs + source.clock.resolutionNs
    const basis = `${relation.words} with ${to.path}`
    if (prior) {
      const [first, last] = relation.matched.map(ns => at(ns) - (ns + prior.shift))
      const apart = Math.max(Math.abs(first), Math.abs(last))
      const own = this.#ownUncertainty(source, prior)
      if (apart <= AGREE_NS + uncertaintyNs)
        return {
          shift: prior.shift,
          drift: 0,
          // Borne out where the matches cannot tell the two apart; where they can, either may be right.
          uncertaintyNs: apart <= uncertaintyNs ? Math.min(uncertaintyNs + apart, own) : uncertaintyNs + apart,
          basis: `${prior.words}; ${basis} agree`,
        }
      const ahead = `${duration(Math.abs(first + last) / 2)} ${first + last < 0 ? 'ahead' : 'behind'}`
      return { ...this.#line(at, source, relation), uncertaintyNs, basis: `${basis}: its clock is ${ahead}` }
    }
    return (
      this.#inZoneByMatches(source, at(0), uncertaintyNs, basis) ?? {
        ...this.#line(at, source, relation),
        uncertaintyNs,
        basis,
      }
    )
  }

  /** The uncertainty of a fit, made smaller where cause and effect leave less room than the delays do. */
  #narrowed(source: Source, to: Source, relation: Relation): number {
    const bounds = relation.drift === 0 ? this.#evidence.bounds(source, to) : null
    if (!bounds || relation.shift < bounds.lower || relation.shift > bounds.upper) return relation.uncertaintyNs
    return Math.min(relation.uncertaintyNs, Math.max(relation.shift - bounds.lower, bounds.upper - relation.shift))
  }

  /** By cause and effect alone: where three pairs leave room for no more than a second. */
  #byCause(source: Source): Mapping | null {
    for (const other of this.#aligned) {
      const bounds = this.#evidence.bounds(source, other)
      const over = this.mappings.get(other.path)!
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

  /** How far the stamps of a source are from what they stand for, on a clock that is shared. */
  #ownUncertainty(source: Source, prior: Prior | null): number {
    return source.clock.resolutionNs + (prior?.uncertaintyNs ?? LATENESS[source.kind] ?? 0.1e6)
  }

  #line(at: (ns: number) => number, source: Source, relation: Relation): { shift: number; drift: number } {
    const range = this.#evidence.range(source) ?? [0, 0]
    const over = range[1] - range[0]
    if (relation.drift === 0 || over === 0) return { shift: at(0), drift: 0 }
    const drift = (at(range[1]) - at(range[0])) / over - 1
    return { shift: at(range[0]) - range[0] * (1 + drift), drift }
  }

  /** Matches of a local time tell the zone and the day, and those are exact. */
  #inZoneByMatches(source: Source, shift: number, uncertaintyNs: number, basis: string): Mapping | null {
    if (source.clock.domain !== 'wall' || !this.#epochal) return null
    const epoch = this.origin! + BigInt(Math.round(shift))
    const dated = nearestBase(source.clock, epoch)
    const quarters = wholeQuarters(Number(dated - epoch), AGREE_NS + uncertaintyNs)
    if (quarters === null || Math.abs(quarters) > 14 * 3600e9) return null
    return {
      shift: Number(dated - this.origin!) - quarters,
      drift: 0,
      uncertaintyNs: this.#ownUncertainty(source, null),
      basis: `local time of ${zoneName(quarters / 60e9)}, by ${basis}`,
    }
  }

  #byPrior(source: Source, prior: Prior, refusal: NoRelation | null): Mapping | null {
    let uncertaintyNs = this.#ownUncertainty(source, prior)
    const range = this.#evidence.range(source)
    if (!prior.sure && range) {
      const gap = this.#gap([range[0] + prior.shift, range[1] + prior.shift])
      if (gap > MEET_NS) {
        this.#refuse(
          source,
          `${refusal?.reason ?? 'no matches'}, and its times lie ${duration(gap)} from those of the others`,
        )
        return null
      }
    }
    const common = this.#smallestDelay(source, prior.shift)
    if (common !== null && !prior.sure) {
      if (common.delay === null) {
        this.#refuse(
          source,
          `${common.count} usable ${common.count === 1 ? 'match' : 'matches'}, and none that a shared clock allows`,
        )
        return null
      }
      uncertaintyNs = Math.max(uncertaintyNs, common.delay)
    }
    const against = this.#contradiction(source, prior.shift)
    if (against !== null && !prior.sure) {
      this.#refuse(source, `a shared clock would put effects ${duration(against)} before their causes`)
      return null
    }
    const checked = refusal && refusal.usable > 0 ? `; ${refusal.reason}: not enough to check it` : ''
    return { shift: prior.shift, drift: 0, uncertaintyNs, basis: prior.words + checked }
  }

  /** Of the texts that the source and a trace or journal both have once: how late the promptest is, if the clock is shared. */
  #smallestDelay(source: Source, shift: number): { count: number; delay: number | null } | null {
    let count = 0
    let delay: number | null = null
    for (const other of this.#aligned) {
      if (!this.#evidence.has(other) || (source.kind === 'strace') === (other.kind === 'strace')) continue
      const written = source.kind === 'strace'
      for (const { from, to } of this.#evidence.commonTexts(source, other)) {
        count++
        const [own, there] = [from + shift, mapped(this.mappings.get(other.path)!, to)]
        const late = written ? there - own : own - there
        if (late >= -AGREE_NS && late <= 6e9 && (delay === null || late < delay)) delay = Math.max(0, late)
      }
    }
    return count === 0 ? null : { count, delay }
  }

  /** By how much a shift breaks the order of causes and effects, beyond what two shared clocks can; null where it does not. */
  #contradiction(source: Source, shift: number): number | null {
    let worst = 0
    for (const other of this.#aligned) {
      const bounds = this.#evidence.bounds(source, other)
      if (!bounds) continue
      // Where the other's clock stands to this one's, if the shift were true.
      const offset = shift - this.mappings.get(other.path)!.shift
      worst = Math.max(worst, bounds.lower - offset, offset - bounds.upper)
    }
    return worst > AGREE_NS ? worst : null
  }

  /** Distance in capture time between a range and the ranges of what is aligned; 0 where they meet. */
  #gap(range: [number, number]): number {
    let least = Infinity
    for (const source of this.#aligned) {
      const own = this.#evidence.range(source)
      if (!own) continue
      const mapping = this.mappings.get(source.path)!
      const [first, last] = [mapped(mapping, own[0]), mapped(mapping, own[1])]
      least = Math.min(least, Math.max(0, first - range[1], range[0] - last))
    }
    return least === Infinity ? 0 : least
  }

  /** A local time of unknown zone: only one zone may make its times meet those of the others. */
  #byOverlap(source: Source): Mapping | null {
    const range = this.#evidence.range(source)
    if (!this.#epochal || !range || this.#several) {
      this.#refuse(source, 'local time of an unknown zone')
      return null
    }
    const ranges = this.#aligned.flatMap(s => {
      const own = this.#evidence.range(s)
      const mapping = this.mappings.get(s.path)!
      return own ? [[mapped(mapping, own[0]), mapped(mapping, own[1])]] : []
    })
    if (ranges.length === 0) return null
    const others: [number, number] = [Math.min(...ranges.map(r => r[0])), Math.max(...ranges.map(r => r[1]))]
    const near = this.origin! + BigInt(Math.round((others[0] + others[1]) / 2))
    const dated = Number(nearestBase(source.clock, near) - this.origin!)
    const zones = zonesThatOverlap([range[0] + dated, range[1] + dated], others)
    if (zones.length !== 1) {
      this.#refuse(source, `local time of an unknown zone (${zones.length === 0 ? 'none' : 'several'} would fit)`)
      return null
    }
    return {
      shift: dated - zones[0] * 60e9,
      drift: 0,
      uncertaintyNs: this.#ownUncertainty(source, null),
      basis: `local time, taken as ${zoneName(zones[0])}: the only zone in which it meets the other sources`,
    }
  }
}
