import type { Ref } from './ref.js'
import type { Ns } from './time.js'

export type Severity = 'fatal' | 'error' | 'warning' | 'note'
export type Confidence = 'proven' | 'likely' | 'possible' | 'insufficient'

/** One step of a claim. An observed link has at least one ref; a missing link says in `text` what was not seen. */
export interface Link {
  text: string
  status: 'observed' | 'inferred' | 'missing'
  refs: Ref[]
  /** Capture time of the step, where it is one in time. */
  ns?: Ns | null
  /** Who acts on whom, for the drawing of the signal's path; see `Actor`. */
  from?: Actor
  to?: Actor
  /** At most three words beside the arrow: `SIGTERM`, `write → EPIPE`. */
  label?: string
}

/** Somebody or something on the signal's path. `key` makes it one and the same: `pid:77`, `kernel`, `pipe:[385978]`, `tid:80`. */
export interface Actor {
  key: string
  name: string
  kind: 'process' | 'thread' | 'kernel' | 'object' | 'runtime' | 'unknown'
}

export interface Remedy {
  /** An order, at most 60 characters: "Let the service outlive its log reader". */
  title: string
  /** What it does and why, with the man page or source it rests on. */
  detail: string
  /** The smallest diff or command. */
  code?: string
  /** Index of the link of the chain that it breaks. */
  breaks?: number
}

export interface Subject {
  pid?: number
  tid?: number
  goroutine?: number
  comm?: string
  unit?: string
}

/** What a rule yields. Confidence is not in it: it follows from the chain (`confidenceOf`). */
export interface Finding {
  rule: string
  severity: Severity
  /** One sentence of at most 90 characters: victim, mechanism, culprit. */
  title: string
  /** At most four sentences for who was not there. */
  summary: string
  subject: Subject
  chain: Link[]
  remedies: Remedy[]
  /** When it took effect, capture time. The latest fatal finding about the victim makes the verdict. */
  ns?: Ns | null
  /** How many like it were folded into this one (itself included). */
  count?: number
}

/** A usual suspect and the evidence against it. */
export interface RuledOut {
  hypothesis: string
  text: string
  refs: Ref[]
}

/** Confidence is counted links: all observed = proven; nothing missing = likely; something missing = possible; nothing observed = insufficient. */
export function confidenceOf(chain: readonly Link[]): Confidence {
  const observed = chain.filter(link => link.status === 'observed').length
  if (observed === 0) return 'insufficient'
  if (observed === chain.length) return 'proven'
  return chain.some(link => link.status === 'missing') ? 'possible' : 'likely'
}
