import type { Analysis } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { ASLEEP, type Crash, crashesOf, saidBy, shortMessage } from '../crashes.js'
import { type Death, deathLink, deathsOf, isFromItself, SIGABRT, severityOf } from '../deaths.js'
import { nameOf, processActor, signalsTo, subjectOf, title } from '../shared.js'
import { endLink, severityOfCrash } from './ends.js'

/** SIGQUIT and SIGABRT from outside ask for a dump. */
const REQUESTS = new Set([3, SIGABRT])
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
    for (const death of deathsOf(analysis)) if (isSilent(death, analysis)) yield withoutText(death, analysis)
  },
}

/**
 * With GOTRACEBACK=crash the runtime ends by its own SIGABRT. What it printed before is what tells a crash from a dump that
 * somebody asked for; without it only a request from outside speaks for the latter.
 */
function isSilent(death: Death, analysis: Analysis): boolean {
  const { process, fatal, number } = death
  if (number !== SIGABRT || process.runtime !== 'go' || !fatal || !isFromItself(fatal, process)) return false
  if (crashesOf(analysis).some(c => c.process === process || c.pid === process.pid || c.pid === null)) return false
  return !signalsTo(process, analysis).some(s => REQUESTS.has(s.number) && !isFromItself(s, process))
}

function withoutText(death: Death, analysis: Analysis): Finding {
  const { process, fatal } = death
  const name = nameOf(process)
  return {
    rule: goPanic.id,
    severity: severityOf(process, analysis),
    title: title(
      `${name} crashed: the Go runtime ended it with SIGABRT`,
      'the Go runtime ended the process with SIGABRT',
    ),
    summary: `The Go runtime ended ${name} with SIGABRT of its own, as it does after a panic or a fatal error with GOTRACEBACK=crash. What it printed is not in this evidence.`,
    subject: subjectOf(process, analysis, fatal?.deliveredTo),
    chain: [
      { text: 'What the Go runtime printed was not recorded.', status: 'missing', refs: [] },
      {
        text: 'The Go runtime sent SIGABRT to its own thread.',
        status: 'observed',
        refs: fatal!.refs,
        ns: fatal!.sentNs ?? fatal!.deliveredNs,
        from: { key: 'go-runtime', name: 'Go runtime', kind: 'runtime' },
        to: processActor(process),
        label: 'tgkill SIGABRT',
      },
      deathLink(death),
    ],
    remedies: [
      {
        title: 'Look for what it printed, or into the core',
        detail: 'The panic or fatal error stands on stderr; the goroutines of a core show where it happened.',
        breaks: 0,
      },
    ],
    ns: death.ns,
  }
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
  // The same value panicked with again is no other panic.
  const [first] = (crash.earlier ?? []).filter(text => bare(text) !== bare(crash.message))
  if (first !== undefined)
    chain.push({
      text: `An earlier panic led to it, as a deferred function panicked in its turn: ${first.slice(0, 200)}`,
      status: 'observed',
      refs: crash.refs.slice(0, 1),
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
    summary: `${name} died of a ${fatal ? 'fatal error, which no deferred function can recover' : 'panic that nobody recovered'}${where}: ${shortMessage(crash, 200)}.${first === undefined ? '' : ` It began with another one: ${bare(first).slice(0, 200)}.`} The Go runtime then printed the stack and ended the whole process.`,
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

/** The message without what the runtime puts around it. */
function bare(message: string): string {
  return message.replace(/^panic: /, '').replace(/ \[recovered[^\]]*\]$/, '')
}
