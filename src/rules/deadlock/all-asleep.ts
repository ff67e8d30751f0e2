import type { Rule } from '../../model/rule.js'
import { endLink, severityOfCrash } from '../crash/ends.js'
import { ASLEEP, crashesOf, saidBy } from '../crashes.js'
import { processActor, subjectOf, title } from '../shared.js'

export const allAsleep: Rule = {
  id: 'deadlock/all-asleep',
  severity: 'fatal',
  needs: 'the crash text (stderr, journal), or strace of the writes to fd 2',
  summary: 'The Go runtime found all goroutines asleep and ended the program.',
  explanation: `When no goroutine can run, no timer is set and nothing waits in the network poller, the Go runtime knows that nothing can ever happen again (runtime.checkdead): it prints "fatal error: all goroutines are asleep - deadlock!" with all stacks and exits with status 2. "no goroutines (main called runtime.Goexit) - deadlock!" is the same after main has left.

What to look for: what goroutine 1 waits for, and who should have woken it: the channel that nobody sends to any more, the WaitGroup whose Done is missing, the two mutexes taken in opposite order.

The runtime sees only this total case. In a program that uses cgo, os/signal, a network listener or a timer, the same deadlock between some goroutines is never reported: it just hangs.

What to do: make sure that every wait has somebody left who ends it, also on the error paths: close the channel, call Done in a defer, take locks in one order.`,
  *find(analysis) {
    for (const crash of crashesOf(analysis)) {
      if (!ASLEEP.test(crash.message)) continue
      const name = crash.process?.comm ?? 'A Go program'
      const end = endLink(crash)
      yield {
        rule: allAsleep.id,
        severity: severityOfCrash(crash, analysis),
        title: title(`${name} deadlocked: all its goroutines are asleep`, 'deadlock: all goroutines are asleep'),
        summary: `${name} had no goroutine left that could run, no timer and nothing to wait for from outside. The Go runtime saw that, printed all stacks and exited with status 2.`,
        subject: {
          ...(crash.process && subjectOf(crash.process, analysis)),
          ...(crash.pid !== null && { pid: crash.pid }),
        },
        chain: [
          {
            text: saidBy(crash),
            status: 'observed' as const,
            refs: crash.refs.slice(0, 4),
            ns: crash.ns,
            from: { key: 'go-runtime', name: 'Go runtime', kind: 'runtime' as const },
            ...(crash.process && { to: processActor(crash.process) }),
            label: 'deadlock!',
          },
          ...(end ? [end] : []),
        ],
        remedies: [
          {
            title: 'Give every wait somebody who ends it',
            detail:
              'The stacks show what each goroutine waits for. Close the channel, call Done in a defer, or take locks in one order, on the error paths too.',
            breaks: 0,
          },
        ],
        ns: crash.process?.endNs ?? crash.ns,
      }
    }
  },
}
