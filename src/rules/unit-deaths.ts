/** Deaths of services that only systemd tells of: a main process that died of a signal, and whose pid no line names. */
import type { Analysis } from '../model/analysis.js'
import type { Link, Severity } from '../model/finding.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import type { Process } from '../model/process.js'
import type { Signal } from '../model/signal.js'
import { signalName, signalNumber } from '../model/signal-names.js'
import { mayBeWithin, type Ns } from '../model/time.js'
import { type Setting, unitSetting, valuesOf } from '../model/unit-settings.js'
import { explains } from './kill/by-result.js'
import { isSomebodyElse, livesOf, observed, sameHost, type UnitLife } from './lifecycle-links.js'

/** Two accounts of one death lie so near; systemd reaps a process as soon as it has ended. */
const ONE_DEATH_NS = 5e9
/** A signal and the death of it. */
const SENT_NS = 2e9

/** What systemd ends a service for, in the order in which it says so. */
const DEADLINES: ReadonlySet<LifecycleEvent['kind']> = new Set(['start-timeout', 'reload-timeout', 'runtime-limit'])
/** Ends that have rules of their own. */
const TOLD: ReadonlySet<LifecycleEvent['kind']> = new Set(['stop-timeout', 'watchdog', 'oom-kill'])
/** What `… timed out. Terminating.` sends (systemd's service_enter_signal() in src/core/service.c). */
const ACTIONS: readonly [RegExp, string][] = [
  [/^Abort/, 'SIGABRT'],
  [/^Kill/, 'SIGKILL'],
]

export interface UnitDeath {
  unit: string
  signal: string
  number: number
  /** systemd's line: `Main process exited, code=killed, …`. */
  exit: LifecycleEvent
  /** `Failed with result …` after it. */
  failed: LifecycleEvent | null
  /** systemd's own reason to end it, where its words say that it sent just this signal. */
  deadline: LifecycleEvent | null
  /** systemd was stopping the unit. */
  stopping: LifecycleEvent | null
  /** The setting by which the stop sends just this signal: KillSignal=, or a command of ExecStop= that kills. */
  configured: Setting | null
  /** Signals of this number that a witness saw sent just before: the only one, or none. */
  sent: Signal | null
  /** The target of `sent` is known to be a process of the unit. */
  isOfUnit: boolean
  severity: Severity
  ns: Ns | null
  /** How many deaths of this unit by this signal it stands for, itself included: the last one. */
  count: number
}

/** The deaths by a signal of units, for which nothing in the capture is the process; each unit and signal once. */
export function unitDeathsOf(analysis: Analysis): readonly UnitDeath[] {
  const known = cache.get(analysis)
  if (known) return known
  const found = new Map<string, UnitDeath>()
  for (const life of livesOf(analysis))
    for (const exit of life.events) {
      if (!isNamelessDeath(exit) || isTold(exit, life, analysis)) continue
      const death = deathOf(exit, life, analysis)
      const key = `${life.unit} ${exit.detail.host ?? ''} ${exit.signal} ${death.deadline?.kind} ${death.sent !== null}`
      found.set(key, { ...death, count: (found.get(key)?.count ?? 0) + 1 })
    }
  const deaths = [...found.values()]
  cache.set(analysis, deaths)
  return deaths
}

const cache = new WeakMap<Analysis, readonly UnitDeath[]>()

/** `(success)` marks what systemd was told to expect. */
function isNamelessDeath(event: LifecycleEvent): boolean {
  return (
    event.kind === 'process-exited' &&
    event.pid === null &&
    event.unit !== null &&
    event.signal !== null &&
    event.detail.success === undefined
  )
}

/** Explained by another rule, an ordinary stop, or the end of a process that the capture knows. */
function isTold(exit: LifecycleEvent, life: UnitLife, analysis: Analysis): boolean {
  const before = life.events.slice(0, life.events.indexOf(exit))
  if (before.some(e => TOLD.has(e.kind))) return true
  // Where no step of its start or life was too long, the result says who ended it.
  const after = life.events.slice(before.length)
  const told = after.some(
    e => e.kind === 'failed' && explains(e.result, exit.signal!) && mayBeWithin(e.ns, exit.ns, ONE_DEATH_NS),
  )
  if (told && !before.some(e => DEADLINES.has(e.kind))) return true
  const stopSignal = unitSetting(analysis.capture.units, life.unit, 'KillSignal')?.value ?? 'SIGTERM'
  const isStop = before.some(e => e.kind === 'stopping') && signalNumber(exit.signal!) === numberOf(stopSignal)
  // A signal that systemd counts as a failure is worth a word, though the stop itself was asked for.
  if (isStop && !after.some(e => e.kind === 'failed' && mayBeWithin(e.ns, exit.ns, ONE_DEATH_NS))) return true
  return analysis.processes.some(p => isSame(p, exit, analysis))
}

/** The number of `9`, `SIGKILL` or `KILL`. */
function numberOf(signal: string): number | null {
  return signalNumber(/^\d+$/.test(signal) ? signalName(Number(signal)) : signal)
}

