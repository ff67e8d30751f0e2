/**
 * The words of systemd, the kernel and systemd-coredump on the capture's clock: dated, each told once however many exports of
 * the journal hold it, ordered, and with the process that they speak of where another line names it.
 */
import type { Analysis } from '../model/analysis.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import { addTo } from '../model/multimap.js'
import type { Source } from '../model/source.js'
import { mayBeWithin } from '../model/time.js'

/** Two lines about one event can lie this far apart when their clocks show no more than milliseconds. */
const SAME_NS = 5e6
/** systemd acts on a death at once: its lines about one death stand within this time. */
const ONE_DEATH_NS = 2e9
/** systemd kills what is left of a unit in one go. */
const ONE_ROUND_NS = 1e9

type Told = LifecycleEvent & { source: string }

/** Fills `analysis.lifecycle` and `analysis.unitByPid`. */
export function addLifecycle(analysis: Analysis): void {
  const sources = new Map(analysis.capture.sources.map(s => [s.path, s]))
  const dated = inOrder(
    analysis.capture.lifecycle.map(event => {
      const ns = analysis.at(event.source, event.ns)
      // The time of day is known, and no clock of the capture comes near it: another day, or another machine.
      const isApart = ns === null && event.ns !== null && sources.get(event.source)?.clock.domain === 'realtime'
      return { ...event, ns, detail: isApart ? { ...event.detail, apart: 'yes' } : event.detail }
    }),
  )
  const events = withoutState(tellOnce(dated, sources))
  // Undated events keep their place behind the dated ones, in the order of their source.
  const order = new Map(events.map((event, index) => [event, index]))
  events.sort((a, b) => (a.ns ?? Infinity) - (b.ns ?? Infinity) || order.get(a)! - order.get(b)!)
  nameProcesses(events)
  analysis.lifecycle = events
  analysis.unitByPid = unitsByPid(analysis)
}

/**
 * `journalctl -r` prints the newest line first: within one second, where stamps count seconds, the order of the lines is then
 * the order of events turned round. A source whose times mostly fall is read from its end.
 */
function inOrder(events: Told[]): Told[] {
  const bySource = new Map<string, Told[]>()
  for (const event of events) {
    addTo(bySource, event.source, event)
  }
  return [...bySource.values()].flatMap(list => (isReversed(list) ? list.reverse() : list))
}

function isReversed(events: readonly Told[]): boolean {
  let rises = 0
  let falls = 0
  let before: number | null = null
  for (const { ns } of events) {
    if (ns === null) continue
    if (before !== null && ns > before) rises++
    if (before !== null && ns < before) falls++
    before = ns
  }
  return falls > rises
}

/** Events that several exports of one journal tell, merged into one with all its places. */
function tellOnce(events: readonly Told[], sources: ReadonlyMap<string, Source>): Told[] {
  const byText = new Map<string, Map<string, Told[]>>()
  for (const event of events) {
    const key = `${event.kind} ${event.unit} ${event.pid} ${event.text}`
    let bySource = byText.get(key)
    if (!bySource) byText.set(key, (bySource = new Map()))
    addTo(bySource, event.source, event)
  }
  const told: Told[] = []
  for (const bySource of byText.values()) {
    const lists = [...bySource.values()].sort((a, b) => worth(b, sources) - worth(a, sources))
    let known = lists[0]
    for (const list of lists.slice(1)) known = mergeInOrder(known, list, sources)
    told.push(...known)
  }
  const order = new Map(events.map((event, index) => [event, index]))
  return told.sort((a, b) => order.get(a)! - order.get(b)!)
}

/** Lists with times, and fine ones, come first: the others are matched against them. */
function worth(list: readonly Told[], sources: ReadonlyMap<string, Source>): number {
  if (list[0].ns === null) return -1
  return 1e9 / (sources.get(list[0].source)?.clock.resolutionNs || 1e9) + list.length * 1e-3
}

/** Walks two lists side by side; an event of `more` that is one of `known` only adds its place. */
function mergeInOrder(known: readonly Told[], more: readonly Told[], sources: ReadonlyMap<string, Source>): Told[] {
  const merged = [...known]
  const tolerance = slack(known[0].source, sources) + slack(more[0].source, sources) + SAME_NS
  let at = 0
  for (const event of more) {
    while (at < known.length && event.ns !== null && known[at].ns !== null && known[at].ns! < event.ns - tolerance) at++
    const match = known[at]
    const isSame =
      match !== undefined &&
      mayBeWithin(match.ns, event.ns, tolerance) &&
      (event.detail.host === undefined || match.detail.host === undefined || event.detail.host === match.detail.host)
    if (!isSame) {
      merged.push(event)
      continue
    }
    match.refs = [...match.refs, ...event.refs]
    for (const name in event.detail) match.detail[name] ??= event.detail[name]
    match.signal ??= event.signal
    match.comm ??= event.comm
    at++
  }
  return merged
}

