/** Reads the lines of signals, stops and ends: `--- SIGTERM {si_signo=SIGTERM, …} ---`, `+++ killed by SIGKILL +++`. */
import { signalCode } from '../../src/model/signal-codes.js'
import { signalName, signalNumber } from '../../src/model/signal-names.js'
import type { SigInfo } from '../../src/model/trace.js'
import { endOfAngle, endOfString } from './call-text.js'

export interface SignalText {
  signal: string
  number: number
  info: SigInfo
}

/**
 * A signal that was about to be delivered; null where the line is none.
 *
 *   > | --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER, si_pid=22620, si_uid=0} ---            from 4.7
 *   > | --- {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=3043, …} (Child exited) ---          4.6
 *   > | --- SIGSEGV (Segmentation fault) @ 0 (0) ---                                           up to 4.5.20
 */
export function readSignal(text: string): SignalText | null {
  const m = /^--- (?:(SIG[A-Z0-9_]+|0x[0-9a-f]+|\d+) )?(?:(\{)|\([^)]*\) @ )/.exec(text)
  if (!m) return null
  const fields = m[2] ? readFields(text, m[0].length) : new Map<string, string>()
  const spelled = m[1] ?? fields.get('si_signo')
  const number = spelled === undefined ? null : signalNumber(value(spelled))
  if (number === null) return null
  return { signal: signalName(number), number, info: sigInfo(fields) }
}

/** `--- stopped by SIGSTOP ---`; in 4.6 `--- Stopped (signal) by SIGSTOP ---`. */
export function readStop(text: string): { signal: string; number: number } | null {
  const m = /^--- (?:stopped|[A-Z][^{}]*) by (SIG[A-Z0-9_]+|\d+) ---$/.exec(text)
  const number = m ? signalNumber(m[1]) : null
  return number === null ? null : { signal: signalName(number), number }
}

export type EndText =
  | { how: 'exited'; code: number }
  | { how: 'killed'; signal: string; coreDumped: boolean }
  | { how: 'superseded'; by: number }

/** `+++ exited with 3 +++`, `+++ killed by SIGABRT (core dumped) +++`, `+++ superseded by execve in pid 77 +++`. */
export function readEnd(text: string): EndText | null {
  const exited = /^\+\+\+ exited with (-?\d+) \+\+\+$/.exec(text)
  if (exited) return { how: 'exited', code: Number(exited[1]) }
  const killed = /^\+\+\+ killed by (SIG[A-Z0-9_]+|\d+|0x[0-9a-f]+)( \(core dumped\))? \+\+\+$/.exec(text)
  if (killed) {
    const number = signalNumber(killed[1])
    return {
      how: 'killed',
      signal: number === null ? killed[1] : signalName(number),
      coreDumped: killed[2] !== undefined,
    }
  }
  const superseded = /^\+\+\+ superseded by execve in pid (\d+)(?:<.*>)? \+\+\+$/.exec(text)
  return superseded ? { how: 'superseded', by: Number(superseded[1]) } : null
}

/** Fields of a siginfo from the place after its brace; nested ones (`si_value={int=42, ptr=0x2a}`) flat. */
function readFields(text: string, at: number): Map<string, string> {
  const fields = new Map<string, string>()
  let depth = 1
  let start = at
  const take = (end: number) => {
    const part = text.slice(start, end).trim()
    const equals = part.indexOf('=')
    if (equals > 0 && !fields.has(part.slice(0, equals))) fields.set(part.slice(0, equals), part.slice(equals + 1))
  }
  for (let i = at; i < text.length && depth > 0; i++) {
    const c = text[i]
    if (c === '"') i = endOfString(text, i)
    else if (c === '<') i = endOfAngle(text, i)
    else if (c === '{') {
      depth++
      start = i + 1
    } else if (c === ',' || c === '}') {
      take(i)
      start = i + 1
      if (c === '}') depth--
    }
  }
  return fields
}

/** `10 /* SIGUSR1 *\/` gives the words of the comment, `2<sh> /* 31233 in strace's PID NS *\/` the number. */
function value(text: string): string {
  return /^[^\s<]*/.exec(text)?.[0] ?? ''
}

/** si_code by name where it is one that every signal can have (`-X raw` prints numbers); else as printed. */
function codeName(text: string): string {
  const bare = value(text)
  if (!/^(?:-?\d+|0x[0-9a-f]+)$/.test(bare)) return bare
  // Negative codes come out as 0xfffffffa.
  return signalCode(0, Number(bare) | 0) ?? bare
}

function sigInfo(fields: Map<string, string>): SigInfo {
  const code = fields.get('si_code')
  const info: SigInfo = { code: code === undefined ? null : codeName(code) }
  const number = (key: string) => {
    const text = fields.get(key)
    if (text === undefined) return undefined
    const n = Number(value(text))
    return Number.isFinite(n) ? n : undefined
  }
  const set = <K extends keyof SigInfo>(key: K, v: SigInfo[K] | undefined) => {
    if (v !== undefined) info[key] = v
  }
  set('pid', number('si_pid'))
  const outer = /\/\* (\d+) in strace's PID NS \*\//.exec(fields.get('si_pid') ?? '')
  if (outer) info.outerPid = Number(outer[1])
  set('uid', number('si_uid'))
  set('addr', fields.get('si_addr') ?? fields.get('si_call_addr'))
  set('status', fields.get('si_status'))
  set('timerid', number('si_timerid'))
  set('int', number('si_int') ?? number('int'))
  set('ptr', fields.get('si_ptr') ?? fields.get('ptr'))
  set('band', number('si_band'))
  set('fd', number('si_fd'))
  set('syscall', fields.get('si_syscall'))
  return info
}
