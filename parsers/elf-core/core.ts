/** One core: notes, the program it came from, threads, goroutines. */
import type { Core } from '../../src/model/core.js'
import type { CrashText, NativeThread } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { signalName } from '../../src/model/signal-names.js'
import { shownId } from './build-id.js'
import { sayHowGoWasRead, sayWhatIsMissing, sayWhichBinary } from './diagnose.js'
import { type Elf, EM_AARCH64, EM_X86_64, machineName, PF_W, PT_LOAD, readElf } from './elf.js'
import { deathKind, panicOf, throwOf } from './go/death.js'
import { readGoroutines } from './go/goroutines.js'
import { GoObjects } from './go/objects.js'
import { findGoRuntime, findGoRuntimeAlone, type GoRuntime } from './go/runtime.js'
import { Scheduler } from './go/scheduler.js'
import { Memory, piecesOf } from './memory.js'
import { type Executable, executableOf, findLibraries, findProgram, type Loaded } from './modules.js'
import { Modules } from './native/modules.js'
import { nativeWalk } from './native/unwind.js'
import { type Notes, readNotes } from './notes.js'
import { Pages } from './pages.js'
import type { Binary } from './parse.js'
import { registerText } from './registers.js'

/** Reads a core with the binaries that lie beside it. */
export function readCore(input: Input, binaries: readonly Binary[], sink: Sink): void {
  const pages = new Pages(input)
  pages.during(() => readFrom(input, pages, binaries, sink))
}

function readFrom(input: Input, pages: Pages, binaries: readonly Binary[], sink: Sink): void {
  const source = input.source.path
  const elf = readElf(pages)
  const notes = readNotes(pages, elf)
  input.source.records = notes.threads.length
  const known = elf.machine === EM_X86_64 || elf.machine === EM_AARCH64
  sayWhatIsMissing(source, elf, notes, known, sink)
  if (elf.segments.length === 0) return
  const memory = new Memory(piecesOf(elf, pages))
  const executable = executableOf(memory, notes)
  const { loaded, wrong } = findProgram(executable, notes, elf.machine, binaries)
  const libraries = findLibraries(
    memory,
    notes,
    binaries.filter(b => b !== loaded?.binary),
  )
  const atHand = loaded ? [loaded, ...libraries] : libraries
  for (const { binary, bias } of atHand) memory.back(piecesOf(binary.elf, binary.pages, bias))

  const core: Core = {
    source,
    machine: machineName(elf.machine),
    pid: notes.process?.pid ?? null,
    // Delve writes 0 for what it does not know.
    ppid: notes.process?.ppid || notes.ppid || null,
    comm: notes.process?.comm ?? null,
    args: notes.process?.args ?? null,
    executable: executable.path,
    signal: signalOf(notes),
    threads: [],
    files: notes.files,
    buildId: shownId(executable.ids),
    binary: loaded && {
      source: loaded.binary.input.source.path,
      buildId: shownId(loaded.binary.ids),
      matches: loaded.matches,
    },
    goVersion: null,
    truncated: elf.missing > 0,
    producer: notes.producer,
    refs: [{ source, offset: notes.siginfo[0]?.at ?? notes.threads[0]?.offset ?? 0 }],
  }
  sink.cores.push(core)
  const runtime = known ? runtimeOf(memory, elf, notes, executable, loaded) : null
  core.goVersion = runtime?.info?.version ?? null
  sayWhichBinary(core, wrong, runtime, sink)
  if (runtime) sayHowGoWasRead(core, runtime, sink)
  const native = nativeWalk(memory, elf.machine, new Modules(memory, notes, atHand))
  const scheduler = new Scheduler(memory, elf.machine, notes, runtime, native)
  core.threads = threadsOf(source, notes, scheduler)
  if (runtime === null) return
  // The runtime's times are CLOCK_MONOTONIC as it stands, so nanoseconds of the source count from boot.
  if (!Number.isNaN(scheduler.now())) input.source.clock = { domain: 'monotonic', base: 0n, resolutionNs: 1 }
  addSnapshot(source, core, memory, elf, runtime, scheduler, sink)
  const death = deathOf(core, memory, elf, notes, runtime, scheduler)
  if (death !== null) sink.crashes.push(death)
}

