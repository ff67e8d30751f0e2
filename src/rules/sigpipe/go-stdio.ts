import type { Analysis, BrokenPipe } from '../../model/analysis.js'
import type { Finding, Link, Remedy } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import type { Signal } from '../../model/signal.js'
import { duration } from '../../model/words.js'
import { type Death, deathLink, deathsOf, isFromItself, isGo, SIGPIPE, severityOf, victimName } from '../deaths.js'
import { kernelSigpipeLink, peerLink, peerName, writeLink } from '../peers.js'
import { brokenPipesOf, fdName, nameAndPid, processActor, signalsTo, subjectOf, threadActor, title } from '../shared.js'

export const goStdio: Rule = {
  id: 'sigpipe/go-stdio',
  severity: 'fatal',
  needs: 'strace of the process (all threads) up to its death',
  summary:
    'A Go process died because a write to stdout or stderr failed with EPIPE and the Go runtime then killed it with SIGPIPE.',
  explanation: `A Go program has a handler for SIGPIPE from the start, so the kernel's own SIGPIPE, which comes with every EPIPE, does nothing. But os.File.Write treats descriptors 1 and 2 as an ordinary Unix program would: on EPIPE epipecheck (os/file_unix.go) calls runtime.sigpipe, and unless SIGPIPE is ignored (signal.Ignore) or wanted (signal.Notify), dieFromSignal restores the default action and sends SIGPIPE to its own thread. The process dies in silence: no panic, no stack, no core.

What to look for: a write to fd 1 or 2 that fails with EPIPE; SIGPIPE with SI_USER and the process's own pid (the kernel's); then tgkill of the own thread with SIGPIPE, once while the handler is still there and once more after rt_sigaction(SIGPIPE, SIG_DFL); then "killed by SIGPIPE" in every thread. Seen from outside the exit status is 141 (128 + 13), and systemd counts this as a clean exit: Restart=on-failure does not restart it. Other descriptors, sockets and even a dup of fd 2 are not affected, nor are print, println and syscall.Write.

What to do: ignore or take SIGPIPE in the program (signal.Ignore(syscall.SIGPIPE)) and handle EPIPE of the write, or give stdout and stderr a reader that outlives the program. IgnoreSIGPIPE= of systemd does not help, since the runtime installs its own handler over an inherited SIG_IGN; nor does GODEBUG=asyncpreemptoff=1, which only turns off SIGURG.`,
  *find(analysis) {
    for (const death of deathsOf(analysis)) {
      if (death.number !== SIGPIPE || !isGo(death, analysis)) continue
      // The runtime's own signal to itself. A kernel's SIGPIPE that kills at once is the default action's.
      const raised = death.fatal !== null && isFromItself(death.fatal, death.process)
      const seen = death.fatal !== null && death.fatal.origin !== 'unknown'
      if (seen && !raised) continue
      const broken = fatalWrite(death, analysis)
      if (broken && broken.fd !== 1 && broken.fd !== 2 && broken.fd !== null) continue
      yield finding(death, broken, analysis)
    }
  },
}

/** The failed write that the runtime died of: the last one of the thread that it sent the signal to. */
function fatalWrite(death: Death, analysis: Analysis): BrokenPipe | null {
  const { fatal, process } = death
  const before = brokenPipesOf(process, analysis).filter(
    b => !b.noSignal && (b.ns === null || fatal?.sentNs == null || b.ns <= fatal.sentNs),
  )
  const stdio = before.filter(b => b.fd === 1 || b.fd === 2)
  const own = stdio.filter(b => fatal?.deliveredTo == null || b.tid === fatal.deliveredTo)
  return own.at(-1) ?? stdio.at(-1) ?? before.at(-1) ?? null
}

