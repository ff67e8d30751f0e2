import type { JournalEntry } from '../../../src/model/journal.js'
import { signalName, signalNumber } from '../../../src/model/signal-names.js'
import { unitOfFile } from './units.js'
import type { Words } from './words.js'

/**
 * The words of the service manager (PID 1 and user managers), old releases included.
 *
 * Texts: systemd's src/core/service.c, unit.c, job.c, execute.c; versions 208 to 257.
 */

const UNIT_FIRST =
  /^([^\s:][^\s]*?\.(?:service|socket|scope|slice|mount|swap|target|timer|path|device|automount|snapshot)):? (.+)$/s
const FILE_FIRST = /^\[?(\/[^\s:\]]+):(\d+)[:\]] (.+)$/s

/** Reads one line of the manager; null where it says nothing about a life. */
export function readManager(entry: JournalEntry): Words | null {
  const { message } = entry
  if (message === null) return fromFields(entry)
  const file = FILE_FIRST.exec(message)
  if (file) return aboutFile(file[1], file[2], file[3])
  const named = UNIT_FIRST.exec(message)
  const words = named ? aboutUnit(named[2]) : null
  if (words) return withFields(entry, { ...words, unit: named![1] })
  const job = aboutJob(message) ?? aboutUnit(message)
  return job ? withFields(entry, job) : null
}

/** `EXIT_CODE=killed EXIT_STATUS=13`: said in fields whatever the language of the text. */
function fromFields(entry: JournalEntry): Words | null {
  const { EXIT_CODE: how, EXIT_STATUS: status } = entry.fields
  if (how === undefined || status === undefined) return null
  return withFields(entry, { kind: 'process-exited', ...exit(how, status), detail: { how } })
}

function withFields(entry: JournalEntry, words: Words): Words {
  words.unit ??= entry.fields.UNIT ?? entry.fields.USER_UNIT ?? null
  const detail = (words.detail ??= {})
  const { COMMAND, _SYSTEMD_INVOCATION_ID, INVOCATION_ID, N_RESTARTS, JOB_RESULT, UNIT_RESULT } = entry.fields
  if (COMMAND !== undefined) detail.command = COMMAND
  const invocation = INVOCATION_ID ?? (entry.pid === 1 ? undefined : _SYSTEMD_INVOCATION_ID)
  if (invocation !== undefined) detail.invocation = invocation
  if (N_RESTARTS !== undefined) detail.restarts = N_RESTARTS
  if (JOB_RESULT !== undefined) detail.jobResult = JOB_RESULT
  if (UNIT_RESULT !== undefined) words.result ??= UNIT_RESULT
  return words
}

/** Signal or exit code of `code=killed, status=9/KILL`: the number says it, the name is only for readers. */
function exit(how: string, status: string): Pick<Words, 'signal' | 'code'> {
  return how === 'exited' ? { code: Number(status) } : { signal: signalName(Number(status)) }
}

/** `SIGKILL`, `SIGRTMIN+2`, in the one spelling that all parts use. */
function spelt(signal: string): string {
  const number = signalNumber(signal)
  return number === null ? signal : signalName(number)
}

/**
 * What follows `<unit>: `. One row: the kind of event, the text, and what its groups say.
 *
 *   > | chatty.service: Main process exited, code=killed, status=13/PIPE (success)
 *                       ^
 */
