import { UsageError } from '../config/errors.js'
import { didYouMean } from '../config/suggest.js'
import { exitStatusByName, exitStatusReadings } from '../model/exit-status.js'
import type { Rule } from '../model/rule.js'
import { signalName, signalNumber } from '../model/signal-names.js'
import { rules } from '../rules/index.js'
import { print } from './output.js'
import { SIGNAL_NOTES } from './signal-notes.js'

const WIDTH = 96

/** `sigtrace explain RULE|EXIT-STATUS|SIGNAL...` */
export async function run(subjects: string[]): Promise<void> {
  const texts = subjects.map(subject => {
    const text = explain(subject)
    if (text !== null) return text
    throw new UsageError(
      `nothing is known of ${subject}${didYouMean(
        subject,
        rules.map(r => r.id),
      )}`,
    )
  })
  await print(`${texts.join('\n\n')}\n`)
}

/** A rule by its id, a signal by its name, a number as exit status (and as signal, where it can be one). */
function explain(subject: string): string | null {
  const rule = rules.find(r => r.id === subject)
  if (rule) return rulePage(rule)
  if (/^\d{1,3}$/.test(subject)) {
    const number = Number(subject)
    if (number > 255) return null
    const status = statusPage(number)
    return number >= 1 && number <= 64 ? `${status}\n\n${signalPage(number)}` : status
  }
  const signal = signalNumber(subject)
  if (signal !== null) return signalPage(signal)
  // systemd writes both with a slash: status=13/PIPE (killed) and status=203/EXEC (exited).
  const slash = /^(\d{1,3})\/([A-Za-z_0-9+]+)$/.exec(subject)
  if (slash && signalNumber(slash[2]) === Number(slash[1])) return signalPage(Number(slash[1]))
  const status = exitStatusByName(subject)
  return status === null ? null : statusPage(status)
}

function rulePage(rule: Rule): string {
  return [
    `${rule.id} (${rule.severity})`,
    wrap(rule.summary),
    ...rule.explanation.split(/\n{2,}/).map(p => wrap(p.replace(/\s*\n\s*/g, ' ').trim())),
    wrap(`Needs: ${rule.needs}`),
  ].join('\n\n')
}

function statusPage(status: number): string {
  const lines = exitStatusReadings(status).map(r => wrap(`${r.meaning}: ${r.detail}`, '  '))
  return [`exit status ${status}`, ...lines].join('\n')
}

function signalPage(number: number): string {
  const name = signalName(number)
  const { action, note } = SIGNAL_NOTES[number] ?? {
    action: 'terminate',
    note: 'A real-time signal: queued one by one, lowest number first. glibc keeps the first two (32 and 33) for itself, so its SIGRTMIN is 34, which strace writes as SIGRT_2.',
  }
  const about = rules.filter(r => r.explanation.includes(name)).map(r => r.id)
  return [
    `${name} (${number}), default action: ${action}; a shell shows death by it as exit status ${128 + number}`,
    wrap(note),
    ...(about.length > 0 ? [wrap(`Rules that speak of it: ${about.join(', ')}`)] : []),
  ].join('\n\n')
}

function wrap(text: string, indent = ''): string {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = `${indent}${indent}`
    }
    line += line.trim() === '' ? word : ` ${word}`
  }
  return [...lines, line].join('\n')
}
