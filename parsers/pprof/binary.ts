/**
 * The binary form of a goroutine profile (profile.proto, runtime/pprof protobuf.go). It names the frames of the runtime
 * too, so that the primitive is known although no state is told.
 */
import type { Profile } from 'pprof-format'
import { type Frame, GoroutineFlag } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { GoroutineTableBuilder } from '../shared/goroutine-table.js'
import { snapshotOf } from './snapshot.js'
import type { Symbols } from './symbols.js'
import { samplesOf } from './wire.js'

const KINDS = new Set(['goroutine', 'goroutineleak'])
const MINUTE_NS = 60e9

/** Labels of profiles with one sample a goroutine (CockroachDB's debug=3). */
const ID = 'go::goroutine'
const STATE = 'go::goroutine_state'
const MINUTES = 'go::goroutine_wait_minutes'
const CREATOR = 'go::goroutine_created_by'

/**
 * Reads a binary profile.
 *
 * @param symbols gets the names of all its locations
 */
export async function parseBinary(input: Input, sink: Sink, symbols: Symbols): Promise<void> {
  const { source } = input
  const bytes = Buffer.concat([...input.chunks()].map(chunk => Buffer.from(chunk)))
  const { offsets, whole } = samplesOf(bytes)
  const { Profile } = await import('pprof-format')
  let profile: Profile
  try {
    profile = Profile.decode(bytes)
  } catch {
    return damaged(input, sink)
  }
  const text = (index: number | bigint) => profile.stringTable.strings[Number(index)] ?? ''
  const type = text(profile.periodType?.type ?? 0) || text(profile.sampleType[0]?.type ?? 0)
  if (!KINDS.has(type)) return whole ? otherProfile(input, sink, type) : damaged(input, sink)
  const framesOf = frameReader(profile, text)
  for (const { id } of profile.location) symbols.add(framesOf(id))
  const builder = new GoroutineTableBuilder()
  profile.sample.forEach((sample, index) => {
    const labels: Record<string, string> = {}
    for (const label of sample.label) labels[text(label.key)] = text(label.str) || String(label.num)
    const { [ID]: id, [STATE]: state = '', [MINUTES]: minutes, [CREATOR]: creator, ...own } = labels
    const createdBy = creator === undefined ? null : { func: creator, file: null, line: null }
    const frames = sample.locationId.flatMap(framesOf)
    builder.add({
      id: id === undefined ? 0 : Number(id) || 0,
      count: Math.max(0, Number(sample.value[0] ?? 0)),
      stack: builder.stack({ frames, createdBy, elided: false }),
      state,
      offset: offsets[index],
      flags: type === 'goroutineleak' ? GoroutineFlag.leaked : 0,
      ...(minutes !== undefined && { waitNs: Number(minutes) * MINUTE_NS }),
      ...(Object.keys(own).length > 0 && { labels: own }),
    })
  })
  if (!whole) damaged(input, sink)
  const nanos = BigInt(profile.timeNanos)
  if (nanos > 0n) source.clock = { domain: 'realtime', base: nanos, resolutionNs: 1 }
  const mapping = profile.mapping[0]
  if (mapping !== undefined && text(mapping.filename) !== '') source.about.executable = text(mapping.filename)
  if (mapping !== undefined && text(mapping.buildId) !== '') source.about['build id'] = text(mapping.buildId)
  const table = builder.finish()
  source.records = table.length
  sink.snapshots.push(snapshotOf(input, 'proto', table, { truncated: !whole, line: 0, takenNs: nanos > 0n ? 0 : null }))
}

/** The frames of a location: several where functions were inlined, innermost first. */
function frameReader(profile: Profile, text: (index: number | bigint) => string): (id: number | bigint) => Frame[] {
  const functions = new Map(profile.function.map(f => [String(f.id), f]))
  const locations = new Map(profile.location.map(l => [String(l.id), l]))
  return id => {
    const location = locations.get(String(id))
    if (location === undefined) return []
    const pc = Number(location.address)
    if (location.line.length === 0) return [{ func: `0x${pc.toString(16)}`, file: null, line: null, pc }]
    return location.line.map((line, index) => {
      const named = functions.get(String(line.functionId))
      return {
        func: (named && text(named.name)) || `0x${pc.toString(16)}`,
        file: (named && text(named.filename)) || null,
        line: Number(line.line) || null,
        pc,
        ...(index < location.line.length - 1 && { inlined: true }),
      }
    })
  }
}

function damaged(input: Input, sink: Sink): void {
  sink.diagnose(
    'pprof.damaged',
    'loss',
    'the binary profile is damaged or cut off',
    { source: input.source.path, offset: 0 },
    'fetch the profile again, and whole',
  )
}

function otherProfile(input: Input, sink: Sink, type: string): void {
  input.source.kind = 'unrecognised'
  sink.diagnose(
    'pprof.other-profile',
    'info',
    `a profile of ${type === '' ? 'an unknown kind' : type}, not of goroutines, was not read`,
    { source: input.source.path, offset: 0 },
    'bring /debug/pprof/goroutine of the same process',
  )
}
