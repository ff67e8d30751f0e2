/**
 * What the kernel puts on the stack before it enters a signal handler: the registers of the moment of interruption.
 * Layouts: Linux arch/x86/include/uapi/asm/sigcontext.h and arch/arm64/include/uapi/asm/sigcontext.h, ucontext.h.
 */
import { EM_AARCH64, EM_X86_64 } from './elf.js'
import type { Memory } from './memory.js'
import { type Registers, registersOf } from './registers.js'

/** gregs of struct sigcontext (x86-64), in order, 40 bytes into the ucontext. */
const GREGS = 'r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip eflags'.split(' ')
/** User code segment of 64-bit programs. */
const CS_USER64 = 0x33

/** A signal frame of arm64 begins with the 128 bytes of siginfo. */
const ARM64_SIGINFO = 128
const ARM64_FAULT_ADDRESS = 176

/**
 * The interrupted registers, where the stack pointer `sp` of a return to the kernel's signal trampoline shows a signal
 * frame; null where the words there cannot be one.
 */
export function interrupted(memory: Memory, sp: number, machine: number): Registers | null {
  if (machine === EM_X86_64) return x86(memory, sp)
  return machine === EM_AARCH64 ? arm64(memory, sp + ARM64_SIGINFO) : null
}

function x86(memory: Memory, ucontext: number): Registers | null {
  const gregs = ucontext + 40
  // uc_flags is a small set of bits, uc_link is unused, and cs is that of 64-bit user code.
  if (!(memory.u64(ucontext) < 16) || memory.u64(ucontext + 8) !== 0) return null
  if (memory.u16(gregs + 18 * 8) !== CS_USER64) return null
  return registersOf(new Map(GREGS.map((name, i) => [name, memory.u64(gregs + i * 8)])), EM_X86_64)
}

function arm64(memory: Memory, ucontext: number): Registers | null {
  const regs = ucontext + ARM64_FAULT_ADDRESS + 8
  const pc = memory.u64(regs + 32 * 8)
  const pstate = memory.u64(regs + 33 * 8)
  // User mode (EL0t): the low bits of pstate are clear; instructions are aligned.
  if (memory.u64(ucontext) !== 0 || memory.u64(ucontext + 8) !== 0 || !(pc > 0) || pc % 4 !== 0 || pstate % 16 !== 0)
    return null
  const names = [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp', 'pc', 'pstate']
  return registersOf(new Map(names.map((name, i) => [name, memory.u64(regs + i * 8)])), EM_AARCH64)
}
