/** One core: notes, the program it came from, threads, goroutines. */
import type { Core } from '../../src/model/core.js'
import type { NativeThread } from '../../src/model/goroutine.js'
import type { Input } from '../../src/model/input.js'
import type { Sink } from '../../src/model/parser.js'
import { signalName } from '../../src/model/signal-names.js'
import type { Binary } from './binary.js'
import { shownId } from './build-id.js'
import { sayHowGoWasRead, sayWhatIsMissing, sayWhatWasCut, sayWhichBinary } from './diagnose.js'
import { isKnownMachine, machineName, readElf } from './elf.js'
import { lastWords } from './go/last-words.js'
import { locateRuntime } from './go/locate.js'
import { Scheduler } from './go/scheduler.js'
import { snapshotOf } from './go/snapshot.js'
import type { Image } from './image.js'
import { Memory, piecesOf } from './memory.js'
import { type Executable, executableOf, findLibraries, findProgram, type Loaded } from './modules.js'
import { Modules } from './native/modules.js'
import { nativeWalk } from './native/unwind.js'
import { type Notes, readNotes } from './notes.js'
import { Pages } from './pages.js'
import { registerText } from './registers.js'

/** Reads a core with the binaries that lie beside it. */
export function readCore(input: Input, binaries: readonly Binary[], sink: Sink): void {
  const pages = new Pages(input)
  pages.during(() => {
    const elf = readElf(pages)
    const notes = readNotes(pages, elf)
    input.source.records = notes.threads.length
    sayWhatIsMissing(input.source.path, elf, notes, sink)
    if (elf.segments.length > 0)
      readProcess(input, { elf, notes, memory: new Memory(piecesOf(elf, pages)) }, binaries, sink)
  })
}

function readProcess(input: Input, image: Image, binaries: readonly Binary[], sink: Sink): void {
  const { elf, notes, memory } = image
  const executable = executableOf(memory, notes)
  const { loaded, wrong } = findProgram(executable, notes, elf.machine, binaries)
  const others = binaries.filter(b => b !== loaded?.binary)
  const atHand = [...(loaded ? [loaded] : []), ...findLibraries(memory, notes, others)]
  for (const { binary, bias } of atHand) memory.back(piecesOf(binary.elf, binary.pages, bias))

  const core = headOf(input.source.path, image, executable, loaded)
  sink.cores.push(core)
  const runtime = isKnownMachine(elf.machine) ? locateRuntime(image, executable, atHand) : null
  core.goVersion = runtime?.info?.version ?? null
  input.source.about = aboutOf(core)
  sayWhichBinary(core, wrong, runtime, sink)
  if (runtime) sayHowGoWasRead(core, runtime, sink)
  const native = nativeWalk(memory, elf.machine, new Modules(memory, notes, atHand))
  const scheduler = new Scheduler(memory, elf.machine, notes, runtime, native)
  core.threads = threadsOf(core.source, notes, scheduler)
  if (runtime === null) return
  const { snapshot, cut, unreadable } = snapshotOf(core, image, runtime, scheduler)
  sayWhatWasCut(snapshot, cut, unreadable, sink)
  // The runtime's times are CLOCK_MONOTONIC as it stands, so nanoseconds of the source count from boot.
  if (snapshot.takenNs !== null) input.source.clock = { domain: 'monotonic', base: 0n, resolutionNs: 1 }
  sink.snapshots.push(snapshot)
  const words = lastWords(core, image, runtime, scheduler)
  if (words !== null) sink.crashes.push(words)
}

/** What the notes say, before anything of memory is looked at. */
function headOf(source: string, { elf, notes }: Image, executable: Executable, loaded: Loaded | null): Core {
  return {
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

/** For the provenance table. */
function aboutOf(core: Core): Record<string, string> {
  const about: Record<string, string> = { machine: core.machine }
  if (core.executable !== null) about.program = core.executable
  if (core.buildId !== null) about['build id'] = core.buildId
  if (core.binary !== null) about.binary = core.binary.source
  if (core.goVersion !== null) about['Go version'] = core.goVersion
  if (core.signal !== null) about.signal = core.signal.signal
  if (core.producer !== null) about['written by'] = core.producer
  return about
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