/** `kill -9 …`, `pkill --signal KILL …`, `kill -s SIGQUIT …`; no signal named means SIGTERM. */
const KILL_COMMAND =
  /(?:^|[\s/;&|"'(])(?:p?kill|killall)\s(?:[^;&|]{0,80}?\s)??(?:-s\s{0,3}|--signal[= ]|-)(?:SIG)?(\d{1,2}|[A-Z]{3,6})\b/

/** What the unit itself says to send at a stop, where it is this signal. */
function configuredStop(exit: LifecycleEvent, unit: string, analysis: Analysis): Setting | null {
  const number = signalNumber(exit.signal!)
  const { units } = analysis.capture
  const set = unitSetting(units, unit, 'KillSignal')
  if (set && numberOf(set.value) === number) return set
  for (const file of units) {
    if (file.unit !== unit) continue
    const command = valuesOf(file, 'ExecStop').find(({ value }) => {
      const named = KILL_COMMAND.exec(value)?.[1]
      return named !== undefined && numberOf(named) === number
    })
    if (command) return command
  }
  return null
}

/** A process that can be the one whose end systemd reports. */
function isSame(process: Process, exit: LifecycleEvent, analysis: Analysis): boolean {
  if (process.exit?.kind !== 'killed' || process.exit.signal !== exit.signal) return false
  if (!mayBeWithin(process.endNs, exit.ns, ONE_DEATH_NS)) return false
  const unit = analysis.unitByPid?.get(process.pid)
  if (unit !== undefined && (unit !== exit.unit || isSomebodyElse(analysis, process.pid, process.comm))) return false
  const told = analysis.lifecycle.filter(e => e.pid === process.pid && e.signal === exit.signal)
  if (told.length === 0) return true
  // A kill within a control group that is not the unit's is somebody else's, and so is one on another machine.
  return told.some(e => sameHost(e, exit) && (e.detail.cgroup === undefined || e.unit === exit.unit))
}

function deathOf(exit: LifecycleEvent, life: UnitLife, analysis: Analysis): Omit<UnitDeath, 'count'> {
  const at = life.events.indexOf(exit)
  const deadline = life.events
    .slice(0, at)
    .findLast(e => DEADLINES.has(e.kind) && mayBeWithin(e.ns, exit.ns, ONE_DEATH_NS))
  const stopping = life.events.slice(0, at).findLast(e => e.kind === 'stopping') ?? null
  const sent = deadline ? [] : sentBefore(exit, analysis)
  const ofUnit = sent.filter(s => analysis.unitByPid?.get(s.target.pid) === life.unit)
  // Where the unit's own pids are known, another pid is another process.
  const named = [...(analysis.unitByPid?.values() ?? [])].includes(life.unit)
  const strangers = named ? [] : sent.filter(s => !analysis.unitByPid?.has(s.target.pid))
  const candidates = ofUnit.length > 0 ? ofUnit : strangers
  const targets = new Set(candidates.map(s => `${s.target.pid} ${s.sender!.pid}`))
  return {
    unit: life.unit,
    signal: exit.signal!,
    number: signalNumber(exit.signal!) ?? 0,
    exit,
    failed: life.events.slice(at).find(e => e.kind === 'failed') ?? null,
    deadline: deadline && signalOf(deadline) === exit.signal ? deadline : null,
    stopping,
    configured: stopping ? configuredStop(exit, life.unit, analysis) : null,
    sent: targets.size === 1 ? candidates[0] : null,
    isOfUnit: ofUnit.length > 0,
    severity: severityOf(life.unit, deadline, analysis),
    ns: exit.ns,
  }
}

function signalOf(deadline: LifecycleEvent): string {
  return ACTIONS.find(([words]) => words.test(deadline.detail.action ?? ''))?.[1] ?? 'SIGTERM'
}

/** Signals of the same number that a witness names the sender of, sent at the time of the death. */
function sentBefore(exit: LifecycleEvent, analysis: Analysis): Signal[] {
  const number = signalNumber(exit.signal!)
  const unsure = analysis.uncertainty(exit.refs[0].source) ?? 0
  return analysis.signals.filter(s => {
    if (s.number !== number || s.sender === null || s.outcome === 'failed' || !WITNESSES.has(s.senderBasis))
      return false
    const ns = s.sentNs ?? s.deliveredNs
    if (ns === null || exit.ns === null) return false
    const slack = unsure + (analysis.uncertainty(s.refs[0].source) ?? 0)
    return exit.ns - ns <= SENT_NS + slack && ns - exit.ns <= slack + ROUNDING_NS
  })
}

/** Who can have seen a signal that systemd did not send: its own words name the unit, and have been heard before. */
const WITNESSES: ReadonlySet<Signal['senderBasis']> = new Set(['syscall', 'siginfo', 'tracepoint', 'audit'])

/** A log that counts seconds cuts off their fractions. */
const ROUNDING_NS = 1e9

/** Of other units than that of the case it is only worth a warning; so is the end of a process that only reloads. */
function severityOf(unit: string, deadline: LifecycleEvent | undefined, analysis: Analysis): Severity {
  if (deadline?.kind === 'reload-timeout') return 'warning'
  const { victim, capture } = analysis
  if (capture.manifest.unit !== null) return capture.manifest.unit === unit ? 'fatal' : 'warning'
  return victim === null || analysis.unitByPid?.get(victim.pid) === unit || victim.exit === null ? 'fatal' : 'warning'
}

/** `main`, `control`: which process of the unit it was. */
export function which({ exit }: UnitDeath): string {
  return `${exit.detail.process ?? 'main'} process`
}

/** The last links of every chain about such a death. */
export function unitDeathLinks(death: UnitDeath): Link[] {
  const { unit, exit, failed, signal } = death
  const core = exit.detail.how === 'dumped' ? ' (code=dumped)' : ''
  const links = [observed(exit, `The ${which(death)} of ${unit} died of ${signal}${core}.`)]
  if (failed?.result) links.push(observed(failed, `systemd counts it as failed, result “${failed.result}”.`))
  return links
}