const ABOUT_UNIT: readonly [RegExp, (m: RegExpExecArray) => Words][] = [
  [
    /^(\w[\w -]{0,40}) process exited, code=(exited|killed|dumped),? status=(\d+)(?:\/([\w+/-]+))?( \(success\))?$/i,
    ([, process, how, status, name, success]) => ({
      kind: 'process-exited',
      ...exit(how, status),
      detail: {
        process: process.toLowerCase(),
        how,
        ...(name === undefined ? {} : { status: name }),
        ...(success ? { success: 'yes' } : {}),
      },
    }),
  ],
  [/^Failed with result '([\w-]+)'\.$/, ([, result]) => ({ kind: 'failed', result })],
  [/^(?:Unit )?entered failed state\.?$/, () => ({ kind: 'failed' })],
  [/^(?:Deactivated successfully|Succeeded)\.$/, () => ({ kind: 'deactivated', result: 'success' })],
  [
    /^(?:State ')?((?:stop|final)-[\w-]+?)'? timed out\. (.+)$/,
    ([, state, action]) => ({ kind: 'stop-timeout', detail: { state, action } }),
  ],
  [
    /^[Ss]topping timed out\. (.+)$/,
    // Of a service this is ExecStop= that hangs, and SIGTERM comes next; of other units it is SIGTERM that was not obeyed.
    ([, action]) => ({
      kind: 'stop-timeout',
      detail: { state: action.startsWith('Terminat') ? 'stop' : 'stop-sigterm', action },
    }),
  ],
  // Of a reload only its own process is ended; the service goes on (SERVICE_RELOAD in service_dispatch_timer()).
  [/^[Rr]eload operation timed out\. (.+)$/, ([, action]) => ({ kind: 'reload-timeout', detail: { action } })],
  [
    /^(?:([\w-]{1,40}) )?operation timed out\. (.+)$/,
    ([, step, action]) => ({ kind: 'start-timeout', detail: { step: step ?? 'start', action } }),
  ],
  [/^(?:Service|Scope) reached runtime time limit\. Stopping\.$/, () => ({ kind: 'runtime-limit' })],
  [/^Processes still around after (final )?SIGKILL\.(.*)$/, () => ({ kind: 'still-around' })],
  // What KillMode=process and none leave behind: said at the end of a stop, and again at the next start.
  [
    /^(?:Unit process (\d+) \((.*)\) remains running after unit stopped|Found left-over process (\d+) \((.*)\) in control group while starting unit\. Ignoring)\.$/,
    ([, pid, comm, again, same]) => ({
      kind: 'left-over',
      pid: Number(pid ?? again),
      comm: known(comm ?? same),
    }),
  ],
  [
    /^Killing process (\d+) \((.*)\) with signal (SIG[\w+]+)\.?$/,
    ([, pid, comm, signal]) => ({ kind: 'killing', pid: Number(pid), comm: known(comm), signal: spelt(signal) }),
  ],
  [/^Watchdog timeout \(limit (.+)\)!$/, ([, limit]) => ({ kind: 'watchdog', detail: { limit } })],
  // Before 219: `a.service watchdog timeout (limit 1min)!`.
  [/^watchdog timeout \(limit (.+)\)!$/, ([, limit]) => ({ kind: 'watchdog', detail: { limit } })],
  [/^watchdog timeout!?$/i, () => ({ kind: 'watchdog' })],
  [/^start request repeated too quickly(?:\.|, refusing to start\.)$/i, () => ({ kind: 'start-limit' })],
  [
    /^Scheduled restart job, (?:immediate )?restart (?:counter|count) is at (\d+)\.?$/,
    ([, restarts]) => ({ kind: 'restart', detail: { restarts } }),
  ],
  [/^(?:Service )?(?:hold-?off time over|RestartSec=\S+ expired), scheduling restart\.$/i, () => ({ kind: 'restart' })],
  [/^Consumed (.+)$/, ([, consumed]) => ({ kind: 'consumed', detail: { consumed } })],
  [
    /^A process of this unit has been killed by the OOM killer\.$/,
    () => ({ kind: 'oom-kill', signal: 'SIGKILL', detail: { by: 'kernel' } }),
  ],
  [
    /^systemd-oomd killed (\d+|some) process\(es\) in this unit\.$/,
    ([, count]) => ({ kind: 'oom-kill', signal: 'SIGKILL', detail: { by: 'systemd-oomd', count } }),
  ],
  [
    /^(?:Sent|Sending) signal (SIG[\w+]+) to (?:(main|control) )?process (\d+) \((.*)\) on client request\.$/,
    ([, signal, which, pid, comm]) => ({
      kind: 'client-signal',
      signal: spelt(signal),
      pid: Number(pid),
      comm: known(comm),
      detail: { process: which ?? 'other' },
    }),
  ],
  [
    /^Failed at step ([\w-]+) spawning (.+): ([^:]+)$/,
    ([, step, command, error]) => ({ kind: 'exec-failed', detail: { step, command, error } }),
  ],
  [
    /^(?:Failed to locate|Unable to locate|Failed to execute|Cannot execute) (?:executable |command )?'?(\/[^:']+?)'?: ([^:]+)$/,
    ([, command, error]) => ({ kind: 'exec-failed', detail: { step: 'EXEC', command, error } }),
  ],
  [
    /^Failed to (?:spawn|run) '?([\w -]{1,40}?)'? task: (.+)$/,
    ([, task, error]) => ({ kind: 'exec-failed', detail: { step: 'SPAWN', command: task, error } }),
  ],
  [/^Forked (.+) as (\d+)$/, ([, command, pid]) => ({ kind: 'forked', pid: Number(pid), detail: { command } })],
  [
    /^Child (\d+) \((.*)\) died \(code=(exited|killed|dumped), status=(\d+)(?:\/([\w+/-]+))?\)$/,
    ([, pid, comm, how, status, name]) => ({
      kind: 'process-exited',
      pid: Number(pid),
      comm: known(comm),
      ...exit(how, status),
      detail: { process: 'child', how, ...(name === undefined ? {} : { status: name }) },
    }),
  ],
  [/^(?:System )?[Tt]ime has been changed$/, () => ({ kind: 'clock-change' })],
]

