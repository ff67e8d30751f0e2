import type { Ref } from './ref.js'
import type { Ns } from './time.js'

/**
 * What systemd, the kernel or systemd-coredump said about a unit or process, read out of journal entries and dmesg.
 * Times are capture time once correlate has run.
 */
export interface LifecycleEvent {
  kind:
    | 'starting'
    | 'started'
    | 'stopping'
    | 'stopped'
    | 'deactivated'
    | 'forked'
    | 'process-exited'
    | 'failed'
    | 'stop-timeout'
    | 'start-timeout'
    | 'reload-timeout'
    | 'runtime-limit'
    | 'still-around'
    | 'left-over'
    | 'killing'
    | 'watchdog'
    | 'start-limit'
    | 'restart'
    | 'oom-kill'
    | 'exec-failed'
    | 'client-signal'
    | 'signal-received'
    | 'unknown-directive'
    | 'consumed'
    | 'coredump'
    | 'segfault'
    | 'trap'
    | 'seccomp'
    | 'journald-started'
    | 'journald-stopped'
    | 'stdout-streams-refused'
    | 'stream-read-error'
    | 'messages-suppressed'
    | 'clock-change'
    | 'shutdown'
    | 'hung-task'
    | 'container-stop'
  ns: Ns | null
  unit: string | null
  /** Process spoken of, in the namespace of whoever wrote the line. */
  pid: number | null
  comm: string | null
  /** Signal name with SIG, where the line names one. */
  signal: string | null
  /** Exit code, where one is named. */
  code: number | null
  /** The result word: `signal`, `timeout`, `core-dump`, `oom-kill`, `watchdog`, `start-limit-hit`, … */
  result: string | null
  text: string
  refs: Ref[]
  /** Anything else that the line says, by name. */
  detail: Record<string, string>
}

/** A unit file (or the output of systemctl cat / show), drop-ins merged in systemd's order. */
export interface UnitFile {
  source: string
  /** Unit name with suffix: `ingest.service`. */
  unit: string
  /** Every assignment in order; later ones of the same key add or replace as systemd would do. */
  directives: { section: string; key: string; value: string; ref: Ref }[]
  /** `file`: unit text; `show`: effective properties printed by systemctl show. */
  form: 'file' | 'show'
}
