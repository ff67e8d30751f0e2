/**
 * Of what a Go program died, where its last words are lost: the panic that the goroutine carries, or the message that the
 * runtime threw. The runtime turns errors and Stringers into strings before it prints them (runtime/panic.go,
 * preprintpanics), and so the text is in memory.
 */
import type { CrashText, Frame } from '../../../src/model/goroutine.js'
import { signalName } from '../../../src/model/signal-names.js'
import type { Memory } from '../memory.js'
import { argumentsOf } from './arguments.js'
import { goString } from './buildinfo.js'
import type { GoroutineWords } from './goroutines.js'
import type { Layout } from './layout.js'
import type { PclnTab } from './pclntab.js'
import type { GoFrame } from './unwind.js'

/** `g._panic`: the same in every version. */
const G_PANIC = 32
const LONGEST_MESSAGE = 4096
const MOST_PANICS = 100

/** Kinds of types (reflect.Kind) whose values the runtime prints as they are; `_type.kind` is the byte at 23. */
const KIND_AT = 23
const KIND_STRING = 24
const INTEGERS: Readonly<Record<number, [bytes: number, signed: boolean]>> = {
  2: [8, true],
  3: [1, true],
  4: [2, true],
  5: [4, true],
  6: [8, true],
  7: [8, false],
  8: [1, false],
  9: [2, false],
  10: [4, false],
  11: [8, false],
  12: [8, false],
}

export type Death = Pick<CrashText, 'kind' | 'message' | 'signal' | 'code' | 'address' | 'pc' | 'goroutine'>

/** Whether the frames of the thread that died show the runtime ending the program, and for what. */
export function deathKind(frames: readonly Frame[]): 'panic' | 'fatal' | null {
  const names = new Set(frames.map(f => f.func))
  if (names.has('runtime.fatalpanic') && names.has('runtime.gopanic')) return 'panic'
  return names.has('runtime.fatalthrow') || names.has('runtime.throw') || names.has('runtime.fatal') ? 'fatal' : null
}

/** The panic of a goroutine, as `printpanics` would print it. */
export function panicOf(memory: Memory, g: GoroutineWords, layout: Layout, minor: number | null): Death | null {
  const texts: string[] = []
  let panic = memory.u64(g.address + G_PANIC)
  for (let i = 0; i < MOST_PANICS && panic > 0; i++) {
    const arg = argumentAt(memory, panic)
    texts.unshift(`panic: ${arg === null ? '(a value that cannot be shown)' : arg.text}`)
    panic = memory.u64((arg?.at ?? panic + 8) + 16)
  }
  if (texts.length === 0) return null
  const fault = faultOf(memory, g, layout, minor)
  return { kind: 'panic', message: texts.join('\n\t'), goroutine: g.id, ...fault }
}

/** The message of `runtime.throw(s)` or `runtime.fatal(s)`, from the frame that has it as an argument. */
export function throwOf(
  memory: Memory,
  tab: PclnTab,
  frames: readonly GoFrame[],
  base: number,
  goroutine: number | null,
): Death {
  const dead = { signal: null, code: null, address: null, pc: null, goroutine }
  for (const frame of frames) {
    if (frame.fn.name !== 'runtime.throw' && frame.fn.name !== 'runtime.fatal') continue
    const words = [...argumentsOf(memory, tab, frame, base).matchAll(/0x[0-9a-f]+/g)].map(m => Number(m[0]))
    const text = words.length >= 2 ? printable(memory, words[0], words[1]) : null
    if (text !== null) return { kind: 'fatal', message: `fatal error: ${text}`, ...dead }
  }
  // runtime.checkdead calls it for nothing else that a program can bring about.
  const asleep = frames.some(f => f.fn.name === 'runtime.checkdead')
  return {
    kind: 'fatal',
    message: `fatal error: ${asleep ? 'all goroutines are asleep - deadlock!' : '(lost)'}`,
    ...dead,
  }
}

/** `_panic.arg`, an interface {type, data}: at +8 behind argp, or first. */
function argumentAt(memory: Memory, panic: number): { at: number; text: string } | null {
  for (const at of [panic + 8, panic]) {
    const text = valueText(memory, memory.u64(at), memory.u64(at + 8))
    if (text !== null) return { at, text }
  }
  return null
}

function valueText(memory: Memory, type: number, data: number): string | null {
  const kind = memory.u8(type + KIND_AT) & 31
  const size = memory.u64(type)
  if (kind === KIND_STRING && size === 16) return goString(memory, data, LONGEST_MESSAGE)
  const integer = INTEGERS[kind]
  if (!integer || size !== integer[0]) return null
  const bytes = memory.bytes(data, size)
  if (bytes.length < size) return null
  const [length, signed] = integer
  const value = bytes.readBigUInt64LE.call(Buffer.concat([bytes, Buffer.alloc(8)]), 0)
  return String(signed ? BigInt.asIntN(length * 8, value) : BigInt.asUintN(length * 8, value))
}

/**
 * The fault that became a panic: g.sig, sigcode0, sigcode1 and sigpc (runtime/signal_unix.go, preparePanic), which stand
 * in front of parentGoid, or of gopc before that came.
 */
function faultOf(
  memory: Memory,
  g: GoroutineWords,
  layout: Layout,
  minor: number | null,
): Pick<Death, 'signal' | 'code' | 'address' | 'pc'> {
  const next = g.address + (layout.g.parentGoid ?? layout.g.gopc)
  const pc = memory.u64(next - 8)
  if (!(pc > 0)) return { signal: null, code: null, address: null, pc: null }
  // A slice (writebuf) lies between sig and sigcode0; in Go 1.25 sig filled up the word before it.
  const number = memory.u32(next - 24 - (minor === 25 ? 28 : 32))
  const hex = (n: number) => `0x${n.toString(16)}`
  return {
    signal: number >= 1 && number <= 64 ? signalName(number) : null,
    code: hex(memory.u64(next - 24)),
    address: hex(memory.u64(next - 16)),
    pc: hex(pc),
  }
}

/** A string that reads like a message; null for words that only happen to be there. */
function printable(memory: Memory, at: number, length: number): string | null {
  if (!(length >= 3 && length <= LONGEST_MESSAGE)) return null
  const bytes = memory.bytes(at, length)
  return bytes.length === length && bytes.every(b => b >= 32 && b < 127) ? bytes.toString('latin1') : null
}
