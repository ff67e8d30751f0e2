/** Stacks of C code: by .eh_frame where it is at hand, else by frame pointers as far as they make sense. */
import type { Frame } from '../../../src/model/goroutine.js'
import { EM_AARCH64 } from '../elf.js'
import type { NativeWalk } from '../go/thread-stack.js'
import type { Memory } from '../memory.js'
import { callerOf } from './call-frame.js'
import { frameInfoFor } from './eh-frame.js'
import type { Modules } from './modules.js'

const MOST_FRAMES = 256

/** DWARF numbers of registers: System V ABI for AMD64 figure 3.36; DWARF for the Arm 64-bit Architecture. */
const X86_64 = 'rax rdx rcx rbx rsi rdi rbp rsp r8 r9 r10 r11 r12 r13 r14 r15 rip'.split(' ')
const ARM64 = [...Array.from({ length: 31 }, (_, i) => `x${i}`), 'sp']

interface Machine {
  names: readonly string[]
  sp: number
  bp: number
  /** Where the return address is found after a step. */
  returns: number
}

const X86: Machine = { names: X86_64, sp: 7, bp: 6, returns: 16 }
const ARM: Machine = { names: ARM64, sp: 31, bp: 29, returns: 30 }

/** Walks native frames until `stop` says that a pc is Go's, or nothing can be said of the caller. */
export function nativeWalk(memory: Memory, machine: number, modules: Modules): NativeWalk {
  const m = machine === EM_AARCH64 ? ARM : X86
  return (start, stop) => {
    const frames: Frame[] = []
    let registers = new Map<number, number>()
    for (const [i, name] of m.names.entries()) {
      const value = start.registers?.get(name)
      if (value !== undefined) registers.set(i, value)
    }
    registers.set(m.sp, start.sp)
    if (!Number.isNaN(start.lr)) registers.set(m.returns, start.lr)
    let { pc, exact } = start
    while (frames.length < MOST_FRAMES && pc > 0) {
      if (frames.length > 0 && stop(pc)) {
        const lr = Number.NaN
        return { frames, next: { pc, sp: registers.get(m.sp) ?? 0, lr, exact: false, registers: named(registers, m) } }
      }
      const at = exact ? pc : pc - 1
      const { file, line } = modules.position(at) ?? { file: null, line: null }
      frames.push({ func: modules.name(at), file, line, pc })
      const caller = step(memory, modules, m, at, registers)
      if (caller === null) break
      const next = signedAway(caller.get(m.returns) ?? 0)
      const sp = caller.get(m.sp) ?? 0
      // Stacks grow down: callers lie above, and a step that leads nowhere new would be taken for ever.
      if (sp < (registers.get(m.sp) ?? 0) || (sp === registers.get(m.sp) && next === pc)) break
      pc = next
      exact = false
      registers = caller
    }
    return { frames, next: null }
  }
}

function step(
  memory: Memory,
  modules: Modules,
  m: Machine,
  pc: number,
  registers: ReadonlyMap<number, number>,
): Map<number, number> | null {
  const header = modules.at(pc)?.ehFrameHeader ?? null
  const info = header === null ? null : frameInfoFor(memory, header, pc)
  if (info !== null) {
    const caller = callerOf(memory, info, pc, registers, m.sp)
    // The outermost function says that its return address is undefined.
    if (caller !== null) {
      const back = caller.get(info.returnRegister)
      if (back === undefined) return null
      caller.set(m.returns, back)
      return caller
    }
  }
  const caller = byFramePointer(memory, m, registers)
  // A register that is no frame pointer can look like one: believe it only where it leads into code.
  return caller && modules.at(signedAway(caller.get(m.returns) ?? 0)) ? caller : null
}

/** {saved frame pointer, return address} at the frame pointer, on both machines. */
function byFramePointer(
  memory: Memory,
  m: Machine,
  registers: ReadonlyMap<number, number>,
): Map<number, number> | null {
  const bp = registers.get(m.bp) ?? 0
  const sp = registers.get(m.sp) ?? 0
  // A frame pointer lies in this stack, above the stack pointer and not far from it; anything else is a number.
  if (bp % 8 !== 0 || bp < sp || bp - sp > 1 << 20) return null
  const back = memory.u64(bp + 8)
  if (Number.isNaN(back)) return null
  const caller = new Map(registers)
  caller.set(m.returns, back)
  caller.set(m.sp, bp + 16)
  caller.set(m.bp, memory.u64(bp))
  return caller
}

/** arm64 may sign return addresses in their upper bits (pointer authentication); user space is below 2^48. */
function signedAway(pc: number): number {
  return pc > 2 ** 48 ? pc % 2 ** 48 : pc
}

function named(registers: ReadonlyMap<number, number>, m: Machine): Map<string, number> {
  return new Map([...registers].map(([number, value]) => [m.names[number] ?? `r${number}`, value]))
}
