/** What is said of a service that failed without anybody killing it: no finding explains it, but systemd saw it end. */
import type { LifecycleEvent, UnitFile } from '../model/lifecycle.js'
import { shutdownAround } from '../model/shutdowns.js'
import { signalName } from '../model/signal-names.js'
import { mayBeWithin } from '../model/time.js'

/** systemd's words about one failure stand so near to each other. */
const ONE_FAILURE_NS = 5e9
/** A title is one line. */
const TITLE_LENGTH = 90

/** What a result means where the line that says more is not there (systemd.exec(5), $SERVICE_RESULT). */
const RESULTS: Record<string, string> = {
  protocol:
    'The program did not do what Type= promises: it ended without READY=1 (notify), left no main process (forking), or did not take its name (dbus).',
  resources: 'systemd could not set up what the unit needs; the lines before say what.',
  timeout: 'A step of it took too long.',
  'exit-code': 'A process of it ended with a status that is not 0.',
  signal: 'A process of it died of a signal.',
  'core-dump': 'A process of it died of a signal and dumped core.',
  watchdog: 'It did not ping systemd’s watchdog in time.',
  'oom-kill': 'An out-of-memory killer ended a process of it.',
  dependency: 'A unit that it requires did not start: look at that one.',
}

interface Told {
  title: string
  text: string
}

/**
 * The last failure of a service that systemd reports: its main process ended with a status other than 0, or a step of it took
 * too long; else a result alone, or an end that systemd takes for a success: one that nobody asked for, or a stop. Null where systemd reports
 * none. `asked` is the unit that the question is about, where one is stated.
 */
export function unitFailure(
  events: readonly LifecycleEvent[],
  units: readonly UnitFile[],
  asked: string | null,
): Told | null {
  const own = asked !== null && events.some(e => e.unit === asked) ? events.filter(e => e.unit === asked) : events
  return failureOf(own) ?? resultOf(own) ?? successOf(own, units, asked, events)
}

function failureOf(events: readonly LifecycleEvent[]): Told | null {
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
    const step = deadline.kind === 'stop-timeout' ? (STOP_STEPS[deadline.detail.state] ?? '') : ''
    return { title: cut(`${unit} failed: ${words}`), text: `${step}systemd ended it for that. ${counted}` }
  }
  const name = event.detail.status === undefined || event.detail.status === 'n/a' ? '' : ` (${event.detail.status})`
  const start = before.findLastIndex(e => isSame(e) && (e.kind === 'starting' || e.kind === 'started'))
  const stop = before.slice(start + 1).some(e => isSame(e) && e.kind === 'stopping')
  const status = statusOfSignal(event.code!, stop)
  return {
    title: cut(`${unit} failed: its ${event.detail.process ?? 'main'} process exited with status ${event.code}${name}`),
    text: `${stop ? 'systemd had asked it to stop, and it ended by itself' : 'It ended by itself'}: no signal killed it. ${status ?? 'What it wrote before tells why, if anything does.'} ${counted}`,
  }
}

/** States in which a command of the unit is waited for. */
const STOP_STEPS: Record<string, string> = {
  stop: 'Its ExecStop= was not over within TimeoutStopSec=: look at what that command waits for. ',
  'stop-post': 'Its ExecStopPost= was not over within TimeoutStopSec=: look at what that command waits for. ',
}

/** 128 + n is how a shell, docker run and many programs pass on that a signal ended something. */
function statusOfSignal(code: number, stop: boolean): string | null {
  const number = code - 128
  if (number < 1 || number > 31) return null
  const signal = signalName(number)
  if (stop && number === 15)
    return `Status ${code} is 128 + ${number}: it took ${signal} and says so, as Java does. SuccessExitStatus=${code} in the unit makes that a clean end.`
  return `Status ${code} is 128 + ${number}: a shell or docker run says so of a child that died of ${signal}, and some programs of themselves. Who sent that is to be found there.`
}

/** Nothing but `Failed with result …`, or a start that did not happen. */
function resultOf(events: readonly LifecycleEvent[]): Told | null {
  const failed = events.findLast(
    e => e.kind === 'failed' && e.unit !== null && e.result !== null && Object.hasOwn(RESULTS, e.result),
  )
  if (!failed) return null
  const { unit, result } = failed
  return {
    title: cut(`${unit} failed, result “${result}”`),
    text: `${RESULTS[result!]} The evidence holds no line that says more.`,
  }
}

