/** General registers as the kernel writes them: struct user_regs_struct (x86-64), struct user_pt_regs (arm64). */
import { EM_AARCH64, EM_X86_64 } from './elf.js'

const X86_64 =
  'r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs'.split(
    ' ',
  )
const ARM64 = [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp', 'pc', 'pstate']

export interface Registers {
  pc: number
  sp: number
  /** Frame pointer: rbp, x29. */
  bp: number
  /** Link register (arm64); NaN where the machine has none. */
  lr: number
  /** All of them by name. Doubles: good for addresses. */
  values: Map<string, number>
}

/** Something that numbers can be read from by offset or address. */
export interface Words {
  u64(at: number): number
}

/** The registers that start at `at`; null for a machine that is not known or where they cannot be read. */
export function readRegisters(from: Words, at: number, machine: number): Registers | null {
  const names = machine === EM_X86_64 ? X86_64 : machine === EM_AARCH64 ? ARM64 : null
  if (names === null) return null
  const values = new Map(names.map((name, i) => [name, from.u64(at + i * 8)]))
  return registersOf(values, machine)
}

/** Puts the registers that every reader needs beside the named ones. */
export function registersOf(values: Map<string, number>, machine: number): Registers | null {
  const x86 = machine === EM_X86_64
  const pc = values.get(x86 ? 'rip' : 'pc')
  const sp = values.get(x86 ? 'rsp' : 'sp')
  const bp = values.get(x86 ? 'rbp' : 'x29')
  if (pc === undefined || sp === undefined || bp === undefined || Number.isNaN(pc) || Number.isNaN(sp)) return null
  return { pc, sp, bp, lr: x86 ? Number.NaN : (values.get('x30') ?? Number.NaN), values }
}

/** The registers in hex, for the report. */
export function registerText(registers: Registers): Record<string, string> {
  const text: Record<string, string> = {}
  for (const [name, value] of registers.values) if (!Number.isNaN(value)) text[name] = `0x${value.toString(16)}`
  return text
}
