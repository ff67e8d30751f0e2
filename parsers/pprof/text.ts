/**
 * The text of a goroutine profile with debug=1 (runtime/pprof printCountProfile, printStackRecord).
 *
 *   goroutine profile: total 512
 *   500 @ 0x437556 0x405e3c 0x405a7d 0x4b58de 0x4610c1
 *   # labels: {"req":"42", "tenant":"acme corp"}
 *   #	0x4b58dd	main.fetch.func1+0x1d	/src/main.go:10
 */
import { type Frame, GoroutineFlag, type GoroutineSnapshot, type Primitive } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { linesOf, utf8 } from '../../src/model/text.js'
import { parseLabels } from '../shared/go-quote.js'
import { GoroutineTableBuilder } from '../shared/goroutine-table.js'
import { primitiveOfFrames } from '../shared/primitive-frames.js'
import { snapshotOf } from './snapshot.js'
import type { Symbols } from './symbols.js'

const TITLE = /^(goroutine|goroutineleak) profile: total (\d{1,10})$/
const RECORD = /^(\d{1,10}) @((?: 0x[0-9a-f]+)*)$/
/** Stacks are cut at 32 frames up to Go 1.22, at 128 after. */
const CUT_DEPTHS = new Set([32, 128])

/** So many counters at the top of a stack can be of hidden frames: gopark, goparkunlock, what parks, and its entry. */
const HIDDEN = 8

/** Goroutines with the same stack and labels. */
interface CountRecord {
  count: number
  line: number
  /** Number of program counters, those of hidden frames included; the first of them and the outermost. */
  depth: number
  innermost: number[]
  outermost: string
  frames: Frame[]
  labels: { [key: string]: string } | null
}

interface Profile {
  line: number
  leaked: boolean
  total: number
  records: CountRecord[]
}

/**
 * Reads the profile, or several after each other; one snapshot each.
 *
 * @param symbols names out of binary profiles of the same capture, each of one program
 */
export function parseText(input: Input, sink: Sink, symbols: readonly Symbols[] = []): void {
  const { source } = input
  let profile: Profile | null = null
  let record: CountRecord | null = null
  let records = 0
  const finish = (line: number) => {
    if (profile !== null) sink.snapshots.push(snapshotOfText(profile, input, sink, line, symbols))
  }
  for (const { line, text } of linesOf(input.chunks())) {
    const title = TITLE.exec(text)
    const start = profile === null ? null : RECORD.exec(text)
    if (title !== null) {
      finish(line)
      profile = { line, leaked: title[1] === 'goroutineleak', total: Number(title[2]), records: [] }
      record = null
    } else if (profile !== null && start !== null) {
      record = startRecord(start, line)
      profile.records.push(record)
      records++
    } else if (text === '') record = null
    else if (record === null || !readLine(text, record))
      sink.diagnose(
        'pprof.unknown-line',
        'loss',
        'a line of the profile could not be read',
        { source: source.path, line },
        'bring the file as /debug/pprof/goroutine?debug=1 sent it',
      )
    source.records = records
  }
  finish(1)
}

function startRecord(start: RegExpExecArray, line: number): CountRecord {
  const counters = start[2].trim().split(' ')
  return {
    count: Number(start[1]),
    line,
    depth: counters.length,
    innermost: counters.slice(0, HIDDEN).map(Number),
    outermost: counters.at(-1) as string,
    frames: [],
    labels: null,
  }
}

/**
 * A frame of a record, or its labels. Tabs pad the columns; a function that is not known has its address alone.
 *
 *   #	0x48b5cd	sync.runtime_SemacquireWaitGroup+0x2d	/usr/local/go/src/runtime/sema.go:114
 */
function readLine(text: string, record: CountRecord): boolean {
  if (text.startsWith('# labels: {')) {
    record.labels = parseLabels(utf8(text), 11)?.labels ?? null
    return record.labels !== null
  }
  const [mark, address, name, place] = text.split(/\t+/)
  if (mark !== '#' || !/^0x[0-9a-f]+$/.test(address ?? '')) return false
  const pc = Number(address)
  if (name === undefined) {
    record.frames.push({ func: address, file: null, line: null, pc })
    return true
  }
  const offset = name.lastIndexOf('+0x')
  const colon = place?.lastIndexOf(':') ?? -1
  if (offset <= 0 || colon <= 0) return false
  const line = Number(place.slice(colon + 1))
  if (!Number.isInteger(line)) return false
  record.frames.push({ func: utf8(name.slice(0, offset)), file: utf8(place.slice(0, colon)), line, pc })
  return true
}

function snapshotOfText(
  profile: Profile,
  input: Input,
  sink: Sink,
  line: number,
  symbols: readonly Symbols[],
): GoroutineSnapshot {
  const names = symbols.find(s => s.fit(profile.records.flatMap(r => r.frames)))
  const builder = new GoroutineTableBuilder()
  // A whole stack ends in runtime.goexit, which is hidden: its counter is the one that shallow stacks end in.
  const ends = new Set(profile.records.filter(r => !CUT_DEPTHS.has(r.depth)).map(r => r.outermost))
  let counted = 0
  for (const { count, line, depth, innermost, outermost, frames, labels } of profile.records) {
    const elided = CUT_DEPTHS.has(depth) && !ends.has(outermost)
    builder.add({
      id: 0,
      count,
      stack: builder.stack({ frames, createdBy: null, elided }),
      state: '',
      line,
      flags: profile.leaked ? GoroutineFlag.leaked : 0,
      labels: labels ?? undefined,
      primitive: names && hiddenPrimitive(names, innermost, frames),
    })
    counted += count
  }
  const truncated = counted < profile.total
  if (truncated)
    sink.diagnose(
      'pprof.truncated',
      'loss',
      `the profile names ${profile.total} goroutines but shows ${counted}: its end is missing`,
      { source: input.source.path, line },
      'fetch the profile again, and whole',
    )
  return snapshotOf(input, 'debug1', builder.finish(), { truncated, line: profile.line, takenNs: null })
}

/** What the hidden frames and those below them show; undefined where the shown ones have to do. */
function hiddenPrimitive(
  names: Symbols,
  innermost: readonly number[],
  frames: readonly Frame[],
): Primitive | undefined {
  const shown = frames[0]?.pc
  const first = innermost.findIndex(counter => counter - 1 === shown)
  if (first <= 0) return undefined
  const seen = primitiveOfFrames([...names.framesOf(innermost.slice(0, first)), ...frames])
  return seen === 'unknown' ? undefined : seen
}
