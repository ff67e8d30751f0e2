import type { ClockAlignment, SourceClock } from './time.js'

/** One file of the capture, or one member of an archive in it. */
export interface Source {
  /** Path inside the capture, `/`-separated; members of archives as `core.tar.gz/core`. Unique. */
  path: string
  /** Id of the parser that read it; `unrecognised` where none would. */
  kind: string
  /** Size after decompression, in bytes. */
  bytes: number
  /** SHA-256 of the bytes as they lie on disk (before decompression), hex. */
  sha256: string
  /** Records read (lines, entries, goroutines, notes), in the parser's own unit. */
  records: number
  clock: SourceClock
  /** Set by correlate/clocks. */
  alignment: ClockAlignment
  /** What the source says of itself: host name, command line, versions. Shown in the provenance table. */
  about: Record<string, string>
  /** For text that was lifted out of another source (a dump inside a journal): line n stands at `lines[n - 1]`. */
  derivedFrom?: { source: string; lines: readonly { line?: number; offset?: number }[] } & Lifted
  /** Where lines stand, for quoting them out of a large text without reading it from the start; sparse. */
  lineIndex?: LineIndex
}

/** What the outer source knows of a text that was lifted out of it: a journal stamps every line of a dump. */
export interface Lifted {
  /** When its first line was logged, on the clock of the outer source. */
  ns?: number | null
  /** Process that wrote it, and its unit. */
  pid?: number | null
  unit?: string | null
}

/** Line `lines[i]` (1-based) starts at byte `offsets[i]`; both ascend. */
export interface LineIndex {
  lines: ArrayLike<number>
  offsets: ArrayLike<number>
}

/** The clock of a source in which nothing is dated. */
export function noClock(): SourceClock {
  return { domain: 'none', base: null, resolutionNs: 0 }
}

/** The alignment that a source has before the clocks stage has looked at it. */
export function unaligned(basis = 'not aligned'): ClockAlignment {
  return { offsetNs: null, uncertaintyNs: null, basis, drift: 0 }
}
