import type { Sink } from '../../src/model/parser.js'
import type { Ref } from '../../src/model/ref.js'
import { utf8, withoutAnsi } from '../../src/model/text.js'
import type { Collector, Draft, ThreadDraft } from './collect.js'
import { accessOf, readFd, readLimit, readStat, readStatus, readSyscall, stackFunction, unitOfCgroup } from './facts.js'
import { readLsofRow } from './lsof.js'
import { readNetTcpRow, readNetUnixRow } from './net.js'
import { type Place, placeOfHeading } from './place.js'
import { type PsRow, psReader, pstreeNames } from './ps.js'
import { fitsName, type Shape, shapeOf } from './shapes.js'
import { readSsRow, type SocketRow } from './ss.js'

/** Keys of status that stand above the one that says whose it is. */
const ABOVE_PID = /^(?:Name|Umask|State|Tgid|Ngid)$/

/** Tables run from their header to a blank line, a heading or the next header. */
type Row = (line: string, at: Ref) => boolean

/**
 * Reads one input line by line. It always knows whose line it reads (folder, process, thread, file), from the path, from
 * headings in the text, and from what the lines themselves say (Pid:, the pid of stat).
 */
export class Reader {
  #place: Place
  #folder: string
  /** Text with headings or several files in it: its snapshots are its own, not those of its folder. */
  #mixed = false
  #row: Row | null = null
  /** The file that the current block of `Key:<tab>value` lines is. */
  #block: 'status' | 'fdinfo' | null = null
  /** Lines of a status block above its Pid. */
  #waiting: { key: string; value: string; at: Ref }[] = []
  #statuses = new Set<string>()
  /** The thread that the path or the last heading names; a process's status and its main thread's are two files. */
  #announced: number | null

  constructor(
    readonly path: string,
    place: Place & { folder: string },
    readonly collector: Collector,
    readonly sink: Sink,
  ) {
    this.#place = { pid: place.pid, tid: place.tid, file: place.file, fd: place.fd }
    this.#folder = place.folder
    this.#announced = place.tid
  }

  line(raw: string, number: number): void {
    const line = withoutAnsi(raw)
    const at: Ref = { source: this.path, line: number }
    if (line.trim() === '') {
      this.#row = null
      this.end()
      return
    }
    // Within a table nearly every line is a row of it; marks announce something else.
    if (this.#row && !/^[=#$+>]/.test(line) && this.#row(line, at)) return
    const heading = this.#isContent(line) ? null : placeOfHeading(line)
    if (heading) {
      this.#enter(heading)
      if (heading.rest !== '') this.line(heading.rest, number)
      return
    }
    const shape = shapeOf(line)
    if (shape) this.#shaped(shape, line, at)
    else this.#unshaped(line, at)
  }

  /** Lines of an fd listing can look like a heading; those of a table cannot. */
  #isContent(line: string): boolean {
    return this.#place.file === 'cmdline' && line.includes('\0')
  }

