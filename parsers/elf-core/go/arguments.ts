/** Arguments of a frame, as the runtime prints them between the parentheses (runtime/traceback.go printArgs). */
import type { Memory } from '../memory.js'
import type { GoFunction, PclnTab } from './pclntab.js'
import type { GoFrame } from './unwind.js'

/** Function data: the instructions for printing, and which register arguments are alive where. */
const FUNCDATA_ARG_INFO = 5
const FUNCDATA_ARG_LIVE_INFO = 6
const PCDATA_ARG_LIVE_INDEX = 3

const END = 0xff
const START_AGGREGATE = 0xfe
const END_AGGREGATE = 0xfd
const DOTS = 0xfc
const TOO_FAR = 0xfb

/** At most ten components in five levels of nesting. */
const LONGEST_INFO = (5 * 3 + 2) * 10 + 1
const MOST_WORDS = 10

/**
 * The argument text of a frame. A value that may be stale, because its register was not spilled or is not alive here any
 * more, has a `?`. Empty where the function has none or the table does not say.
 *
 * @param base how far above the frame the arguments lie: 0 on x86-64, 8 on arm64
 */
export function argumentsOf(memory: Memory, tab: PclnTab, frame: GoFrame, base: number): string {
  const { fn } = frame
  const info = tab.describesArguments() ? tab.funcdata(fn, FUNCDATA_ARG_INFO) : 0
  if (info === 0) return tab.describesArguments() ? '' : words(memory, fn, frame.fp + base)
  const code = memory.bytes(info, LONGEST_INFO)
  const live = liveness(memory, tab, frame)
  let text = ''
  let start = true
  let slot = 0
  for (let i = 0; i < code.length; ) {
    const op = code[i++]
    if (op === END) break
    if (op === END_AGGREGATE) {
      text += '}'
      start = false
      continue
    }
    if (!start) text += ', '
    start = op === START_AGGREGATE
    if (op === START_AGGREGATE) text += '{'
    else if (op === DOTS) text += '...'
    else if (op === TOO_FAR) text += '_'
    else {
      const size = code[i++]
      text += hex(memory, frame.fp + base + op, size) + (live.alive(op, slot) ? '' : '?')
      if (op >= live.from) slot++
    }
  }
  return text
}

/** Up to Go 1.16 all arguments lie on the stack and are printed as words. */
function words(memory: Memory, fn: GoFunction, at: number): string {
  const count = fn.args > 0 ? Math.floor(fn.args / 8) : 0
  const shown = Array.from({ length: Math.min(count, MOST_WORDS) }, (_, i) => hex(memory, at + i * 8, 8))
  return shown.join(', ') + (count > MOST_WORDS ? ', ...' : '')
}

function liveness(
  memory: Memory,
  tab: PclnTab,
  frame: GoFrame,
): { from: number; alive(op: number, slot: number): boolean } {
  const info = tab.funcdata(frame.fn, FUNCDATA_ARG_LIVE_INFO)
  if (info === 0) return { from: 0xff, alive: () => true }
  // Where calls were inlined, the function itself stands at the outermost of them; Go 1.21 began to ask for the innermost.
  const outermost = (tab.options.minor ?? 21) < 21
  const at = (outermost ? tab.lines(frame.fn, frame.at).at(-1)?.at : undefined) ?? frame.at
  const index = tab.pcdata(frame.fn, PCDATA_ARG_LIVE_INDEX, at)
  const from = memory.u8(info)
  return {
    from,
    alive: (op, slot) => index <= 0 || op < from || (memory.u8(info + index + (slot >>> 3)) & (1 << (slot & 7))) !== 0,
  }
}

function hex(memory: Memory, at: number, size: number): string {
  const bytes = memory.bytes(at, 8)
  if (bytes.length < 8) return '_'
  return `0x${BigInt.asUintN(Math.min(size, 8) * 8, bytes.readBigUInt64LE(0)).toString(16)}`
}
