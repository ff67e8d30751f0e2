import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { ASLEEP, type Crash, crashesOf, saidBy, shortMessage } from '../crashes.js'
import { processActor, subjectOf, title } from '../shared.js'
import { endLink, severityOfCrash } from './ends.js'

/** Kinds of last words that are the Go runtime's own. */
const KINDS = new Set<Crash['kind']>(['panic', 'fatal', 'throw', 'test-timeout'])

export const goPanic: Rule = {
  id: 'crash/go-panic',
  severity: 'fatal',
  needs: 'the crash text (stderr, journal), or strace of the writes to fd 2',
  summary: 'A Go program died of a panic that nobody recovered, or of a fatal error of the Go runtime.',
  explanation: `A panic that no deferred function recovers ends the whole program, in whichever goroutine it happens: the runtime prints "panic: …" and the stack to stderr and exits with status 2. A nil pointer, an index out of range, a nil map or a failed type assertion are panics of the runtime itself ("panic: runtime error: …"); those that come from a fault carry a line "[signal SIGSEGV: …]". A fatal error ("fatal error: …") cannot be recovered: concurrent map writes, unlock of an unlocked mutex, stack overflow, out of memory, and faults in the runtime itself.

What to look for: the first lines of the text, the goroutine that is "[running]", and in its stack the first frame of the program's own code below the runtime's. In strace: writes to fd 2 that begin with "panic: " or "fatal error: ", then exit_group(2). With GOTRACEBACK=crash the runtime ends with SIGABRT instead, for a core.

What to do: mend the cause at the user frame that the stack shows. Recover in a goroutine only where the program's state is known to be good afterwards; a fatal error cannot be recovered at all.`,
  *find(analysis) {
    for (const crash of crashesOf(analysis))
      if (KINDS.has(crash.kind) && !ASLEEP.test(crash.message)) yield finding(crash, analysis)
  },
}

function finding(crash: Crash, analysis: Analysis): Finding {
  const what = shortMessage(crash)
  const fatal = crash.kind !== 'panic' && crash.kind !== 'test-timeout'
  const name = crash.process?.comm ?? 'A Go program'
  const chain: Link[] = [
    {
      text: saidBy(crash),
      status: 'observed',
      refs: crash.refs.slice(0, 4),
      ns: crash.ns,
      from: { key: 'go-runtime', name: 'Go runtime', kind: 'runtime' },
      ...(crash.process && { to: processActor(crash.process) }),
      label: fatal ? 'fatal error' : 'panic',
    },
  ]
  if (crash.signal !== null)
    chain.push({
      text: `It came from ${crash.signal}${crash.address === null ? '' : ` at address ${crash.address}`}, which the runtime turned into the ${fatal ? 'fatal error' : 'panic'}.`,
      status: 'observed',
      refs: crash.refs.slice(0, 4),
      ns: crash.ns,
    })
  const end = endLink(crash)
  if (end) chain.push(end)
  const where = crash.goroutine === null ? '' : ` in goroutine ${crash.goroutine}`
  return {
    rule: goPanic.id,
    severity: severityOfCrash(crash, analysis),
    title: title(
      `${name} died of a Go ${fatal ? 'fatal error' : 'panic'}: ${what}`,
      `Go ${fatal ? 'fatal error' : 'panic'}: ${what}`,
    ),
    summary: `${name} died of a ${fatal ? 'fatal error, which no deferred function can recover' : 'panic that nobody recovered'}${where}: ${shortMessage(crash, 200)}. The Go runtime then printed the stack and ended the whole process.`,
    subject: {
      ...(crash.process && subjectOf(crash.process, analysis)),
      ...(crash.pid !== null && { pid: crash.pid }),
      ...(crash.goroutine !== null && { goroutine: crash.goroutine }),
    },
    chain,
    remedies: [
      {
        title: 'Mend the cause where the stack of the goroutine shows it',
        detail: `The first frame of the program's own code below the runtime's is where to look${where === '' ? '' : ` (goroutine ${crash.goroutine})`}.`,
        breaks: 0,
      },
    ],
    ns: crash.process?.endNs ?? crash.ns,
  }
}
