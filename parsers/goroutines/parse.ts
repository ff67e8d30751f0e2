/** From inputs to snapshots and crash texts, with a word about everything that could not be read. */
import type { CrashText, GoroutineSnapshot } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import type { Lifted } from '../../src/model/source.js'
import { spareCompiler } from '../shared/spare-compiler.js'
import { readDetail } from './detail.js'
import type { Dump } from './dump.js'
import type { Envelope } from './envelope.js'
import { DumpReader, type ReaderEvents } from './reader.js'
import type { StreamEvents } from './stream.js'
import { earliestGo } from './version.js'
import { newWalker, type Walker } from './walker.js'

/** A log of recovered panics can hold one dump a line; so many are kept. */
const DUMP_LIMIT = 2000
const CRASH_LIMIT = 10_000
/** A stack of 100 frames with long paths is 20 KB; lines of others may stand between. */
const DETAIL_BYTES = 1 << 20
/** What is read at once: details are asked for one after the other. */
const WINDOW_BYTES = 1 << 16

/** Bytes from which on it pays to walk a dump. */
const WALK_FROM = 256 << 10

/**
 * Reads every input.
 *
 * @param walkFrom size of an input from which on known goroutines take the short way; what is read is the same
 */
export async function parse(inputs: readonly Input[], sink: Sink, walkFrom = WALK_FROM): Promise<void> {
  for (const input of inputs) {
    spareCompiler(input.size)
    parseInput(input, sink, input.size < walkFrom ? null : newWalker())
  }
}

function parseInput(input: Input, sink: Sink, walker: Walker | null): void {
  const { source } = input
  const crashes: CrashText[] = []
  const snapshots: GoroutineSnapshot[] = []
  const other = { count: 0, line: 0 }
  const read = windowOn(input)
  let dumps = 0
  const say: Say = (code, severity, text, line, remedy, count) =>
    sink.diagnose(code, severity, text, { source: source.path, line }, remedy, count)

  const events: ReaderEvents = {
    stream: envelope => streamEvents(envelope),
    other: line => {
      if (other.count++ === 0) other.line = line
    },
    cutLine: line => say('go.long-line', 'loss', 'a line of more than 16 MiB was passed over', line, SPLIT),
    tooManyWriters: line =>
      say(
        'go.too-many-writers',
        'loss',
        'dumps under more than 1000 different prefixes: the rest was passed over',
        line,
        SPLIT,
      ),
    progress: bytes => sink.progress(bytes),
  }
  const streamEvents = (envelope: Envelope | null): StreamEvents => ({
    dump: dump => {
      if (++dumps > DUMP_LIMIT)
        return say(
          'go.too-many-dumps',
          'loss',
          `more than ${DUMP_LIMIT} dumps in one file: the rest was passed over`,
          dump.line,
          SPLIT,
        )
      if (dump.truncated) say('go.truncated', 'loss', TRUNCATED, dump.table.lines[dump.table.length - 1], WHOLE)
      snapshots.push(snapshotOf(dump, source.path, read, envelope))
    },
    closed: found => {
      for (const crash of found) if (crashes.length < CRASH_LIMIT) crashes.push(crash)
    },
    forged: (count, line) => say('go.forged-goroutine', 'info', FORGED, line, UPGRADE, count),
    repeated: line => say('go.repeated-stack', 'info', REPEATED, line, NOTHING),
    lost: (what, line) => say(`go.${what}`, 'loss', LOST[what], line, WHOLE),
    foreign: (count, line) => say('go.foreign-line', 'info', FOREIGN, line, SEPARATE, count),
  })

  const reader = new DumpReader(source, events, walker)
  reader.read(input)
  const { base, resolutionNs } = reader.moments
  if (base !== null) source.clock = { domain: 'realtime', base, resolutionNs }
  snapshots.sort((a, b) => a.line - b.line)
  crashes.sort((a, b) => a.line - b.line)
  if (source.derivedFrom !== undefined) fromOuter(source.derivedFrom, snapshots, crashes)
  sink.snapshots.push(...snapshots)
  sink.crashes.push(...crashes)
  const told = snapshots.find(snapshot => snapshot.goVersion !== null)?.goVersion
  const earliest = snapshots.length === 0 ? null : earliestGo(snapshots[0].table)
  if (told == null && earliest !== null) source.about.Go = `${earliest} or later, by the form of the dump`
  source.records = snapshots.reduce((sum, s) => sum + s.table.length, 0) + crashes.length
  source.lineIndex = reader.lineIndex
  if (source.records === 0) source.kind = 'unrecognised'
  else if (other.count > 0) say('go.other-text', 'info', OTHER, other.line, NOTHING, other.count)
}

/** What the outer source knows of a text that was lifted out of it; it dates its first line. */
function fromOuter(outer: Lifted, snapshots: GoroutineSnapshot[], crashes: CrashText[]): void {
  for (const found of [...snapshots, ...crashes]) found.pid ??= outer.pid ?? null
  const first = Math.min(...[...snapshots, ...crashes].map(found => found.line))
  for (const snapshot of snapshots) if (snapshot.line === first) snapshot.takenNs ??= outer.ns ?? null
  for (const crash of crashes) if (crash.line === first) crash.ns ??= outer.ns ?? null
}

type Say = (code: string, severity: 'info' | 'loss', text: string, line: number, remedy: string, count?: number) => void

const TRUNCATED = 'the dump breaks off before its end: goroutines are missing, the last stack is incomplete'
const WHOLE =
  'bring the file as the program wrote it; debug=2 itself stops at 64 MB, debug=1 and the binary profile do not'
const SPLIT = 'cut the file, or bring the part that matters'
const FORGED = 'goroutines inside a panic message are text of the program, not goroutines'
const UPGRADE = 'nothing to do; Go 1.23 and later indent messages, so that they cannot be mistaken'
const REPEATED = 'stacks that the crash printed once more for another thread (GOTRACEBACK=crash) are not counted again'
const NOTHING = 'nothing to do'
const FOREIGN = 'lines of other writers stand between the lines of a goroutine'
const OTHER = 'lines that are part of no dump and no crash text'
const SEPARATE = 'give stderr of the program a file of its own'
const LOST = {
  'damaged-header': 'a line that begins a goroutine is damaged: the goroutine is missing',
  'torn-frame': 'a function line without its file and line: the frame is left out',
  'orphan-frame': 'frames without the header of a goroutine: the beginning is missing',
  'too-many-stacks': 'more than 250,000 different lines of stacks: further ones were cut short',
}

/** Reads a bit more than it is asked for, and answers from that what is asked for next. */
function windowOn(input: Input): Input['read'] {
  let window: Uint8Array = new Uint8Array(0)
  let from = 0
  return (offset, length) => {
    if (offset < from || offset + length > from + window.length) {
      window = input.read(offset, Math.max(length, WINDOW_BYTES))
      from = offset
    }
    return window.subarray(offset - from, offset - from + length)
  }
}

/** @param read of the input */
function snapshotOf(dump: Dump, source: string, read: Input['read'], envelope: Envelope | null): GoroutineSnapshot {
  const { places, crash: _, registers, ...rest } = dump
  const { table } = rest
  return {
    ...rest,
    source,
    pid: envelope?.pid ?? null,
    threads: [],
    objects: [],
    detail(row) {
      const length = Math.min(places.sizes[row], DETAIL_BYTES)
      const bytes = read(places.offsets[row], length)
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
      const detail = readDetail(text, envelope, table.ids[row])
      if (row === 0) detail.registers = registers
      return detail
    },
  }
}
