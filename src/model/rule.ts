import type { Analysis } from './analysis.js'
import type { Finding, Severity } from './finding.js'

/** One finding of the contract. `find` yields nothing where it does not apply; it never guesses. */
export interface Rule {
  /** As in the contract: `sigpipe/go-stdio`; the file is `src/rules/<id>.ts`. */
  id: string
  severity: Severity
  /** What evidence it needs, in words, for `sigtrace rules` and for saying what is missing. */
  needs: string
  /** One sentence: when it holds. */
  summary: string
  /** For `sigtrace explain`: how it comes about, what to look for, what to do. Paragraphs of plain text. */
  explanation: string
  find(analysis: Analysis): Iterable<Finding>
}
