/** siginfo_t of a core's NT_SIGINFO note: sigaction(2), Linux include/uapi/asm-generic/siginfo.h. */
import type { Pages } from './pages.js'

const SIGILL = 4
const SIGTRAP = 5
const SIGBUS = 7
const SIGFPE = 8
const SIGSEGV = 11
const FAULTS = new Set([SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV])

/** Codes at or below 0 are a process's doing (kill, tgkill, sigqueue, timers …); SI_KERNEL is the kernel's without detail. */
const SI_KERNEL = 128
const SI_USER = 0
const SI_QUEUE = -1
const SI_TKILL = -6

export interface Siginfo {
  number: number
  code: number
  /** Sender, for the codes that carry one. */
  pid: number | null
  uid: number | null
  /** Fault address, for faults raised by the processor. */
  addr: string | null
}

/** Reads the 128 bytes at `at`. Which of the union's members hold is settled by the code, as sigaction(2) says. */
export function readSiginfo(pages: Pages, at: number): Siginfo {
  const number = pages.i32(at)
  const code = pages.i32(at + 8)
  const sent = code === SI_USER || code === SI_QUEUE || code === SI_TKILL
  const fault = FAULTS.has(number) && code > 0 && code !== SI_KERNEL
  const addr = pages.bytes(at + 16, 8)
  return {
    number,
    code,
    pid: sent ? pages.i32(at + 16) : null,
    uid: sent ? pages.u32(at + 20) : null,
    addr: fault && addr.length === 8 ? `0x${addr.readBigUInt64LE(0).toString(16)}` : null,
  }
}