function known(comm: string): string | null {
  return comm === '' || comm === 'n/a' ? null : comm
}

function aboutUnit(rest: string): Words | null {
  if (rest.length > 4096) return null
  for (const [pattern, read] of ABOUT_UNIT) {
    const m = pattern.exec(rest)
    if (m) return read(m)
  }
  return null
}

/**
 * Jobs: `Starting msgs.service - message variants...`; before release 250 only the description.
 *
 *   > | Stopping stopto.service - ignores SIGTERM...
 *       ^
 */
const JOB = /^(Starting|Started|Finished|Stopping|Stopped|Failed to start|Failed to stop) (.+?)(?:\.\.\.|\.|…)$/s
const JOB_KINDS: Record<string, Words['kind']> = {
  Starting: 'starting',
  Started: 'started',
  Finished: 'started',
  Stopping: 'stopping',
  Stopped: 'stopped',
  'Failed to start': 'failed',
  'Failed to stop': 'failed',
}

function aboutJob(message: string): Words | null {
  if (message.length > 4096) return null
  const m = JOB.exec(message)
  if (m) {
    const words = m[2].startsWith('target ') ? m[2].slice(7) : m[2]
    const dash = words.indexOf(' - ')
    const first = dash === -1 ? words : words.slice(0, dash)
    const isUnit = /^\S+\.(?:service|socket|scope|slice|mount|swap|target|timer|path|device|automount)$/.test(first)
    const description = isUnit ? words.slice(dash === -1 ? words.length : dash + 3) : words
    return {
      kind: JOB_KINDS[m[1]],
      unit: isUnit ? first : null,
      detail: { job: m[1], ...(description === '' ? {} : { description }) },
    }
  }
  const needs = /^Dependency failed for (\S+\.(?:service|socket|mount|timer))(?: - .*)?\.$/.exec(message)
  if (needs) return { kind: 'failed', unit: needs[1], result: 'dependency' }
  // `Reached target reboot.target - System Reboot.`; before 250 `Reached target System Reboot.`, before 249 `Reached target Reboot.`
  const down =
    /^Reached target (?:(shutdown|reboot|poweroff|halt|kexec)\.target\b|(?:System )?(Shutdown|Reboot|Power[- ]Off|Halt)\.$)/.exec(
      message,
    )
  if (down) return { kind: 'shutdown', detail: { to: (down[1] ?? down[2]).toLowerCase().replace(/[- ]/, '') } }
  if (message === 'Shutting down.') return { kind: 'shutdown', detail: { to: 'shutdown' } }
  // v208 to v230: `Unit foo.service entered failed state.`
  const failed = /^Unit (\S+) entered failed state\.?$/.exec(message)
  if (failed) return { kind: 'failed', unit: failed[1] }
  return null
}

/**
 * Complaints about a unit file.
 *
 *   > | /etc/systemd/system/safep.service:6: Failed to parse output specifier, ignoring: journal+safe-pipe:/tmp/x
 *       ^ file                            ^ line
 */
function aboutFile(file: string, line: string, complaint: string): Words | null {
  const unit = unitOfFile(file)
  const key = /^Unknown (?:lvalue|key name|key) '([^']*)' in section '?\[?([^'\],]*)/.exec(complaint)
  const section = /^Unknown section '([^']*)'/.exec(complaint)
  const value = /^(?:Failed|Unable) to (?:parse|resolve|look up) (.*?)(?:, ignoring|\. Ignoring)?: (.*)$/s.exec(
    complaint,
  )
  const invalid = /^(.*?)(?:, ignoring|\. Ignoring)(?:: (.*)|\.)?$/s.exec(complaint)
  if (!key && !section && !value && !invalid) return null
  return {
    kind: 'unknown-directive',
    unit,
    detail: {
      file,
      line,
      complaint,
      ...(key ? { key: key[1], section: key[2] } : {}),
      ...(section ? { section: section[1] } : {}),
      ...(value ? { what: value[1], value: value[2] } : {}),
    },
  }
}
