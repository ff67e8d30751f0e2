import type { Analysis } from '../../model/analysis.js'
import type { Core } from '../../model/core.js'
import type { Finding, Link } from '../../model/finding.js'
import { lastLife } from '../../model/lives.js'
import type { Rule } from '../../model/rule.js'
import { type Crash, crashesOf } from '../crashes.js'
import { type Death, deathLink, deathsOf, SIGABRT, severityOf } from '../deaths.js'
import { announced, isAbort } from '../kill/evidence.js'
import { raisedByItself } from '../kill/of-unit.js'
import { nameAndPid, nameOf, processActor, subjectOf, threadActor, title } from '../shared.js'
import { unitDeathsOf } from '../unit-deaths.js'
import { coredumpOf, framesIn, placesIn } from './coredump-stack.js'

const SI_TKILL = -6

export const abort: Rule = {
  id: 'crash/abort',
  severity: 'fatal',
  needs: 'strace, a core, or the message that the program printed',
  summary: 'The program aborted itself with SIGABRT, and it was not the Go runtime.',
  explanation: `abort() sends SIGABRT to the calling thread (tgkill with its own ids: SI_TKILL, si_pid the process itself) and, should a handler return, restores the default action and sends it again. Programs call it when they find themselves in a state that must not be: a failed assert, glibc on a damaged heap ("free(): invalid pointer", "double free or corruption", "stack smashing detected"), an uncaught C++ exception ("terminate called after throwing …"), a Rust panic with panic=abort, a sanitizer.

What to look for: what it wrote to stderr just before, and in a core the stack above raise and abort. SIGABRT from another process (systemd's watchdog, kill -ABRT) is no abort of its own; si_pid tells.

What to do: the message names the check that failed; the frame that called it is where the state went wrong, or where that was found out. For heap damage run the program under valgrind or AddressSanitizer.`,
  *find(analysis) {
    const crashes = crashesOf(analysis).filter(c => c.kind === 'abort' || c.kind === 'msan')
    const told = new Set<Crash>()
    const pids = new Set<number>()
    for (const death of deathsOf(analysis)) {
      if (death.number !== SIGABRT || death.process.runtime === 'go') continue
      if (!isAbort(death) || announced(death, analysis)) continue
      const words = crashes.find(c => c.process === death.process || c.pid === death.process.pid) ?? null
      if (words) told.add(words)
      pids.add(death.process.pid)
      yield fromDeath(death, words, analysis)
    }
    for (const death of unitDeathsOf(analysis))
      if (death.number === SIGABRT && !death.deadline && !death.sent) yield raisedByItself('crash/abort', death)
    for (const core of analysis.capture.cores) {
      const { signal } = core
      const self =
        signal && (signal.pid === core.pid || signal.pid === null) && (signal.code === SI_TKILL || signal.code === null)
      if (!signal || signal.number !== SIGABRT || !self || core.goVersion !== null) continue
      if (core.pid !== null && pids.has(core.pid)) continue
      if (core.pid !== null) pids.add(core.pid)
      yield fromCore(core, analysis)
    }
    for (const crash of crashes) if (!told.has(crash) && !endedOtherwise(crash)) yield fromText(crash, analysis)
    for (const crash of crashesOf(analysis))
      if (
        crash.kind === 'signal' &&
        crash.signal === 'SIGABRT' &&
        crash.code === SI_TKILL &&
        !(crash.pid !== null && pids.has(crash.pid))
      )
        yield fromText(crash, analysis)
  },
}

/**
 * The words are an abort's, but the process is known to have ended in another way: Python's faulthandler prints "Fatal Python
 * error" before it lets a SIGSEGV do what it does.
 */
function endedOtherwise({ process }: Crash): boolean {
  const { exit = null } = process ?? {}
  return exit !== null && exit.kind !== 'unknown' && exit.signal !== 'SIGABRT'
}

function wordsLink(crash: Crash): Link {
  return {
    text: `It wrote: ${crash.message.split('\n', 1)[0].slice(0, 200)}`,
    status: 'observed',
    refs: crash.refs.slice(0, 4),
    ns: crash.ns,
  }
}