function runtimeOf(
  memory: Memory,
  elf: Elf,
  notes: Notes,
  executable: Executable,
  loaded: Loaded | null,
): GoRuntime | null {
  if (loaded) return findGoRuntime(memory, { elf: loaded.binary.elf, pages: loaded.binary.pages, bias: loaded.bias })
  return findGoRuntimeAlone(memory, variablesOf(elf, notes, executable))
}

/**
 * Where the program's variables can be in a core without its binary: the written parts of its file, and the zeroed memory
 * that follows them; everything that was written, where the core does not tell which file is mapped where.
 */
function variablesOf(elf: Elf, notes: Notes, executable: Executable): { start: number; end: number }[] {
  const written = elf.segments
    .filter(s => s.type === PT_LOAD && s.flags & PF_W && s.present > 0)
    .map(s => ({ start: s.vaddr, end: s.vaddr + s.present }))
    .sort((a, b) => a.start - b.start)
  const own = notes.files.filter(f => f.path === executable.path)
  if (own.length === 0) return written
  const ranges: { start: number; end: number }[] = []
  let last = -1
  for (const range of written) {
    const mapped = own.some(f => f.start < range.end && range.start < f.end)
    if (!mapped && range.start !== last) continue
    ranges.push(range)
    last = range.end
  }
  return ranges
}

function signalOf(notes: Notes): Core['signal'] {
  if (notes.producer === 'gcore' || notes.producer === 'dlv') return null
  const info = notes.siginfo[0]
  const number = info?.number ?? notes.threads[0]?.signal ?? 0
  if (number === 0) return null
  return {
    number,
    signal: signalName(number),
    code: info?.code ?? null,
    pid: info?.pid ?? null,
    uid: info?.uid ?? null,
    addr: info?.addr ?? null,
  }
}

function threadsOf(source: string, notes: Notes, scheduler: Scheduler): NativeThread[] {
  return notes.threads.map((thread, index) => ({
    tid: thread.tid,
    comm: null,
    frames: scheduler.threadStack(thread).frames,
    registers: registerText(thread.registers),
    goroutine: scheduler.goroutineOf(thread.tid),
    current: index === 0,
    sigPending: thread.pending,
    sigBlocked: thread.blocked,
    refs: [{ source, offset: thread.offset }],
  }))
}

function addSnapshot(
  source: string,
  core: Core,
  memory: Memory,
  elf: Elf,
  runtime: GoRuntime,
  scheduler: Scheduler,
  sink: Sink,
): void {
  const now = scheduler.now()
  const objects = new GoObjects(source, memory, runtime.layout, runtime.minor, now)
  const read = readGoroutines(memory, elf.machine, runtime, g => scheduler.running(g), now, objects)
  sink.snapshots.push({
    source,
    format: 'core',
    goVersion: core.goVersion,
    pid: core.pid,
    takenNs: Number.isNaN(now) ? null : now,
    truncated: core.truncated,
    line: 0,
    table: read.table,
    threads: core.threads,
    objects: objects.list(),
    detail: row => read.detail(row),
  })
}

/** The panic or fatal error that the thread which took the signal shows, put as the runtime would have printed it. */
function deathOf(
  core: Core,
  memory: Memory,
  elf: Elf,
  notes: Notes,
  runtime: GoRuntime,
  scheduler: Scheduler,
): CrashText | null {
  const [thread] = notes.threads
  if (thread === undefined || core.signal === null || runtime.tab === null) return null
  const { frames, goFrames } = scheduler.threadStack(thread)
  const kind = deathKind(frames)
  if (kind === null) return null
  const g = scheduler.curg(thread.tid)
  const { layout, minor, tab } = runtime
  const death =
    kind === 'panic'
      ? g && panicOf(memory, g, layout, minor)
      : throwOf(memory, tab, goFrames, elf.machine === EM_AARCH64 ? 8 : 0, g?.id ?? null)
  if (!death) return null
  const { source, pid, refs } = core
  return { source, line: 0, ns: null, pid, exitStatus: null, refs, fromMemory: true, ...death }
}
