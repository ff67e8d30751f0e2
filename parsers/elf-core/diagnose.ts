/** What a user must be told of a core: what it lacks, which binary it wants, how sure the reading is. */
import type { Core } from '../../src/model/core.js'
import type { GoroutineSnapshot } from '../../src/model/goroutine.js'
import type { Sink } from '../../src/model/parser.js'
import type { Binary } from './binary.js'
import { shownId } from './build-id.js'
import { type Elf, isKnownMachine, machineName } from './elf.js'
import type { GoRuntime } from './go/runtime.js'
import type { Notes } from './notes.js'

/** Parts of the core that its headers promise and that are not there. */
export function sayWhatIsMissing(source: string, elf: Elf, notes: Notes, sink: Sink): void {
  const known = isKnownMachine(elf.machine)
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

/** Whether the list of goroutines was found, and by which layout. */
export function sayHowGoWasRead(core: Core, runtime: GoRuntime, sink: Sink): void {
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
  else if (runtime.tab && !runtime.tab.knowsInlining())
    sink.diagnose(
      'core.no-inlining',
      'info',
      `Where ${version} keeps what was inlined into what was not found: inlined calls are missing from the stacks.`,
      ref,
      'Bring a binary with its symbol table (built without -ldflags=-s).',
    )
  if (runtime.allgs !== null && runtime.layoutBasis === 'nearest')
    sink.diagnose(
      'core.layout-guessed',
      'info',
      `No table of structure layouts for ${version}: goroutines were read with the nearest that fits what is in memory.`,
      ref,
      'Bring a binary with debug information (built without -ldflags=-w): the layout is taken from it.',
    )
}

/** Goroutines that could be read only in part, or not at all. */
export function sayWhatWasCut(
  { source, truncated, table }: GoroutineSnapshot,
  cut: readonly number[],
  unreadable: number,
  sink: Sink,
): void {
  const remedy = truncated
    ? 'The core is cut: take it again with enough space.'
    : 'If the stack runs through C code, add the libraries that the core names; else open the core with Delve and compare.'
  if (cut.length > 0)
    sink.diagnose(
      'core.cut-stacks',
      truncated ? 'loss' : 'info',
      `The stacks of some goroutines end before their outermost frame, the first that of goroutine ${table.ids[cut[0]]}: what is beyond cannot be read.`,
      { source, offset: table.offsets?.[cut[0]] ?? 0 },
      remedy,
      cut.length,
    )
  if (unreadable > 0)
    sink.diagnose(
      'core.unreadable-goroutines',
      'loss',
      "Entries of the runtime's list of goroutines could not be read.",
      { source, offset: 0 },
      remedy,
      unreadable,
    )
}

/** Whether the program at hand is the one that died, and which one to bring. */
export function sayWhichBinary(core: Core, wrong: readonly Binary[], runtime: GoRuntime | null, sink: Sink): void {
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
