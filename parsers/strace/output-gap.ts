/**
 * Where strace goes on after a write whose data went to the same place as strace's own lines.
 *
 * strace prints the arguments, the program's bytes follow, then strace prints the result. The bytes may look like
 * strace's own lines; but the call says how many they are:
 *
 *   > | write(2, "--- SIGKILL {si_signo=SIGKILL} -"..., 85--- SIGKILL {si_signo=SIGKILL} ---
 *   > | +++ killed by SIGKILL +++
 *   > | 123 kill(1, SIGTERM) = 0) = 85
 *                               ^ 85 bytes further
 */
import { endOfAngle, endOfString } from './call-text.js'

const HEAD = /^(?:write|pwrite64|send|sendto)\((?:[a-z]+=)?(?:\d+|0x[0-9a-f]+)/
const GOES_ON = /^(?:\) *= (?:\?|-?\d|0x)| <unfinished|\) *= *$)/
const PEEK_BYTES = 64

export interface Gap {
  /** Characters of the text that are strace's. */
  head: number
  /** Bytes of program output that follow. */
  bytes: number
}

/**
 * @param text of the call from its name on, as far as the line goes
 * @param peek reads text at a distance from the start of `text`
 */
export function outputGap(text: string, peek: (distance: number, bytes: number) => string): Gap | null {
  const m = HEAD.exec(text)
  if (!m) return null
  let i = m[0].length
  if (text[i] === '<') i = endOfAngle(text, i) + 1
  const quote = text.indexOf('"', i)
  if (quote === -1 || quote > i + 16) return null
  let end = endOfString(text, quote) + 1
  const whole = text.slice(end, end + 3) !== '...'
  if (!whole) end += 3
  const count = /^, (?:[a-z]+=)?(\d{1,10})/.exec(text.slice(end, end + 32))
  if (!count) return null
  const digits = end + count[0].length - count[1].length
  // A terminal makes two bytes of each line end.
  const lineEnds = whole ? (text.slice(quote, end).match(/\\n/g)?.length ?? 0) : 0
  // The output may begin with digits itself: `write(1, "7\n", 2` + `7`.
  for (let length = count[1].length; length >= 1; length--) {
    const bytes = Number(count[1].slice(0, length))
    const head = digits + length
    for (const more of lineEnds > 0 ? [0, lineEnds] : [0])
      if (GOES_ON.test(peek(head + bytes + more, PEEK_BYTES))) return { head, bytes: bytes + more }
  }
  return null
}
