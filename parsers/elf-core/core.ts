/** One core: notes, the program it came from, threads, goroutines. */
import type { Core } from '../../src/model/core.js'
import type { NativeThread } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { signalName } from '../../src/model/signal-names.js'
import { shownId } from './build-id.js'
import { type Elf, EM_AARCH64, EM_X86_64, machineName, PF_W, PT_LOAD, readElf } from './elf.js'
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

function sayWhatIsMissing(source: string, elf: Elf, notes: Notes, known: boolean, sink: Sink): void {
  if (elf.segments.length === 0)
    sink.diagnose(
      'core.no-segments',
      'error',
      'This core has no readable program headers: neither threads nor memory can be found in it.',
      { source, offset: 32 },
      'Take the core again, or copy it again: it was cut or damaged in its first kilobytes.',
    )
  else if (elf.missing > 0)
    sink.diagnose(
      'core.truncated',
      'loss',
      `The core ends ${elf.missing} bytes before its headers say: memory beyond the cut is unknown.`,
      { source, offset: 0 },
      'Raise the limit that cut it (ulimit -c, ProcessSizeMax= and ExternalSizeMax= of coredump.conf, free disk) and take it again.',
    )
  if (notes.tornAt !== null)
    sink.diagnose(
      'core.torn-notes',
      'loss',
      'The notes of the core break off: threads or signal information after this place are unknown.',
      { source, offset: notes.tornAt },
      'Copy the core again, or take it again with enough space.',
    )
  if (elf.segments.length > 0 && notes.threads.length === 0 && known)
    sink.diagnose(
      'core.no-threads',
      'loss',
      'The core holds no thread status: no registers, no signal.',
      { source, offset: 0 },
      'Take it with the kernel, gcore or dlv dump; a core that another tool made may lack NT_PRSTATUS notes.',
    )
  if (!known)
    sink.diagnose(
      'core.unknown-machine',
      'loss',
      `The core is of ${machineName(elf.machine)}: registers and stacks are read for x86-64 and arm64 only.`,
      { source, offset: 18 },
      'Look at it with gdb on a machine of its kind and add the output to the capture.',
    )
}

function sayHowGoWasRead(core: Core, runtime: GoRuntime, sink: Sink): void {
  const ref = { source: core.source, offset: 0 }
  const version = core.goVersion ?? 'a Go version that could not be found'
  if (runtime.allgs === null)
    sink.diagnose(
      'core.no-goroutines',
      'loss',
      `The program is of ${version}, but its list of goroutines was not found in the core.`,
      ref,
      core.truncated
        ? 'The core is cut: take it again with enough space.'
        : 'Take the core with the default coredump_filter (0x33), or open it with a Delve of that Go version and add its output.',
    )
  else if (runtime.layoutBasis === 'nearest')
    sink.diagnose(
      'core.layout-guessed',
      'info',
      `No table of structure layouts for ${version}: goroutines were read with the nearest that fits what is in memory.`,
      ref,
      'Bring a binary with debug information (built without -ldflags=-w): the layout is taken from it.',
    )
}

function sayWhichBinary(core: Core, wrong: readonly Binary[], runtime: GoRuntime | null, sink: Sink): void {
  const ref = { source: core.source, offset: 0 }
  const wanted = `${core.executable ?? 'its program'}${core.buildId ? ` (build id ${core.buildId})` : ''}`
  if (wrong.length > 0)
    for (const binary of wrong)
      sink.diagnose(
        'core.other-binary',
        'info',
        `${binary.input.source.path} is not the program of this core: its build id is ${shownId(binary.ids) ?? 'unknown'}, the core is of ${wanted}.`,
        ref,
        `Bring the very file that ran: ${wanted}.`,
      )
  else if (core.binary === null)
    sink.diagnose(
      'core.no-binary',
      'info',
      runtime
        ? `The program is not in the capture: goroutines are read from the core alone, without function names. It is ${wanted}.`
        : `The program is not in the capture: stacks cannot be named. It is ${wanted}.`,
      ref,
      `Add ${core.executable ?? 'the binary'} of the same build to the capture, beside the core.`,
    )
  else if (core.binary.matches === null)
    sink.diagnose(
      'core.unproven-binary',
      'info',
      `Nothing proves that ${core.binary.source} is the very program of the core, for ${core.binary.buildId === null ? 'it has no build id' : 'the core does not hold the build id'}; its entry point fits.`,
      ref,
      'Link with a build id (Go always does; gcc and clang with -Wl,--build-id) and keep bit 4 (ELF headers) in /proc/PID/coredump_filter.',
    )
}