function finding(death: Death, broken: BrokenPipe | null, analysis: Analysis): Finding {
  const { process } = death
  const name = victimName(process, analysis)
  const stream = fdName(broken?.fd ?? null)
  const chain: Link[] = []
  if (broken) {
    chain.push(
      peerLink(broken, process),
      writeLink(broken, process),
      kernelSigpipeLink(
        broken,
        process,
        broken.sigpipe?.outcome === 'handled' ? '; the runtime’s handler returned without a word' : '',
      ),
    )
  } else
    chain.push({
      text: 'The write to stdout or stderr that failed with EPIPE was not recorded.',
      status: 'missing',
      refs: [],
    })
  chain.push(...raisedLinks(death, analysis), deathLink(death))
  const who = broken && peerName(broken)
  const first = broken?.peer
    ? `${broken.peer.pid === broken.pid ? 'The process itself' : who} ${broken.peer.how === 'died' ? 'died' : 'gave up the other end'}${ago(broken)}.`
    : broken
      ? `Nobody held the other end of its ${stream} any more.`
      : ''
  return {
    rule: goStdio.id,
    severity: severityOf(process, analysis),
    title: broken
      ? title(
          `${name} died of SIGPIPE: nobody was reading its ${stream}`,
          `died of SIGPIPE: nobody was reading its ${stream}`,
        )
      : title(`${name} died of SIGPIPE that the Go runtime sent to itself`),
    summary: [
      first,
      broken ? `${nameAndPid(process)} wrote to ${stream}, and the kernel answered EPIPE and SIGPIPE.` : '',
      'Because it was stdout or stderr, the Go runtime restored the default action and signalled its own thread.',
      'No panic, no stack and no core is left of such a death; from outside the status is 141 (128 + 13).',
    ]
      .filter(s => s !== '')
      .join(' '),
    subject: subjectOf(process, analysis, broken?.tid ?? death.fatal?.deliveredTo),
    chain,
    remedies: remedies(broken),
    ns: death.ns,
  }
}

function ago(broken: BrokenPipe): string {
  const ns = broken.peer?.ns
  return ns == null || broken.ns === null || ns > broken.ns ? '' : `, ${duration(broken.ns - ns)} before the write`
}

/** The signals that the runtime sent to its own thread: one into its handler, one into the default action. */
function raisedLinks(death: Death, analysis: Analysis): Link[] {
  const { process, fatal } = death
  const own = signalsTo(process, analysis).filter(
    s => s.number === SIGPIPE && isFromItself(s, process) && (s === fatal || s.deliveredTo === fatal?.deliveredTo),
  )
  if (own.length === 0)
    return [{ text: 'The runtime’s tgkill of its own thread was not recorded.', status: 'missing', refs: [] }]
  return own.slice(-2).map(signal => raisedLink(signal, death, signal === fatal))
}

function raisedLink(signal: Signal, { process }: Death, last: boolean): Link {
  return {
    text: last
      ? 'The Go runtime restored the default action and sent SIGPIPE to its own thread (runtime.dieFromSignal).'
      : 'The Go runtime sent SIGPIPE to its own thread; its handler took it once more.',
    status: 'observed',
    refs: signal.refs,
    ns: signal.sentNs ?? signal.deliveredNs,
    from: { key: 'go-runtime', name: 'Go runtime', kind: 'runtime' },
    to: signal.deliveredTo === null ? processActor(process) : threadActor(signal.deliveredTo, process),
    label: 'tgkill SIGPIPE',
  }
}

function remedies(broken: BrokenPipe | null): Remedy[] {
  const breaksAt = broken ? 3 : 1
  return [
    {
      title: 'Let a vanished reader be an error, not a signal',
      detail:
        'With SIGPIPE ignored runtime.sigpipe returns and Write reports EPIPE (os/signal, "SIGPIPE"). Then decide what becomes of the line: another destination, or none.',
      code: 'import (\n\t"os/signal"\n\t"syscall"\n)\n\nfunc main() {\n+\tsignal.Ignore(syscall.SIGPIPE)',
      breaks: breaksAt,
    },
    {
      title: 'Give the stream a reader that outlives the program',
      detail:
        'Write logs to a file or to the journal, or let the supervisor hold the read end of the pipe and restart the reader.',
      ...(broken && { breaks: 0 }),
    },
    {
      title: 'Restart the service when it dies of SIGPIPE',
      detail:
        'systemd counts SIGPIPE as a clean exit (systemd.service, SuccessExitStatus=): Restart=on-failure leaves the service down.',
      code: '[Service]\nRestart=always',
    },
  ]
}
