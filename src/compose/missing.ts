import type { Analysis } from '../model/analysis.js'
import type { Finding } from '../model/finding.js'
import type { Report, ReportDiagnostic } from '../model/report.js'
import type { SignalOrigin } from '../model/signal.js'
import { LIMITS } from './limits.js'
import { verdictProcess } from './moment.js'

type Missing = Report['missing'][number]

/** Verdicts about a signal whose sender nobody has named; the kernel's own record of signals would. */
const ASKS_SENDER = /^kill\/(unknown-sender|outside-namespace)$/
/** Verdicts about what goes on inside one process: a core shows the locks and channels themselves, strace does not. */
const INSIDE = /^(mutex|rwmutex|channel|select|waitgroup|cond|deadlock|goroutine)\//
/** Origins of signals that no process sends. */
const BY_KERNEL: ReadonlySet<SignalOrigin> = new Set(['kernel', 'timer', 'terminal', 'child'])
/** Last words that C and C++ programs print, not the Go runtime. */
const NOT_OF_GO = new Set(['abort', 'msan'])
/** What is as it is. */
const NO_REMEDY = /^nothing to do\b/i
/** Verdicts that stand on configuration. */
const NOT_ASKED_FOR = /^(systemd|unit)\//

/**
 * What would have told more, and how to get it: the links that the verdict lacks, the witnesses that are not in the
 * capture and matter to this case, and what diagnostics say about how the evidence was recorded.
 */
export function missingEvidence(
  analysis: Analysis,
  verdict: Finding | null,
  diagnostics: readonly ReportDiagnostic[],
): Missing[] {
  const out: Missing[] = []
  const witnesses = absentWitnesses(analysis, verdict)
  // What a link lacks is what the most telling absent witness would have shown.
  const { remedy, code } = witnesses[0] ?? RECORD_ALL
  for (const link of verdict?.chain ?? [])
    if (link.status === 'missing') out.push({ text: link.text, remedy, ...(code !== undefined && { code }) })
  out.push(...witnesses)
  for (const { severity, text, remedy, count } of diagnostics)
    if (severity !== 'error' && count > 0 && !NO_REMEDY.test(remedy)) out.push({ text, remedy })
  // One command is shown once, beside the first thing that it would have told.
  const seen = new Set<string>()
  const fresh = ({ text, code }: Missing) => {
    const key = code ?? text
    return !seen.has(key) && seen.add(key)
  }
  return out.filter(fresh).slice(0, LIMITS.missing)
}

const STRACE = 'strace -f -ttt -T -yy -s 256 -o strace.log'

const RECORD_ALL: Missing = {
  text: 'No trace of system calls is in the capture.',
  remedy: 'Attach strace to all threads, with times, durations and descriptors, and wait for it to happen again.',
  code: `${STRACE} -p PID`,
}

function absentWitnesses(analysis: Analysis, verdict: Finding | null): Missing[] {
  if (!verdict || NOT_ASKED_FOR.test(verdict.rule)) return []
  const { capture } = analysis
  const out: Missing[] = []
  const about = verdictProcess(analysis, verdict)
  const pid = verdict.subject.pid ?? about?.pid
  const name = pid === undefined ? 'PID' : String(pid)
  const fatal = analysis.signals.filter(s => s.target.pid === pid && s.outcome === 'killed')
  const senderKnown = fatal.some(s => s.sender !== null || BY_KERNEL.has(s.origin))
  const isKill = fatal.some(s => s.signal === 'SIGKILL')
  if (ASKS_SENDER.test(verdict.rule) && !senderKnown && capture.witnesses.length === 0)
    out.push({
      text: `No witness names the sender${isKill ? ': strace on the victim cannot see who sent a SIGKILL' : ''}.`,
      remedy: "Record the kernel's own signal events on the host; they name sender and receiver.",
      code: "perf record -e 'signal:signal_generate' -a -o signals.data",
    })
  const inside = INSIDE.test(verdict.rule)
  if (inside && capture.cores.length === 0 && verdict.chain.some(link => link.status !== 'observed'))
    out.push({
      text: 'Who holds each lock or channel is concluded from stacks; its own memory is not in the capture.',
      remedy: 'Take a core of the hanging process and keep its binary: the owner and the waiters stand in it.',
      code: `gcore -o core ${name}`,
    })
  if (!inside && capture.traces.length === 0 && (verdict.severity === 'fatal' || verdict.severity === 'error'))
    out.push({ ...RECORD_ALL, code: `${STRACE} -p ${name}` })
  const go =
    about?.runtime === 'go' || capture.snapshots.length > 0 || capture.crashes.some(c => !NOT_OF_GO.has(c.kind))
  if (go && capture.snapshots.length === 0 && capture.cores.length === 0)
    out.push({
      text: 'What each goroutine was doing is not in the capture.',
      remedy: 'Take a goroutine dump before the end: from net/http/pprof, or with SIGQUIT, which ends the process.',
      code: `curl -s localhost:6060/debug/pprof/goroutine?debug=2 > goroutines.txt\nkill -QUIT ${name}   # prints all stacks to stderr, then exits`,
    })
  const undated = capture.snapshots.filter(s => analysis.at(s.source, s.takenNs) === null)
  if (undated.length > 0 && capture.traces.length > 0)
    out.push({
      text: 'When the goroutine dump was taken is not known, so it is not on the timeline.',
      remedy: 'Note the time beside the dump, or trace the process while it prints it.',
      code: 'date +%s.%N; curl -s localhost:6060/debug/pprof/goroutine?debug=2 > goroutines.txt',
    })
  if (capture.journals.length === 0 && capture.lifecycle.length === 0 && verdict.severity === 'fatal')
    out.push({
      text: 'The journal of the unit and of the kernel is not in the capture.',
      remedy: 'Export the hour around the death: it shows what systemd and the kernel did and said.',
      code: 'journalctl -o json --since "1 hour ago" > journal.json',
    })
  return out
}
