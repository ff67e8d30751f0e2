/** How a process ended, as its parent learned it: wait4, waitid and the siginfo of SIGCHLD. */
import { signalName } from '../../model/signal-names.js'
import type { SigInfo } from '../../model/trace.js'
import { numberOf, signalOf } from './call-args.js'
import { codeOf } from './signal-codes.js'

const SIGCHLD = 17

export interface ChildEnd {
  kind: 'exited' | 'killed'
  code: number | null
  signal: string | null
  coreDumped: boolean
}

/**
 * The status argument of wait4: `[{WIFEXITED(s) && WEXITSTATUS(s) == 7}]`,
 * `[{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL && WCOREDUMP(s)}]`; null for children that stopped or went on.
 */
export function endOfWaitStatus(text: string): ChildEnd | null {
  const code = /WEXITSTATUS\(s\) == (\d+)/.exec(text)
  if (code) return { kind: 'exited', code: Number(code[1]), signal: null, coreDumped: false }
  const signal = /WTERMSIG\(s\) == (\w+)/.exec(text)
  if (!signal) return null
  const number = signalOf(signal[1])
  return {
    kind: 'killed',
    code: null,
    signal: number ? signalName(number) : signal[1],
    coreDumped: text.includes('WCOREDUMP(s)'),
  }
}

/** The siginfo of SIGCHLD, or of waitid: CLD_EXITED, CLD_KILLED, CLD_DUMPED (sigaction(2)); null for the other codes. */
export function endOfChildInfo(info: SigInfo): ChildEnd | null {
  const code = codeOf(info, SIGCHLD)
  if (code === 'CLD_EXITED')
    return { kind: 'exited', code: numberOf(info.status) ?? null, signal: null, coreDumped: false }
  if (code !== 'CLD_KILLED' && code !== 'CLD_DUMPED') return null
  const number = signalOf(info.status)
  return {
    kind: 'killed',
    code: null,
    signal: number ? signalName(number) : null,
    coreDumped: code === 'CLD_DUMPED',
  }
}

/** A siginfo structure inside an argument: `{si_signo=SIGUSR2, si_code=SI_USER, si_pid=25245, si_uid=0}`. */
export function siginfoOf(arg: string | undefined): (SigInfo & { number: number | null }) | null {
  if (arg === undefined || !arg.startsWith('{')) return null
  const field = (name: string) => new RegExp(`\\b${name}=([^,}]*)`).exec(arg)?.[1]
  const pid = numberOf(field('si_pid'))
  const uid = numberOf(field('si_uid'))
  const int = numberOf(field('si_int'))
  return {
    number: signalOf(field('si_signo')),
    code: /^\w+/.exec(field('si_code') ?? '')?.[0] ?? null,
    ...(pid !== null && { pid }),
    ...(uid !== null && { uid }),
    ...(int !== null && { int }),
    ...(field('si_ptr') && { ptr: field('si_ptr') }),
    ...(field('si_status') && { status: field('si_status') }),
  }
}
