/** si_code by its name, whatever way strace was told to print it (sigaction(2), include/uapi/asm-generic/siginfo.h). */
import type { SigInfo } from '../../model/trace.js'

/** Codes that mean the same for every signal. */
const COMMON: Record<number, string> = {
  0: 'SI_USER',
  128: 'SI_KERNEL',
  [-1]: 'SI_QUEUE',
  [-2]: 'SI_TIMER',
  [-3]: 'SI_MESGQ',
  [-4]: 'SI_ASYNCIO',
  [-5]: 'SI_SIGIO',
  [-6]: 'SI_TKILL',
  [-60]: 'SI_ASYNCNL',
}

/** Codes from 1 on, by signal. */
const OF_SIGNAL: Record<number, string> = {
  4: 'ILL ILLOPC ILLOPN ILLADR ILLTRP PRVOPC PRVREG COPROC BADSTK',
  5: 'TRAP BRKPT TRACE BRANCH HWBKPT UNK PERF',
  7: 'BUS ADRALN ADRERR OBJERR MCEERR_AR MCEERR_AO',
  8: 'FPE INTDIV INTOVF FLTDIV FLTOVF FLTUND FLTRES FLTINV FLTSUB',
  11: 'SEGV MAPERR ACCERR BNDERR PKUERR ACCADI ADIDERR ADIPERR MTEAERR MTESERR CPERR',
  17: 'CLD EXITED KILLED DUMPED TRAPPED STOPPED CONTINUED',
  29: 'POLL IN OUT MSG ERR PRI HUP',
  31: 'SYS SECCOMP USER_DISPATCH',
}

/**
 * The name of a code that strace printed as a number (-X raw, -X verbose, -e raw); as printed where it has a name already,
 * or none is known.
 *
 *   > | --- SIGCHLD {si_signo=17, si_code=0x2, si_pid=24869, …} ---
 *                                         ^ CLD_KILLED
 */
export function codeOf(info: SigInfo, signal: number): string | null {
  const { code } = info
  if (code === null || !/^-?(?:0x[0-9a-f]+|\d+)$/.test(code)) return code
  const value = code.startsWith('-') ? Number(code) : Number(code) | 0
  const common = COMMON[value]
  if (common !== undefined) return common
  const [family, ...names] = (OF_SIGNAL[signal] ?? '').split(' ')
  return names[value - 1] === undefined ? code : `${family}_${names[value - 1]}`
}