function slack(path: string, sources: ReadonlyMap<string, Source>): number {
  const source = sources.get(path)
  return (source?.clock.resolutionNs ?? 0) + (source?.alignment.uncertaintyNs ?? 0)
}

/** What `systemctl show` says of a death that the journal tells too only adds the pid and its place. */
function withoutState(events: readonly Told[]): Told[] {
  const told = events.filter(e => e.detail.from !== 'state')
  const byUnit = new Map<string, Told[]>()
  for (const event of told) {
    const key = `${event.kind} ${event.unit} ${event.signal} ${event.code} ${event.result}`
    addTo(byUnit, key, event)
  }
  const kept = [...told]
  for (const state of events) {
    if (state.detail.from !== 'state') continue
    const candidates = byUnit.get(`${state.kind} ${state.unit} ${state.signal} ${state.code} ${state.result}`) ?? []
    const match = candidates.findLast(e => mayBeWithin(e.ns, state.ns, ONE_DEATH_NS))
    if (match) {
      match.pid ??= state.pid
      match.refs = [...match.refs, ...state.refs]
    } else kept.push(state)
  }
  return kept
}

type Named = { kind: Told['kind']; pid: number; comm: string | null; signal: string | null; ns: number | null }

/**
 * `Main process exited` names no pid. The line before it can: `Forked … as 874`, `Killing process 482 (chatty)`, `Child 874
 * (chatty) died`, `Sent signal SIGKILL to main process 482 (chatty) on client request`, the core of a process of the unit.
 * They are believed when unit and signal agree and no other start lies between.
 */
function nameProcesses(events: readonly Told[]): void {
  const named = new Map<string, Named>()
  for (const event of events) {
    const unit = event.unit === null ? '' : `${event.unit} ${event.detail.host ?? ''}`
    if (event.kind === 'starting' || event.kind === 'restart') named.delete(unit)
    if (event.pid !== null && unit !== '' && mayNameMain(event, named.get(unit))) {
      const { kind, pid, comm, signal, ns } = event
      named.set(unit, { kind, pid, comm, signal: kind === 'forked' || kind === 'client-signal' ? null : signal, ns })
    }
    if (event.kind !== 'process-exited' || event.pid !== null || event.detail.process !== 'main') continue
    const known = named.get(unit)
    if (!known || (known.signal !== null && event.signal !== null && known.signal !== event.signal)) continue
    event.pid = known.pid
    event.comm ??= known.comm
  }
}

/** Whether an event that names a process can mean the main one, where `known` is what named it last. */
function mayNameMain(event: Told, known: Named | undefined): boolean {
  switch (event.kind) {
    case 'forked':
    case 'process-exited':
      return true
    case 'client-signal':
      return event.detail.process === 'main'
    case 'coredump':
      return event.signal !== null
    case 'killing':
      // One after another: the main process first, then the control process, then all else in the group (systemd's
      // unit_kill_context() in src/core/unit.c).
      return !(
        known?.kind === 'killing' &&
        known.signal === event.signal &&
        known.ns !== null &&
        event.ns !== null &&
        event.ns - known.ns <= ONE_ROUND_NS
      )
    default:
      return false
  }
}

/**
 * Units by pid, from what names both: journal entries with trusted fields, events, the state that systemctl shows. A pid that
 * means two units on two hosts means none.
 */
function unitsByPid(analysis: Analysis): Map<number, string> {
  const units = new Map<number, { unit: string; host: string | null }>()
  const ambiguous = new Set<number>()
  const put = (pid: number, unit: string, host: string | null) => {
    const known = units.get(pid)
    if (known && known.unit !== unit && known.host !== host && known.host !== null && host !== null) ambiguous.add(pid)
    units.set(pid, { unit, host: host ?? known?.host ?? null })
  }
  for (const journal of analysis.capture.journals)
    for (const { pid, fields, host } of journal.entries) {
      const unit = fields._SYSTEMD_USER_UNIT ?? fields._SYSTEMD_UNIT
      if (pid !== null && unit !== undefined && unit !== 'init.scope') put(pid, unit, host)
    }
  for (const { pid, unit, kind, detail } of analysis.lifecycle)
    if (pid !== null && unit !== null && kind !== 'signal-received') put(pid, unit, detail.host ?? null)
  for (const { unit, directives } of analysis.capture.units)
    for (const { key, value } of directives)
      if ((key === 'MainPID' || key === 'ExecMainPID') && Number(value) > 0 && unit !== '')
        put(Number(value), unit, null)
  for (const pid of ambiguous) units.delete(pid)
  return new Map([...units].map(([pid, { unit }]) => [pid, unit]))
}
