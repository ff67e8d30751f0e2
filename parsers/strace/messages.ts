/** Says in words what could not be used of a log, and what would have helped. */
import type { DiagnosticSeverity } from '../../src/model/diagnostic.js'
import type { Sink } from '../../src/model/parser.js'
import type { Trace } from '../../src/model/trace.js'
import { CLOCK } from './clock.js'
import type { Log } from './log.js'

/** The options with which a log shows all that sigtrace can use. */
const RECORD = 'strace -f -ttt -T -yy -s 256 -o trace.log COMMAND'

const TEXTS: Record<string, [DiagnosticSeverity, string, string]> = {
  'strace.unparsed-line': [
    'loss',
    'Lines that are no form of strace output known here.',
    'If the file was edited or damaged, bring the original; if strace wrote them, please report the first one.',
  ],
  'strace.torn-line': [
    'loss',
    'Calls whose line other output broke in two, and whose end could not be found again.',
    `Let strace write to a file of its own: ${RECORD}`,
  ],
  'strace.cut-end': [
    'info',
    'The last line breaks off: strace or its disk ended there. The call is taken as one that had not returned.',
    'Nothing to do, unless the file was cut while copying: then bring the whole.',
  ],
  'strace.program-output': [
    'info',
    'Lines that the program or another one wrote between those of strace.',
    `Let strace write to a file of its own: ${RECORD}`,
  ],
  'strace.resumed-only': [
    'info',
    'Second halves of calls (`<... resumed>`) whose beginning is not in the log: their arguments are not known.',
    'The log begins in the middle. Start strace before the process, or bring the part before.',
  ],
  'strace.unfinished-only': [
    'info',
    'Calls that began and whose end is missing although their thread went on.',
    'Lines were filtered out or lost: bring the log as strace wrote it.',
  ],
}

export function report(log: Log, trace: Trace, sink: Sink): void {
  const { kept, learnt } = log
  const { state } = log.scanner
  const { source } = trace
  for (const [code, note] of state.notes.byCode) {
    const [severity, text, remedy] = TEXTS[code]
    sink.diagnose(code, severity, text, { source, line: note.line }, remedy, note.count)
  }
  const say = (code: string, severity: DiagnosticSeverity, text: string, line: number, remedy: string) =>
    sink.diagnose(code, severity, text, { source, line }, remedy)
  if (learnt.failure)
    say(
      'strace.failed',
      'info',
      `strace says: ${learnt.failure.text.slice(0, 200)}`,
      learnt.failure.line,
      'Check the pid and the right to trace it (root, CAP_SYS_PTRACE, yama ptrace_scope).',
    )
  if (trace.calls === 0 && learnt.tableLines > 0)
    say(
      'strace.summary-only',
      'info',
      'Only the summary of -c is there: counts, but no calls and no signals.',
      1,
      `Record without -c: ${RECORD}`,
    )
  if (state.records === 0) return
  if (!trace.options.follow)
    say(
      'strace.no-follow',
      'info',
      'No thread ids on the lines (no -f): other threads and child processes were not seen.',
      1,
      `Record again with ${RECORD}`,
    )
  if (trace.firstNs === null)
    say(
      'strace.no-time',
      'info',
      log.dialect.undated
        ? 'The times of -r count from the call before in any file of -ff: they date nothing in one file alone.'
        : 'No times on the lines: the log has an order, but no place on the time line.',
      1,
      `Record with -ttt: ${RECORD}`,
    )
  if (state.clock.state[CLOCK.backwards] > 0)
    sink.diagnose(
      'strace.time-goes-back',
      'info',
      'Times go back by a second or more: the clock was set, logs were joined (-A), or -z held lines back.',
      { source, line: state.clock.state[CLOCK.backwardsLine] },
      'Order is taken from the lines, not from these times.',
      state.clock.state[CLOCK.backwards],
    )
  if (kept.thinned > 0)
    sink.diagnose(
      'strace.thinned',
      'info',
      'Writes to fd 1 and 2, and failures that repeat, are so many that only some of them are shown.',
      { source, line: kept.thinnedLine },
      'Nothing to do: the first of each kind and a sample of the rest are kept.',
      kept.thinned,
    )
}
