import type { Analysis, BrokenPipe } from '../../model/analysis.js'
import type { Finding, Link } from '../../model/finding.js'
import type { Rule } from '../../model/rule.js'
import { type Death, deathLink, deathsOf, isFromItself, isGo, SIGPIPE, severityOf, victimName } from '../deaths.js'
import { kernelSigpipeLink, peerLink, peerName, writeLink } from '../peers.js'
import { brokenPipesOf, fdName, nameAndPid, processActor, subjectOf, title } from '../shared.js'

export const defaultAction: Rule = {
  id: 'sigpipe/default-action',
  severity: 'fatal',
  needs: 'strace of the process up to its death',
  summary: 'A process that is not Go was killed by the SIGPIPE that the kernel raises for a write nobody can read.',
  explanation: `A write to a pipe or socket whose other end is gone fails with EPIPE, and the kernel raises SIGPIPE in the writing thread first. Its default action is to end the process, without a message and without a core (signal(7), pipe(7)). The siginfo looks as if the process had sent it to itself: SI_USER with its own pid.

What to look for: the call that returns EPIPE, the SIGPIPE line with the process's own pid right after it in the same thread, and "killed by SIGPIPE". In a pipeline this is how the left side is meant to end ("yes | head -1"): a shell shows 141 (128 + 13) and nobody cares. In a daemon it means that its log reader or its client went away.

What to do: ignore SIGPIPE (signal(SIGPIPE, SIG_IGN)) and handle EPIPE of the write, or send with MSG_NOSIGNAL. Ignored signals stay ignored over execve, so a parent can do it too: systemd's IgnoreSIGPIPE=yes is the default. Python ignores SIGPIPE at start and raises BrokenPipeError; a shell or a Python that restores SIG_DFL for its children (restore_signals) gives the default back.`,
  *find(analysis) {
    for (const death of deathsOf(analysis)) {
      if (death.number !== SIGPIPE) continue
      const { cause, fatal } = death
      if (cause?.origin !== 'kernel') continue
      // The Go runtime dies of its own signal, which has a rule of its own.
      if (fatal && isFromItself(fatal, death.process) && isGo(death, analysis)) continue
      yield finding(death, analysis)
    }
  },
}

function finding(death: Death, analysis: Analysis): Finding {
  const { process, cause, fatal } = death
  const broken = failedWrite(death, analysis)
  const reader = broken?.peer && broken.peer.pid !== process.pid ? broken.peer : null
  const name = victimName(process, analysis, reader?.comm ?? null)
  const stream = fdName(broken?.fd ?? null)
  const chain: Link[] = []
  if (broken) chain.push(peerLink(broken, process), writeLink(broken, process), kernelSigpipeLink(broken, process, ''))
  else
    chain.push(
      { text: 'The write that failed with EPIPE was not recorded.', status: 'missing', refs: [] },
      {
        text: 'SIGPIPE came with the process’s own pid and SI_USER, as the kernel raises it for a failed write.',
        status: 'inferred',
        refs: cause?.refs ?? [],
        ns: cause?.deliveredNs ?? null,
      },
    )
  if (fatal && cause && fatal !== cause)
    chain.push({
      text: 'Its handler sent SIGPIPE to itself again, with the default action restored.',
      status: 'observed',
      refs: fatal.refs,
      ns: fatal.sentNs ?? fatal.deliveredNs,
      from: processActor(process),
      to: processActor(process),
      label: 'SIGPIPE again',
    })
  chain.push(deathLink(death))
  const who = broken && peerName(broken)
  return {
    rule: defaultAction.id,
    severity: severityOf(process, analysis),
    title: broken
      ? title(
          reader?.comm
            ? `${name} died of SIGPIPE: ${reader.comm === process.comm ? who : reader.comm} no longer read its ${stream}`
            : `${name} died of SIGPIPE: nobody was reading its ${stream}`,
          `${name} died of SIGPIPE: nobody was reading its ${stream}`,
          `died of SIGPIPE: nobody was reading its ${stream}`,
        )
      : title(`${name} died of SIGPIPE: it wrote to something that nobody reads`),
    summary: [
      broken?.peer
        ? `${broken.peer.pid === broken.pid ? 'The process itself' : who} had given up the other end of ${broken.object ?? stream}.`
        : broken
          ? `Nobody held the other end of ${broken.object ?? stream} any more.`
          : '',
      `${nameAndPid(process)} wrote to it, the kernel answered EPIPE and raised SIGPIPE${fatal && fatal !== cause ? ', and its handler ended it by the same signal' : ', and nothing in the process handled it'}.`,
      'The default action of SIGPIPE ends a process without a message and without a core.',
    ]
      .filter(s => s !== '')
      .join(' '),
    subject: subjectOf(process, analysis, cause?.deliveredTo),
    chain,
    remedies: [
      {
        title: 'Let a vanished reader be an error, not a signal',
        detail: 'With SIGPIPE ignored the write returns EPIPE (write(2)); handle that where the line is written.',
        code: '+ signal(SIGPIPE, SIG_IGN);',
        breaks: chain.length - 1,
      },
      {
        title: 'Keep the reader alive as long as the writer',
        detail: 'Start the reader under the same supervisor, or write to a file or to the journal instead of a pipe.',
        breaks: 0,
      },
    ],
    ns: death.ns,
  }
}

/** The write that the fatal SIGPIPE was raised for. */
function failedWrite(death: Death, analysis: Analysis): BrokenPipe | null {
  const { cause, process } = death
  const all = brokenPipesOf(process, analysis)
  return (
    all.find(b => b.sigpipe !== null && b.sigpipe === cause) ??
    all.findLast(
      b => b.tid === cause?.deliveredTo && (b.ns === null || cause.deliveredNs === null || b.ns <= cause.deliveredNs),
    ) ??
    null
  )
}
