/** Carries out call frame instructions: from the registers of a frame to those of its caller (DWARF section 6.4.2). */
import type { Memory } from '../memory.js'
import type { FrameInfo } from './eh-frame.js'
import { evaluate } from './expression.js'
import { Reader } from './reader.js'

/** How a register of the caller is found again. */
type Rule =
  | { how: 'offset'; offset: number }
  | { how: 'value'; offset: number }
  | { how: 'register'; register: number }
  | { how: 'undefined' }
  | { how: 'expression' | 'value-expression'; start: number; end: number }

interface Row {
  cfa: { register: number; offset: number } | { start: number; end: number } | null
  rules: Map<number, Rule>
}

const MOST_INSTRUCTIONS = 100_000

/**
 * The registers of the caller, by DWARF number.
 *
 * @param registers of the frame, by DWARF number
 * @param sp DWARF number of the stack pointer
 * @returns null where the instructions make no sense
 */
export function callerOf(
  memory: Memory,
  info: FrameInfo,
  pc: number,
  registers: ReadonlyMap<number, number>,
  sp: number,
): Map<number, number> | null {
  const row: Row = { cfa: null, rules: new Map() }
  if (!run(memory, info, info.initial, Number.POSITIVE_INFINITY, row, null)) return null
  const initial = new Map(row.rules)
  if (!run(memory, info, info.own, pc, row, initial) || row.cfa === null) return null
  const cfa =
    'register' in row.cfa
      ? (registers.get(row.cfa.register) ?? Number.NaN) + row.cfa.offset
      : evaluate(memory, row.cfa.start, row.cfa.end, registers, [])
  if (!(cfa > 0)) return null
  const caller = new Map(registers)
  caller.set(sp, cfa)
  for (const [register, rule] of row.rules) {
    const value = found(memory, rule, cfa, registers)
    if (Number.isNaN(value)) caller.delete(register)
    else caller.set(register, value)
  }
  return caller
}

function found(memory: Memory, rule: Rule, cfa: number, registers: ReadonlyMap<number, number>): number {
  switch (rule.how) {
    case 'offset':
      return memory.u64(cfa + rule.offset)
    case 'value':
      return cfa + rule.offset
    case 'register':
      return registers.get(rule.register) ?? Number.NaN
    case 'undefined':
      return Number.NaN
    case 'expression':
      return memory.u64(evaluate(memory, rule.start, rule.end, registers, [cfa]))
    case 'value-expression':
      return evaluate(memory, rule.start, rule.end, registers, [cfa])
  }
}

/** Runs instructions until they are past `pc`; false where one is not known. */
function run(
  memory: Memory,
  info: FrameInfo,
  code: { start: number; end: number },
  pc: number,
  row: Row,
  initial: ReadonlyMap<number, Rule> | null,
): boolean {
  const reader = new Reader(memory, code.start)
  const stack: Row[] = []
  let at = info.start
  const advance = (units: number) => {
    at += units * info.codeAlign
    return at > pc
  }
  const set = (register: number, rule: Rule) => row.rules.set(register, rule)
  const restore = (register: number) => {
    const rule = initial?.get(register)
    if (rule) row.rules.set(register, rule)
    else row.rules.delete(register)
  }
  const block = () => {
    const length = reader.uleb()
    const start = reader.at
    reader.at += length
    return { start, end: reader.at }
  }
  for (let left = MOST_INSTRUCTIONS; reader.at < code.end && left > 0; left--) {
    const op = reader.u8()
    if (Number.isNaN(op)) return false
    const low = op & 0x3f
    if (op >= 0xc0) restore(low)
    else if (op >= 0x80) set(low, { how: 'offset', offset: reader.uleb() * info.dataAlign })
    else if (op >= 0x40) {
      if (advance(low)) return true
    } else
      switch (op) {
        case 0x00: // nop
          break
        case 0x01: // set_loc
          at = reader.u64()
          if (at > pc) return true
          break
        case 0x02: // advance_loc1
          if (advance(reader.u8())) return true
          break
        case 0x03: // advance_loc2
          if (advance(reader.u16())) return true
          break
        case 0x04: // advance_loc4
          if (advance(reader.u32())) return true
          break
        case 0x05: // offset_extended
          set(reader.uleb(), { how: 'offset', offset: reader.uleb() * info.dataAlign })
          break
        case 0x06: // restore_extended
          restore(reader.uleb())
          break
        case 0x07: // undefined
          set(reader.uleb(), { how: 'undefined' })
          break
        case 0x08: // same_value
          row.rules.delete(reader.uleb())
          break
        case 0x09: // register
          set(reader.uleb(), { how: 'register', register: reader.uleb() })
          break
        case 0x0a: // remember_state
          stack.push({ cfa: row.cfa, rules: new Map(row.rules) })
          break
        case 0x0b: {
          // restore_state
          const saved = stack.pop()
          if (!saved) return false
          row.cfa = saved.cfa
          row.rules = saved.rules
          break
        }
        case 0x0c: // def_cfa
          row.cfa = { register: reader.uleb(), offset: reader.uleb() }
          break
        case 0x0d: // def_cfa_register
          if (row.cfa === null || !('register' in row.cfa)) return false
          row.cfa = { register: reader.uleb(), offset: row.cfa.offset }
          break
        case 0x0e: // def_cfa_offset
          if (row.cfa === null || !('register' in row.cfa)) return false
          row.cfa = { register: row.cfa.register, offset: reader.uleb() }
          break
        case 0x0f: // def_cfa_expression
          row.cfa = block()
          break
        case 0x10: // expression
          set(reader.uleb(), { how: 'expression', ...block() })
          break
        case 0x11: // offset_extended_sf
          set(reader.uleb(), { how: 'offset', offset: reader.sleb() * info.dataAlign })
          break
        case 0x12: // def_cfa_sf
          row.cfa = { register: reader.uleb(), offset: reader.sleb() * info.dataAlign }
          break
        case 0x13: // def_cfa_offset_sf
          if (row.cfa === null || !('register' in row.cfa)) return false
          row.cfa = { register: row.cfa.register, offset: reader.sleb() * info.dataAlign }
          break
        case 0x14: // val_offset
          set(reader.uleb(), { how: 'value', offset: reader.uleb() * info.dataAlign })
          break
        case 0x16: // val_expression
          set(reader.uleb(), { how: 'value-expression', ...block() })
          break
        case 0x2d: // AARCH64_negate_ra_state: signed return addresses, see signedAway
          break
        case 0x2e: // GNU_args_size
          reader.uleb()
          break
        default:
          return false
      }
  }
  return true
}
