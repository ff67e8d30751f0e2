/** What is said of a service that failed without anybody killing it: no finding explains it, but systemd saw it end. */
import type { LifecycleEvent } from '../model/lifecycle.js'
import { mayBeWithin } from '../model/time.js'

/** systemd's words about one failure stand so near to each other. */
const ONE_FAILURE_NS = 5e9
/** A title is one line. */
const TITLE_LENGTH = 90

/**
 * The last failure of a service that systemd reports: its main process ended with a status other than 0, or a step of it took
 * too long. Null where systemd reports none.
 */
export function unitFailure(events: readonly LifecycleEvent[]): { title: string; text: string } | null {
  const at = events.findLastIndex(e => isBadExit(e) || isDeadline(e))
  if (at === -1) return null
  const event = events[at]
  const { unit } = event
  if (unit === null) return null
  const isSame = (e: LifecycleEvent) => e.unit === unit && e.detail.host === event.detail.host
  const failed = events.slice(at).find(e => e.kind === 'failed' && e.result !== null && isSame(e) && isNear(e, event))
  // systemd counts some statuses as a success (SuccessExitStatus=, a dash before the command): then it is no failure.
  if (!failed) return null
  const counted = `systemd counts ${unit} as failed, result “${failed.result}”.`
  const before = events.slice(0, at)
  const deadline =
    before.findLast(e => isSame(e) && isDeadline(e) && isNear(e, event)) ?? (isDeadline(event) ? event : null)
  if (deadline) {
    const words = deadline.text.replace(`${unit}: `, '').replace(/\. .*$|\.$/, '')
    return { title: cut(`${unit} failed: ${words}`), text: `systemd ended it for that. ${counted}` }
  }
  const name = event.detail.status === undefined || event.detail.status === 'n/a' ? '' : ` (${event.detail.status})`
  const start = before.findLastIndex(e => isSame(e) && (e.kind === 'starting' || e.kind === 'started'))
  const asked = before.slice(start + 1).some(e => isSame(e) && e.kind === 'stopping')
  return {
    title: cut(`${unit} failed: its ${event.detail.process ?? 'main'} process exited with status ${event.code}${name}`),
    text: `${asked ? 'systemd had asked it to stop, and it ended by itself' : 'It ended by itself'}: no signal killed it. What it wrote before tells why, if anything does. ${counted}`,
  }
}

function isBadExit(event: LifecycleEvent): boolean {
  return (
    event.kind === 'process-exited' &&
    event.signal === null &&
    event.code !== null &&
    event.code !== 0 &&
    event.detail.success === undefined
  )
}

function isDeadline({ kind }: LifecycleEvent): boolean {
  return kind === 'start-timeout' || kind === 'runtime-limit'
}

function isNear(a: LifecycleEvent, b: LifecycleEvent): boolean {
  return mayBeWithin(a.ns, b.ns, ONE_FAILURE_NS)
}

function cut(text: string): string {
  return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH - 1)}…`
}
