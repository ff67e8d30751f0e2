/**
 * What is kept of a log: a row of numbers for each event. The text is read again when somebody asks for it, so memory
 * grows by 90 bytes for an event and not at all for a line that is not kept.
 */
import { ROOM, Table } from './columns.js'

export const ROW = { call: 0, signal: 1, stop: 2, end: 3, attach: 4, detach: 5 } as const

/** Flags of a row. */
export const FLAG = {
  /** The thread ended inside this call. */
  died: 1,
  /** The second range goes on where the first was torn; it is not a `<... resumed>`. */
  glued: 2,
  /** Kept for nothing but that its thread does this for the first time; `use` tells what. */
  first: 4,
  /** Kept for nothing but that it wrote to fd 1 or 2, and it succeeded. */
  output: 8,
  /** It failed with EPIPE or another error that a program may meet over and over; `use` tells where. */
  failing: 16,
} as const

export const RESULT = {
  /** The columns are filled. */
  read: 1,
  /** `= ?` */
  none: 2,
} as const

export class Rows extends Table {
  kind = new Uint8Array(ROOM)
  flags = new Uint8Array(ROOM)
  tid = new Int32Array(ROOM)
  line = new Uint32Array(ROOM)
  /** NaN where the line has no time. */
  ns = new Float64Array(ROOM)
  /** Where the line stands in the input, how long it is without its line end, and how long its leader. */
  at = new Float64Array(ROOM)
  size = new Uint32Array(ROOM)
  lead = new Uint16Array(ROOM)
  /** The second half; line 0 where there is none. With `RESULT.read`, `ns2` is when the call ended, in halves or not. */
  line2 = new Uint32Array(ROOM)
  ns2 = new Float64Array(ROOM)
  at2 = new Float64Array(ROOM)
  size2 = new Uint32Array(ROOM)
  lead2 = new Uint16Array(ROOM)
  /** Hash of the name of a call. */
  name = new Int32Array(ROOM)
  /** What the flags say; of an end that is one by execve the thread that goes on. */
  use = new Int32Array(ROOM)
  /** Where its text was put aside, 1 and up: its line, and behind it its second half's. 0: to be read from the input. */
  text = new Uint32Array(ROOM)
  /** `RESULT` bits: whether `ret`, `error` and `ns2` say how the call ended. If not, its text has to be taken apart. */
  result = new Uint8Array(ROOM)
  /** Return value; NaN where there is none. */
  ret = new Float64Array(ROOM)
  /** Number in `errors.ts`; 0 for none. */
  error = new Uint8Array(ROOM)

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
    if (i === this.kind.length) this.makeRoom(i * 2)
    this.kind[i] = kind
    this.flags[i] = flags
    this.tid[i] = tid
    this.line[i] = line
    this.ns[i] = ns
    this.at[i] = at
    this.size[i] = size
    this.lead[i] = lead
    this.line2[i] = 0
    this.ns2[i] = Number.NaN
    this.name[i] = 0
    this.use[i] = 0
    this.text[i] = 0
    this.result[i] = 0
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
}
