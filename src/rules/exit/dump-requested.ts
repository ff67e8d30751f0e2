import type { Analysis } from '../../model/analysis.js'
import type { Core } from '../../model/core.js'
import type { Finding, Link } from '../../model/finding.js'
import { lastLife } from '../../model/lives.js'
import type { Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { endLink } from '../crash/ends.js'
import { type Crash, crashesOf } from '../crashes.js'
import { isFromItself, SIGABRT, severityOf } from '../deaths.js'
import { senderLink } from '../kill/evidence.js'
import { nameAndPid, nameOf, processActor, senderActor, senderName, signalsTo, subjectOf, title } from '../shared.js'

const SIGQUIT = 3
/** Status with which the Go runtime ends after it has dumped all stacks. */
const DUMPED = 2
/** A dump of many goroutines takes its time. */
const DUMP_NS = 60e9

export const dumpRequested: Rule = {
  id: 'exit/dump-requested',
  severity: 'fatal',
  needs: 'the dump (stderr, journal), strace of the process, or a core',
  summary: 'A Go process was told by SIGQUIT or SIGABRT to print all its stacks and exit.',
  explanation: `On SIGQUIT (Ctrl-\\, kill -QUIT) and SIGABRT the Go runtime prints the signal, the place, and the stacks of its goroutines to stderr, and exits with status 2: a way to look into a program that hangs. It does so for every signal of its table that is marked to throw, unless the program takes it with signal.Notify. With GOTRACEBACK=crash it ends by SIGABRT, so that the kernel writes a core; the SIGABRT in that core is the runtime's own, and what asked for it stands only in the text.

What to look for: "SIGQUIT: quit" and "PC=… sigcode=0" at the top of the dump; in strace the SIGQUIT with the pid of who sent it. systemd sends SIGABRT when its watchdog has run out (WatchdogSec=), and SIGQUIT on some stop requests.

The dump is not the fault: somebody wanted to know what the process is doing. Look at what the goroutines wait for.`,
  *find(analysis) {
    const told = new Set<Process>()
    for (const process of analysis.processes) {
      const signal = requestTo(process, analysis)
      if (!signal) continue
      told.add(process)
      yield fromTrace(process, signal, analysis)
    }
    let dumped = false
    for (const crash of crashesOf(analysis)) {
      if (!isRequest(crash) || (crash.process && told.has(crash.process))) continue
      dumped = true
      yield fromText(crash, analysis)
    }
    // A core without its text: the runtime took SIGQUIT, and ended by its own SIGABRT.
    if (!dumped && crashesOf(analysis).length === 0)
      for (const core of analysis.capture.cores) if (isQuitCore(core)) yield fromCore(core, analysis)
  },
}

/** The signal that made a Go process dump: SIGQUIT or SIGABRT from outside, taken, and the end that follows a dump. */
function requestTo(process: Process, analysis: Analysis): Signal | null {
  if (process.runtime !== 'go' || process.exit === null) return null
  const ended = process.exit.code === DUMPED || process.exit.signal === 'SIGABRT'
  if (!ended) return null
  const words = process.lastWords?.[0]?.text ?? ''
  if (/^(?:panic|fatal error): /.test(words)) return null
  return (
    signalsTo(process, analysis).findLast(
      s =>
        (s.number === SIGQUIT || s.number === SIGABRT) &&
        !isFromItself(s, process) &&
        s.deliveredNs !== null &&
        s.origin !== 'unknown' &&
        (process.endNs === null || process.endNs - s.deliveredNs < DUMP_NS),
    ) ?? null
  )
}

function isRequest(crash: Crash): boolean {
  if (crash.kind === 'quit') return true
  // Of a fault's number but with SI_USER: somebody's kill (sigcode=0).
  return crash.kind === 'signal' && crash.code === 0
}

function isQuitCore(core: Core): boolean {
  if (core.goVersion === null || core.signal === null) return false
  if (core.signal.number === SIGQUIT) return true
  const names = core.threads[0]?.frames.map(f => f.func) ?? []
  return (
    core.signal.number === SIGABRT &&
    names.includes('runtime.sighandler') &&
    !names.some(n => /^runtime\.(?:gopanic|throw|fatal|fatalthrow|fatalpanic|sigpanic|panicmem)/.test(n))
  )
}

function base(name: string, signal: string, sender: string | null): Pick<Finding, 'rule' | 'title' | 'remedies'> {
  return {
    rule: dumpRequested.id,
    title: title(
      sender === null
        ? `${name} was told by ${signal} to dump its goroutines and exit`
        : `${sender} made ${name} dump its goroutines and exit (${signal})`,
      `${name} dumped its goroutines and exited on ${signal}`,
    ),
    remedies: [
      {
        title: 'Take dumps without ending the process',
        detail:
          'net/http/pprof prints the same stacks and the process goes on; so does runtime/pprof on a signal of your own.',
        code: 'curl -s localhost:6060/debug/pprof/goroutine?debug=2 > goroutines.txt',
        breaks: 0,
      },
    ],
  }
}

function fromTrace(process: Process, signal: Signal, analysis: Analysis): Finding {
  const request: Link = signal.sender
    ? senderLink(signal, process)
    : {
        text: `${signal.signal} came${signal.origin === 'terminal' ? ' from its terminal (Ctrl-\\)' : signal.because?.kind === 'outside-namespace' ? ' from outside its pid namespace (si_pid 0)' : ''}.`,
        status: 'observed',
        refs: signal.refs,
        ns: signal.deliveredNs,
        to: processActor(process),
      }
  const crash = crashesOf(analysis).find(c => c.process === process) ?? null
  const exit = process.exit!
  return {
    ...base(nameOf(process), signal.signal, signal.sender && senderName(signal.sender)),
    severity: severityOf(process, analysis),
    summary: `${signal.sender ? `${senderName(signal.sender)} sent ${signal.signal} to ${nameAndPid(process)}` : `${nameAndPid(process)} got ${signal.signal}`}. The Go runtime printed the stacks of its goroutines and ended the process${exit.code === DUMPED ? ' with status 2' : ' by SIGABRT'}. It did not crash: it was asked to.`,
    subject: subjectOf(process, analysis, signal.deliveredTo),
    chain: [
      request,
      crash
        ? {
            text: `The Go runtime printed: ${crash.message.slice(0, 100)}`,
            status: 'observed',
            refs: crash.refs.slice(0, 3),
            ns: crash.ns,
          }
        : { text: 'The dump itself is not in this evidence.', status: 'inferred', refs: signal.refs, ns: null },
      {
        text: `${nameOf(process)} ${exit.kind === 'killed' ? `ended by ${exit.signal}` : `exited with status ${exit.code}`}.`,
        status: exit.refs.length > 0 ? 'observed' : 'inferred',
        refs: exit.refs,
        ns: process.endNs,
        from: processActor(process),
        to: processActor(process),
        label: exit.kind === 'killed' ? `killed: ${exit.signal}` : `exit ${exit.code}`,
      },
    ],
    ns: process.endNs,
  }
}

function fromText(crash: Crash, analysis: Analysis): Finding {
  const name = crash.process ? nameOf(crash.process) : 'A Go program'
  const signal = crash.signal ?? 'SIGQUIT'
  const end = endLink(crash)
  const sent = senderOf(crash, signal, analysis)
  const from = sent && senderName(sent.sender!)
  return {
    ...base(name, signal, from),
    severity: crash.process ? severityOf(crash.process, analysis) : 'fatal',
    summary: `${name} got ${signal}, printed the stacks of its goroutines and ended, as the Go runtime does when it is asked to. ${from ? `${from} had sent it.` : 'Who sent the signal is not in the text.'} Why somebody asked is the question: see what the goroutines wait for.`,
    subject: crash.process ? subjectOf(crash.process, analysis) : crash.pid === null ? {} : { pid: crash.pid },
    chain: [
      ...(sent
        ? [
            {
              text: `${from} sent ${signal} to pid ${sent.target.pid}.`,
              status: 'observed' as const,
              refs: sent.refs.slice(0, 2),
              ns: sent.sentNs ?? sent.deliveredNs,
              from: senderActor(sent.sender!),
              ...(crash.process && { to: processActor(crash.process) }),
              label: signal,
            },
          ]
        : []),
      {
        text: `The Go runtime printed: ${crash.message.slice(0, 100)}`,
        status: 'observed',
        refs: crash.refs.slice(0, 3),
        ns: crash.ns,
        from: { key: 'go-runtime', name: 'Go runtime', kind: 'runtime' },
        ...(crash.process && { to: processActor(crash.process) }),
        label: signal,
      },
      ...(end ? [end] : []),
    ],
    ns: crash.process?.endNs ?? crash.ns,
  }
}

/** Who is known to have sent just this signal to just this process before its dump: systemd names whom it aborts. */
function senderOf({ pid, ns }: Crash, signal: string, analysis: Analysis): Signal | null {
  if (pid === null) return null
  return (
    analysis.signals.findLast(s => {
      const at = s.sentNs ?? s.deliveredNs
      if (s.target.pid !== pid || s.signal !== signal || s.sender === null || s.sender.pid === pid) return false
      return at === null || ns === null || (at <= ns + NEAR_NS && ns - at <= DUMP_NS)
    }) ?? null
  )
}

/** Two sources about one moment can differ by this. */
const NEAR_NS = 1e9

function fromCore(core: Core, analysis: Analysis): Finding {
  const process = lastLife(analysis, core.pid)
  const name = core.comm ?? 'A Go program'
  return {
    ...base(name, core.signal!.number === SIGQUIT ? 'SIGQUIT' : 'a signal', null),
    severity: process ? severityOf(process, analysis) : 'fatal',
    summary: `The core shows the Go runtime in its signal handler, ending the process by its own SIGABRT as GOTRACEBACK=crash makes it do after a dump. Which signal asked for it stands only in the text that it printed.`,
    subject: { ...(core.pid !== null && { pid: core.pid }), ...(core.comm !== null && { comm: core.comm }) },
    chain: [
      {
        text: 'The first thread of the core is in runtime.sighandler and no panic or fatal error is below it.',
        status: core.signal!.number === SIGQUIT ? 'observed' : 'inferred',
        refs: core.refs.slice(0, 2),
      },
      { text: 'The text that the runtime printed is not in this evidence.', status: 'missing', refs: [] },
    ],
    ns: process?.endNs ?? null,
  }
}