  #enter(to: Partial<Place>): void {
    this.#row = null
    this.end()
    this.#mixed = true
    if (to.pid !== undefined) this.#place.pid = to.pid
    if (to.tid !== undefined) this.#place.tid = this.#announced = to.tid
    this.#place.file = to.file ?? null
    this.#place.fd = to.fd ?? null
  }

  #draft(): Draft {
    const draft = this.collector.draft(this.#mixed ? this.path : this.#folder, this.#place.pid)
    if (this.#mixed || draft.source === '') draft.source = this.#mixed ? this.path : this.#folder || '.'
    return draft
  }

  #thread(): ThreadDraft {
    return this.collector.thread(this.#draft(), this.#place.tid)
  }

  #shaped(shape: Shape, line: string, at: Ref): void {
    if (shape !== 'status' && shape !== 'fdinfo') this.end()
    switch (shape) {
      case 'status':
      case 'fdinfo':
        this.#keyed(shape, line, at)
        break
      case 'stat':
        this.#stat(line, at)
        break
      case 'stack': {
        const name = stackFunction(line)
        const thread = this.#thread()
        thread.at.stack ??= at
        if (name) thread.stack.push(name)
        break
      }
      case 'syscall': {
        const thread = this.#thread()
        thread.syscall = readSyscall(line)
        thread.at.syscall = at
        break
      }
      case 'fd': {
        const fd = readFd(line)
        if (fd) this.collector.fd(this.#draft(), { ...fd, line: at.line!, source: this.path })
        else this.#torn(at)
        break
      }
      case 'limits': {
        const limit = readLimit(line)
        if (limit) (this.#draft().limits ??= {})[limit.name] = limit.soft
        break
      }
      case 'cgroup':
        this.#draft().unit ??= unitOfCgroup(line)
        break
      case 'maps':
        break
      default:
        this.#table(shape, line, at)
    }
  }

  /** Starts a table, or reads a row of one that has no header (`ss -H`). */
  #table(shape: Shape, line: string, at: Ref): void {
    switch (shape) {
      case 'net-unix':
        this.#row = (row, ref) => this.#socket(readNetUnixRow(row), ref)
        break
      case 'net-tcp': {
        const kind = /udp/.test(this.path) ? 'udp' : 'tcp'
        this.#row = (row, ref) => this.#socket(readNetTcpRow(row, kind), ref)
        break
      }
      case 'ss':
        this.#row = (row, ref) => this.#ss(row, ref)
        if (!/Recv-Q/.test(line)) this.#row(line, at)
        break
      case 'lsof':
        this.#row = (row, ref) => this.#lsof(row, ref)
        break
      case 'ps': {
        const read = psReader(line)
        this.#row = read && ((row, ref) => this.#ps(read(row), ref))
        break
      }
      case 'pstree':
        this.#row = row => this.#pstree(row)
        this.#pstree(line)
        break
    }
  }

  /** A line that its form does not tell: a file that only its name tells, the rest of a status block, or prose. */
  #unshaped(line: string, at: Ref): void {
    if (this.#block && /^\w[\w ]{0,40}:/.test(line)) {
      if (this.#block === 'status') this.#keyed('status', line, at)
      return
    }
    const file = this.#place.file
    // `for f in fdinfo/*; do echo "## $(basename $f)"; cat $f; done`
    const descriptor = file === 'fdinfo' ? /^[#=*>\- ]{0,8}(\d{1,7})[:=*<\- ]{0,8}$/.exec(line) : null
    if (descriptor) {
      this.end()
      this.#place.fd = Number(descriptor[1])
      return
    }
    if (file === null || !fitsName(file, line)) return
    const thread = this.#thread()
    if (file === 'wchan' && thread.wchan === null && line !== '0') {
      thread.wchan = line.trim()
      thread.at.wchan = at
    } else if (file === 'comm') thread.comm ??= utf8(line.trim())
    else if (file === 'cmdline') this.#draft().cmdline ??= utf8(line.replace(/\0+$/, '')).split('\0')
  }

  /**
   * A `Key:<tab>value` line of status or fdinfo. A pidfd's fdinfo has a `Pid:` and a `NSpid:` too: inside its block they
   * are no status. What stands above `Pid:` waits until the block has said whose it is.
   */
  #keyed(shape: 'status' | 'fdinfo', line: string, at: Ref): void {
    const colon = line.indexOf(':')
    const key = line.slice(0, colon)
    const value = line.slice(colon + 1).trim()
    if (shape === 'fdinfo') this.#block = 'fdinfo'
    if (this.#block === 'fdinfo') {
      if (key === 'flags' && this.#place.fd !== null)
        this.collector.access(this.#draft(), this.#place.fd, accessOf(value))
      return
    }
    this.#block = 'status'
    if (key === 'Name') this.#flush()
    if (key === 'Tgid' && /^\d+$/.test(value)) this.#place.pid = Number(value)
    else if (key === 'Pid' && /^\d+$/.test(value)) this.#ownThread(Number(value))
    this.#waiting.push({ key, value, at })
    if (!ABOVE_PID.test(key)) this.#flush()
  }

  #flush(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const { key, value, at } of waiting) readStatus(this.#draft(), this.#thread(), key, value, at)
  }

  /** Ends a block of keys; at the end of the input, or where another file begins. */
  end(): void {
    this.#flush()
    this.#block = null
  }

  /** The text says itself which thread it is about. Its status again in one text is a later snapshot. */
  #ownThread(tid: number): void {
    const key = `${tid} ${this.#announced ?? ''}`
    this.#place.pid ??= tid
    this.#place.tid = tid
    if (this.#statuses.has(key)) {
      this.collector.close(this.#mixed ? this.path : this.#folder, this.#place.pid)
      this.#statuses.clear()
    }
    this.#statuses.add(key)
  }

  #stat(line: string, at: Ref): void {
    const stat = readStat(line)
    if (!stat) {
      this.#torn(at)
      return
    }
    if (this.#place.pid === null && this.#place.tid === null) this.#place.pid = stat.tid
    if (this.#place.tid === null && stat.tid !== this.#place.pid) this.#place.tid = stat.tid
    const thread = this.collector.thread(this.#draft(), stat.tid)
    thread.comm ??= stat.comm
    thread.state ??= stat.state
    thread.at.status ??= at
    this.#draft().ppid ??= stat.ppid
  }

  #socket(row: SocketRow | null, at: Ref): boolean {
    if (!row) return false
    this.sink.sockets.push({ source: this.path, line: at.line!, ...row })
    return true
  }

  #ss(line: string, at: Ref): boolean {
    if (/^\s/.test(line)) return true
    const row = readSsRow(line)
    if (row === undefined) {
      if (/Recv-Q/.test(line) || !/^(?:[a-z]\w{1,7} +)?[A-Z]{3,}/.test(line)) return false
      this.#torn(at)
      return true
    }
    if (row) this.#socket(row, at)
    return true
  }

  #lsof(line: string, at: Ref): boolean {
    const row = readLsofRow(line)
    if (!row) return /^\S+ +\d+ /.test(line)
    for (const one of [row, ...row.others]) {
      const draft = this.collector.draft(this.path, one.pid)
      draft.source = this.path
      const thread = this.collector.thread(draft, null)
      thread.comm ??= one.comm
      this.collector.fd(draft, { fd: one.fd, target: one.target, flags: one.flags, line: at.line!, source: this.path })
    }
    if (row.socket) this.#socket(row.socket, at)
    return true
  }

  #ps(row: PsRow | null, at: Ref): boolean {
    if (!row) return false
    const draft = this.collector.draft(this.path, row.pid)
    draft.source = this.path
    draft.ppid ??= row.ppid
    draft.cmdline ??= row.cmdline?.split(' ') ?? null
    const thread = this.collector.thread(draft, row.tid)
    thread.comm ??= row.comm
    thread.state ??= row.state
    thread.wchan ??= row.wchan
    thread.at.status ??= at
    if (row.wchan) thread.at.wchan ??= at
    return true
  }

  #pstree(line: string): boolean {
    const names = pstreeNames(line)
    for (const { comm, pid } of names) {
      const draft = this.collector.draft(this.path, pid)
      draft.source = this.path
      this.collector.thread(draft, null).comm ??= comm
    }
    return names.length > 0
  }

  #torn(at: Ref): void {
    this.sink.diagnose(
      'proc.torn-line',
      'loss',
      'Lines that begin like a line of /proc, ss or lsof but do not end like one.',
      at,
      'Copy the file or run the command again; do not cut its lines to the width of a terminal.',
    )
  }
}
