/** Lines that strace writes about itself, and what it writes below a call. Neither is a record. */

export interface OwnWords {
  kind: 'attached' | 'detached' | 'failed' | 'other'
  tid: number
}

/**
 *   > | strace: Process 30995 attached with 4 threads        /usr/bin/strace: Process 30970 detached
 *   > | Process 29579 attached - interrupt to quit           up to 4.10
 *   > | strace: attach: ptrace(PTRACE_SEIZE, 999999): No such process
 */
const ABOUT_PROCESS = /^(?:(?:\S*\/)?strace: )?Process (\d{1,8}) (attached|detached|suspended|resumed)\b/
const PREFIXED = /^(?:\S*\/)?strace: /
const FAILED = /^(?:\S*\/)?strace: (?:attach: ptrace|exec: |Can't stat|Could not attach|ptrace\(PTRACE_TRACEME)/

export function ownWords(text: string): OwnWords | null {
  const about = ABOUT_PROCESS.exec(text)
  if (about) {
    const kind = about[2] === 'attached' || about[2] === 'detached' ? about[2] : 'other'
    return { kind, tid: Number(about[1]) }
  }
  if (!PREFIXED.test(text)) return null
  return { kind: FAILED.test(text) ? 'failed' : 'other', tid: 0 }
}

/** Where strace's own words begin inside a line that they tore; -1 where they do not. */
export function ownWordsInside(text: string): number {
  const m =
    /(?:(?:\/[^\s"]*\/)?strace: |(?<=[, (\d"}\]]))Process \d{1,8} (?:attached|detached)\b|(?:\/[^\s"]*\/)?strace: (?=\[wait|Exit of|Stray|ptrace|attach|System call limit)/.exec(
      text,
    )
  return m && m.index > 0 ? m.index : -1
}

/**
 * What belongs to the line above: stack frames (-k), hexdumps (-e read=), tables (-c), a change of personality, tips.
 *
 *   >> /usr/lib/x86_64-linux-gnu/libc.so.6(kill+0x7) [0x3c267]
 *   >| 00270  53 e5 74 64 04 00 00 00  50 03 00 00 00 00 00 00  S.td....P....... |
 */
export function isAnnotation(text: string): boolean {
  if (/^ > .+(?:\[0x[0-9a-f]+\]|\)|error|BUG IN )/.test(text) || /^ \| [0-9a-f]{5,} {1,2}/.test(text)) return true
  if (/^\[ Process PID=\d+ runs in .* mode\. \]$/.test(text)) return true
  return isTable(text)
}

const TABLE_HEAD = /^(?:% time|System call usage summary for)\b/
const TABLE_RULE = /^-{3,}(?: -{3,})+ *$/
const TABLE_ROW = /^ *\d{1,3}\.\d\d +\d+\.\d{3,} .*[a-z_0-9]$/

/** A line of the table that `-c` and `-C` print. */
export function isTable(text: string): boolean {
  return TABLE_HEAD.test(text) || TABLE_RULE.test(text) || TABLE_ROW.test(text)
}
