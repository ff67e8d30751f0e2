import type { Memory } from '../memory.js'
import { Reader } from './reader.js'

const MOST_STEPS = 1000

/**
 * Evaluates a DWARF expression (section 2.5) as it occurs in call frame information: the procedure linkage table and
 * signal trampolines use them. NaN where an operation is not known.
 */
export function evaluate(
  memory: Memory,
  start: number,
  end: number,
  registers: ReadonlyMap<number, number>,
  stack: number[],
): number {
  const reader = new Reader(memory, start)
  const pop = () => stack.pop() ?? Number.NaN
  const two = (operation: (a: number, b: number) => number) => {
    const b = pop()
    stack.push(operation(pop(), b))
  }
  for (let left = MOST_STEPS; reader.at < end && left > 0; left--) {
    const op = reader.u8()
    if (op >= 0x30 && op <= 0x4f) stack.push(op - 0x30)
    else if (op >= 0x70 && op <= 0x8f) stack.push((registers.get(op - 0x70) ?? Number.NaN) + reader.sleb())
    else
      switch (op) {
        case 0x03: // addr
        case 0x0e: // const8u
          stack.push(reader.u64())
          break
        case 0x06: // deref
          stack.push(memory.u64(pop()))
          break
        case 0x08: // const1u
          stack.push(reader.u8())
          break
        case 0x09: // const1s
          stack.push((reader.u8() << 24) >> 24)
          break
        case 0x0a: // const2u
          stack.push(reader.u16())
          break
        case 0x0b: // const2s
          stack.push(reader.i16())
          break
        case 0x0c: // const4u
          stack.push(reader.u32())
          break
        case 0x0d: // const4s
          stack.push(reader.i32())
          break
        case 0x10: // constu
          stack.push(reader.uleb())
          break
        case 0x11: // consts
          stack.push(reader.sleb())
          break
        case 0x12: // dup
          stack.push(stack.at(-1) ?? Number.NaN)
          break
        case 0x13: // drop
          pop()
          break
        case 0x1a: // and: the operands are masks of a few bits and an address
          two((a, b) => Number(BigInt.asUintN(64, BigInt(Math.trunc(a) || 0) & BigInt(Math.trunc(b) || 0))))
          break
        case 0x1c: // minus
          two((a, b) => a - b)
          break
        case 0x22: // plus
          two((a, b) => a + b)
          break
        case 0x23: // plus_uconst
          stack.push(pop() + reader.uleb())
          break
        case 0x24: // shl
          two((a, b) => a * 2 ** b)
          break
        case 0x2a: // ge
          two((a, b) => (a >= b ? 1 : 0))
          break
        case 0x96: // nop
          break
        default:
          return Number.NaN
      }
  }
  return pop()
}
