/** si_code by name (sigaction(2), include/uapi/asm-generic/siginfo.h). */

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
  [-7]: 'SI_DETHREAD',
  [-60]: 'SI_ASYNCNL',
}

/** Codes from 1 on, by signal: the family, and what follows it. */
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
 * The name of an si_code: `SI_USER`, `SEGV_MAPERR`; null where none is known.
 *
 * @param signal number of the signal; 0 where only codes are wanted that every signal can have
 */
export function signalCode(signal: number, code: number): string | null {
  const common = COMMON[code]
  if (common !== undefined) return common
  const [family, ...names] = (OF_SIGNAL[signal] ?? '').split(' ')
  const name = names[code - 1]
  return name === undefined ? null : `${family}_${name}`
}
