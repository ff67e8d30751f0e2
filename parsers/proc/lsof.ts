/** Rows of lsof(8): who has what open, and with `+E` who else holds the other end. */
import type { SocketRow } from './ss.js'

export interface LsofRow {
  pid: number
  comm: string
  /** Thread of a row printed by `-K`. */
  fd: number
  /** Spelt like the links of /proc/PID/fd: `pipe:[21971]`, `socket:[21972]`, a path. */
  target: string
  flags: string
  socket: SocketRow | null
  /** Holders that lsof names beside the row (`+E`). */
  others: { pid: number; comm: string; fd: number; flags: string; target: string }[]
}

const FD = /^(\d{1,7})([rwu])?[A-Za-z]?$/
const ACCESS: Record<string, string> = { r: 'r', w: 'w', u: 'rw' }

/**
 * One row. Columns that lsof leaves empty (TID of a process row) make positions useless; the first word that is an fd and
 * stands before a type is the anchor. Null for rows without an fd (cwd, txt, mem).
 *
 *   python3 12760 root    5u  unix 0x000000003cc54529      0t0   21972 type=STREAM ->INO=21973 12802,python3,6u (CONNECTED)
 *                         ^
 */
export function readLsofRow(line: string): LsofRow | null {
  const words = line.trim().split(/\s+/)
  if (words.length < 6 || !/^\d+$/.test(words[1])) return null
  const at = words.findIndex(
    (w, i) => i >= 2 && FD.test(w) && /^(?:[A-Z]{2,8}|IPv[46]|unix|a_inode|pidfd|sock)$/.test(words[i + 1] ?? ''),
  )
  if (at < 0) return null
  const [, fd, access] = FD.exec(words[at])!
  const type = words[at + 1]
  const rest = words.slice(at + 2)
  const pid = Number(words[1])
  const comm = unescaped(words[0])
  const row = { pid, comm, fd: Number(fd), flags: ACCESS[access] ?? '', others: [] as LsofRow['others'] }
  if (type === 'FIFO') {
    const inode = rest[2]
    const target = rest[3] === 'pipe' ? `pipe:[${inode}]` : (rest[3] ?? `pipe:[${inode}]`)
    return { ...row, target, socket: null, others: othersOf(rest.slice(4), target) }
  }
  if (type === 'unix') {
    const inode = Number(rest[2])
    const peer = /^->INO=(\d+)$/.exec(rest.find(w => w.startsWith('->INO=')) ?? '')
    const path = rest[3]?.startsWith('type=') ? null : (rest[3] ?? null)
    const target = `socket:[${inode}]`
    const peerInode = peer ? Number(peer[1]) : null
    const others = peerInode === null ? [] : othersOf(rest.slice(3), `socket:[${peerInode}]`)
    const socket = bare('unix', inode, { pid, comm, fd: row.fd }, { path, peerInode })
    return { ...row, target, socket, others }
  }
  if (type === 'IPv4' || type === 'IPv6') {
    const inode = Number(rest[0])
    const kind = rest[2] === 'UDP' ? 'udp' : 'tcp'
    const [local, remote] = (rest[3] ?? '').split('->')
    const socket = bare(kind, inode, { pid, comm, fd: row.fd }, { local: local ?? null, remote: remote ?? null })
    return { ...row, target: `socket:[${inode}]`, socket }
  }
  const name = rest.slice(type === 'a_inode' ? -1 : 3).join(' ')
  return { ...row, target: type === 'a_inode' ? `anon_inode:${name}` : name || type, socket: null }
}

function bare(
  kind: SocketRow['kind'],
  inode: number,
  holder: SocketRow['holders'][number],
  known: Partial<SocketRow>,
): SocketRow {
  const nothing = { peerInode: null, path: null, local: null, remote: null, sendQueue: null, receiveQueue: null }
  return { kind, inode, ...nothing, ...known, holders: [holder] }
}

/** `12802,python3,6u`: pid, command and fd of another holder. */
function othersOf(words: string[], target: string): LsofRow['others'] {
  const others: LsofRow['others'] = []
  for (const word of words) {
    const m = /^(\d+),(.{1,64}),(\d+)([rwu])?[A-Za-z]?$/.exec(word)
    if (m)
      others.push({ pid: Number(m[1]), comm: unescaped(m[2]), fd: Number(m[3]), flags: ACCESS[m[4]] ?? '', target })
  }
  return others
}

/** lsof prints blanks and unprintable bytes of a command as `\x20`. */
function unescaped(comm: string): string {
  return comm.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
