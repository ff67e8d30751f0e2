import type { Analysis } from '../model/analysis.js'
import { exitStatusReadings } from '../model/exit-status.js'
import type { Finding } from '../model/finding.js'
import type { Report } from '../model/report.js'
import { signalName, signalNumber } from '../model/signal-names.js'
import { verdictProcess } from './moment.js'

const MOST = 10
/** A shell reports a command that a signal killed as 128 + its number (bash(1), EXIT STATUS). */
const SHELL_SIGNAL_BASE = 128
const LAST_SIGNAL = 64

/** The exit statuses that a reader meets in this case, the verdict's process first, each explained once. */
export function exitStatuses(analysis: Analysis, verdict: Finding | null): Report['exitStatuses'] {
  const about = verdictProcess(analysis, verdict)
  const out = new Map<string, string>()
  const processes = about ? [about, ...analysis.processes.filter(p => p !== about)] : analysis.processes
  for (const process of processes) {
    const exit = process.exit
    if (!exit) continue
    if (exit.kind === 'killed' && exit.signal !== null) killed(exit.signal, exit.coreDumped, out)
    else if (exit.kind === 'exited' && exit.code !== null && (exit.code !== 0 || process === about))
      exited(exit.code, process.runtime === 'go', out)
    if (out.size >= MOST) break
  }
  for (const event of analysis.lifecycle) {
    if (out.size >= MOST) break
    if (event.kind !== 'process-exited' && event.kind !== 'exec-failed' && event.kind !== 'coredump') continue
    if (event.signal !== null) killed(event.signal, false, out)
    else if (event.code !== null && event.code !== 0) exited(event.code, false, out)
  }
  return [...out].slice(0, MOST).map(([status, meaning]) => ({ status, meaning }))
}

function killed(signal: string, coreDumped: boolean, out: Map<string, string>): void {
  const number = signalNumber(signal)
  if (number === null) return
  const status = String(SHELL_SIGNAL_BASE + number)
  if (out.has(status)) return
  const name = signal.replace(/^SIG/, '')
  const core = coreDumped ? `code=dumped, status=${number}/${name}` : `code=killed, status=${number}/${name}`
  out.set(status, `128 + ${number}: how a shell or a container reports death by ${signal}; systemd writes ${core}`)
}

function exited(code: number, go: boolean, out: Map<string, string>): void {
  const status = String(code)
  if (out.has(status)) return
  if (code === 2 && go)
    out.set(status, 'an ordinary exit: how the Go runtime ends after a panic, a fatal error or SIGQUIT')
  else if (code > SHELL_SIGNAL_BASE && code <= SHELL_SIGNAL_BASE + LAST_SIGNAL)
    out.set(
      status,
      `an ordinary exit, not a death by signal: a shell passes on 128 + ${code - SHELL_SIGNAL_BASE} where ${signalName(code - SHELL_SIGNAL_BASE)} killed its command`,
    )
  else {
    const readings = exitStatusReadings(code).map(({ meaning, detail }) => `${meaning}: ${detail}`)
    out.set(status, readings.slice(0, 2).join(' '))
  }
}
