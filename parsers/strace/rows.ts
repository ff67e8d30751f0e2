/**
 * What is kept of a log: a row of numbers for each event, no text. The text is read again from the input when somebody
 * asks for it, so memory grows by about 60 bytes for an event and not at all for a line that is not kept.
 */
import { grown } from './columns.js'

export const ROW = { call: 0, signal: 1, stop: 2, end: 3, attach: 4, detach: 5 } as const

/** Flags of a row. */
export const FLAG = {
  /** The thread ended inside this call. */
  died: 1,
  /** The second range goes on where the first was torn; it is not a `<... resumed>`. */
  glued: 2,
  /** The tid stands in the text (strace's own messages) or is known from elsewhere. */
  noLeader: 4,
} as const

const START = 256

export class Rows {
  length = 0
  kind = new Uint8Array(START)
  flags = new Uint8Array(START)
  tid = new Int32Array(START)
  line = new Uint32Array(START)
  /** NaN where the line has no time. */
  ns = new Float64Array(START)
  /** Where the line stands in the input, how long it is without its line end, and how long its leader. */
  at = new Float64Array(START)
  size = new Uint32Array(START)
  lead = new Uint32Array(START)
  /** The second half; line 0 where there is none. */
  line2 = new Uint32Array(START)
  ns2 = new Float64Array(START)
  at2 = new Float64Array(START)
  size2 = new Uint32Array(START)
  lead2 = new Uint32Array(START)

  push(
    kind: number,
    flags: number,
    tid: number,
    line: number,
    ns: number,
    at: number,
    size: number,
    lead: number,
  ): number {
    const i = this.length
    if (i === this.kind.length) this.#grow()
    this.kind[i] = kind
    this.flags[i] = flags
    this.tid[i] = tid
    this.line[i] = line
    this.ns[i] = ns
    this.at[i] = at
    this.size[i] = size
    this.lead[i] = lead
    this.length++
    return i
  }

  second(i: number, line: number, ns: number, at: number, size: number, lead: number): void {
    this.line2[i] = line
    this.ns2[i] = ns
    this.at2[i] = at
    this.size2[i] = size
    this.lead2[i] = lead
  }

  #grow(): void {
    this.kind = grown(this.kind)
    this.flags = grown(this.flags)
    this.tid = grown(this.tid)
    this.line = grown(this.line)
    this.ns = grown(this.ns)
    this.at = grown(this.at)
    this.size = grown(this.size)
    this.lead = grown(this.lead)
    this.line2 = grown(this.line2)
    this.ns2 = grown(this.ns2)
    this.at2 = grown(this.at2)
    this.size2 = grown(this.size2)
    this.lead2 = grown(this.lead2)
  }

  /** Row numbers in the order of the log: by the line on which the event begins. */
  inOrder(): Uint32Array {
    const order = new Uint32Array(this.length)
    // Line and row in one exact number (line < 2^31, row < 2^22), so that the sort needs no comparison of our own.
    const ROWS = 2 ** 22
    if (this.length >= ROWS) {
      for (let i = 0; i < order.length; i++) order[i] = i
      return order.sort((a, b) => this.line[a] - this.line[b] || a - b)
    }
    const keys = new Float64Array(this.length)
    for (let i = 0; i < keys.length; i++) keys[i] = this.line[i] * ROWS + i
    keys.sort()
    for (let i = 0; i < keys.length; i++) order[i] = keys[i] % ROWS
    return order
  }
}
