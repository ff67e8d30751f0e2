/** Whether a text is strace's, by what its lines look like. Cheap: the first lines, and a sample further on. */

const LINES = 300
const LINE_BYTES = 2000

/** pid, command name, security context, times, number of the call, instruction pointer: anything of it or nothing. */
const LEADER =
  /^(?:\[pid +\d+(?:<[^\n]{0,80}?>)?\] |\d{1,8}(?:<[^\n]{0,80}?>)? +)?(?:\[[^\s\]]{1,200}\] )?(?:(?:\d\d:\d\d:\d\d|\d{9,12})(?:\.\d{3,9})? | *\d{1,7}\.\d{3,9} )?(?:\(\+ *\d+(?:\.\d+)?\) )?(?:\[ *[0-9a-f?]+\] ){0,2}/
const CALL =
  /^[a-z_][a-z0-9_]{1,40}\((?:.*\) *= (?:\?|-?\d|0x)|.*<unfinished \.\.\.>|.*<detached \.\.\.>|[^\n]*"\.\.\., \d+)/
const RESUMED = /^<\.\.\. [a-z_0-9?]+ resumed(?: #\d+)?>/
const SIGNAL = /^--- (?:SIG[A-Z0-9_]+ [{(]|stopped by SIG|\{si_signo=)/
const END =
  /^\+\+\+ (?:exited with \d+|killed by SIG[A-Z0-9_]+(?: \(core dumped\))?|superseded by execve in pid \d+) \+\+\+/
const MESSAGE = /^(?:\S*\/)?strace: |^Process \d+ (?:attached|detached|suspended|resumed)/
const TABLE = /^% time +seconds +usecs\/call +calls/

/** Stack frames (-k) and hexdumps (-e read=) below a call say nothing for or against. */
const BELOW = /^ > .*\[0x[0-9a-f]+\]|^ \| [0-9a-f]{5} /

/** Points for strace's words about itself, and for its tables: no records. */
const WORDS = 2

/** Points for one line: what only strace writes counts more than what looks like a call. */
function pointsOf(line: string): number {
  const text = line.slice(0, LINE_BYTES)
  if (MESSAGE.test(text) || TABLE.test(text)) return WORDS
  const body = text.slice(LEADER.exec(text)?.[0].length ?? 0)
  if (RESUMED.test(body) || SIGNAL.test(body) || END.test(body)) return 4
  return CALL.test(body) ? 1 : 0
}

/**
 * 0 to 97. Program output may stand between, before and after the lines (a captured stderr), so the share of good lines
 * moves the score but does not decide it; one line that only strace writes is enough to take part.
 */
export function scoreOf(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (!bytes.includes('(') && !bytes.includes('+++ ') && !bytes.includes('--- ') && !bytes.includes('strace: '))
    return 0
  const lines = bytes
    .toString('latin1')
    .replace(/\x1b\[[0-9;]*m/g, '')
    .split('\n')
  let points = 0
  let good = 0
  let words = 0
  let read = 0
  // All of a short text; of a long one the start and the end.
  const chosen = lines.length <= LINES * 2 ? lines : [...lines.slice(0, LINES), ...lines.slice(-LINES)]
  for (const line of chosen) {
    if (line.trim() === '' || BELOW.test(line)) continue
    read++
    const gained = pointsOf(line)
    if (gained > 0) good++
    if (gained === WORDS) words++
    points += gained
  }
  if (points === 0) return 0
  const share = good / read
  // Notes that quote strace's words are no log of it.
  if (words === good && share < 0.5) return 1
  if (points < 3 && share < 0.5) return points >= 2 ? 5 : 1
  return Math.round(Math.min(30, points * 3) + 67 * share)
}
