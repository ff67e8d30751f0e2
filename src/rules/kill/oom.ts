import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Process } from '../../model/process.js'
import type { Ref } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import { mayBeWithin } from '../../model/time.js'
import { unitSetting } from '../../model/unit-settings.js'
import { actorOf, isSomebodyElse, KERNEL, observed, processOf, sameHost, who } from '../lifecycle-links.js'
import { title } from '../shared.js'
import { byResult } from './by-result.js'

/** Lines about one kill by the kernel stand this near to each other. */
const ONE_KILL_NS = 5e9
/** A machine without memory can take long to take down what was killed. */
const DYING_NS = 60e9

/** The kernel's or systemd-oomd's out-of-memory killer. */
export const oom: Rule = {
  id: 'kill/oom',
  severity: 'fatal',
  needs: 'dmesg or the journal (kernel lines, PID 1, systemd-oomd); a trace shows only a SIGKILL without a sender',
  summary: "The kernel's out-of-memory killer or systemd-oomd killed the process.",
  explanation:
    'When memory runs out, in the machine or within the limit of a control group (MemoryMax=, a container), the kernel picks a process ' +
    'and sends it SIGKILL. No process sent it, so a trace shows no sender: only the kernel log tells (“oom-kill:constraint=…”, ' +
    '“Killed process …”), and memory.events of the group counts it. systemd-oomd kills whole groups earlier, by memory pressure.\n\n' +
    'CONSTRAINT_MEMCG means that a limit was reached, not that the machine was out of memory. The pids of the kernel log are those ' +
    'of the initial pid namespace.',
  *find(analysis) {
    const events = analysis.lifecycle.filter(e => e.kind === 'oom-kill')
    const used = new Set<LifecycleEvent>()
    // The kernel's own report is the best; then systemd-oomd's; PID 1's line about a unit adds to them.
    const byWeight = [...events].sort((a, b) => weight(b) - weight(a))
    for (const event of byWeight) {
      if (used.has(event)) continue
      const same = events.filter(other => !used.has(other) && isSameKill(event, other))
      for (const other of same) used.add(other)
      yield finding(analysis, event, same)
    }
    yield* byResult('oom-kill', analysis)
  },
}

function weight(event: LifecycleEvent): number {
  return (
    (event.pid !== null ? 4 : 0) + (event.detail.reason !== undefined ? 2 : 0) + (event.detail.by === 'kernel' ? 1 : 0)
  )
}

function isSameKill(event: LifecycleEvent, other: LifecycleEvent): boolean {
  if (event === other) return true
  if (!sameHost(event, other)) return false
  if (event.pid !== null && other.pid !== null && event.pid !== other.pid) return false
  if (event.unit !== null && other.unit !== null && event.unit !== other.unit) return false
  if (event.detail.by !== other.detail.by) return false
  return event.ns === null || other.ns === null
    ? event.unit !== null && event.unit === other.unit
    : Math.abs(event.ns - other.ns) <= ONE_KILL_NS
}

