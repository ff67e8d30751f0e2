import type { Finding, Link } from '../../model/finding.js'
import type { LifecycleEvent } from '../../model/lifecycle.js'
import type { Ref } from '../../model/ref.js'
import type { Rule } from '../../model/rule.js'
import { assumption, caseUnits, type UnitCase } from '../case-units.js'
import { titled } from '../lifecycle-links.js'
import { isKnown, nearName, sectionOf } from './known-directives.js'

/** What StandardOutput= and StandardError= take (systemd.exec(5)); syslog is an old name of journal. */
const OUTPUT =
  /^(?:inherit|null|tty|journal|kmsg|syslog|(?:journal|kmsg|syslog)\+console|(?:file|append|truncate):\/\S.*|(?:file|append|truncate):%.*|socket|fd(?::\S+)?)$/
const INPUT = /^(?:null|tty|tty-force|tty-fail|data|file:[/%].*|socket|fd(?::\S+)?)$/
const VALUES: Record<string, { pattern: RegExp; takes: string }> = {
  StandardOutput: {
    pattern: OUTPUT,
    takes: 'inherit, null, tty, journal, kmsg, journal+console, kmsg+console, file:, append:, truncate:, socket, fd:',
  },
  StandardError: {
    pattern: OUTPUT,
    takes: 'inherit, null, tty, journal, kmsg, journal+console, kmsg+console, file:, append:, truncate:, socket, fd:',
  },
  StandardInput: { pattern: INPUT, takes: 'null, tty, tty-force, tty-fail, data, file:, socket, fd:' },
  Restart: {
    pattern: /^(?:no|always|on-success|on-failure|on-abnormal|on-abort|on-watchdog)$/,
    takes: 'no, always, on-success, on-failure, on-abnormal, on-abort, on-watchdog',
  },
  Type: {
    pattern: /^(?:simple|exec|forking|oneshot|dbus|notify|notify-reload|idle)$/,
    takes: 'simple, exec, forking, oneshot, dbus, notify, notify-reload, idle',
  },
  KillMode: { pattern: /^(?:control-group|process|mixed|none)$/, takes: 'control-group, mixed, process, none' },
  IgnoreSIGPIPE: { pattern: /^(?:1|0|y|n|t|f|yes|no|true|false|on|off)$/i, takes: 'yes or no' },
  OOMPolicy: { pattern: /^(?:continue|stop|kill)$/, takes: 'continue, stop, kill' },
}

interface Complaint {
  key: string
  value: string | null
  /** What is wrong, as a clause: `systemd knows no directive ForwardToJournal=`. */
  wrong: string
  /** What to write instead. */
  instead: string
  code?: string
  refs: Ref[]
  said: LifecycleEvent | null
}

/** A unit file holds a directive or a value that systemd does not know and ignores. */
export const unknownDirective: Rule = {
  id: 'unit/unknown-directive',
  severity: 'warning',
  needs:
    'the unit file, or the complaint of PID 1 in the journal (“Unknown key name …”, “Failed to parse …, ignoring”)',
  summary: 'A unit of the case holds a directive or a value that systemd does not know, and that it therefore ignores.',
  explanation:
    'systemd logs a warning for what it cannot parse in a unit file, ignores that line and starts the unit all the same. So a setting that does not ' +
    'exist looks as if it were in force. systemd-analyze verify UNIT lists them.\n\n' +
    'StandardOutput=journal+safe-pipe: and ForwardToJournal= were never part of systemd: there is no mode that makes the stream to journald ' +
    'safe against journald going away.',
  *find(analysis) {
    const names = new Map(caseUnits(analysis).map(of => [of.unit, of]))
    for (const of of names.values()) {
      const found = complaints(of)
      if (found.length > 0) yield finding(of, found)
    }
    // PID 1 complained about a unit of which nothing else is known: only output, signals and restarts bear on a case.
    for (const event of analysis.lifecycle) {
      if (event.kind !== 'unknown-directive' || event.unit === null || names.has(event.unit)) continue
      if (!/output specifier|SIGPIPE|signal|restart/i.test(event.text)) continue
      const of: UnitCase = {
        unit: event.unit,
        files: [],
        process: null,
        death: null,
        broken: null,
        assumed: false,
        isGo: false,
        events: [event],
      }
      names.set(event.unit, of)
      yield finding(of, complaints(of))
    }
  },
}

