/** The units that the case at hand is about, with what became of their processes. A capture may hold a hundred others. */
import type { Analysis, BrokenPipe } from '../model/analysis.js'
import type { Link } from '../model/finding.js'
import type { LifecycleEvent, UnitFile } from '../model/lifecycle.js'
import { addTo } from '../model/multimap.js'
import type { Process } from '../model/process.js'
import type { Ref } from '../model/ref.js'
import type { Ns } from '../model/time.js'
import { commandsOf, programName, unitSetting } from '../model/unit-settings.js'
import { exitRefs } from './lifecycle-links.js'

export interface UnitCase {
  unit: string
  /** Its texts and states in the capture. */
  files: UnitFile[]
  /** Its process in the traces: the one that died of a signal or had its output broken, else the first. */
  process: Process | null
  /** Death by a signal, from the trace or from systemd. */
  death: { signal: string; ns: Ns | null; refs: Ref[] } | null
  /** The last write to descriptor 1 or 2 that failed with EPIPE. */
  broken: BrokenPipe | null
  /** Nothing names the unit of the process: it is taken for this one because the capture holds no other. */
  assumed: boolean
  /** The program is known to be a Go program. */
  isGo: boolean
  /** Words of systemd about it, in order. */
  events: LifecycleEvent[]
}

/** Kinds of events that make a unit part of the case. */
const TROUBLE: ReadonlySet<LifecycleEvent['kind']> = new Set([
  'failed',
  'killing',
  'watchdog',
  'stop-timeout',
  'start-timeout',
  'start-limit',
  'exec-failed',
  'oom-kill',
  'coredump',
  'restart',
])

/**
 * The units that matter: the one that the manifest names, those whose processes are traced, those about which systemd reports
 * trouble or a death by a signal. Where a capture holds nothing but unit files, they are the case.
 */
export function caseUnits(analysis: Analysis): UnitCase[] {
  const { capture } = analysis
  const eventsOf = new Map<string, LifecycleEvent[]>()
  for (const event of analysis.lifecycle) {
    if (event.unit === null) continue
    addTo(eventsOf, event.unit, event)
  }
  const filesOf = new Map<string, UnitFile[]>()
  for (const file of capture.units) {
    addTo(filesOf, file.unit, file)
  }
  const processesOf = processesByUnit(analysis, filesOf)
  const assumed = onlyUnit(analysis, filesOf, processesOf)
  const names = new Set([...filesOf.keys(), ...eventsOf.keys(), ...processesOf.keys()])
  const bare = analysis.processes.length === 0 && analysis.lifecycle.length === 0
  const cases: UnitCase[] = []
  for (const unit of names) {
    const events = eventsOf.get(unit) ?? []
    const processes = processesOf.get(unit) ?? (assumed?.unit === unit ? assumed.processes : [])
    const files = filesOf.get(unit) ?? []
    const matters =
      capture.manifest.unit === unit ||
      processes.length > 0 ||
      events.some(e => TROUBLE.has(e.kind) || (e.kind === 'process-exited' && e.signal !== null)) ||
      (bare && files.length > 0)
    if (!matters) continue
    const broken = brokenOutput(analysis, processes)
    const process =
      processes.find(p => p.exit?.kind === 'killed') ??
      processes.find(p => p.pid === broken?.pid) ??
      processes[0] ??
      null
    cases.push({
      unit,
      files,
      process,
      death: deathOf(process, events),
      broken,
      assumed: assumed?.unit === unit,
      isGo: processes.some(p => p.runtime === 'go') || leftGoText(analysis, unit),
      events,
    })
  }
  return cases
}

function processesByUnit(analysis: Analysis, filesOf: ReadonlyMap<string, UnitFile[]>): Map<string, Process[]> {
  const programs = new Map<string, string | null>()
  for (const [unit, files] of filesOf)
    for (const file of files)
      for (const { value } of commandsOf(file)) {
        const name = programName(value).slice(0, 15)
        // A program that two units start tells nothing.
        programs.set(name, programs.has(name) && programs.get(name) !== unit ? null : unit)
      }
  const found = new Map<string, Process[]>()
  for (const process of analysis.processes) {
    const path = process.argv?.[0]
    const name = path === undefined ? process.comm : programName(path).slice(0, 15)
    const unit = analysis.unitByPid?.get(process.pid) ?? (name === null ? null : programs.get(name))
    if (!unit) continue
    addTo(found, unit, process)
  }
  return found
}

/** One unit in the capture, and a victim that nothing names: it is told that the one belongs to the other. */
function onlyUnit(
  analysis: Analysis,
  filesOf: ReadonlyMap<string, UnitFile[]>,
  processesOf: ReadonlyMap<string, Process[]>,
): { unit: string; processes: Process[] } | null {
  const services = [...filesOf.keys()].filter(unit => unit.endsWith('.service'))
  const { victim } = analysis
  if (services.length !== 1 || processesOf.size > 0 || !victim) return null
  if (victim.comm !== null || victim.argv !== null || analysis.unitByPid?.has(victim.pid)) return null
  return { unit: services[0], processes: analysis.processes.filter(p => p.pid === victim.pid) }
}

/** The link that a finding about an assumed unit must have; none where the evidence names the unit. */
export function assumption(of: UnitCase): Link[] {
  if (!of.assumed || !of.process) return []
  return [
    {
      text: `Nothing names the unit of pid ${of.process.pid}; ${of.unit} is the only one in the capture.`,
      status: 'inferred',
      refs: [],
    },
  ]
}

function brokenOutput(analysis: Analysis, processes: readonly Process[]): BrokenPipe | null {
  const pids = new Set(processes.map(p => p.pid))
  return analysis.brokenPipes.findLast(b => pids.has(b.pid) && (b.fd === 1 || b.fd === 2)) ?? null
}

function deathOf(process: Process | null, events: readonly LifecycleEvent[]): UnitCase['death'] {
  if (process?.exit?.kind === 'killed' && process.exit.signal !== null)
    return { signal: process.exit.signal, ns: process.endNs, refs: exitRefs(process) }
  const exit = events.findLast(e => e.kind === 'process-exited' && e.signal !== null && e.detail.process !== 'control')
  return exit ? { signal: exit.signal!, ns: exit.ns, refs: exit.refs } : null
}

/** A goroutine dump that the journal holds of this unit. */
function leftGoText(analysis: Analysis, unit: string): boolean {
  return analysis.capture.sources.some(s => s.derivedFrom?.unit === unit && s.kind !== 'unrecognised')
}

/** A setting in effect for the unit of a case. */
export function caseSetting(of: UnitCase, key: string) {
  return unitSetting(of.files, of.unit, key)
}

/** Type= in effect: simple where ExecStart= is set and nothing else is said. */
export function typeOf(of: UnitCase): string | null {
  const type = caseSetting(of, 'Type')
  if (type) return type.value
  return of.files.some(file => commandsOf(file).length > 0) ? 'simple' : null
}
