import type { Rule } from '../model/rule.js'

/**
 * Every rule, one line each, grouped by family. The order settles which of two equally good fatal findings is the
 * verdict: the more specific explanation stands first.
 */
export const rules: readonly Rule[] = [
  // sigpipe, epipe
  // kill
  // crash, deadlock, exit
  // locks and channels
  // writes and system calls
  // signals without effect
  // systemd and units
]