function base(name: string, words: string | null): Pick<Finding, 'rule' | 'title' | 'remedies'> {
  const why = words === null ? null : words.split('\n', 1)[0]
  return {
    rule: abort.id,
    title: why
      ? title(
          `${name} aborted itself: ${why}`,
          `${name} aborted itself: ${why.slice(0, 60)}…`,
          `${name} aborted itself`,
        )
      : title(`${name} aborted itself (SIGABRT)`),
    remedies: [
      {
        title: 'Look at the frame that called abort',
        detail: 'The core’s first thread shows who called it, and the message on stderr which check failed.',
        code: `coredumpctl debug ${name}   # or: gdb PROGRAM core -ex bt`,
        breaks: 0,
      },
    ],
  }
}

function fromDeath(death: Death, words: Crash | null, analysis: Analysis): Finding {
  const { process, fatal } = death
  const told = coredumpOf(death, analysis)
  const stack = told && framesIn(told).includes('abort') ? told : null
  const raised: Link = fatal?.sender
    ? {
        text: `${nameOf(process)} sent SIGABRT to its own thread ${fatal.deliveredTo ?? process.pid}, as abort() does.`,
        status: 'observed',
        refs: fatal.refs,
        ns: fatal.sentNs ?? fatal.deliveredNs,
        from: processActor(process),
        to: threadActor(fatal.deliveredTo ?? process.pid, process),
        label: 'tgkill SIGABRT',
      }
    : stack
      ? {
          text: `${nameOf(process)} had called abort() itself: so says the stack that systemd-coredump took (${placesIn(stack)}).`,
          status: 'observed',
          refs: stack.refs.slice(0, 2),
          ns: death.ns,
          from: processActor(process),
          to: processActor(process),
          label: 'SIGABRT',
        }
      : { text: 'Who raised SIGABRT was not recorded, only the end.', status: 'missing', refs: [] }
  const unseen = !fatal?.sender && !words && !stack
  return {
    ...base(nameOf(process), words?.message ?? null),
    ...(unseen && {
      title: title(
        `${nameOf(process)} died of SIGABRT: who raised it was not recorded`,
        `${nameOf(process)} died of SIGABRT`,
      ),
    }),
    severity: severityOf(process, analysis),
    summary: unseen
      ? `${nameAndPid(process)} died of SIGABRT. That is what abort() ends with, which is the usual reason; kill(2) can send it too, and this evidence does not tell which it was.`
      : `${nameAndPid(process)} aborted itself.${words ? ` It said: “${words.message.split('\n', 1)[0].slice(0, 200)}”.` : ' What it found wrong is not in this evidence.'} ${fatal?.sender || stack ? 'SIGABRT came from its own thread, not from outside.' : 'Who raised SIGABRT was not recorded; it is what abort() ends with.'}`,
    subject: subjectOf(process, analysis, fatal?.deliveredTo),
    chain: [...(words ? [wordsLink(words)] : []), raised, deathLink(death)],
    ns: death.ns,
  }
}

function fromCore(core: Core, analysis: Analysis): Finding {
  const process = lastLife(analysis, core.pid)
  const name = core.comm ?? (process ? nameOf(process) : 'A program')
  return {
    ...base(name, null),
    severity: process ? severityOf(process, analysis) : 'fatal',
    summary: `${name} aborted itself: the core was taken for SIGABRT that it sent to its own thread.`,
    subject: { ...(core.pid !== null && { pid: core.pid }), ...(core.comm !== null && { comm: core.comm }) },
    chain: [
      {
        text: `The core was taken for SIGABRT, sent by the process to itself${core.signal!.code === SI_TKILL ? ' (SI_TKILL)' : ''}.`,
        status: core.signal!.code === SI_TKILL ? 'observed' : 'inferred',
        refs: core.refs.slice(0, 2),
      },
    ],
    ns: process?.endNs ?? null,
  }
}

function fromText(crash: Crash, analysis: Analysis): Finding {
  const name = crash.process ? nameOf(crash.process) : 'A program'
  return {
    ...base(name, crash.message),
    severity: crash.process ? severityOf(crash.process, analysis) : 'fatal',
    summary: `${name} aborted itself. It said: “${crash.message.split('\n', 1)[0].slice(0, 200)}”.`,
    subject: crash.process ? subjectOf(crash.process, analysis) : crash.pid === null ? {} : { pid: crash.pid },
    chain: [wordsLink(crash)],
    ns: crash.ns,
  }
}
