import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Rule } from '../../model/rule.js'
import { livesOf, observed, titled, type UnitLife } from '../lifecycle-links.js'

/** Exit statuses of systemd's own child when a step before or at execve fails (systemd.exec(5), “Process Exit Codes”). */
const STEPS: Record<number, string> = {
  200: 'CHDIR: the working directory',
  201: 'NICE',
  202: 'FDS: the file descriptors',
  203: 'EXEC: execve of the program',
  204: 'MEMORY',
  205: 'LIMITS',
  206: 'OOM_ADJUST',
  208: 'STDIN: standard input',
  209: 'STDOUT: standard output',
  214: 'SETSCHEDULER',
  216: 'GROUP: the group',
  217: 'USER: the user',
  218: 'CAPABILITIES',
  219: 'CGROUP: the control group',
  222: 'STDERR: standard error',
  224: 'PAM: the session',
  225: 'NETWORK',
  226: 'NAMESPACE: the mounts of the sandbox',
  228: 'SECCOMP: the filter of system calls',
  233: 'RUNTIME_DIRECTORY',
  237: 'KEYRING',
  238: 'STATE_DIRECTORY',
  239: 'CACHE_DIRECTORY',
  240: 'LOGS_DIRECTORY',
  241: 'CONFIGURATION_DIRECTORY',
  243: 'CREDENTIALS',
}

/** What usually lies behind the errors of execve. */
const ERRORS: readonly [RegExp, string][] = [
  [
    /No such file/,
    'The path does not exist on this machine (or in RootDirectory=), or the interpreter named in its first line, or its dynamic loader, does not.',
  ],
  [
    /Permission denied/,
    'The file is not executable for User=, lies on a mount with noexec, or a security module refuses it.',
  ],
  [
    /Exec format error/,
    'The file is no program for this machine: a script without “#!”, another architecture, an empty file.',
  ],
  [/Text file busy/, 'Somebody has the file open for writing, for example a copy that has not ended.'],
]

/** systemd could not start the program at all: 203/EXEC and its kin. */
export const execFailed: Rule = {
  id: 'systemd/exec-failed',
  severity: 'fatal',
  needs: 'the journal of PID 1 and of its children, (prog)[…], around the start',
  summary: 'systemd could not execute the program of a unit (status=203/EXEC, or a step of its sandbox before that).',
  explanation:
    'Between fork and execve systemd sets up what the unit asks for; when a step fails its child exits with a status of its own, from 200 ' +
    'on: 203/EXEC for execve itself, 217/USER, 226/NAMESPACE and so on (systemd.exec(5)). The program never ran: nothing it could ' +
    'have done is the cause.\n\n' +
    'With Type=simple systemctl start succeeds all the same, because systemd does not wait for execve; with Type=exec it fails. The ' +
    'line “Failed at step … spawning …” of the child names the step and the error.',
  *find(analysis) {
    const byUnit = new Map<string, Finding[]>()
    for (const life of livesOf(analysis)) {
      const exit = life.events.find(e => e.kind === 'process-exited' && e.code !== null && STEPS[e.code] !== undefined)
      const said = life.events.filter(e => e.kind === 'exec-failed')
      // A program may exit with such a number itself; the child's own line or the status name tells them apart.
      const named =
        exit !== undefined &&
        (exit.detail.status === undefined
          ? exit.detail.from === 'state'
          : STEPS[exit.code!].startsWith(exit.detail.status))
      if (said.length === 0 && !named) continue
      const list = byUnit.get(life.unit) ?? []
      list.push(finding(life, said, exit ?? null))
      byUnit.set(life.unit, list)
    }
    for (const list of byUnit.values()) yield { ...list.at(-1)!, count: list.length }
  },
}

function finding({ unit, events }: UnitLife, said: readonly LifecycleEvent[], exit: LifecycleEvent | null): Finding {
  const step = said.find(e => e.text.includes('Failed at step')) ?? said.at(-1)
  const command = step?.detail.command
  const error = step?.detail.error
  const started = events.find(e => e.kind === 'started')
  const failed = events.find(e => e.kind === 'failed' && e.result !== null)
  const chain: Link[] = []
  if (step)
    chain.push(
      observed(
        step,
        `systemd's child failed at step ${step.detail.step}${command ? ` for ${command}` : ''}${error ? `: ${error}` : ''}.`,
      ),
    )
  if (exit)
    chain.push(
      observed(
        exit,
        `It exited with status ${exit.code}/${exit.detail.status ?? STEPS[exit.code!].split(':')[0]}; the program never ran.`,
      ),
    )
  if (!step)
    chain.push({
      text: 'The number is that of systemd’s own step; a program that exits with it by itself would look the same.',
      status: 'inferred',
      refs: [],
    })
  if (failed) chain.push(observed(failed, `${unit} failed, result “${failed.result}”.`))
  const what = exit
    ? `${exit.code}/${exit.detail.status ?? STEPS[exit.code!].split(':')[0]}`
    : (step?.detail.step ?? 'EXEC')
  const cause = ERRORS.find(([pattern]) => pattern.test(error ?? ''))?.[1]
  return {
    rule: execFailed.id,
    severity: 'fatal',
    title: titled(`systemd could not start ${command ?? 'the program'} of ${unit}: ${error ?? what}`),
    summary:
      `The program of ${unit} never ran: step ${exit ? STEPS[exit.code!].replace(/: (.*)/, ' ($1)') : step?.detail.step} failed.` +
      (cause ? ` ${cause}` : '') +
      (started && events.indexOf(started) < events.indexOf(step ?? exit!)
        ? ' “Started” before it only says that systemd had forked: with Type=simple it does not wait for execve.'
        : ''),
    subject: { unit },
    chain,
    remedies: [
      {
        title: command ? `Check ${command}`.slice(0, 60) : 'Check the program and its sandbox',
        detail: cause ?? 'The line of the child in brackets, (program)[pid], says which step failed and why.',
        code: command
          ? `ls -l ${command}; file ${command}\nsystemd-analyze verify ${unit}`
          : `systemd-analyze verify ${unit}`,
      },
      {
        title: 'Let the start fail where execve fails',
        detail:
          'Type=exec (since 240) makes systemctl start wait for execve and report its error (systemd.service(5)).',
        code: '[Service]\nType=exec',
      },
    ],
    ns: exit?.ns ?? step?.ns ?? null,
  }
}
