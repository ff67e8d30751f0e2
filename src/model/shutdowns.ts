/** Whether the machine was going down when a unit was stopped: then nobody asked for the end of just this service. */
import type { LifecycleEvent } from './lifecycle.js'
import type { Ref } from './ref.js'
import type { Ns } from './time.js'

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

export interface Shutdown {
  text: string
  ns: Ns | null
  refs: Ref[]
}

/** Why everything was stopped, for what stands around `stop`; null where no line says so. A stop long before a reboot is another matter. */
export function shutdownAround(events: readonly LifecycleEvent[], stop: LifecycleEvent): Shutdown | null {
  const { ns } = stop
  if (ns === null) return null
  const isHere = ({ detail }: LifecycleEvent) =>
    detail.host === undefined || stop.detail.host === undefined || detail.host === stop.detail.host
  const before = events.findLast(
    e => e.kind === 'shutdown' && e.ns !== null && e.ns <= ns + TOGETHER_NS && ns - e.ns <= ANNOUNCED_NS && isHere(e),
  )
  if (before)
    return { text: `The machine was about ${where(before)}: “${before.text}”`, ns: before.ns, refs: before.refs }
  const goal = events.find(
    e =>
      (e.kind === 'stopped' || e.kind === 'stopping') &&
      GOALS.test(e.unit ?? '') &&
      e.ns !== null &&
      Math.abs(e.ns - ns) <= TOGETHER_NS &&
      isHere(e),
  )
  const later = goal && events.find(e => e.kind === 'shutdown' && e.ns !== null && e.ns > ns && isHere(e))
  if (!goal || !later) return null
  return {
    text: `The machine was about ${where(later)}: ${goal.unit} was stopped with all that belongs to it.`,
    ns: goal.ns,
    refs: [...goal.refs.slice(0, 2), ...later.refs.slice(0, 1)],
  }
}

function where(event: LifecycleEvent): string {
  return WORDS[event.detail.to] ?? WORDS.shutdown
}
