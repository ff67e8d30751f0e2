/**
 * Which shape the leaders of a log have: decided once for a file, from samples at its start, its middle and its end (`-A`
 * and `cat` make files of several shapes), then held against every line. A line of another shape is program output, even
 * where its text looks like strace's:
 *
 *   > | 00:12:52.935662 write(2, "--- SIGKILL {si_signo=SIGKILL} -"..., 85--- SIGKILL {si_signo=SIGKILL} ---
 *   > | +++ killed by SIGKILL +++                     no time: not a line of this log
 */
import type { Input } from '../../src/model/input.js'
import { withoutAnsi } from '../../src/model/text.js'
import { openTail, readCall } from './call-text.js'
import { Leader, PID, TIME } from './leader.js'
import { readEnd, readSignal, readStop } from './signal-text.js'

const SAMPLE_BYTES = 64 * 1024
/** From this size on, less is read at the start: the three samples tell enough. */
const LARGE_BYTES = 16 * 1024 * 1024
const HEAD_LINES = 1000
const SAMPLE_LINES = 150
/** A shape that fewer of a sample's good lines have is taken for chance. */
const SHARE = 0.1
const FORMS = 4

/** Number of a shape of leaders: how the thread is named and how the line is dated. */
export function shapeOf(pidForm: number, timeForm: number): number {
  return pidForm * FORMS + timeForm
}

export class Dialect {
  /** Bit `pid form * 4 + time form` for each shape that lines may have. */
  shapes = 0
  /** Program output can stand between and inside the lines: not a file that strace alone wrote with pids (`-o`, `-f`). */
  mixed = true
  colours = false
  timeForm: number = TIME.none
  /**
   * The times mean nothing by themselves: `-r` counts from the call before of any thread, and with `-ff` that one stands in
   * another file (strace.c, printleader).
   */
  undated = false
  /** Decimals of its times; the most that was seen. */
  decimals = 0
  /** Whole seconds of the first time; 0 where nothing is dated. */
  base = 0
  /** Lines name their thread. */
  follows = false
  durations = false
  fdPaths = false
  fdPeers = false
  stringLimit: number | null = null
  /** The first call of the log is no execve: strace came later (`-p`), or only some calls were traced. */
  startsWithExecve = false
  /** An execve is there, but none of what every program does next. */
  filtered = false
  /** FIFOs of which it is to be known who held them: `fifos.ts`. */
  fifos: readonly string[] = []
  /** Records among the lines that were looked at. */
  records = 0

  accepts(leader: Leader): boolean {
    return (this.shapes & (1 << shapeOf(leader.pidForm, leader.timeForm))) !== 0
  }
}

/** Looks at samples of an input. */
export function dialectOf(input: Input): Dialect {
  const dialect = new Dialect()
  const counts = new Uint32Array(FORMS * FORMS)
  const seen = { execve: false, ordinary: false, first: true }
  const samples: [number, Uint8Array][] = [[0, input.head.subarray(0, SAMPLE_BYTES)]]
  if (input.size > SAMPLE_BYTES * 3) {
    const middle = Math.floor(input.size / 2)
    samples.push(
      [middle, input.read(middle, SAMPLE_BYTES)],
      [input.size - SAMPLE_BYTES, input.read(input.size - SAMPLE_BYTES, SAMPLE_BYTES)],
    )
  }
  for (const [at, bytes] of samples) {
    const here = new Uint32Array(FORMS * FORMS)
    let good = 0
    for (const text of linesOfSample(bytes, at > 0, at > 0 || input.size > LARGE_BYTES ? SAMPLE_LINES : HEAD_LINES))
      good += look(dialect, here, text, seen)
    dialect.records += good
    for (let shape = 0; shape < here.length; shape++) if (here[shape] > good * SHARE) counts[shape] += here[shape]
  }
  // A log that breaks off in its first line.
  if (dialect.records === 0) for (const text of linesOfSample(input.head, false, SAMPLE_LINES)) guess(counts, text)
  settle(dialect, counts)
  dialect.filtered = seen.execve && !seen.ordinary && dialect.records > 3
  return dialect
}

