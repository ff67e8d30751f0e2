import type { Ref } from './ref.js'

/**
 * Something in the input that could not be used, said once with a count. `loss`: part of the evidence was not read
 * (exit status 4). `info`: worth knowing, nothing lost. `error`: an input that could not be read at all.
 */
export type DiagnosticSeverity = 'info' | 'loss' | 'error'

export interface Diagnostic {
  /** Stable and dotted, the format first: `strace.torn-line`, `intake.bomb`, `go.truncated`. */
  code: string
  severity: DiagnosticSeverity
  /** One sentence that says what is the case. */
  text: string
  count: number
  first: Ref
  /** What the user can do about it: the flag to add, the file to bring. Never empty. */
  remedy: string
}

/** Counts diagnostics by code and source; the first place is kept. */
export class Diagnostics {
  #byKey = new Map<string, Diagnostic>()

  add(code: string, severity: DiagnosticSeverity, text: string, first: Ref, remedy: string, count = 1): void {
    const key = `${code}\0${first.source}`
    const known = this.#byKey.get(key)
    if (known) known.count += count
    else this.#byKey.set(key, { code, severity, text, count, first, remedy })
  }

  list(): Diagnostic[] {
    return [...this.#byKey.values()]
  }

  of(source: string): Diagnostic[] {
    return this.list().filter(d => d.first.source === source)
  }
}
