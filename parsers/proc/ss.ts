/**
 * Rows of `ss` (iproute2): `-x` for unix sockets, `-t`/`-u` for TCP and UDP, with `-p` for the holders and `-e` for the
 * inode of TCP and UDP.
 */
import type { SocketEnd } from '../../src/model/proc.js'

type Kind = SocketEnd['kind']
export type SocketRow = Omit<SocketEnd, 'source' | 'line'>

const KINDS: Record<string, Kind> = { u_str: 'unix', u_dgr: 'unix', u_seq: 'unix', tcp: 'tcp', udp: 'udp' }
const NETID = /^[a-z]\w{1,7}$/
const STATE = /^(?:UNCONN|LISTEN|[A-Z]+(?:-[A-Z0-9]+)*)$/

/**
 * One row; null for what is no row of a socket that has two ends (netlink, packet sockets), undefined for a torn one.
 *
 *   u_str ESTAB 0 16778240 * 408788 * 407946 users:(("chatty",pid=1486,fd=2),("chatty",pid=1486,fd=1))
 *   ESTAB 0 3782144 127.0.0.1:37318 127.0.0.1:44789 users:(("python3",pid=12760,fd=8)) ino:21975
 *   ^ without Netid where only one family was asked for
 */
export function readSsRow(line: string): SocketRow | null | undefined {
  const extra = /\s(?:users:\(|skmem:\(|timer:\(|uid:|ino:|sk:|cgroup:|<->|-->|<--)/.exec(line)
  const words = (extra ? line.slice(0, extra.index) : line).trim().split(/\s+/)
  let kind: Kind = 'tcp'
  if (NETID.test(words[0])) {
    if (!(words[0] in KINDS)) return null
    kind = KINDS[words.shift()!]
  }
  if (words.length < 5 || !STATE.test(words[0])) return undefined
  const [receiveQueue, sendQueue] = [Number(words[1]), Number(words[2])]
  if (!Number.isInteger(receiveQueue) || !Number.isInteger(sendQueue)) return undefined
  const ends = words.slice(3)
  const tail = extra ? line.slice(extra.index) : ''
  const common = { receiveQueue, sendQueue, holders: holdersOf(tail) }
  if (kind === 'unix') {
    const unix = unixEnds(ends)
    return unix && { kind, ...unix, local: null, remote: null, ...common }
  }
  const inode = /\sino:(\d+)/.exec(tail)
  if (ends.length < 2) return undefined
  return {
    kind,
    inode: inode ? Number(inode[1]) : 0,
    peerInode: null,
    path: null,
    local: ends[0],
    remote: ends[1].endsWith(':*') ? null : ends[1],
    ...common,
  }
}

/** `PATH INODE PEERPATH PEERINODE`, where a path is `*` when there is none and can hold blanks. */
function unixEnds(words: string[]): { inode: number; peerInode: number | null; path: string | null } | undefined {
  const at = words.findIndex((w, i) => i > 0 && /^\d+$/.test(w))
  if (at < 0) return undefined
  const path = words.slice(0, at).join(' ')
  const last = words.at(-1)!
  const peer = words.length > at + 1 && /^\d+$/.test(last) ? Number(last) : 0
  return { inode: Number(words[at]), peerInode: peer || null, path: path === '*' ? null : path }
}

/** `users:(("chatty",pid=1486,fd=2),…)`; before iproute2 3.18 `("chatty",1486,2)`. */
function holdersOf(tail: string): SocketEnd['holders'] {
  const start = tail.indexOf('users:(')
  if (start < 0) return []
  const holders: SocketEnd['holders'] = []
  for (const m of tail.slice(start).matchAll(/\("([^"]{0,64})",(?:pid=)?(\d+)(?:,(?:fd=)?(\d+))?/g))
    holders.push({ comm: m[1], pid: Number(m[2]), fd: m[3] === undefined ? null : Number(m[3]) })
  return holders
}