function complaints(of: UnitCase): Complaint[] {
  const found: Complaint[] = []
  for (const file of of.files) {
    if (file.form !== 'file') continue
    for (const { section, key, value, ref } of file.directives) {
      if (key.startsWith('X-') || section.startsWith('X-') || value === '') continue
      const known = isKnown(section, key)
      const values = VALUES[key]
      if (known === false) {
        const right = sectionOf(key)
        const near = nearName(section, key)
        found.push({
          key,
          value: null,
          wrong:
            right !== null
              ? `${key}= does not belong into [${section}], and is ignored there`
              : `systemd knows no directive ${key}= in [${section}]`,
          instead:
            right !== null
              ? `Move it to [${right}].`
              : near !== null
                ? `Perhaps ${near}= was meant.`
                : 'Remove it; it does nothing.',
          ...(right !== null
            ? { code: `[${right}]\n${key}=${value}` }
            : near !== null
              ? { code: `[${section}]\n${near}=${value}` }
              : {}),
          refs: [ref],
          said: null,
        })
      } else if (known && values && !value.includes('%') && !values.pattern.test(value))
        found.push({
          key,
          value,
          wrong: `${key}= does not take ${value}`,
          instead: `It takes ${values.takes}. What is not among them is ignored, and the default holds.`,
          code: `[${section}]\n${key}=${defaultFor(key)}`,
          refs: [ref],
          said: null,
        })
    }
  }
  for (const event of of.events) {
    if (event.kind !== 'unknown-directive') continue
    const { key, value, what, section } = event.detail
    const known = found.find(c => (key !== undefined && c.key === key) || (value !== undefined && c.value === value))
    if (known) {
      known.said ??= event
      continue
    }
    const isOutput = what === 'output specifier'
    found.push({
      key: key ?? (isOutput ? 'StandardOutput' : (what ?? 'a line')),
      value: value ?? null,
      wrong:
        key !== undefined
          ? `systemd knows no directive ${key}=${section ? ` in [${section}]` : ''}`
          : `systemd could not parse ${value ?? what ?? 'a line'}`,
      instead: isOutput ? `It takes ${VALUES.StandardOutput.takes}.` : 'systemd ignores the line.',
      ...(isOutput ? { code: '[Service]\nStandardOutput=journal' } : {}),
      refs: [],
      said: event,
    })
  }
  return found
}

function defaultFor(key: string): string {
  const defaults: Record<string, string> = {
    StandardOutput: 'journal',
    StandardError: 'inherit',
    StandardInput: 'null',
    Restart: 'on-failure',
    Type: 'exec',
    KillMode: 'control-group',
    IgnoreSIGPIPE: 'yes',
    OOMPolicy: 'stop',
  }
  return defaults[key]
}

function finding(of: UnitCase, found: readonly Complaint[]): Finding {
  const { unit, process } = of
  const first = found.find(c => c.value !== null || c.said !== null) ?? found[0]
  const links: Link[] = found.slice(0, 8).map(c => ({
    text: `${capital(c.wrong)}${c.said ? `: “${c.said.detail.complaint ?? c.said.text}”` : ''}.`,
    status: 'observed' as const,
    refs: [...c.refs, ...(c.said?.refs ?? [])],
    ns: c.said?.ns ?? null,
  }))
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : ''
  return {
    rule: unknownDirective.id,
    severity: 'warning',
    title: titled(`${unit}: systemd does not know ${first.key}=${first.value ?? ''}${more}`),
    summary:
      `${capital(first.wrong)}. systemd warns once when it loads the unit, ignores the line and starts the service without it. ` +
      'So whatever the line was meant to do does not happen.',
    subject: { unit, ...(process ? { pid: process.pid } : {}), ...(process?.comm ? { comm: process.comm } : {}) },
    chain: [...assumption(of), ...links],
    remedies: found.slice(0, 3).map(c => ({
      title: `Replace ${c.key}=`.slice(0, 60),
      detail: `${c.instead} systemd-analyze verify ${unit} lists what it ignores.`,
      ...(c.code === undefined ? {} : { code: c.code }),
    })),
    count: found.length,
  }
}

/** systemd writes its own name small, also at the start of a sentence. */
function capital(text: string): string {
  if (text.startsWith('systemd ')) return text
  return text.charAt(0).toUpperCase() + text.slice(1)
}
