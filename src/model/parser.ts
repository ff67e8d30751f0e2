import type { Capture } from './capture.js'
import type { DiagnosticSeverity } from './diagnostic.js'
import type { Input } from './input.js'
import type { Ref } from './ref.js'
import type { Lifted } from './source.js'
import type { ClockDomain } from './time.js'

/**
 * Reads one format. Sniffing is cheap and is done on the first 64 KiB; `parse` is given every input that this parser
 * won, all at once, so that files which belong together (`strace -ff`, a /proc folder, a core and its binary) meet.
 *
 * `parse` never throws for what an input holds: it calls `sink.diagnose` and goes on.
 */
export interface Parser {
  /** Stable and short: `strace`, `goroutines`, `journald`. The `kind` of the sources it reads. */
  id: string
  /** For `sigtrace formats`: what it reads, in the words of who makes such files. */
  title: string
  clock: ClockDomain
  /**
   * How sure it is that an input is its own: 0 not at all, 100 a magic number. At or above 1 it takes part; the highest
   * wins, the registry's order settles a tie. The path may only ever settle doubts, never decide.
   */
  sniff(head: Uint8Array, path: string): number
  parse(inputs: readonly Input[], sink: Sink): Promise<void>
}

/** Where parsers put what they read. The collections are those of the capture; push to them. */
export interface Sink extends Omit<Capture, 'name' | 'diagnostics' | 'sources'> {
  diagnose(code: string, severity: DiagnosticSeverity, text: string, first: Ref, remedy: string, count?: number): void
  /** Bytes of input dealt with since the last call, for the progress bar. */
  progress(bytes: number): void
  /**
   * Hands on text that was lifted out of an input (a goroutine dump inside a journal) to be sniffed and parsed in its
   * turn. `lines[n - 1]` is where line n of it really stands: refs to it are turned back.
   */
  derive(
    name: string,
    bytes: Uint8Array,
    parent: string,
    lines: readonly { line?: number; offset?: number }[],
    about?: Lifted,
  ): void
}
