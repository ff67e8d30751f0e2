/** si_code by its name, whatever way strace was told to print it. */
import { signalCode } from '../../model/signal-codes.js'
import type { SigInfo } from '../../model/trace.js'

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
  return signalCode(signal, value) ?? code
}
