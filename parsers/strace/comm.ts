/** The command name in the leader of a line (`-Y`, `--decode-pids=comm`). */
import { Leader } from './leader.js'

const leader = new Leader()
/** A leader with the longest of names, times and numbers is shorter. */
const LEADER_BYTES = 256
/** `[pid 4194304<`: a name begins before here. */
const NAME_FROM = 16

/** The name as it was, from a line with its leader; undefined where there is none. */
export function commOf(line: string): string | undefined {
  const angle = line.indexOf('<')
  if (angle === -1 || angle > NAME_FROM || !/^(?:\[pid +)?\d+$/.test(line.slice(0, angle))) return undefined
  const bytes = Buffer.from(line.slice(0, LEADER_BYTES), 'latin1')
  leader.read(bytes, 0, bytes.length)
  return leader.commEnd === 0 ? undefined : plainName(line.slice(leader.commStart, leader.commEnd))
}

/** Octal and hexadecimal escapes of bytes undone, read as UTF-8. */
function plainName(text: string): string {
  if (!text.includes('\\')) return text
  const plain = text.replace(/\\(?:x([0-9a-f]{2})|([0-7]{1,3})|([nrtfv])|(.))/g, (_, hex, octal, letter, other) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
    if (letter !== undefined) return LETTERS[letter]
    return other
  })
  return Buffer.from(plain, 'latin1').toString('utf8')
}

const LETTERS: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v' }