/**
 * A service that was stopped; or one that nobody stopped, and of which systemd logged only “Deactivated successfully.”:
 * is_clean_exit() in src/shared/exit-status.c takes status 0 and a death by SIGHUP, SIGINT, SIGTERM or SIGPIPE for the same. Many
 * services end so when their work is done: only the one that the question is about is worth the word.
 */
function successOf(
  events: readonly LifecycleEvent[],
  units: readonly UnitFile[],
  asked: string | null,
  all: readonly LifecycleEvent[],
): Told | null {
  const services = new Set(events.map(e => e.unit).filter(unit => unit?.endsWith('.service')))
  const own = new Set(units.map(u => u.unit))
  const isOurs = (unit: string) => unit === asked || (asked === null && (own.has(unit) || services.size === 1))
  const at = events.findLastIndex(e => e.kind === 'deactivated' && e.unit !== null && isOurs(e.unit))
  if (at === -1) return null
  const end = events[at]
  const unit = end.unit!
  if (!unit.endsWith('.service') || units.some(u => u.unit === unit && isOneshot(u))) return null
  const mine = events.slice(0, at).filter(e => e.unit === unit && e.detail.host === end.detail.host)
  const started = mine.findLastIndex(e => e.kind === 'started' || e.kind === 'starting')
  const life = mine.slice(started)
  // A oneshot is `Finished`, and is meant to end.
  if (started === -1 || mine[started].detail.job === 'Finished') return null
  if (life.some(e => e.kind === 'process-exited' || e.kind === 'runtime-limit')) return null
  // After a restart it is the one that runs now that counts.
  if (events.slice(at).some(e => e.unit === unit && e.kind === 'started')) return null
  const stop = life.findLast(e => e.kind === 'stopping')
  if (stop) {
    const down = shutdownAround(all, stop)
    const left = events.find(e => e.kind === 'left-over' && e.unit === unit && isNear(e, end))
    if (left) {
      const who = left.comm === null ? `pid ${left.pid}` : `${left.comm} (pid ${left.pid})`
      return {
        title: cut(`${unit} was stopped, and left ${who} running`),
        text: `systemd stopped ${unit} and says that a process of it remains. KillMode=process or none does that: children are not ended with the service, and meet the next one at its start. KillMode=mixed or control-group ends them (systemd.kill(5)).`,
      }
    }
    return {
      title: cut(`${unit} was stopped${down ? ' because the machine went down' : ''}, and ended in time`),
      text: `${down ? `${down.text.replace(/([^.”])$/, '$1.')} systemd` : 'Somebody had systemd stop it, which the journal does not name; systemd'} stopped ${unit}, and counts its end as a success.`,
    }
  }
  return {
    title: cut(`${unit} ended without being stopped, and systemd takes that for a success`),
    text:
      'The journal has no stop of it. ' +
      `“${end.text.replace(`${unit}: `, '')}” is all that systemd logs of exit status 0 and of a death by SIGHUP, SIGINT, SIGTERM or SIGPIPE alike; ` +
      `\`systemctl show -p ExecMainCode,ExecMainStatus ${unit}\` tells which it was.`,
  }
}

function isOneshot(unit: UnitFile): boolean {
  return unit.directives.some(d => d.key === 'Type' && d.value === 'oneshot')
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

/** SIGTERM that is not obeyed has a rule of its own; here it is a command of the unit that hangs. */
function isDeadline({ kind, detail }: LifecycleEvent): boolean {
  return kind === 'start-timeout' || kind === 'runtime-limit' || (kind === 'stop-timeout' && detail.state in STOP_STEPS)
}

function isNear(a: LifecycleEvent, b: LifecycleEvent): boolean {
  return mayBeWithin(a.ns, b.ns, ONE_FAILURE_NS)
}

function cut(text: string): string {
  return text.length <= TITLE_LENGTH ? text : `${text.slice(0, TITLE_LENGTH - 1)}…`
}
