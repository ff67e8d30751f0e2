/** The whole way of a thread's stack: from C or a signal handler into Go, from a system stack to the goroutine's. */
import type { Frame } from '../../../src/model/goroutine.js'
import type { Memory } from '../memory.js'
import type { Registers } from '../registers.js'
import { interrupted } from '../signal-frame.js'
import type { StackNamer } from './stacks.js'
import type { GoFrame, Start, Unwinder } from './unwind.js'

/** Frames of code that is not Go, from `start` outwards, and where it goes on in Go, if it does. */
export type NativeWalk = (start: Start, stop: (pc: number) => boolean) => { frames: Frame[]; next: Start | null }

export interface ThreadStack {
  frames: Frame[]
  /** The physical frames among them that are Go's. */
  goFrames: GoFrame[]
  /** Where signals interrupted the thread, outermost last: the registers of those moments. */
  interruptions: Registers[]
}

/** More hops between stacks than a thread can have: handlers do not nest deeper. */
const MOST_HOPS = 16
const MOST_FRAMES = 256

/** Functions of the runtime that run on the system stack for the goroutine that stands in `m.curg`. */
const SYSTEM_STACK = new Set(['runtime.systemstack', 'runtime.morestack', 'runtime.mcall', 'runtime.asmcgocall'])

/** Where the kernel enters the runtime for a signal: outermost on the signal stack, but the thread stood elsewhere. */
const SIGNAL_ENTRY = new Set(['runtime.sigtramp', 'runtime.cgoSigtramp', 'runtime.sigreturn'])

/** Follows a thread's registers as far as they lead. `curg` gives the stack to which a system stack belongs. */
export function threadStack(
  memory: Memory,
  machine: number,
  registers: Registers,
  go: { unwinder: Unwinder; namer: StackNamer } | null,
  native: NativeWalk,
  curg: () => Start | null,
): ThreadStack {
  const frames: Frame[] = []
  const goFrames: GoFrame[] = []
  const interruptions: Registers[] = []
  let at: Start | null = startOf(registers)
  for (let hop = 0; at !== null && hop < MOST_HOPS && frames.length < MOST_FRAMES; hop++) {
    let outward: Start = at
    if (go?.unwinder.isGo(at.pc) || (go && at.pc === 0)) {
      let last = ''
      const walk = go.unwinder.walk(at, frame => {
        frames.push(...go.namer.frames(frame))
        goFrames.push(frame)
        last = frame.fn.name
        return frames.length < MOST_FRAMES
      })
      if ((walk.end === 'switch' || walk.end === 'top') && SYSTEM_STACK.has(last)) {
        at = curg()
        continue
      }
      if (walk.end !== 'foreign' && !(walk.end === 'top' && SIGNAL_ENTRY.has(last))) break
      outward = walk.next
    }
    const before = interrupted(memory, outward.sp, machine)
    if (before !== null && !interruptions.some(i => i.sp === before.sp && i.pc === before.pc)) {
      interruptions.push(before)
      at = startOf(before)
      continue
    }
    const walked = native(outward, pc => go?.unwinder.isGo(pc) ?? false)
    frames.push(...walked.frames.slice(0, MOST_FRAMES - frames.length))
    at = walked.next
  }
  return { frames, goFrames, interruptions }
}

/** A walk that begins at registers. */
export function startOf(registers: Registers): Start {
  return { pc: registers.pc, sp: registers.sp, lr: registers.lr, exact: true, registers: registers.values }
}
