/** Whether the machine was going down when a unit was stopped: then nobody asked for the end of just this service. */
import type { Analysis } from '../model/analysis.js'
import type { Link } from '../model/finding.js'
import type { LifecycleEvent } from '../model/lifecycle.js'
import { observed, sameHost } from './lifecycle-links.js'

/** logind announces it, and PID 1 begins to stop units at once; delays that inhibitors ask for are seconds (InhibitDelayMaxSec=). */
const ANNOUNCED_NS = 30e9
/** Stop jobs of one transaction start together, except for those that wait for another unit to end. */
const TOGETHER_NS = 5e9
/** Nothing else stops these: with them everything that was started for them goes. */
const GOALS = /^(?:multi-user|graphical)\.target$/

const WORDS: Record<string, string> = {
  reboot: 'to reboot',
  poweroff: 'to power off',
  halt: 'to halt',
  kexec: 'to boot another kernel (kexec)',
  shutdown: 'to shut down',
}

/**
 * The link that says why everything was stopped, for what stands around `stop`; null where no line says so. A stop long before
 * a reboot is another matter.
 */
export function shutdownLink(analysis: Analysis, stop: LifecycleEvent): Link | null {
  const { ns } = stop
  if (ns === null) return null
  const before = analysis.lifecycle.findLast(
    e =>
      e.kind === 'shutdown' &&
      e.ns !== null &&
      e.ns <= ns + TOGETHER_NS &&
      ns - e.ns <= ANNOUNCED_NS &&
      sameHost(e, stop),
  )
  if (before) return observed(before, `The machine was about ${words(before)}: “${before.text}”`)
  const goal = analysis.lifecycle.find(
    e =>
      (e.kind === 'stopped' || e.kind === 'stopping') &&
      GOALS.test(e.unit ?? '') &&
      e.ns !== null &&
      Math.abs(e.ns - ns) <= TOGETHER_NS &&
      sameHost(e, stop),
  )
  const later =
    goal && analysis.lifecycle.find(e => e.kind === 'shutdown' && e.ns !== null && e.ns > ns && sameHost(e, stop))
  if (!goal || !later) return null
  return {
    ...observed(goal, `The machine was about ${words(later)}: ${goal.unit} was stopped with all that belongs to it.`),
    refs: [...goal.refs.slice(0, 2), ...later.refs.slice(0, 1)],
  }
}

function words(event: LifecycleEvent): string {
  return WORDS[event.detail.to] ?? WORDS.shutdown
}
