/** Turns rows into events: reads their text again and takes it apart, when somebody asks for more than who and when. */
import type { LastCall, TraceCall, TraceEvent } from '../../src/model/trace.js'
import { commOf } from './comm.js'
import { errorName } from './errors.js'
import { nameOf } from './names.js'
import { endOf, type Parsed, parsedOf } from './parsed.js'
import { RESULT, ROW, Rows } from './rows.js'
import { readEnd, readSignal, readStop } from './signal-text.js'
import type { Texts } from './texts.js'

/** Events of the rows in the order of the log, made anew each time they are gone through: to keep them costs more. */
export class Events implements Iterable<TraceEvent> {
  #order: Uint32Array | null = null

  constructor(
    readonly rows: Rows,
    readonly texts: Texts,
    /** Names of calls by hash, as far as they are known. */
    readonly names: Map<number, string>,
  ) {}

  *[Symbol.iterator](): Generator<TraceEvent> {
    this.#order ??= orderOf(this.rows)
    for (const i of this.#order) yield this.at(i)
  }

  /** The event of row `i`. */
  at(i: number): TraceEvent {
    const { rows, texts } = this
    if (rows.kind[i] === ROW.call) return new Call(rows, i, texts, this.names)
    const base = { line: rows.line[i], tid: rows.tid[i], ns: orNull(rows.ns[i]) }
    if (rows.kind[i] === ROW.attach) return { type: 'attach', ...base }
    if (rows.kind[i] === ROW.detach) return { type: 'detach', ...base }
    const line = texts.line(rows, i)
    const text = line.slice(rows.lead[i])
    const comm = commOf(line)
    const named = comm === undefined ? base : { ...base, comm }
    if (rows.kind[i] === ROW.signal) return { type: 'signal', ...named, ...(readSignal(text) ?? NO_SIGNAL) }
    if (rows.kind[i] === ROW.stop) return { type: 'stop', ...named, ...(readStop(text) ?? NO_SIGNAL) }
    const end = readEnd(text)
    if (end?.how === 'superseded') return { type: 'superseded', ...named, by: end.by }
    if (end?.how === 'killed') return { type: 'exit', ...named, code: null, ...end }
    return { type: 'exit', ...named, how: 'exited', code: end?.code ?? null, signal: null, coreDumped: false }
  }
}

/** For a file that was changed after it was scanned. */
const NO_SIGNAL = { signal: 'SIG0', number: 0, info: { code: null } }

/** Row numbers by the line on which the event begins: a call that was interrupted stands where it was entered. */
function orderOf(rows: Rows): Uint32Array {
  const order = new Uint32Array(rows.length)
  // Line and row in one exact number (line < 2^31, row < 2^22), so that the sort needs no comparison of our own.
  const ROWS = 2 ** 22
  if (rows.length >= ROWS) {
    for (let i = 0; i < order.length; i++) order[i] = i
    return order.sort((a, b) => rows.line[a] - rows.line[b] || a - b)
  }
  const keys = new Float64Array(rows.length)
  for (let i = 0; i < keys.length; i++) keys[i] = rows.line[i] * ROWS + i
  keys.sort()
  for (let i = 0; i < keys.length; i++) order[i] = keys[i] % ROWS
  return order
}

/** A call. Its text is read when a field that needs it is asked for; most calls are never asked. */
class Call implements TraceCall {
  readonly type = 'call' as const
  readonly line: number
  readonly tid: number
  readonly ns: number | null
  readonly name: string
  #text: Parsed | null = null
  readonly #rows: Rows
  readonly #row: number
  readonly #texts: Texts

  constructor(rows: Rows, row: number, texts: Texts, names: Map<number, string>) {
    this.#rows = rows
    this.#row = row
    this.#texts = texts
    this.line = rows.line[row]
    this.tid = rows.tid[row]
    this.ns = orNull(rows.ns[row])
    // Everybody asks for it, again and again.
    let name = names.get(rows.name[row])
    if (name === undefined) {
      name = nameOf(texts.line(rows, row).slice(rows.lead[row]))
      names.set(rows.name[row], name)
    }
    this.name = name
  }

  get #parsed(): Parsed {
    if (this.#text === null) {
      const line = this.#texts.line(this.#rows, this.#row)
      this.#text = parsedOf(this.#rows, this.#row, line, this.#texts.second(this.#rows, this.#row))
    }
    return this.#text
  }

  /** Whether the columns say how it ended. */
  get #isRead(): boolean {
    return this.#rows.result[this.#row] !== 0
  }

  get args(): string {
    return this.#parsed.args
  }

  get ret(): number | null {
    return this.#isRead ? orNull(this.#rows.ret[this.#row]) : this.#parsed.ret
  }

  get retText(): string | null {
    return this.#isRead ? null : this.#parsed.retText
  }

  get error(): string | null {
    return this.#isRead ? errorName(this.#rows.error[this.#row]) : this.#parsed.error
  }

  get injected(): boolean {
    return !this.#isRead && this.#parsed.injected
  }

  get state(): TraceCall['state'] {
    if (!this.#isRead) return this.#parsed.state
    return (this.#rows.result[this.#row] & RESULT.none) === 0 ? 'returned' : 'died'
  }

  get comm(): string | undefined {
    return commOf(this.#texts.line(this.#rows, this.#row))
  }

  get endNs(): number | null {
    return orNull(this.#isRead ? this.#rows.ns2[this.#row] : endOf(this.#rows, this.#row, this.#parsed))
  }

  get endLine(): number | null {
    return !this.#isRead && this.#parsed.open ? null : this.#rows.line2[this.#row] || this.line
  }

  /** All fields, for who prints or compares. */
  toJSON(): TraceCall {
    const { type, line, tid, ns, name, args, ret, retText, error, endNs, endLine, state, injected } = this
    const all = { type, line, tid, ns, name, args, ret, retText, error, endNs, endLine, state, injected }
    return this.comm === undefined ? all : { ...all, comm: this.comm }
  }
}

/** Of a last call's arguments no more is shown. */
const LAST_ARGS = 512

/** A call as the last one of its thread. */
export function lastCallOf(call: TraceCall, state: LastCall['state']): LastCall {
  const { tid, line, ns, name, args } = call
  return { tid, line, ns, name, args: args.slice(0, LAST_ARGS), state }
}

/** A call that is not kept, by the place of its line. */
export function callAt(
  texts: Texts,
  tid: number,
  line: number,
  ns: number,
  at: number,
  size: number,
  lead: number,
): TraceCall {
  const rows = new Rows()
  rows.push(ROW.call, 0, tid, line, ns, at, size, lead)
  return new Call(rows, 0, texts, new Map())
}

function orNull(ns: number): number | null {
  return Number.isNaN(ns) ? null : ns
}
