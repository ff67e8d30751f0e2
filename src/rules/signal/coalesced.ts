import type { Rule } from '../../model/rule.js'
import { counted } from '../../model/words.js'
import { nameAndPid, nameOf, subjectOf, title } from '../shared.js'
import { senderOf, sentLink, withoutEffect } from './effects.js'

export const coalesced: Rule = {
  id: 'signal/coalesced',
  severity: 'note',
  needs: 'strace of the sender and the receiver, or signal tracepoints',
  summary: 'Signals were dropped because one of the same number was pending already.',
  explanation: `A standard signal (1 to 31) is pending at most once in a queue: while one waits, because it is blocked or because the process has not run yet, every further one of the same number is dropped, and the siginfo that arrives is that of the first (signal(7)). The sender's call succeeds all the same. Real-time signals (SIGRTMIN and above) queue one by one.

What to look for: more kill calls that returned 0 than "---" lines; in the kernel's tracepoint signal_generate the result 2 (already pending). SIGCHLD coalesces too: one SIGCHLD can stand for several children.

What to do: never count signals. Let a handler do everything that is there to do, wait for children in a loop until there are none left, and use sigqueue with a real-time signal where each one counts.`,
  *find(analysis) {
    for (const { process, signals } of withoutEffect(analysis, s => s.outcome === 'coalesced')) {
      const [first] = signals
      yield {
        rule: coalesced.id,
        severity: 'note',
        title: title(
          `${counted(signals.length, first.signal, `${first.signal}s`)} to ${nameOf(process)} ${signals.length === 1 ? 'was' : 'were'} dropped: one was pending already`,
          `${first.signal} to ${nameOf(process)} was dropped: one was pending already`,
        ),
        summary: `${senderOf(first)} sent ${first.signal} to ${nameAndPid(process)} again while one was pending. The kernel keeps one of a kind and drops the rest; the sender is not told.`,
        subject: subjectOf(process, analysis, first.target.tid),
        chain: [
          {
            text: `A ${first.signal} was pending already.`,
            status: first.because?.refs.length ? 'observed' : 'inferred',
            refs: first.because?.refs ?? [],
          },
          ...signals.slice(0, 5).map(signal => sentLink(signal, process)),
        ],
        remedies: [
          {
            title: 'Do not count signals',
            detail:
              'Let one signal mean "look at what there is to do". Where each one counts send a real-time signal with sigqueue: those queue.',
            breaks: 0,
          },
        ],
        ns: first.sentNs,
        count: signals.length,
      }
    }
  },
}
