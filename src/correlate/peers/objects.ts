import type { Analysis } from '../../model/analysis.js'
import type { Ref } from '../../model/ref.js'
import type { JournaldLife, StreamUse } from './journald-life.js'

/** journald's socket for standard output and error (systemd-journald.service(8), “Stream logging”). */
const STREAM_SOCKET = '/run/systemd/journal/stdout'

export type ObjectKind = 'pipe' | 'unix' | 'tcp' | 'terminal' | 'file' | 'unknown'

/** What kind of thing strace's decoration of a descriptor names. A path is a FIFO where a write to it fails with EPIPE. */
export function kindOf(object: string | null, brokenPipe = false): ObjectKind {
  if (object === null) return 'unknown'
  if (/^(?:pipe:|FIFO)|\bfifo\b/i.test(object)) return 'pipe'
  if (/^UNIX/.test(object)) return 'unix'
  if (/^(?:TCP|UDP)/.test(object)) return 'tcp'
  if (/^\/dev\/(?:tty|pts|console)/.test(object)) return 'terminal'
  if (/^\//.test(object)) return brokenPipe ? 'pipe' : 'file'
  return 'unknown'
}

/** Whether a descriptor leads to the journal. */
export interface JournalLink {
  /** `shown`: the evidence names journald's end, or the journal holds the process's output; `likely`: the unit says so; `no`: it is something else. */
  standing: 'shown' | 'likely' | 'unknown' | 'no'
  text: string
  refs: Ref[]
  use: StreamUse | null
}

/** Says whether `fd` of `pid`, which is `object`, is a stream to journald. */
export function journalLink(
  analysis: Analysis,
  life: JournaldLife,
  pid: number,
  fd: number | null,
  object: string | null,
): JournalLink {
  const kind = kindOf(object)
  const use = life.useBy(pid)
  const none = (standing: 'no' | 'unknown', text: string): JournalLink => ({ standing, text, refs: [], use })
  if (kind === 'pipe' || kind === 'tcp' || kind === 'terminal' || kind === 'file')
    return none('no', `the descriptor is ${object}, no stream to journald`)
  const socket = socketToJournald(analysis, object)
  if (socket) return { standing: 'shown', text: `its other end is ${STREAM_SOCKET}`, refs: socket, use }
  if (fd !== null && fd > 2)
    return none('unknown', 'only standard output and error are connected to journald by systemd')
  if (use?.trusted)
    return {
      standing: 'shown',
      text: `the journal holds what pid ${pid} wrote to its standard output or error`,
      refs: use.firstRef === use.lastRef ? [use.lastRef] : [use.firstRef, use.lastRef],
      use,
    }
  if (use) return { standing: 'likely', text: `the journal holds lines of pid ${pid}`, refs: [use.lastRef], use }
  const unit = analysis.unitByPid?.get(pid)
  const output = unit === undefined ? null : outputOf(analysis, unit, fd)
  if (output && /^(?:journal|inherit|kmsg)/.test(output.value))
    return { standing: 'likely', text: `${unit} has ${output.key}=${output.value}`, refs: [output.ref], use }
  return none('unknown', 'nothing shows what the descriptor is connected to')
}

/** StandardOutput= or StandardError= in effect for a unit. */
function outputOf(analysis: Analysis, unit: string, fd: number | null) {
  const key = fd === 2 ? 'StandardError' : 'StandardOutput'
  for (const file of analysis.capture.units) {
    if (file.unit !== unit) continue
    const found =
      file.directives.findLast(d => d.key === key) ?? file.directives.findLast(d => d.key === 'StandardOutput')
    if (found) return found
  }
  return null
}

/** The listing of sockets that shows journald's path at one end of the socket with this inode. */
function socketToJournald(analysis: Analysis, object: string | null): Ref[] | null {
  const inodes = /\[(\d+)(?:->(\d+))?/.exec(object ?? '')
  if (!inodes) return null
  const own = Number(inodes[1])
  const peer = inodes[2] === undefined ? null : Number(inodes[2])
  for (const end of analysis.capture.sockets) {
    const isPeer = end.inode === peer || end.peerInode === own
    if (isPeer && end.path?.includes(STREAM_SOCKET)) return [{ source: end.source, line: end.line }]
  }
  return null
}
