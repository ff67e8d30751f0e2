import type { Core } from './core.js'
import type { Diagnostics } from './diagnostic.js'
import type { CrashText, GoroutineSnapshot } from './goroutine.js'
import type { Journal } from './journal.js'
import type { LifecycleEvent, UnitFile } from './lifecycle.js'
import type { ProcSnapshot, SocketEnd } from './proc.js'
import type { Ref } from './ref.js'
import type { Source } from './source.js'
import type { Ns } from './time.js'
import type { Trace } from './trace.js'
import type { SignalWitness } from './witness.js'

/** What `capture.toml` states about a capture. Everything is optional. */
export interface Manifest {
  host: string | null
  /** Minutes east of UTC for times without a zone. */
  zoneMinutes: number | null
  /** Day (YYYY-MM-DD) for times without a date. */
  date: string | null
  /** The process that the question is about. */
  pid: number | null
  unit: string | null
  /** Seconds to add to a source's clock, by path inside the capture. */
  offsets: Record<string, number>
  /** Parser id by path inside the capture, where sniffing would be wrong. */
  kinds: Record<string, string>
}

/** Anything else on the timeline: Delve's log, a note by a recorder. Times are source time. */
export interface LogEvent {
  source: string
  ns: Ns | null
  kind: string
  text: string
  pid: number | null
  ref: Ref
}

/** All evidence, typed, before anything was concluded. */
export interface Capture {
  /** Name for titles: the last part of the path that was given. */
  name: string
  manifest: Manifest
  sources: Source[]
  diagnostics: Diagnostics
  traces: Trace[]
  snapshots: GoroutineSnapshot[]
  crashes: CrashText[]
  journals: Journal[]
  /** Words of systemd, the kernel and systemd-coredump; source time until correlate has run. */
  lifecycle: (LifecycleEvent & { source: string })[]
  units: UnitFile[]
  procs: ProcSnapshot[]
  sockets: SocketEnd[]
  witnesses: SignalWitness[]
  cores: Core[]
  logs: LogEvent[]
}

export function emptyManifest(): Manifest {
  return { host: null, zoneMinutes: null, date: null, pid: null, unit: null, offsets: {}, kinds: {} }
}

export function emptyCapture(name: string, diagnostics: Diagnostics, manifest: Manifest = emptyManifest()): Capture {
  return {
    name,
    manifest,
    sources: [],
    diagnostics,
    traces: [],
    snapshots: [],
    crashes: [],
    journals: [],
    lifecycle: [],
    units: [],
    procs: [],
    sockets: [],
    witnesses: [],
    cores: [],
    logs: [],
  }
}