/** From the shapes that were counted to those that are allowed. */
function settle(dialect: Dialect, counts: Uint32Array): void {
  let most = 0
  for (let shape = 0; shape < counts.length; shape++) {
    if (counts[shape] === 0) continue
    dialect.shapes |= 1 << shape
    if (counts[shape] > counts[most]) most = shape
  }
  dialect.timeForm = most % FORMS
  dialect.follows = (dialect.shapes & ~0xf) !== 0
  // On stderr the pid comes and goes with the number of threads that live. Output that looks like strace's lines has no
  // times, while what strace writes has them on all lines or on none.
  const onStderr = (time: number) => counts[shapeOf(PID.none, time)] + counts[shapeOf(PID.bracket, time)]
  const dated = onStderr(TIME.epoch) + onStderr(TIME.wall) + onStderr(TIME.relative)
  for (let time = 0; time < FORMS; time++) {
    const pair = (1 << shapeOf(PID.none, time)) | (1 << shapeOf(PID.bracket, time))
    if (time === TIME.none && dated > 0 && dated >= onStderr(TIME.none)) dialect.shapes &= ~pair
    else if (dialect.shapes & pair) dialect.shapes |= pair
  }
  dialect.mixed = dialect.shapes === 0 || (dialect.shapes & ~(0xf << (PID.file * FORMS))) !== 0
}

function* linesOfSample(bytes: Uint8Array, cutFirst: boolean, most: number): Generator<string> {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const lines = text.split('\n', most)
  for (let i = cutFirst ? 1 : 0; i < lines.length; i++) yield lines[i].replace(/\r$/, '')
}

const leader = new Leader()

/** Counts one line of a sample; 1 where it is a record. */
function look(
  dialect: Dialect,
  counts: Uint32Array,
  raw: string,
  seen: { execve: boolean; ordinary: boolean; first: boolean },
): number {
  const text = withoutAnsi(raw)
  const bytes = Buffer.from(text, 'latin1')
  leader.read(bytes, 0, bytes.length)
  const body = text.slice(leader.body)
  if (!isRecord(body)) return 0
  if (text !== raw) dialect.colours = true
  counts[shapeOf(leader.pidForm, leader.timeForm)]++
  if (leader.timeForm !== TIME.none) {
    dialect.decimals = Math.max(dialect.decimals, leader.decimals)
    if (dialect.base === 0 && leader.timeForm !== TIME.relative) dialect.base = leader.seconds
  }
  lookAtBody(dialect, body, seen)
  return 1
}

/** Counts the shape of a line that at least begins like a record. */
function guess(counts: Uint32Array, text: string): void {
  const bytes = Buffer.from(text, 'latin1')
  leader.read(bytes, 0, bytes.length)
  if (/^(?:[a-z_][a-z0-9_]*\(|<\.\.\. |--- |\+\+\+ )/.test(text.slice(leader.body)))
    counts[shapeOf(leader.pidForm, leader.timeForm)]++
}

function lookAtBody(
  dialect: Dialect,
  body: string,
  seen: { execve: boolean; ordinary: boolean; first: boolean },
): void {
  if (/ <\d+(?:\.\d+)?>$/.test(body)) dialect.durations = true
  if (/(?:\d|AT_FDCWD)<(?:\/|\\x2f|pipe:\[|socket:\[|[A-Z]+:\[|UNIX)/.test(body)) dialect.fdPaths = true
  if (/\d<(?:TCP|UDP|UNIX|NETLINK)[A-Za-z0-9-]*:\[|<char \d|\d<pid:/.test(body)) dialect.fdPeers = true
  for (const m of body.matchAll(/"((?:[^"\\]|\\.)*)"\.\.\./g)) {
    const length = m[1].replace(/\\(?:x[0-9a-f]{2}|[0-7]{1,3}|.)/g, '.').length
    if (length > (dialect.stringLimit ?? -1)) dialect.stringLimit = length
  }
  const name = /^[a-z_0-9]+(?=\()/.exec(body)?.[0]
  if (name === undefined) return
  if (seen.first) dialect.startsWithExecve = name.startsWith('execve')
  seen.first = false
  if (name.startsWith('execve')) seen.execve = true
  else if (/^(?:brk|mmap2?|old_mmap|openat?|read|arch_prctl|munmap|mprotect|close)$/.test(name)) seen.ordinary = true
}

function isRecord(body: string): boolean {
  if (body.startsWith('---')) return readSignal(body) !== null || readStop(body) !== null
  if (body.startsWith('+++')) return readEnd(body) !== null
  if (/^<\.\.\. [a-z_0-9?]+ resumed(?: #\d+)?>/.test(body)) return true
  return /^[a-z_0-9?]+\(/.test(body) && (readCall(body) !== null || openTail(body) !== null)
}
