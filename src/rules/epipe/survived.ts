import type { Analysis, BrokenPipe } from '../../model/analysis.js'
import type { Finding } from '../../model/finding.js'
import { addTo } from '../../model/multimap.js'
import type { Process } from '../../model/process.js'
import type { Rule } from '../../model/rule.js'
import { counted, duration } from '../../model/words.js'
import { deathsOf } from '../deaths.js'
import { kernelSigpipeLink, peerLink, peerName, writeLink } from '../peers.js'
import { brokenPipesOf, fdName, nameAndPid, nameOf, subjectOf, title } from '../shared.js'

export const survived: Rule = {
  id: 'epipe/survived',
  severity: 'warning',
  needs: 'strace of the process',
  summary:
    'Writes failed with EPIPE and the process lived on: SIGPIPE was ignored, handled, blocked, or not raised at all.',
  explanation: `A write whose reader is gone fails with EPIPE. The SIGPIPE that comes with it ends a process only by its default action. It does nothing where it is ignored (SIG_IGN, which execve passes on), has a handler, is blocked, or was not raised because of MSG_NOSIGNAL. In Go a descriptor other than 1 and 2 only reports the error, and so do 1 and 2 under signal.Ignore or signal.Notify(SIGPIPE).

What to look for: the same EPIPE again and again means that the program does not notice, or does not mind, that what it writes goes nowhere: a log that nobody reads, a client that is gone. On stdout or stderr every later line is lost.

What to do: stop writing to that descriptor after the first EPIPE, reopen it, or restore its reader.`,
  *find(analysis) {
    for (const process of analysis.processes) {
      const groups = new Map<string, BrokenPipe[]>()
      for (const broken of brokenPipesOf(process, analysis)) {
        if (isDeadly(broken, process, analysis)) continue
        const key = `${broken.fd} ${broken.object}`
        addTo(groups, key, broken)
      }
      for (const group of groups.values()) yield finding(process, group, analysis)
    }
  },
}

/** A process that ends by itself so soon after its last failed write ends because of it, as a rule. */
const SOON_NS = 1e9

/** How long after its last failed write a process ended by itself; null where that was not soon, or it did not. */
function gaveUpAfter(process: Process, last: BrokenPipe): number | null {
  if (process.exit?.kind !== 'exited' || process.endNs === null || last.ns === null) return null
  const after = process.endNs - last.ns
  return after >= 0 && after <= SOON_NS ? after : null
}

/** A failure after which the thread never wrote another line: the process died of it. */
function isDeadly(broken: BrokenPipe, process: Process, analysis: Analysis): boolean {
  if (process.exit?.kind !== 'killed' || process.exit.signal !== 'SIGPIPE') return false
  if (broken.sigpipe?.outcome === 'killed') return true
  // A handler that cleans up sends itself the signal again: the death goes back to this one all the same.
  if (broken.sigpipe && deathsOf(analysis).some(d => d.process === process && d.cause === broken.sigpipe)) return true
  const stdio = broken.fd === 1 || broken.fd === 2
  return (
    process.runtime === 'go' && stdio && broken.ns !== null && process.endNs !== null && process.endNs - broken.ns < 1e9
  )
}

function finding(process: Process, group: readonly BrokenPipe[], analysis: Analysis): Finding {
  const [first] = group
  const last = group[group.length - 1]
  const count = group.reduce((sum, b) => sum + 1 + (b.repeats ?? 0), 0)
  const stream = fdName(first.fd)
  const chain = [peerLink(first, process), writeLink(first, process)]
  const why = whySurvived(first, process)
  if (!first.noSignal) chain.push(kernelSigpipeLink(first, process, `; ${why}`))
  const after = gaveUpAfter(process, last)
  const code = process.exit?.code
  const exited = after === null ? '' : `exited with status ${code}, ${duration(after)} after the last of them`
  if (count > 1 || after === null)
    chain.push({
      text: count > 1 ? `It lived on and wrote again: ${counted(count, 'write')} failed in all.` : 'It lived on.',
      status: 'observed',
      refs: last.refs,
      ns: last.ns,
    })
  if (after !== null)
    chain.push({
      text: `It exited by itself with status ${code}, ${duration(after)} after ${count > 1 ? 'the last of them' : 'it'}.`,
      status: 'observed',
      refs: process.exit!.refs,
      ns: process.endNs,
    })
  const who = peerName(first)
  const stdio = first.fd === 1 || first.fd === 2
  return {
    rule: survived.id,
    severity: stdio && (analysis.victim === null || analysis.victim === process) ? 'warning' : 'note',
    title: title(
      after !== null
        ? `${nameOf(process)} exited with status ${code}: nobody read its ${stream}, ${counted(count, 'write')} failed`
        : process.exit
          ? `${nameOf(process)} lived on although nobody read its ${stream}: ${counted(count, 'write')} failed`
          : `${nameOf(process)} lives on although nobody reads its ${stream}: ${counted(count, 'write')} failed`,
      `nobody reads its ${stream}: ${counted(count, 'write')} failed with EPIPE`,
    ),
    summary: `${counted(count, 'write')} of ${nameAndPid(process)} to ${first.object ?? stream} failed with EPIPE${
      who === null || who === 'it' ? '' : ` after ${who} had gone`
    }. No signal ended it: ${why}.${exited === '' ? ' What it wrote there is lost.' : ` It ${exited}.`}`,
    subject: subjectOf(process, analysis, first.tid),
    chain,
    remedies: [
      {
        title: 'Act on the first EPIPE',
        detail:
          'Close or reopen the descriptor, or stop the work whose result nobody takes: every later write fails too.',
        breaks: chain.length - 1,
      },
    ],
    ns: last.ns,
    count,
  }
}

function whySurvived(broken: BrokenPipe, process: Process): string {
  if (broken.noSignal) return 'the call asked for no signal (MSG_NOSIGNAL)'
  const signal = broken.sigpipe
  switch (signal?.outcome) {
    case 'handled':
      return process.runtime === 'go' ? 'the Go runtime’s handler does nothing with it here' : 'a handler took SIGPIPE'
    case 'ignored':
      return 'SIGPIPE is ignored'
    case 'pending':
    case 'coalesced':
      return 'SIGPIPE is blocked'
    case 'consumed':
      return 'the program takes SIGPIPE itself (sigtimedwait or signalfd)'
  }
  return 'SIGPIPE did not end it'
}