function finding(analysis: Analysis, event: LifecycleEvent, same: readonly LifecycleEvent[]): Finding {
  const { pid, comm, detail } = event
  const unit =
    same.map(e => e.unit).find(u => u !== null) ??
    (pid === null || isSomebodyElse(analysis, pid, comm) ? null : (analysis.unitByPid?.get(pid) ?? null))
  const match = victimOf(analysis, event)
  const name = who(match?.process.pid ?? pid, comm ?? match?.process.comm ?? null, unit)
  const byOomd = detail.by === 'systemd-oomd'
  const target = actorOf(match?.process.pid ?? pid, comm, unit)
  const exit = analysis.lifecycle.find(
    e => e.kind === 'process-exited' && unit !== null && e.unit === unit && e.signal === 'SIGKILL' && near(e, event),
  )
  const failed = analysis.lifecycle.find(
    e => e.kind === 'failed' && unit !== null && e.unit === unit && e.result === 'oom-kill' && near(e, event),
  )

  const chain: Link[] = [
    byOomd
      ? observed(
          event,
          `systemd-oomd killed ${detail.count ?? 'the'} process(es) of ${unit ?? detail.cgroup}${detail.reason ? `: ${detail.reason}` : ''}.`,
          {
            from: { key: 'systemd-oomd', name: 'systemd-oomd', kind: 'process' },
            to: target,
            label: 'SIGKILL',
          },
        )
      : observed(event, `The kernel's out-of-memory killer sent SIGKILL to ${name}${because(detail)}.`, {
          from: KERNEL,
          to: target,
          label: 'SIGKILL',
        }),
  ]
  for (const other of same)
    if (other !== event)
      chain.push(
        observed(
          other,
          other.unit === null ? 'Another record tells of it too.' : `systemd noticed it for ${other.unit}.`,
        ),
      )
  if (match)
    chain.push({
      text:
        match.basis === 'pid'
          ? `The trace shows it end: killed by SIGKILL.`
          : `The trace shows pid ${match.process.pid} killed by SIGKILL: the same process, as its ${match.basis} says.`,
      status: match.basis === 'pid' || match.basis === 'NSpid' ? 'observed' : 'inferred',
      refs: traceRefs(analysis, match.process),
      ns: match.process.endNs,
    })
  if (exit) chain.push(observed(exit, `${exit.unit}: the main process died of SIGKILL.`))
  if (failed) chain.push(observed(failed, `${failed.unit} failed, result “oom-kill”.`))

  // Of other processes than those of the case it is only worth a warning.
  const others = analysis.processes.some(p => isTraced(analysis, p)) && !match && !isCaseUnit(analysis, unit)
  const what = byOomd ? 'systemd-oomd' : "The kernel's OOM killer"
  return {
    rule: oom.id,
    severity: others ? 'warning' : 'fatal',
    title: title(
      `${what} killed ${name}${detail.scope === 'memcg' ? ` at the limit of ${limitName(detail)}` : ''}`,
      `${what} killed ${name}${detail.scope === 'memcg' ? ' at a memory limit' : ''}`,
      `${what} killed ${name}`,
    ),
    summary:
      (detail.scope === 'memcg'
        ? `The control group ${detail.limitOf ?? 'of the process'} had reached its memory limit; the machine itself need not have been short of memory. `
        : byOomd
          ? 'systemd-oomd acts on memory pressure before the kernel does. '
          : detail.scope === 'host'
            ? 'The machine had no memory left to give. '
            : 'Whether the machine or a limit of its control group had run out of memory only the kernel log tells, which is not here. ') +
      `${name}${detail.anonRss ? ` held ${detail.anonRss} of anonymous memory and` : ''} was chosen. ` +
      'SIGKILL cannot be handled, so the program could say nothing about it.',
    subject: {
      ...(match || pid !== null ? { pid: match?.process.pid ?? pid! } : {}),
      ...((comm ?? match?.process.comm) ? { comm: comm ?? match!.process.comm! } : {}),
      ...(unit === null ? {} : { unit }),
    },
    chain,
    remedies: remedies(analysis, unit, detail, match?.process.runtime === 'go'),
    ns: match?.process.endNs ?? exit?.ns ?? event.ns,
  }
}

function near(a: LifecycleEvent, b: LifecycleEvent): boolean {
  if (!sameHost(a, b)) return false
  return mayBeWithin(a.ns, b.ns, ONE_KILL_NS)
}

/** Names of control groups of containers bear the id of one: nobody knows it by that. */
function limitName(detail: Record<string, string>): string {
  const keeper = keeperOf(detail)
  if (keeper) return keeper === 'pod' ? 'its pod' : 'its container'
  return (detail.limitOf ?? 'its control group').split('/').at(-1) || 'the root group'
}

/** Who set the limit: Kubernetes for a pod or a container in it, another container runtime, or (null) systemd or nobody known. */
function keeperOf({ limitOf, cgroup }: Record<string, string>): 'pod' | 'container of a pod' | 'container' | null {
  const path = limitOf ?? ''
  if (/\/kubepods/.test(path) || /\/kubepods/.test(cgroup ?? ''))
    return /\/(?:kubepods[\w-]{0,20}-)?pod[\w-]{1,80}(?:\.slice)?$/.test(path) ? 'pod' : 'container of a pod'
  return /\/docker[/-]|\/libpod-/.test(path) ? 'container' : null
}

function because(detail: Record<string, string>): string {
  if (detail.scope === 'memcg')
    return detail.limitOf
      ? `: the limit of ${detail.limitOf} was reached`
      : ': a limit of its control group was reached'
  return detail.scope === 'host' ? ': the machine was out of memory' : ''
}

function isCaseUnit(analysis: Analysis, unit: string | null): boolean {
  if (unit === null) return false
  if (analysis.capture.manifest.unit === unit) return true
  return analysis.processes.some(p => isTraced(analysis, p) && analysis.unitByPid?.get(p.pid) === unit)
}

