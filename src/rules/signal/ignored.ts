import type { Rule } from '../../model/rule.js'
import { counted } from '../../model/words.js'
import { nameAndPid, nameBeside, nameOf, subjectOf, title } from '../shared.js'
import { senderOf, sentLink, withoutEffect } from './effects.js'

export const ignored: Rule = {
  id: 'signal/ignored',
  severity: 'warning',
  needs: 'strace of the receiver',
  summary: 'A signal that somebody sent had no effect: it was ignored.',
  explanation: `A signal is ignored when the process has set SIG_IGN for it, which execve keeps (nohup does so for SIGHUP, a shell for the SIGINT and SIGQUIT of its background jobs, systemd for SIGPIPE), or when it has no handler and the default is to do nothing (SIGCHLD, SIGURG, SIGWINCH). And the first process of a pid namespace takes only signals that it has a handler for (pid_namespaces(7)): a shell or a program that runs as pid 1 of a container without a SIGTERM handler does not end on docker stop, until SIGKILL comes after the grace period.

What to look for: strace prints the "---" line for ignored signals too. A handler shows by its rt_sigreturn; after an ignored one the interrupted call simply goes on (restart_syscall).

What to do: give the program a handler, or run it under an init that passes signals on (tini, docker run --init).`,
  *find(analysis) {
    for (const { process, signals } of withoutEffect(
      analysis,
      s => s.outcome === 'ignored' && s.because?.kind !== 'dying',
    )) {
      const [first] = signals
      const init = first.because?.kind === 'no-handler'
      const byDefault = first.because?.kind === 'default-ignored'
      const why = init
        ? 'it is the first process of its pid namespace and has no handler'
        : byDefault
          ? 'its default is to do nothing'
          : 'it is set to SIG_IGN'
      const status =
        first.because?.kind === 'sig-ign' && first.because.refs.length === 0
          ? ('inferred' as const)
          : ('observed' as const)
      const refs = first.because?.refs.length ? first.because.refs : first.refs
      yield {
        rule: ignored.id,
        severity: byDefault ? 'note' : 'warning',
        title: title(
          `${nameBeside(process, first.sender?.comm ?? null)} ignored ${first.signal} from ${senderOf(first)}: ${init ? 'pid 1 without a handler' : byDefault ? 'no handler' : 'SIG_IGN'}`,
          `${nameOf(process)} ignored ${first.signal}`,
        ),
        summary: `${senderOf(first)} sent ${counted(signals.length, first.signal, `${first.signal}s`)} to ${nameAndPid(process)}, without effect: ${why}.`,
        subject: subjectOf(process, analysis),
        chain: [
          sentLink(first, process),
          { text: `It had no effect: ${first.because?.text ?? why}.`, status, refs, ns: first.deliveredNs },
        ],
        remedies: byDefault
          ? []
          : [
              init
                ? {
                    title: 'Give pid 1 of the container a handler, or an init',
                    detail:
                      'The kernel drops signals to the first process of a pid namespace that it has no handler for. An init like tini installs handlers and passes signals on.',
                    code: 'docker run --init …',
                    breaks: 1,
                  }
                : {
                    title: `Take ${first.signal} in the program, or restore its default`,
                    detail:
                      'SIG_IGN is inherited over fork and execve: it may come from the shell, nohup or the service manager.',
                    code: `signal(${first.signal}, SIG_DFL);`,
                    breaks: 1,
                  },
            ],
        ns: first.deliveredNs ?? first.sentNs,
        count: signals.length,
      }
    }
  },
}
