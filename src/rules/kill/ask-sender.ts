import type { Remedy } from '../../model/finding.js'
import type { Signal } from '../../model/signal.js'

/**
 * The advice to look at whoever sent a signal, which is known.
 *
 * @param breaks the link of the chain that it breaks
 */
export function askSender({ sender, signal }: Signal, breaks: number): Remedy {
  return {
    title: `Find out why ${sender!.comm ?? `pid ${sender!.pid}`} sends ${signal}`,
    detail:
      'Its parents, its command line and its log tell whether this was a stop, a timeout, a health check or a mistake.',
    breaks,
  }
}

/** The advice where a client of systemd asked for the signal: PID 1 itself has no reason to tell. */
export function askClient(breaks: number): Remedy {
  return {
    title: 'Find out who asked systemd for it',
    detail:
      'systemctl kill, or another client of its bus: what sudo, polkit and cron logged then, and the timers and scripts that ran, tell who.',
    code: 'journalctl -o short-precise SYSLOG_IDENTIFIER=sudo + SYSLOG_IDENTIFIER=polkitd + SYSLOG_IDENTIFIER=CRON',
    breaks,
  }
}
