/** Rows of /proc/net/unix and /proc/net/tcp{,6}, udp{,6} (proc(5)). */
import { utf8 } from '../../src/model/text.js'
import type { SocketRow } from './ss.js'

/**
 * `Num: RefCount Protocol Flags Type St Inode [Path]`. It does not say who is at the other end, only names.
 *
 *   00000000673ff5af: 00000003 00000000 00000000 0001 03 407946 /run/systemd/journal/stdout
 *                                                        ^
 */
export function readNetUnixRow(line: string): SocketRow | null {
  const m = /^[0-9a-f]{4,16}: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +(\d+)(?: (.+))?$/i.exec(line)
  if (!m) return null
  const path = m[2] ? utf8(m[2]) : null
  return { ...NOTHING, kind: 'unix', inode: Number(m[1]), path, holders: [] }
}

/**
 * Addresses are hex in the machine's byte order, queues hex.
 *
 *   2: 0100007F:91C6 0100007F:AEF5 01 0039B600:00000000 04:0000008C 00000000     0        0 21975 2 …
 */
export function readNetTcpRow(line: string, kind: 'tcp' | 'udp'): SocketRow | null {
  const words = line.trim().split(/\s+/)
  if (!/^\d+:$/.test(words[0]) || words.length < 10) return null
  const queues = /^([0-9A-F]{8}):([0-9A-F]{8})$/i.exec(words[4])
  const local = addressOf(words[1])
  if (!queues || local === null || !/^\d+$/.test(words[9])) return null
  const remote = addressOf(words[2])
  return {
    ...NOTHING,
    kind,
    inode: Number(words[9]),
    local,
    remote: remote?.endsWith(':0') ? null : remote,
    sendQueue: Number.parseInt(queues[1], 16),
    receiveQueue: Number.parseInt(queues[2], 16),
    holders: [],
  }
}

const NOTHING = { peerInode: null, path: null, local: null, remote: null, sendQueue: null, receiveQueue: null }

/** `0100007F:AEF5` → `127.0.0.1:44789`; IPv6 as eight groups in brackets. */
function addressOf(text: string): string | null {
  const m = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/i.exec(text)
  if (!m) return null
  const bytes = Buffer.from(m[1], 'hex')
  for (let word = 0; word < bytes.length; word += 4) bytes.subarray(word, word + 4).reverse()
  const port = Number.parseInt(m[2], 16)
  if (bytes.length === 4) return `${bytes.join('.')}:${port}`
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16))
  return `[${groups.join(':')}]:${port}`
}