/** Places of the end of a process in the traces. */
function traceRefs(analysis: Analysis, process: Process): Ref[] {
  const refs = process.exit?.refs.filter(ref => analysis.capture.traces.some(t => t.source === ref.source)) ?? []
  return refs.slice(-2)
}

/** Whether a trace shows the process itself; the kernel's own words make processes too. */
function isTraced(analysis: Analysis, process: Process): boolean {
  return analysis.capture.traces.some(t => process.refs.some(ref => ref.source === t.source))
}

/** The traced process that the kernel means: by pid, by NSpid of /proc, or the only one of that name that died of SIGKILL. */
function victimOf(
  analysis: Analysis,
  event: LifecycleEvent,
): { process: Process; basis: 'pid' | 'NSpid' | 'name' } | null {
  if (event.detail.apart !== undefined) return null
  // A pid that died an hour later had another life when the killer wrote.
  const isThen = (p: Process) => mayBeWithin(p.endNs, event.ns, DYING_NS)
  const killed = (p: Process | null) => (p?.exit?.signal === 'SIGKILL' && isTraced(analysis, p) && isThen(p) ? p : null)
  const same = killed(processOf(analysis, event.pid, event.comm, event.ns))
  if (same) return { process: same, basis: 'pid' }
  for (const snapshot of analysis.capture.procs) {
    if (event.pid === null || !snapshot.nsPids?.includes(event.pid)) continue
    for (const pid of snapshot.nsPids) {
      const inner = killed(processOf(analysis, pid, event.comm, event.ns))
      if (inner) return { process: inner, basis: 'NSpid' }
    }
  }
  if (event.comm === null || event.ns === null) return null
  const named = analysis.processes.filter(
    p =>
      p.comm?.slice(0, 15) === event.comm?.slice(0, 15) &&
      p.exit?.signal === 'SIGKILL' &&
      isTraced(analysis, p) &&
      p.endNs !== null &&
      Math.abs(p.endNs - event.ns!) <= ONE_KILL_NS,
  )
  return named.length === 1 ? { process: named[0], basis: 'name' } : null
}

function remedies(analysis: Analysis, unit: string | null, detail: Record<string, string>, isGo: boolean): Remedy[] {
  const limit = unitSetting(analysis.capture.units, unit, 'MemoryMax')
  const keeper = keeperOf(detail)
  const list: Remedy[] = []
  if (isGo)
    list.push({
      title: 'Tell the Go runtime the limit',
      detail: `GOMEMLIMIT (Go 1.19 and later) makes the garbage collector work harder near the limit; set it below ${keeper ? 'that of the container' : 'MemoryMax='}.`,
      code: keeper
        ? 'GOMEMLIMIT=900MiB   # in the environment of the container'
        : '[Service]\nEnvironment=GOMEMLIMIT=900MiB',
    })
  if (keeper)
    list.push({
      title: 'Raise the limit, or use less',
      detail:
        keeper === 'container'
          ? 'The limit is that of its container: the runtime was told so when the container was made (docker run --memory).'
          : 'The limit is resources.limits.memory of its container, or the sum of them for the pod; kubectl describe pod shows OOMKilled.',
      code:
        keeper === 'container'
          ? `${detail.limitOf?.includes('/libpod-') ? 'podman' : 'docker'} update --memory 1g --memory-swap 1g CONTAINER`
          : 'resources:\n  limits:\n    memory: 1Gi',
    })
  else
    list.push({
      title: detail.scope === 'memcg' ? 'Raise the limit, or use less' : 'Use less memory, or give the machine more',
      detail:
        `${limit ? `${unit} has MemoryMax=${limit.value}. ` : ''}MemoryHigh= below MemoryMax= slows the group down before it is killed, ` +
        'which leaves time to record a heap profile (systemd.resource-control(5)).',
      ...(detail.scope === 'memcg' ? { code: '[Service]\nMemoryHigh=900M\nMemoryMax=1G' } : {}),
    })
  list.push({
    title: 'Record how memory grew',
    detail:
      'A heap profile, or memory.current and memory.events of the group over time; memory.events counts oom_kill.',
  })
  return list
}

/** Whether the kernel means this process, as a finding of this rule says of it. */
export function isOomVictim(process: Process, analysis: Analysis): boolean {
  let known = victims.get(analysis)
  if (!known) {
    known = new Set()
    for (const event of analysis.lifecycle) {
      const victim = event.kind === 'oom-kill' ? victimOf(analysis, event) : null
      if (victim) known.add(victim.process)
    }
    victims.set(analysis, known)
  }
  return known.has(process)
}

const victims = new WeakMap<Analysis, Set<Process>>()
