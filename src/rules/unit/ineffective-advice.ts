import type { Finding } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { commandsOf, programName, type Setting, valuesOf } from '../../model/unit-settings.js'
import { assumption, caseSetting, caseUnits, type UnitCase } from '../case-units.js'
import { titled } from '../lifecycle-links.js'

/** One thing in a unit that cannot do what is hoped for in this case. */
interface Advice {
  /** As it stands in the unit: `stdbuf`, `GODEBUG=asyncpreemptoff=1`. */
  what: string
  setting: Setting
  /** What is true instead, with its source. */
  truth: string
  title: string
  code?: string
}

/** Settings that are handed on as cures for what this case is about, and are none. */
export const ineffectiveAdvice: Rule = {
  id: 'unit/ineffective-advice',
  severity: 'note',
  needs:
    'the unit file, and a death by SIGPIPE or a broken or blocked standard output of its process (for a Delve server: its end)',
  summary: 'A unit of the case holds something that is often advised for its trouble and cannot help.',
  explanation:
    'Some advice is passed on although it cannot work. stdbuf sets the buffering of the C library through LD_PRELOAD; Go does not use it. ' +
    'GODEBUG=asyncpreemptoff=1 only turns off the preemption signals SIGURG. KillSignal= is the signal that systemd stops a service with, SIGTERM ' +
    'unless set; it ignores nothing. For Delve, --api-version=2 chooses the dialect of its protocol and touches no signal; dlv dap serves one client and ' +
    'ends with it; a headless dlv exec without --accept-multiclient ends when its first client leaves; --log without --log-dest makes its life hang on standard error.\n\n' +
    'The finding names only what stands in the unit of the case.',
  *find(analysis) {
    for (const of of caseUnits(analysis)) {
      const blocked = analysis.blockedCalls.some(
        c => of.process?.pid === c.pid && !c.usual && c.hypotheses !== undefined && c.hypotheses.length > 0,
      )
      const sigpipe = of.death?.signal === 'SIGPIPE' || of.broken !== null
      const list = [...(sigpipe || blocked ? aboutOutput(of, sigpipe) : []), ...aboutDelve(of, sigpipe)]
      if (list.length > 0) yield finding(of, list)
    }
  },
}

function aboutOutput(of: UnitCase, sigpipe: boolean): Advice[] {
  const list: Advice[] = []
  for (const file of of.files) {
    for (const command of commandsOf(file))
      if (programName(command.value) === 'stdbuf' && of.isGo)
        list.push({
          what: 'stdbuf',
          setting: command,
          truth:
            'stdbuf changes the buffers of C stdio by LD_PRELOAD (stdbuf(1)); a Go program writes each line with a write of its own, with and without it.',
          title: 'Leave stdbuf out',
          code: `[Service]\nExecStart=${command.value.replace(/^\S+(?:\s+-[ioe]\s*\S+)*\s+/, '')}`,
        })
    for (const environment of valuesOf(file, 'Environment'))
      if (sigpipe && of.isGo && /\bGODEBUG=[^\s"']*asyncpreemptoff=1/.test(environment.value))
        list.push({
          what: 'GODEBUG=asyncpreemptoff=1',
          setting: environment,
          truth:
            'asyncpreemptoff=1 stops the runtime from preempting goroutines with SIGURG (runtime, “Environment Variables”); EPIPE and SIGPIPE are dealt with as before.',
          title: 'Leave asyncpreemptoff=1 out',
        })
  }
  const kill = sigpipe ? explicit(of, 'KillSignal') : null
  if (kill && /^(?:SIGTERM|TERM|15)$/.test(kill.value))
    list.push({
      what: `KillSignal=${kill.value}`,
      setting: kill,
      truth:
        'KillSignal= is the signal that systemctl stop sends, SIGTERM by default (systemd.kill(5)); it has no bearing on SIGPIPE.',
      title: 'Do not count on KillSignal=',
    })
  return list
}

/** A setting of the unit's text; systemctl show prints defaults too, and they are nobody's advice. */
function explicit(of: UnitCase, key: string): Setting | null {
  return of.files.some(file => file.form === 'file')
    ? caseSetting({ ...of, files: of.files.filter(f => f.form === 'file') }, key)
    : null
}

function aboutDelve(of: UnitCase, sigpipe: boolean): Advice[] {
  const command = of.files.flatMap(commandsOf).find(c => programName(c.value) === 'dlv')
  const ended = of.death !== null || of.events.some(e => e.kind === 'deactivated' || e.kind === 'process-exited')
  if (!command || !(ended || sigpipe)) return []
  // What follows `--` belongs to the program that is debugged.
  const words = command.value.split(/\s+/)
  const end = words.indexOf('--')
  const own = end === -1 ? words : words.slice(0, end)
  const has = (flag: string) => own.some(word => word === flag || word.startsWith(`${flag}=`))
  const list: Advice[] = []
  if (sigpipe && has('--log') && !has('--log-dest'))
    list.push({
      what: '--log without --log-dest',
      setting: command,
      truth: 'With --log alone dlv logs to standard error, and a Go program dies when that is broken (dlv help log).',
      title: 'Give the log of dlv a file',
      code: `[Service]\nExecStart=${own.join(' ')} --log-dest=/var/log/dlv.log${end === -1 ? '' : ` ${words.slice(end).join(' ')}`}`,
    })
  if (sigpipe && own.some(word => /^--api-version(?:=2)?$/.test(word)))
    list.push({
      what: '--api-version=2',
      setting: command,
      truth: 'It selects the JSON-RPC dialect (dlv help exec); it intercepts neither SIGCHLD nor SIGPIPE.',
      title: 'Expect nothing of --api-version for signals',
    })
  if (own[1] === 'dap')
    list.push({
      what: 'dlv dap',
      setting: command,
      truth:
        'dlv dap serves a single client and ends with its session (dlv help dap); as a lasting server use dlv exec --headless --accept-multiclient, which speaks DAP too.',
      title: 'Use dlv exec for a lasting server',
      code: '[Service]\nExecStart=/usr/bin/dlv exec /path/to/program --headless --listen=127.0.0.1:2345 --accept-multiclient',
    })
  else if (has('--headless') && !has('--accept-multiclient') && of.death?.signal !== 'SIGPIPE')
    list.push({
      what: '--headless without --accept-multiclient',
      setting: command,
      truth:
        'Such a server ends when its first client disconnects (dlv help exec), and ends the program that it started with it.',
      title: 'Let the server outlive its clients',
      code: `[Service]\nExecStart=${own.join(' ')} --accept-multiclient`,
    })
  return list
}

function finding(of: UnitCase, list: readonly Advice[]): Finding {
  const { unit, process } = of
  const what = list.map(a => a.what).join(', ')
  return {
    rule: ineffectiveAdvice.id,
    severity: 'note',
    title: titled(`${unit}: ${what} cannot help here`),
    summary: list
      .slice(0, 3)
      .map(a => a.truth)
      .join(' '),
    subject: { unit, ...(process ? { pid: process.pid } : {}), ...(process?.comm ? { comm: process.comm } : {}) },
    chain: [
      ...assumption(of),
      ...list.map(a => ({
        text: `${unit} has ${a.what}: ${a.truth}`,
        status: 'observed' as const,
        refs: [a.setting.ref],
      })),
    ],
    remedies: list.map(a => ({ title: a.title, detail: a.truth, ...(a.code === undefined ? {} : { code: a.code }) })),
    count: list.length,
  }
}
