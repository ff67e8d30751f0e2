/**
 * Names of program counters, out of a binary profile of the same program. The text form hides the frames of the runtime
 * and shows their counters alone, so whether a goroutine sends or receives is only in those.
 *
 *   1 @ 0x43b256 0x40708c 0x406c3d 0x670ab2 0x46b121
 *       ^ gopark ^ chansend ^ chansend1
 */
import type { Frame } from '../../src/model/goroutine.js'

export class Symbols {
  /** Functions by the address that profiles give: one before the counter that a call returns to. */
  #functions = new Map<number, string[]>()

  /** Takes in what one location of a binary profile names: several functions where some were inlined. */
  add(frames: readonly Frame[]): void {
    for (const { pc, func } of frames) {
      if (pc === undefined || func.startsWith('0x')) continue
      const known = this.#functions.get(pc)
      if (known === undefined) this.#functions.set(pc, [func])
      else if (!known.includes(func)) known.push(func)
    }
  }

  /** Whether these are the names of the program that the frames are of: some agree, and none contradicts. */
  fit(frames: Iterable<Frame>): boolean {
    let agree = 0
    for (const { pc, func } of frames) {
      const names = pc === undefined ? undefined : this.#functions.get(pc)
      if (names === undefined) continue
      if (!names.some(name => bare(name) === bare(func))) return false
      agree++
    }
    return agree > 0
  }

  /** The frames of counters that a text form hides, innermost first, as far as they have names. */
  framesOf(counters: readonly number[]): Frame[] {
    return counters.flatMap(counter =>
      (this.#functions.get(counter - 1) ?? []).map(func => ({ func, file: null, line: null, pc: counter - 1 })),
    )
  }
}

/** Without type arguments, which the text form leaves out: `main.zGeneric[go.shape.int]` is `main.zGeneric[...]` there. */
function bare(func: string): string {
  const open = func.indexOf('[')
  return open === -1 ? func : func.slice(0, open) + func.slice(func.lastIndexOf(']') + 1)
}
